//! The client against the simulator, word for word through the scripts.

use std::time::Duration;

use futures::StreamExt as _;
use simulator::{Handle, Options, Simulator};
use toolhouse::{AgentRequest, AgentRun, Chunk, Client, Error, Format, RunStatus, StartAgentRun, Timeouts};

use crate::support::{AGENT, client, collect, patient, run, say, text, words};

/// A simulator that knows one private agent of ours.
async fn floor(timeouts: Timeouts) -> (Client, Handle) {
    let simulator = Simulator::start(Options::instant()).await.expect("a simulator");
    let client = client(&simulator.base_url().parse().expect("an address"), timeouts);
    let agent = AgentRequest {
        title: Some("Festival planner".to_owned()),
        system_prompt: Some("You plan festivals.".to_owned()),
        prompt: Some("Plan {what}".to_owned()),
        ..AgentRequest::private(AGENT)
    };
    assert!(!client.upsert_agent(&agent).await.expect("stored").public);
    (client, simulator)
}

/// The run once it has ended.
async fn ended(client: &Client, id: &str) -> AgentRun {
    let reading = async {
        loop {
            let run = client.agent_run(id).await.expect("a run");
            if run.status.is_final() {
                return run;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the run ends")
}

#[tokio::test]
async fn an_answer_is_about_the_message_and_can_be_read_back_and_continued() {
    let (client, simulator) = floor(patient()).await;
    let first = run(&client, "Choose lanterns for the harbour", Format::Text).await.expect("begins");
    let id = first.run_id.clone().expect("an id");
    let (said, end) = words(first).await;
    end.expect("ends well");
    assert!(said.contains("Choose lanterns for the harbour") && said.contains("Festival planner"), "{said}");
    assert!(said.contains("\n- ") && said.contains("**"), "{said}");
    let read = ended(&client, &id).await;
    assert_eq!((read.status.clone(), read.output()), (RunStatus::Completed, Some(said)));
    assert!(read.created_at.is_some() && read.error.is_none());

    let more = client.continue_run(AGENT, &id, &say("Make it cheaper"), Format::Text).await.expect("goes on");
    assert_eq!(more.run_id.as_deref(), Some(id.as_str()));
    let (said, end) = words(more).await;
    end.expect("ends well");
    assert!(said.contains("Choose lanterns") && said.contains("Make it cheaper"), "{said}");
    let roles: Vec<_> =
        client.history(AGENT, &id).await.expect("messages").into_iter().map(|message| message.role).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant"]);
    assert_eq!(simulator.runs(), 1);
}

#[tokio::test]
async fn every_form_of_a_good_answer_is_read_whole() {
    let (client, _simulator) = floor(patient()).await;
    for (word, format) in [
        ("/split-utf8", Format::Text),
        ("/split-utf8", Format::Ndjson),
        ("/sse", Format::Text),
        ("/json-fenced", Format::Text),
        ("/long 30", Format::Text),
        ("/slow 0", Format::Ndjson),
    ] {
        let run = run(&client, &format!("{word} Grüße an alle"), format).await.expect("begins");
        let id = run.run_id.clone().expect("an id");
        let (said, end) = words(run).await;
        end.expect("ends well");
        assert_eq!(ended(&client, &id).await.output(), Some(said.clone()), "{word}");
        assert!(said.contains("Grüße"), "{word}: {said}");
    }
}

#[tokio::test]
async fn an_answer_without_a_run_id_has_none() {
    let (client, _simulator) = floor(patient()).await;
    let run = run(&client, "/no-run-header hello", Format::Text).await.expect("begins");
    assert_eq!(run.run_id, None);
    let (said, end) = words(run).await;
    end.expect("ends well");
    assert!(said.contains("hello"));
}

#[tokio::test]
async fn tool_calls_come_in_lines() {
    let (client, _simulator) = floor(patient()).await;
    let (chunks, end) = collect(run(&client, "hello", Format::Ndjson).await.expect("begins")).await;
    end.expect("ends well");
    assert!(matches!(&chunks[0], Chunk::Raw(line) if line.contains("step-begin")), "{chunks:?}");
    assert!(matches!(&chunks[1], Chunk::ToolCall { name, .. } if name == "notes_search"));
    assert!(matches!(&chunks[2], Chunk::ToolResult { name, .. } if name == "notes_search"));
    assert!(matches!(chunks.last(), Some(Chunk::Finish { reason: Some(reason) }) if reason == "stop"));
}

#[tokio::test]
async fn a_cut_answer_is_a_prefix_of_what_the_run_says_afterwards() {
    let (client, simulator) = floor(patient()).await;
    // Many times, because what reaches a client before a cut is a race.
    for _ in 0..20 {
        let run = run(&client, "/truncate Plan the music", Format::Text)
            .await
            .expect("headers come before the cut");
        let id = run.run_id.clone().expect("an id");
        let (said, end) = words(run).await;
        assert!(matches!(end, Err(Error::Cut(_))), "{end:?}");
        let read = ended(&client, &id).await;
        assert_eq!(read.status, RunStatus::Completed);
        let whole = read.output().expect("the whole answer");
        assert!(whole.starts_with(&said) && whole.len() > said.len(), "{said}");
    }
    assert_eq!(simulator.runs(), 20);
}

#[tokio::test]
async fn a_cut_answer_of_a_failed_run_ends_failed() {
    let (client, _simulator) = floor(patient()).await;
    let run = run(&client, "/truncate-fail Plan the music", Format::Text)
        .await
        .expect("headers come before the cut");
    let id = run.run_id.clone().expect("an id");
    assert!(matches!(words(run).await.1, Err(Error::Cut(_))));
    assert_eq!(ended(&client, &id).await.status, RunStatus::Failed);
    let listed =
        client.agent_runs().await.expect("runs").into_iter().find(|run| run.id == id).expect("listed");
    assert!(listed.error.is_some());
}

#[tokio::test]
async fn an_error_line_ends_a_stream_and_the_run_is_failed() {
    let (client, _simulator) = floor(patient()).await;
    let run = run(&client, "/ndjson-error hello", Format::Ndjson).await.expect("begins");
    let id = run.run_id.clone().expect("an id");
    let (chunks, end) = collect(run).await;
    assert!(!text(&chunks).is_empty());
    assert!(matches!(end, Err(Error::Reported { detail }) if detail == "The model stopped unexpectedly"));
    assert_eq!(ended(&client, &id).await.status, RunStatus::Failed);
}

#[tokio::test]
async fn refusals_carry_their_status_and_begin_no_run() {
    let (client, simulator) = floor(patient()).await;
    for (word, status, wait) in [
        ("/401", 401, None),
        ("/402", 402, None),
        ("/403", 403, None),
        ("/404", 404, None),
        ("/408", 408, None),
        ("/422", 422, None),
        ("/425", 425, None),
        ("/429", 429, None),
        ("/429 1", 429, Some(1)),
        ("/429-then-ok 1 hello", 429, Some(0)),
        ("/500", 500, None),
        ("/error500-html", 500, None),
        ("/502", 502, None),
        ("/503", 503, None),
    ] {
        let error = run(&client, word, Format::Text).await.expect_err("refused");
        assert_eq!(
            (error.status(), error.retry_after()),
            (Some(status), wait.map(Duration::from_secs)),
            "{word}"
        );
        assert!(!error.to_string().contains('<'), "{error}");
    }
    assert_eq!(simulator.runs(), 0);
    let (_, end) =
        words(run(&client, "/429-then-ok 1 hello", Format::Text).await.expect("answered now")).await;
    end.expect("ends well");
    assert_eq!(simulator.runs(), 1);
}

#[tokio::test]
async fn an_answer_that_never_begins_is_a_silence_and_the_run_goes_on() {
    let short = Duration::from_millis(100);
    let (client, simulator) = floor(Timeouts { first_byte: short, ..patient() }).await;
    let error = run(&client, "/hang hello", Format::Text).await.expect_err("never begins");
    assert!(matches!(error, Error::Silence { .. }) && error.in_doubt(), "{error:?}");
    assert_eq!(simulator.runs(), 1);
    let id = client.agent_runs().await.expect("runs")[0].id.clone();
    assert_eq!(ended(&client, &id).await.status, RunStatus::Completed);
}

#[tokio::test]
async fn a_trickle_is_stopped_by_the_total_limit() {
    let limit = Duration::from_millis(300);
    let (client, simulator) = floor(Timeouts { total: Some(limit), ..patient() }).await;
    let (chunks, end) = collect(run(&client, "/trickle hello", Format::Text).await.expect("begins")).await;
    assert!(!chunks.is_empty());
    assert!(matches!(end, Err(Error::Deadline { .. })), "{end:?}");
    simulator.shutdown().await;
}

#[tokio::test]
async fn a_run_goes_on_when_its_listener_leaves() {
    let (client, _simulator) = floor(patient()).await;
    let mut run = run(&client, "/slow 1 hello", Format::Text).await.expect("begins");
    let id = run.run_id.clone().expect("an id");
    assert!(matches!(run.chunks.next().await, Some(Ok(Chunk::Text(_)))));
    drop(run);
    assert_eq!(client.agent_run(&id).await.expect("a run").status, RunStatus::InProgress);
    let read = ended(&client, &id).await;
    assert_eq!(read.status, RunStatus::Completed);
    assert!(read.output().is_some_and(|whole| whole.contains("hello")));
}

#[tokio::test]
async fn a_run_can_be_started_without_waiting() {
    let (client, _simulator) = floor(patient()).await;
    let vars = [("what".to_owned(), "a small fair".to_owned())].into_iter().collect();
    let start = StartAgentRun { chat_id: AGENT, vars, toolhouse_id: None, callback_url: None };
    let run = client.start_agent_run(&start).await.expect("accepted");
    assert_eq!(run.status, RunStatus::Queued);
    let read = ended(&client, &run.id).await;
    assert!(read.output().is_some_and(|whole| whole.contains("Plan a small fair")), "{read:?}");
    let again = client.continue_agent_run(&run.id, "And in winter?").await.expect("accepted");
    assert_eq!(again.id, run.id);
    assert!(ended(&client, &run.id).await.output().is_some_and(|whole| whole.contains("And in winter")));
}

#[tokio::test]
async fn agents_are_stored_read_and_deleted() {
    let (client, simulator) = floor(patient()).await;
    assert_eq!(client.agents().await.expect("agents").len(), 1);
    assert_eq!(client.me().await.expect("an account").tier, "pro");
    client.delete_agent(AGENT).await.expect("deleted");
    assert!(simulator.agents().is_empty());
    assert_eq!(client.delete_agent(AGENT).await.expect_err("gone").status(), Some(404));
    assert_eq!(run(&client, "hello", Format::Text).await.expect_err("gone").status(), Some(404));
    assert!(simulator.log().iter().all(|request| request.authorised && request.user_agent.is_some()));
}
