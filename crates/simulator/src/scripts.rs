//! Script words: a message that begins with one makes the simulator misbehave in that way, and the
//! rest of the message is answered as usual where there is an answer at all.

use std::time::Duration;

/// A word that a message can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptWord {
    /// As it is typed; `N` and the like stand for arguments, those in brackets can be left out.
    pub usage: &'static str,
    /// What happens.
    pub meaning: &'static str,
}

const fn word(usage: &'static str, meaning: &'static str) -> ScriptWord {
    ScriptWord { usage, meaning }
}

/// Every script word.
pub const SCRIPTS: &[ScriptWord] = &[
    word("/slow [N]", "The answer takes about N seconds in all (12 without N)."),
    word("/long N", "The answer has N paragraphs."),
    word("/trickle", "One character at a time for a very long time."),
    word("/hang", "Response headers never come. The run goes on unseen."),
    word("/truncate", "The connection is cut in the middle. The run completes and can be re-read."),
    word("/truncate-fail", "The connection is cut in the middle and the run ends failed."),
    word("/split-utf8", "One byte at a time, so that characters arrive in pieces."),
    word("/json-fenced", "The answer is JSON inside a fenced block, with words around it."),
    word("/sse", "The answer comes as server-sent events, ended by [DONE]."),
    word(
        "/ndjson-error",
        "An error line in the middle of an NDJSON stream; on the text path the answer just stops. The run ends failed.",
    ),
    word("/no-run-header", "The answer comes without a run id."),
    word("/error500-html", "500 with an HTML page."),
    word("/401", "401, the key is not accepted."),
    word("/402", "402, no credits left."),
    word("/403", "403, somebody else's agent."),
    word("/404", "404, no such agent."),
    word("/408", "408, the request came too slowly."),
    word("/422", "422 with a list of field errors."),
    word("/425", "425, too early."),
    word("/429 [N]", "429, with Retry-After: N when N is given."),
    word("/429-then-ok N", "429 N times for this message, then an answer."),
    word("/500", "500 with a JSON explanation."),
    word("/502", "502 with an HTML page."),
    word("/503", "503, temporarily unavailable."),
    word("/tool NAME {…}", "Chat completions only: asks for the tool NAME with these arguments."),
    word(
        "/calls [[…]]",
        "Chat completions only: asks for tools round by round. A round is a list of [NAME, {…}]; arguments given as a text are sent as they are, well formed or not.",
    ),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Script {
    Plain,
    Slow(Duration),
    Long(usize),
    Trickle,
    Hang,
    Truncate,
    TruncateFail,
    SplitUtf8,
    JsonFenced,
    Sse,
    NdjsonError,
    NoRunHeader,
    Page500,
    Refuse(u16),
    RateLimited(Option<u64>),
    RateLimitedThenOk(u32),
    Calls(Vec<Vec<Call>>),
}

/// One call of a tool to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// Reads rounds of calls; nothing when they are no such thing.
fn rounds(text: &str) -> Option<Vec<Vec<Call>>> {
    let rounds: Vec<Vec<(String, serde_json::Value)>> = serde_json::from_str(text.trim()).ok()?;
    let call = |(name, arguments): (String, serde_json::Value)| {
        let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
        Call { name, arguments }
    };
    Some(rounds.into_iter().map(|round| round.into_iter().map(call).collect()).collect())
}

/// The script a message asks for, and the message without it.
pub(crate) fn parse(message: &str) -> (Script, &str) {
    let message = message.trim();
    let (word, rest) = split(message);
    let script = match word {
        "/slow" => {
            let (seconds, rest) = number(rest);
            let total = Duration::from_secs(seconds.unwrap_or(12));
            return (Script::Slow(total), rest);
        }
        "/long" => {
            let (paragraphs, rest) = number(rest);
            let paragraphs = usize::try_from(paragraphs.unwrap_or(20)).unwrap_or(usize::MAX);
            return (Script::Long(paragraphs.clamp(1, 10_000)), rest);
        }
        "/429" => {
            let (seconds, rest) = number(rest);
            return (Script::RateLimited(seconds), rest);
        }
        "/429-then-ok" => {
            let (times, rest) = number(rest);
            let times = u32::try_from(times.unwrap_or(1)).unwrap_or(u32::MAX);
            return (Script::RateLimitedThenOk(times), rest);
        }
        "/tool" => {
            let (name, arguments) = split(rest);
            let arguments = if arguments.is_empty() { "{}" } else { arguments };
            let call = Call { name: name.to_owned(), arguments: arguments.to_owned() };
            return (Script::Calls(vec![vec![call]]), rest);
        }
        "/calls" => Script::Calls(rounds(rest).unwrap_or_default()),
        "/trickle" => Script::Trickle,
        "/hang" => Script::Hang,
        "/truncate" => Script::Truncate,
        "/truncate-fail" => Script::TruncateFail,
        "/split-utf8" => Script::SplitUtf8,
        "/json-fenced" => Script::JsonFenced,
        "/sse" => Script::Sse,
        "/ndjson-error" => Script::NdjsonError,
        "/no-run-header" => Script::NoRunHeader,
        "/error500-html" => Script::Page500,
        "/401" => Script::Refuse(401),
        "/402" => Script::Refuse(402),
        "/403" => Script::Refuse(403),
        "/404" => Script::Refuse(404),
        "/408" => Script::Refuse(408),
        "/422" => Script::Refuse(422),
        "/425" => Script::Refuse(425),
        "/500" => Script::Refuse(500),
        "/502" => Script::Refuse(502),
        "/503" => Script::Refuse(503),
        _ => return (Script::Plain, message),
    };
    (script, rest)
}

fn split(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

fn number(text: &str) -> (Option<u64>, &str) {
    let (word, rest) = split(text);
    match word.parse() {
        Ok(number) => (Some(number), rest),
        Err(_) => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, script: Script, rest: &str) {
        assert_eq!(parse(message), (script, rest), "{message}");
    }

    #[test]
    fn words_arguments_and_the_rest_are_told_apart() {
        check("hello /slow", Script::Plain, "hello /slow");
        check("/unknown thing", Script::Plain, "/unknown thing");
        check("/slow", Script::Slow(Duration::from_secs(12)), "");
        check("/slow 30 say hi", Script::Slow(Duration::from_secs(30)), "say hi");
        check("/slow say hi", Script::Slow(Duration::from_secs(12)), "say hi");
        check("/429 1", Script::RateLimited(Some(1)), "");
        check("/429", Script::RateLimited(None), "");
        check("/429-then-ok 2 go", Script::RateLimitedThenOk(2), "go");
        check("  /truncate\nwrite", Script::Truncate, "write");
        let arguments = r#"{"q": 1}"#.to_owned();
        let name = "find".to_owned();
        let call = Call { name, arguments };
        check(r#"/tool find {"q": 1}"#, Script::Calls(vec![vec![call.clone()]]), r#"find {"q": 1}"#);
        let two = r#"[[["find", "{\"q\": 1}"]], []]"#;
        check(&format!("/calls {two}"), Script::Calls(vec![vec![call], vec![]]), two);
    }

    #[test]
    fn every_listed_word_is_understood() {
        for listed in SCRIPTS {
            let word = listed.usage.split(' ').next().unwrap();
            assert_ne!(parse(word).0, Script::Plain, "{word}");
        }
    }
}
