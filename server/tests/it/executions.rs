//! Executions over REST: starting, waiting, following, stopping, going on, finding again.

use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use domain::events::EventBody;
use domain::ids::ExecutionId;
use domain::workspaces::Role;
use serde_json::{Value, json};

use super::desk::Desk;
use super::shop::{MARK, Visitor, all_scopes};

both!(
    who_waits_gets_the_finished_execution,
    who_does_not_wait_gets_its_address_at_once,
    a_failed_execution_says_why,
    a_reader_that_connects_again_misses_nothing_and_sees_nothing_twice,
    a_reader_that_goes_on_at_another_process_misses_nothing_and_sees_nothing_twice,
    the_stream_holds_the_output_and_equals_the_stored_story,
    a_number_that_was_never_given_out_is_refused,
    a_running_execution_is_stopped,
    a_queued_execution_is_stopped_at_once,
    the_same_idempotency_key_starts_once,
    a_form_that_is_sent_twice_starts_once,
    the_same_idempotency_key_continues_and_runs_again_once,
    a_conversation_goes_on_with_the_same_version,
    an_archived_agent_goes_on_with_no_conversation,
    lists_are_filtered_by_state_agent_and_words,
    a_draft_and_an_older_version_run_without_being_published,
    people_follow_the_same_stream_with_their_cookie,
    open_streams_end_at_the_shutdown,
    who_waits_is_told_the_address_at_the_shutdown,
    a_revoked_key_reads_no_further,
    a_stream_ends_where_no_news_of_a_revocation_come,
);
use super::support::{Ask, Sse, parse_events, read_events};

impl Desk {
    fn start(&self, message: &str) -> Ask {
        self.ask("POST", &format!("/agents/{}/executions", self.agent)).json(&json!({ "message": message }))
    }

    fn events(&self, id: &str) -> Ask {
        self.ask("GET", &format!("/executions/{id}/events")).header("accept", "text/event-stream")
    }

    async fn started(&self, message: &str) -> String {
        id(&self.start(message).send().await.json(202))
    }

    async fn listed(&self, query: &str) -> Vec<String> {
        let page = self.ask("GET", &format!("/executions?{query}")).send().await.json(200);
        page["items"].as_array().expect("rows").iter().map(id).collect()
    }
}

fn id(execution: &Value) -> String {
    execution["id"].as_str().expect("an id").to_owned()
}

fn ids(events: &[Sse]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

async fn who_waits_gets_the_finished_execution() {
    let desk = Desk::new().await;
    let reply = desk.start("What is in this parcel?").header("prefer", "wait=30").send().await;
    let run = reply.json(200);
    assert_eq!(reply.header("preference-applied"), "wait=30");
    assert_eq!(reply.header("location"), format!("/api/v1/executions/{}", id(&run)));
    assert_eq!(run["status"], "succeeded");
    assert_eq!((&run["simulated"], &run["version"], &run["error"]), (&json!(true), &json!(1), &Value::Null));
    assert!(run["output"].as_str().is_some_and(|text| !text.is_empty()), "{run}");
    assert_eq!(run["attempts"].as_array().map(Vec::len), Some(1));
    for moment in ["created_at", "started_at", "finished_at"] {
        assert!(run[moment].as_str().is_some_and(|text| text.ends_with('Z')), "{moment} in {run}");
    }
    assert_eq!(desk.ask("GET", &format!("/executions/{}", id(&run))).send().await.json(200), run);
}

async fn who_does_not_wait_gets_its_address_at_once() {
    let mut desk = Desk::new().await;
    desk.shop.rest().await;
    let reply = desk.start("Hello").send().await;
    assert_eq!(reply.json(202)["status"], "queued");
    let address = reply.header("location").to_owned();
    let read = desk.shop.ask("GET", &address).bearer(&desk.key).send().await;
    assert_eq!(read.json(200)["status"], "queued");
    assert!(!reply.headers.contains_key("preference-applied"));
    let short = desk.start("Hello again").header("prefer", "respond-async, wait=1").send().await;
    assert_eq!(short.json(202)["status"], "queued", "a wait that was too short is no error");
}

async fn a_failed_execution_says_why() {
    let desk = Desk::new().await;
    let run = desk.start("/402 please").header("prefer", "wait=30").send().await.json(200);
    assert_eq!(run["status"], "failed");
    assert!(run["error"]["code"].is_string() && run["error"]["message"].is_string(), "{run}");
}

async fn a_reader_that_connects_again_misses_nothing_and_sees_nothing_twice() {
    let desk = Desk::new().await;
    let run = desk.started("/slow 1 Tell me everything").await;
    let begin = read_events(desk.events(&run).open().await, |events| events.len() >= 3).await;
    let last = begin.last().expect("an event").id;
    let rest = desk.events(&run).header("last-event-id", &last.to_string()).open().await;
    let rest = read_events(rest, |_| false).await;
    let numbers: Vec<u64> = ids(&begin).into_iter().chain(ids(&rest)).collect();
    let whole: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, whole);
    assert_eq!(
        (begin[0].event.as_str(), rest.last().expect("an end").event.as_str()),
        ("queued", "finished")
    );
    let again = desk.events(&run).header("last-event-id", &numbers.len().to_string()).send().await;
    assert_eq!(again.status, 204, "who has seen the end is told to stop");
}

async fn a_reader_that_goes_on_at_another_process_misses_nothing_and_sees_nothing_twice() {
    let desk = Desk::new().await;
    let other = desk.shop.other_door().await;
    let run = desk.started("/slow 2 Tell me everything").await;
    // Here, there while it goes on, here again to the end.
    let mut story = read_events(desk.events(&run).open().await, |events| events.len() >= 3).await;
    for there in [true, false] {
        let last = story.last().expect("an event").id.to_string();
        let ask = if there {
            let path = format!("/api/v1/executions/{run}/events");
            Ask::new(other.clone(), "GET", &path).bearer(&desk.key).header("accept", "text/event-stream")
        } else {
            desk.events(&run)
        };
        let open = ask.header("last-event-id", &last).open().await;
        story.extend(read_events(open, |events| there && events.len() >= 3).await);
    }
    assert_eq!(ids(&story), (1..=story.len() as u64).collect::<Vec<_>>());
    assert_eq!(story.last().expect("an end").event, "finished");
}

async fn the_stream_holds_the_output_and_equals_the_stored_story() {
    let desk = Desk::new().await;
    let run = desk.shop.run(&desk.key, &desk.agent, "Say something").await;
    let streamed = parse_events(&desk.events(&id(&run)).send().await.text());
    let page = desk.ask("GET", &format!("/executions/{}/events?limit=200", id(&run))).send().await.json(200);
    let stored: Vec<_> = page["items"].as_array().expect("events").clone();
    assert_eq!(streamed.iter().map(|event| event.data.clone()).collect::<Vec<_>>(), stored);
    let output = streamed.iter().fold(String::new(), |text, event| match event.event.as_str() {
        "output" => text + event.data["text"].as_str().expect("text"),
        "output_replaced" => event.data["text"].as_str().expect("text").to_owned(),
        _ => text,
    });
    assert_eq!(json!(output), run["output"]);
    for event in &streamed {
        assert!(EventBody::NAMES.contains(&event.event.as_str()), "{}", event.event);
        assert_eq!(event.data["number"], event.id);
    }
}

async fn a_number_that_was_never_given_out_is_refused() {
    let desk = Desk::new().await;
    let run = id(&desk.shop.run(&desk.key, &desk.agent, "Hello").await);
    desk.events(&run).header("last-event-id", "9999").send().await.problem(400, "invalid_query");
    desk.events(&run).header("last-event-id", "nine").send().await.problem(400, "invalid_query");
}

async fn a_running_execution_is_stopped() {
    let desk = Desk::new().await;
    let run = desk.started("/trickle forever").await;
    let live = desk.events(&run).open().await;
    let story = read_events(live, |events| events.iter().any(|event| event.event == "output")).await;
    assert!(!story.is_empty());
    let last = story.last().expect("an event").id;
    desk.ask("POST", &format!("/executions/{run}/cancel")).send().await.json(202);
    let rest =
        read_events(desk.events(&run).header("last-event-id", &last.to_string()).open().await, |_| false)
            .await;
    let end = rest.last().expect("an end");
    assert_eq!((end.event.as_str(), &end.data["status"]), ("finished", &json!("cancelled")));
    let again = desk.ask("POST", &format!("/executions/{run}/cancel")).send().await;
    again.problem(409, "already_finished");
}

async fn a_queued_execution_is_stopped_at_once() {
    let mut desk = Desk::new().await;
    desk.shop.rest().await;
    let run = desk.started("Hello").await;
    let stopped = desk.ask("POST", &format!("/executions/{run}/cancel")).send().await.json(202);
    assert_eq!(stopped["status"], "cancelled");
}

async fn the_same_idempotency_key_starts_once() {
    let desk = Desk::new().await;
    let start =
        |message: &str| desk.start(message).header("idempotency-key", "order-17").header("prefer", "wait=30");
    let first = start("Hello").send().await.json(200);
    let second = start("Hello").send().await.json(200);
    assert_eq!(id(&first), id(&second));
    start("Something else").send().await.problem(409, "idempotency_conflict");
    assert_eq!(desk.listed("").await, [id(&first)]);
    let other = desk.shop.key("home", &all_scopes()).await;
    let theirs = desk.shop.ask("POST", &format!("/api/v1/agents/{}/executions", desk.agent)).bearer(&other);
    let theirs = theirs.header("idempotency-key", "order-17").json(&json!({"message": "Hello"})).send().await;
    assert_ne!(id(&theirs.json(202)), id(&first), "keys of different callers do not meet");
}

async fn a_form_that_is_sent_twice_starts_once() {
    let desk = Desk::new().await;
    let owner = desk.shop.owner().await;
    let name = async || {
        let name =
            desk.shop.call("executions/name_form", Some(&owner), "workspace=home").send().await.json(200);
        name.as_str().expect("a name").to_owned()
    };
    let start = async |message: &str, form: &str| {
        let body = format!("workspace=home&agent={}&start%5Bmessage%5D={message}&form={form}", desk.agent);
        id(&desk.shop.call("executions/start_execution", Some(&owner), &body).send().await.json(200))
    };
    let (one, other) = (name().await, name().await);
    let first = start("Hello", &one).await;
    assert_eq!(start("Hello", &one).await, first, "sent twice");
    let mut all = vec![first, start("Goodbye", &one).await, start("Hello", &other).await];
    all.extend([start("Hello", "").await, start("Hello", "").await]);
    let go_on = async |form: &str| {
        let body = format!("workspace=home&execution={}&message=More&form={form}", all[0]);
        for _ in 0..500 {
            let reply = desk.shop.call("executions/follow_up", Some(&owner), &body).send().await;
            if reply.status == 200 {
                return id(&reply.json(200));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the first one does not end");
    };
    let more = go_on(&one).await;
    assert_eq!(go_on(&one).await, more, "sent twice");
    let again = go_on(&other).await;
    all.extend([more, again]);
    let unique: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(unique.len(), all.len(), "{all:?}");
}

async fn the_same_idempotency_key_continues_and_runs_again_once() {
    let desk = Desk::new().await;
    let first = id(&desk.shop.run(&desk.key, &desk.agent, "My parcel is late").await);
    let mut all = vec![first.clone()];
    for verb in ["messages", "rerun"] {
        let send = |key: &str, message: &str| {
            let ask = desk.ask("POST", &format!("/executions/{first}/{verb}")).header("idempotency-key", key);
            ask.header("prefer", "wait=30").json(&json!({ "message": message }))
        };
        let once = send(verb, "Shorter").send().await.json(200);
        let twice = send(verb, "Shorter").send().await.json(200);
        assert_eq!(id(&once), id(&twice), "{verb}");
        send(verb, "Longer").send().await.problem(409, "idempotency_conflict");
        send("with space", "Shorter").send().await.problem(422, "invalid_input");
        all.insert(0, id(&once));
    }
    // The same key for another kind of request is another request.
    let other = desk.ask("POST", &format!("/executions/{first}/rerun")).header("idempotency-key", "messages");
    other.json(&json!({"message": "Shorter"})).send().await.problem(409, "idempotency_conflict");
    assert_eq!(desk.listed("").await, all);
}

async fn a_conversation_goes_on_with_the_same_version() {
    let desk = Desk::new().await;
    let first = desk.shop.run(&desk.key, &desk.agent, "My parcel is late").await;
    let next = desk.ask("POST", &format!("/executions/{}/messages", id(&first))).header("prefer", "wait=30");
    let next = next.json(&json!({"message": "Shorter, please"})).send().await.json(200);
    assert_eq!((&next["status"], &next["conversation"]), (&json!("succeeded"), &json!(id(&first))));
    assert_eq!(next["version"], first["version"]);
    assert_eq!(next["turns"], json!([id(&first), id(&next)]));
}

async fn an_archived_agent_goes_on_with_no_conversation() {
    let desk = Desk::new().await;
    let published = desk.shop.run(&desk.key, &desk.agent, "My parcel is late").await;
    let draft = desk.ask("POST", &format!("/agents/{}/executions", desk.agent)).header("prefer", "wait=30");
    let draft =
        draft.json(&json!({"message": "My parcel is late", "version": "draft"})).send().await.json(200);
    assert_eq!((&draft["status"], &draft["version"]), (&json!("succeeded"), &Value::Null), "{draft}");
    assert_eq!(desk.ask("DELETE", &format!("/agents/{}", desk.agent)).send().await.status, 204);
    for before in [&published, &draft] {
        let next = desk.ask("POST", &format!("/executions/{}/messages", id(before)));
        next.json(&json!({"message": "Shorter"})).send().await.problem(409, "archived");
        let again = desk.ask("POST", &format!("/executions/{}/rerun", id(before)));
        again.send().await.problem(409, "archived");
    }
    assert_eq!(desk.listed("").await, [id(&draft), id(&published)], "nothing was started");
}

async fn lists_are_filtered_by_state_agent_and_words() {
    let desk = Desk::new().await;
    let good = id(&desk.shop.run(&desk.key, &desk.agent, "A parcel for Tyrol").await);
    let bad = id(&desk.start("/402 no credits").header("prefer", "wait=30").send().await.json(200));
    assert_eq!(desk.listed("").await, [bad.clone(), good.clone()], "newest first");
    assert_eq!(desk.listed("status=failed,crashed").await, [bad.as_str()]);
    assert_eq!(desk.listed("status=succeeded").await, [good.as_str()]);
    assert_eq!(desk.listed("q=tyrol").await, [good.as_str()]);
    assert_eq!(desk.listed(&format!("agent={}", desk.agent)).await, [bad.clone(), good.clone()]);
    let page = desk.ask("GET", "/executions?limit=1").send().await.json(200);
    let cursor = page["next_cursor"].as_str().expect("more").to_owned();
    assert_eq!(desk.listed(&format!("limit=1&cursor={cursor}")).await, [good]);
    for wrong in
        ["status=odd", "agent=odd", "from=yesterday", "limit=0", "limit=1000", "stauts=failed", "q=a&q=b"]
    {
        desk.ask("GET", &format!("/executions?{wrong}")).send().await.problem(400, "invalid_query");
    }
}

async fn a_draft_and_an_older_version_run_without_being_published() {
    let desk = Desk::new().await;
    let edit = desk.ask("PATCH", &format!("/agents/{}", desk.agent));
    edit.json(&json!({"instructions": "Be brief.", "revision": 1})).send().await.json(200);
    for (version, shown) in [(json!("draft"), Value::Null), (json!(1), json!(1))] {
        let start =
            desk.ask("POST", &format!("/agents/{}/executions", desk.agent)).header("prefer", "wait=30");
        let run = start.json(&json!({"message": "Hi", "version": version})).send().await.json(200);
        assert_eq!((&run["status"], &run["version"]), (&json!("succeeded"), &shown), "{run}");
    }
}

async fn people_follow_the_same_stream_with_their_cookie() {
    let desk = Desk::new().await;
    let run = id(&desk.shop.run(&desk.key, &desk.agent, MARK).await);
    let owner = desk.shop.owner().await;
    let live = |query: &str| desk.shop.ask("GET", &format!("/live/executions/{run}?{query}"));
    let story = parse_events(&live("w=home").cookie(&owner.cookie).send().await.text());
    assert_eq!(story, parse_events(&desk.events(&run).send().await.text()));
    let rest = live("w=home&after=2").cookie(&owner.cookie).send().await;
    assert_eq!(ids(&parse_events(&rest.text())).first(), Some(&3));
    live("w=away").cookie(&owner.cookie).send().await.problem(404, "not_found");
    live("w=home").send().await.problem(401, "unauthenticated");
}

async fn open_streams_end_at_the_shutdown() {
    let desk = Desk::new().await;
    let run: ExecutionId = desk.started("/trickle on").await.parse().expect("an id");
    let live = desk.events(&run.to_string()).open().await;
    desk.shop.stop.cancel();
    let story = read_events(live, |_| false).await;
    assert!(story.iter().all(|event| event.event != "finished"), "the execution itself goes on");
}

async fn who_waits_is_told_the_address_at_the_shutdown() {
    let desk = Desk::new().await;
    let waiting = desk.start("/trickle on").header("prefer", "wait=60").send();
    let stopping = async {
        while desk.listed("").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        desk.shop.stop.cancel();
    };
    let (reply, ()) = futures::join!(waiting, stopping);
    let run = reply.json(202);
    assert_eq!(desk.listed("").await, [id(&run)]);
    assert_eq!(reply.header("location"), format!("/api/v1/executions/{}", id(&run)));
}

async fn a_revoked_key_reads_no_further() {
    let desk = Desk::new().await;
    let run = desk.started("/trickle on").await;
    let owner = desk.shop.owner().await;
    let live = desk.events(&run).open().await;
    let keys = desk.shop.ask("GET", "/api/v1/api-keys").bearer(&desk.key).send().await.json(200);
    let key = keys["items"][0]["id"].as_str().expect("an id").to_owned();
    let kept = desk.shop.ask("GET", &format!("/live/executions/{run}?w=home")).cookie(&owner.cookie);
    let path = format!("/api/v1/api-keys/{key}");
    assert_eq!(desk.shop.ask("DELETE", &path).bearer(&desk.key).send().await.status, 204);
    let story = read_events(live, |_| false).await;
    assert!(story.iter().all(|event| event.event != "finished"), "the stream ended, not the execution");
    desk.events(&run).send().await.problem(401, "invalid_token");
    assert_eq!(kept.open().await.status(), 200, "whoever still may read connects again");
}

/// Reads a stream to its end, which must come soon and is not the execution's.
async fn cut(what: &str, live: Response<Body>) {
    let story = tokio::time::timeout(Duration::from_secs(20), read_events(live, |_| false)).await;
    let story = story.unwrap_or_else(|_| panic!("{what}: the stream goes on"));
    assert!(story.iter().all(|event| event.event != "finished"), "{what}: {story:?}");
}

async fn a_stream_ends_where_no_news_of_a_revocation_come() {
    let mut desk = Desk::new().await;
    desk.shop.rest().await;
    let run = desk.started("Hello").await;
    let store = desk.shop.services.store().clone();
    let (home, now) = (desk.shop.workspace("home").await, desk.shop.services.now());
    let watch = |who: &Visitor| {
        desk.shop.ask("GET", &format!("/live/executions/{run}?w=home")).cookie(&who.cookie).open()
    };

    // As another process would, whose message was lost.
    let owner = desk.shop.owner().await;
    let live = watch(&owner).await;
    let (user, session) = (owner.signed_in.user.id, owner.signed_in.session);
    let tx = store.begin().await.expect("begins");
    assert!(storage::sessions::revoke(&tx, user, session, now).await.expect("revokes"));
    tx.commit().await.expect("commits");
    cut("a session", live).await;

    let viewer = desk.shop.add("viewer@example.com", Role::Viewer, "home").await;
    let live = watch(&viewer).await;
    let tx = store.begin().await.expect("begins");
    let user = viewer.signed_in.user.id;
    assert!(storage::workspaces::set_payload_right(&tx, home, user, false).await.expect("changes"));
    tx.commit().await.expect("commits");
    cut("a right", live).await;

    let draft = json!({"name": "short", "scopes": ["executions:read"], "expires_in_days": 1});
    let short = desk.ask("POST", "/api-keys").json(&draft).send().await.json(201);
    let short = short["value"].as_str().expect("a value").to_owned();
    let path = format!("/api/v1/executions/{run}/events");
    let live = desk.shop.ask("GET", &path).header("accept", "text/event-stream").bearer(&short).open().await;
    desk.shop.clock.advance(Duration::from_hours(25));
    cut("a key that expires", live).await;

    let live = desk.events(&run).open().await;
    let keys = desk.ask("GET", "/api-keys").send().await.json(200);
    let keys = keys["items"].as_array().expect("keys").iter();
    let own = keys.map(|key| (id(key), &key["name"])).find(|(_, name)| *name == "test").expect("one's own");
    let own = own.0.parse().expect("an id");
    let tx = store.begin().await.expect("begins");
    assert!(storage::api_keys::revoke(&tx, home, own, now).await.expect("revokes"));
    tx.commit().await.expect("commits");
    cut("a key", live).await;
}
