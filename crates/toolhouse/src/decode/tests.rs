//! Every body is fed whole, byte by byte and broken in two at every place, and must come out the
//! same each time.

use serde_json::json;

use super::*;

fn decode(format: Format, content_type: Option<&str>, pieces: &[&[u8]]) -> Vec<Chunk> {
    let mut decoder = Decoder::new(format, content_type);
    let mut out = VecDeque::new();
    for piece in pieces {
        if let Flow::Done = decoder.push(piece, &mut out).unwrap() {
            return merged(out);
        }
    }
    decoder.finish(&mut out).unwrap();
    merged(out)
}

/// Neighbouring texts are one; how they were split is chance.
fn merged(chunks: VecDeque<Chunk>) -> Vec<Chunk> {
    let mut all: Vec<Chunk> = Vec::new();
    for chunk in chunks {
        match (all.last_mut(), chunk) {
            (Some(Chunk::Text(before)), Chunk::Text(text)) => before.push_str(&text),
            (_, chunk) => all.push(chunk),
        }
    }
    all
}

fn check(format: Format, content_type: Option<&str>, body: &[u8], expected: &[Chunk]) {
    assert_eq!(decode(format, content_type, &[body]), expected);
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    assert_eq!(decode(format, content_type, &bytes), expected);
    for at in 0..=body.len() {
        let (left, right) = body.split_at(at);
        assert_eq!(decode(format, content_type, &[left, right]), expected);
    }
}

fn said(text: &str) -> Chunk {
    Chunk::Text(text.to_owned())
}

#[test]
fn text_keeps_split_characters_whole() {
    for content_type in [None, Some("text/plain; charset=utf-8"), Some("TEXT/Markdown")] {
        let body = "Grüße aus 東京 🦊";
        check(Format::Text, content_type, body.as_bytes(), &[said(body)]);
    }
}

#[test]
fn text_that_is_no_text_is_replaced_not_refused() {
    check(Format::Text, None, b"a\xffb\xf0\x9f", &[said("a\u{fffd}b\u{fffd}")]);
}

#[test]
fn json_on_the_text_path_stays_text() {
    let body = "{\"type\":\"text\",\"text\":\"x\"}\n";
    check(Format::Text, Some("application/json"), body.as_bytes(), &[said(body)]);
}

#[test]
fn lines_become_parts_and_strangers_pass_through() {
    let body = concat!(
        "{\"type\":\"text-delta\",\"textDelta\":\"Grü\"}\r\n",
        "\n",
        "{\"type\":\"text_delta\",\"delta\":\"ße\"}\n",
        "{\"type\":\"tool-call\",\"toolCallId\":\"c1\",\"toolName\":\"find\",\"args\":{\"q\":1}}\n",
        "{\"type\":\"tool_result\",\"tool_call_id\":\"c1\",\"name\":\"find\",\"output\":\"ok\"}\n",
        "{\"type\":\"brand-new\",\"x\":1}\n",
        "not json\n",
        "\"a string\"\n",
        "{\"type\":\"text\"}\n",
        "{\"type\":\"finish\",\"finishReason\":\"stop\"}",
    );
    let expected = [
        said("Grüße"),
        Chunk::ToolCall { id: "c1".to_owned(), name: "find".to_owned(), input: json!({"q": 1}) },
        Chunk::ToolResult { id: "c1".to_owned(), name: "find".to_owned(), output: json!("ok") },
        Chunk::Raw("{\"type\":\"brand-new\",\"x\":1}".to_owned()),
        Chunk::Raw("not json".to_owned()),
        Chunk::Raw("\"a string\"".to_owned()),
        Chunk::Raw("{\"type\":\"text\"}".to_owned()),
        Chunk::Finish { reason: Some("stop".to_owned()) },
    ];
    check(Format::Ndjson, None, body.as_bytes(), &expected);
    check(Format::Text, Some("application/x-ndjson"), body.as_bytes(), &expected);
}

#[test]
fn events_join_their_data_and_stop_at_done() {
    let body = "event: message\nid: 3\ndata: Hel\n\n: comment\ndata: lo\ndata:  you\r\n\r\n\ndata: [DONE]\n\ndata: never\n\n";
    let expected = [said("Hello\n you")];
    check(Format::Text, Some("text/event-stream"), body.as_bytes(), &expected);
}

#[test]
fn events_on_the_ndjson_path_hold_parts() {
    let body = "data: {\"type\":\"text-delta\",\"textDelta\":\"hi\"}\n\ndata: {\"type\":\"finish\"}";
    let expected = [said("hi"), Chunk::Finish { reason: None }];
    check(Format::Ndjson, Some("text/event-stream"), body.as_bytes(), &expected);
}

#[test]
fn an_error_line_ends_the_stream_after_what_came_before() {
    let mut decoder = Decoder::new(Format::Ndjson, None);
    let mut out = VecDeque::new();
    let body = b"{\"type\":\"text-delta\",\"textDelta\":\"hi\"}\n{\"type\":\"error\",\"error\":{\"message\":\"no model\"}}\n";
    let result = decoder.push(body, &mut out);
    assert!(matches!(result, Err(Error::Reported { detail }) if detail == "no model"));
    assert_eq!(merged(out), [said("hi")]);
}

#[test]
fn an_endless_line_is_refused() {
    let piece = vec![b'x'; 64 * 1024];
    let mut decoder = Decoder::new(Format::Ndjson, None);
    let mut out = VecDeque::new();
    let pieces = (0..64).find_map(|_| decoder.push(&piece, &mut out).err());
    assert!(matches!(pieces, Some(Error::TooLarge { limit_bytes: LINE_BYTES })));
}
