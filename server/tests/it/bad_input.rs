//! Bad input: each kind has its own status, its own code and a sentence, and leaves nothing behind.

use domain::ids::{AgentId, ExecutionId};
use serde_json::{Value, json};

use super::desk::open;
use super::shop::{Shop, nowhere};
use super::support::{Ask, Reply};

const FIVE_MB: usize = 5 * 1024 * 1024;

struct Desk {
    shop: Shop,
    key: String,
    agent: String,
    size: [usize; 3],
}

impl Desk {
    async fn new() -> Self {
        let (shop, key, agent) = open().await;
        let size = shop.size(&key).await;
        Self { shop, key, agent, size }
    }

    fn ask(&self, method: &str, path: &str) -> Ask {
        let path = path.replace("{agent}", &self.agent);
        self.shop.ask(method, &format!("/api/v1{path}")).bearer(&self.key)
    }

    async fn create(&self, draft: &Value) -> Reply {
        self.ask("POST", "/agents").json(draft).send().await
    }

    /// Nothing was made, started or written into the audit log since the beginning.
    async fn untouched(&self) {
        assert_eq!(self.shop.size(&self.key).await, self.size, "agents, executions, audit rows");
        let agent = self.ask("GET", "/agents/{agent}").send().await.json(200);
        assert_eq!((&agent["revision"], &agent["published_version"]), (&json!(1), &json!(1)), "{agent}");
    }
}

/// The names of the fields that a problem is about.
fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors").iter();
    errors.map(|error| error["field"].as_str().expect("a field")).collect()
}

#[tokio::test]
async fn bodies_that_are_no_json_are_told_where_they_break() {
    let desk = Desk::new().await;
    let post = |body: &'static str| {
        desk.ask("POST", "/agents").header("content-type", "application/json").body(body)
    };
    let problem = post("{\n  \"title\": oops}").send().await.problem(400, "malformed_body");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("line 2")), "{problem}");
    for body in ["", "{", "[]", "\"text\"", "null", "{\"title\": \"x\"} more", "\u{feff}{\"title\": \"x\"}"] {
        post(body).send().await.problem(400, "malformed_body");
    }
    let bytes =
        desk.ask("POST", "/agents").header("content-type", "application/json").body(vec![0xff, 0xfe, 0x00]);
    bytes.send().await.problem(400, "malformed_body");
    let deep = format!("{{\"title\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = desk.ask("POST", "/agents").header("content-type", "application/json").body(deep);
    let deep = deep.send().await.problem(422, "invalid_input");
    assert!(deep.to_string().len() < 1_000, "a refusal does not repeat what was sent");
    let packed = desk.ask("POST", "/agents").header("content-encoding", "gzip").json(&json!({"title": "x"}));
    packed.send().await.problem(415, "unsupported_media_type");
    let form = desk.ask("POST", "/agents").form("title=x");
    form.send().await.problem(415, "unsupported_media_type");
    desk.ask("POST", "/agents")
        .body("{\"title\": \"x\"}")
        .send()
        .await
        .problem(415, "unsupported_media_type");
    desk.untouched().await;
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let desk = Desk::new().await;
    for (draft, field) in [
        (json!({"titel": "x"}), "titel"),
        (json!({"title": 7}), "title"),
        (json!({"title": ""}), "title"),
        (json!({"title": "a\u{0}b"}), "title"),
        (json!({"title": "x".repeat(1_000_000)}), "title"),
        (json!({"title": "x", "instructions": "Hello {nobody}"}), "instructions"),
        (json!({"title": "x", "runtime": "magic"}), "runtime"),
        (json!({"title": "x", "variables": {"who": 1}}), "variables.who"),
        (json!({"title": "x", "limits": 7}), "limits"),
        (json!({"title": "x", "limits": {"attempts": 0}}), "limits.attempts"),
        (json!({"title": "x", "limits": {"attempts": []}}), "limits.attempts"),
        (json!({"title": "x", "limits": {"concurrency": -1}}), "limits.concurrency"),
        (json!({"title": "x", "limits": {"tries": 1}}), "limits.tries"),
        (json!({"title": "x", "toolhouse_agent_id": "no uuid"}), "toolhouse_agent_id"),
    ] {
        let mut edit = draft.clone();
        edit["revision"] = json!(1);
        let edited = desk.ask("PATCH", "/agents/{agent}").json(&edit).send().await;
        for reply in [desk.create(&draft).await, edited] {
            let shown: String = draft.to_string().chars().take(80).collect();
            assert_eq!(reply.status, 422, "{shown}: {}", reply.text());
            let problem = reply.problem(422, "invalid_input");
            assert_eq!(fields(&problem), [field], "{shown}");
            assert!(problem.to_string().len() < 2_000, "a refusal does not repeat what was sent");
        }
    }
    let both = desk.create(&json!({"title": "", "runtime": "magic"})).await.problem(422, "invalid_input");
    assert_eq!(fields(&both), ["title", "runtime"], "every wrong field at once");
    desk.untouched().await;
}

#[tokio::test]
async fn five_megabytes_are_too_many() {
    let desk = Desk::new().await;
    let big = json!({"title": "x".repeat(FIVE_MB)});
    desk.create(&big).await.problem(413, "body_too_large");
    let told =
        desk.ask("POST", "/agents").header("content-length", &big.to_string().len().to_string()).json(&big);
    told.send().await.problem(413, "body_too_large");
    let owner = desk.shop.owner().await;
    let form = format!("workspace=home&draft[title]={}", "x".repeat(FIVE_MB));
    let size = desk.shop.size(&desk.key).await;
    let call = desk.shop.call("agents/create_agent", Some(&owner), &form);
    call.header("content-length", &form.len().to_string()).send().await.refusal(413, "body_too_large");
    let untold = desk.shop.call("agents/create_agent", Some(&owner), &form).send().await;
    untold.refusal(413, "body_too_large");
    assert_eq!(desk.shop.size(&desk.key).await, size);
}

#[tokio::test]
async fn identifiers_of_another_kind_or_of_none_are_told_apart() {
    let desk = Desk::new().await;
    let execution = nowhere::<ExecutionId>();
    desk.ask("GET", &format!("/agents/{execution}")).send().await.problem(400, "wrong_id_kind");
    desk.ask("GET", "/executions/{agent}").send().await.problem(400, "wrong_id_kind");
    desk.ask("POST", "/executions/{agent}/cancel").send().await.problem(400, "wrong_id_kind");
    desk.ask("DELETE", "/api-keys/{agent}").send().await.problem(400, "wrong_id_kind");
    for rubbish in ["1", "agent", "%00", "%F0%9F%98%80", "%ff", "..%2f..", "'%20or%201=1--"] {
        desk.ask("GET", &format!("/agents/{rubbish}")).send().await.problem(400, "invalid_id");
    }
    desk.ask("GET", "/agents/{agent}/versions/0").send().await.problem(400, "invalid_id");
    desk.ask("GET", "/agents/{agent}/versions/last").send().await.problem(400, "invalid_id");
    desk.ask("GET", "/agents/{agent}/versions/99").send().await.problem(404, "not_found");
    desk.ask("GET", &format!("/agents/{}", nowhere::<AgentId>())).send().await.problem(404, "not_found");
    desk.ask("GET", &format!("/executions/{execution}")).send().await.problem(404, "not_found");
    desk.untouched().await;
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let desk = Desk::new().await;
    desk.create(&json!({"title": "Second"})).await.json(201);
    let page = desk.ask("GET", "/agents?limit=1").send().await.json(200);
    let cursor = page["next_cursor"].as_str().expect("more");
    for list in ["executions", "audit"] {
        desk.ask("GET", &format!("/{list}?cursor={cursor}")).send().await.problem(400, "invalid_cursor");
    }
    for made_up in ["x", "a", "a123", "%00"] {
        desk.ask("GET", &format!("/agents?cursor={made_up}")).send().await.problem(400, "invalid_cursor");
    }
    let owner = desk.shop.owner().await;
    let form = format!("workspace=home&filter[action]=&cursor={cursor}");
    desk.shop.call("audit/list_audit", Some(&owner), &form).send().await.refusal(400, "invalid_cursor");
}

#[tokio::test]
async fn an_edit_says_which_revision_it_is_based_on() {
    let desk = Desk::new().await;
    let edit = |body: &Value| desk.ask("PATCH", "/agents/{agent}").json(body);
    edit(&json!({"title": "x"})).send().await.problem(428, "revision_required");
    edit(&json!({"titel": "x", "revision": 1})).send().await.problem(422, "invalid_input");
    edit(&json!({"title": "x", "revision": "one"})).send().await.problem(422, "invalid_input");
    edit(&json!({"title": "x"})).header("if-match", "*").send().await.problem(422, "invalid_input");
    edit(&json!({"title": "x", "revision": 1}))
        .header("if-match", "\"2\"")
        .send()
        .await
        .problem(422, "invalid_input");
    desk.untouched().await;
}

#[tokio::test]
async fn a_stale_edit_is_told_who_changed_what() {
    let desk = Desk::new().await;
    let owner = desk.shop.owner().await;
    let form =
        format!("workspace=home&agent={}&revision=1&draft[title]=Mine&draft[instructions]=Help.", desk.agent);
    desk.shop.call("agents/update_agent", Some(&owner), &form).send().await.json(200);
    let edit = desk.ask("PATCH", "/agents/{agent}").json(&json!({"title": "Theirs", "revision": 1}));
    let problem = edit.send().await.problem(409, "stale_revision");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("owner@example.com")), "{problem}");
    assert!(fields(&problem).contains(&"title"), "{problem}");
    let agent = desk.ask("GET", "/agents/{agent}").send().await.json(200);
    assert_eq!((&agent["title"], &agent["revision"]), (&json!("Mine"), &json!(2)));
    let publish = desk.ask("POST", "/agents/{agent}/publish").json(&json!({"revision": 1}));
    publish.send().await.problem(409, "stale_revision");
    desk.shop.call("agents/update_agent", Some(&owner), &form).send().await.refusal(409, "stale_revision");
    // Many publishes later it is still known who changed it.
    for _ in 0..25 {
        desk.ask("POST", "/agents/{agent}/publish").send().await.json(200);
    }
    let edit = desk.ask("PATCH", "/agents/{agent}").json(&json!({"title": "Theirs", "revision": 1}));
    let problem = edit.send().await.problem(409, "stale_revision");
    assert!(fields(&problem).contains(&"title"), "{problem}");
}

#[tokio::test]
async fn a_revision_that_was_never_given_out_is_no_stale_one() {
    let desk = Desk::new().await;
    let edit = desk.ask("PATCH", "/agents/{agent}").json(&json!({"title": "x", "revision": 2}));
    let publish = desk.ask("POST", "/agents/{agent}/publish").json(&json!({"revision": 99}));
    for ask in [edit, publish] {
        assert_eq!(fields(&ask.send().await.problem(422, "invalid_input")), ["revision"]);
    }
    desk.untouched().await;
}

#[tokio::test]
async fn an_unready_draft_is_not_published_and_an_unpublished_agent_not_run() {
    let desk = Desk::new().await;
    let agent = desk.create(&json!({"title": "Empty"})).await.json(201);
    let (id, size) = (agent["id"].as_str().expect("an id"), desk.shop.size(&desk.key).await);
    let publish = desk.ask("POST", &format!("/agents/{id}/publish")).send().await;
    assert_eq!(fields(&publish.problem(422, "invalid_draft")), ["instructions"]);
    let start = |body: Value| desk.ask("POST", &format!("/agents/{id}/executions")).json(&body);
    start(json!({"message": "Hi"})).send().await.problem(409, "not_published");
    start(json!({"message": "Hi", "version": "draft"})).send().await.problem(422, "invalid_draft");
    start(json!({"message": "Hi", "version": 1})).send().await.problem(404, "not_found");
    assert_eq!(desk.shop.size(&desk.key).await, size);
    assert_eq!(desk.ask("GET", &format!("/agents/{id}/versions")).send().await.json(200)["items"], json!([]));
}

#[tokio::test]
async fn a_start_that_makes_no_sense_is_not_queued() {
    let desk = Desk::new().await;
    let start = |body: Value| desk.ask("POST", "/agents/{agent}/executions").json(&body);
    for (body, field) in [
        (json!({"message": "a\u{0}b"}), "message"),
        (json!({"message": "x".repeat(200_000)}), "message"),
        (json!({"vars": {"whom": "x"}}), "vars.whom"),
        (json!({"version": "latest"}), "version"),
        (json!({"version": [1]}), "version"),
        (json!({"massage": "x"}), "massage"),
    ] {
        assert_eq!(fields(&start(body).send().await.problem(422, "invalid_input")), [field]);
    }
    for key in ["", "with space", &"x".repeat(129), &"x".repeat(20_000)] {
        let reply = start(json!({})).header("idempotency-key", key).send().await;
        assert_eq!(fields(&reply.problem(422, "invalid_input")), ["Idempotency-Key"]);
    }
    let two = start(json!({})).header("idempotency-key", "a").header("idempotency-key", "b").send().await;
    two.problem(422, "invalid_input");
    desk.ask("POST", &format!("/executions/{}/messages", nowhere::<ExecutionId>()))
        .json(&json!({"message": "Hi"}))
        .send()
        .await
        .problem(404, "not_found");
    desk.untouched().await;
}

#[tokio::test]
async fn a_conversation_cannot_go_on_after_a_failure() {
    let desk = Desk::new().await;
    let failed =
        desk.shop.ask("POST", &format!("/api/v1/agents/{}/executions", desk.agent)).bearer(&desk.key);
    let failed = failed.header("prefer", "wait=30").json(&json!({"message": "/402"})).send().await.json(200);
    let more = desk.ask("POST", &format!("/executions/{}/messages", failed["id"].as_str().expect("an id")));
    more.json(&json!({"message": "More"})).send().await.problem(409, "conflict");
}

#[tokio::test]
async fn toolhouse_out_of_reach_publishes_nothing_and_ends_what_was_started() {
    let shop = Shop::cut_off().await;
    let key = shop.full_key().await;
    let draft = json!({"title": "Lonely", "instructions": "Hi.", "limits": {"attempts": 1}});
    let agent = shop.ask("POST", "/api/v1/agents").bearer(&key).json(&draft).send().await.json(201);
    let (id, size) = (agent["id"].as_str().expect("an id"), shop.size(&key).await);
    let publish = shop.ask("POST", &format!("/api/v1/agents/{id}/publish")).bearer(&key).send().await;
    publish.problem(502, "upstream_unreachable");
    let after = shop.ask("GET", &format!("/api/v1/agents/{id}")).bearer(&key).send().await.json(200);
    assert_eq!(after, agent);
    assert_eq!(shop.size(&key).await, size);
    let start = shop.ask("POST", &format!("/api/v1/agents/{id}/executions")).bearer(&key);
    let start = start.header("prefer", "wait=30").json(&json!({"message": "Hi", "version": "draft"}));
    let run = start.send().await.json(200);
    let code = &run["error"]["code"];
    assert_eq!((&run["status"], code), (&json!("failed"), &json!("upstream_unreachable")), "{run}");
}

#[tokio::test]
async fn null_bytes_and_huge_headers_break_nothing() {
    let desk = Desk::new().await;
    let owner = desk.shop.owner().await;
    for form in ["workspace=home&slug=%00", "workspace=%00&slug=x", "workspace=home%00&slug=triage-zugspitze"]
    {
        desk.shop.call("agents/get_agent", Some(&owner), form).send().await.refusal(404, "not_found");
    }
    let found = desk.ask("GET", "/executions?q=%00").send().await;
    assert!([200, 400].contains(&found.status), "{}", found.text());
    assert_eq!(desk.shop.ask("GET", "/w/%00").cookie(&owner.cookie).send().await.status, 404);
    let huge = "x".repeat(60_000);
    let sign_in = json!({"email": "owner@example.com", "password": super::shop::PASSWORD});
    let tokens =
        desk.shop.ask("POST", "/auth/sign-in").header("user-agent", &huge).json(&sign_in).send().await;
    let access = tokens.json(200)["access_token"].as_str().expect("a token").to_owned();
    let sessions = desk.shop.ask("GET", "/auth/sessions").bearer(&access).send().await;
    assert!(sessions.text().len() < 5_000, "what is stored of a header is short");
    let cookie = desk.shop.ask("GET", "/auth/sessions").cookie(&format!("sf_access={huge}")).send().await;
    cookie.problem(401, "unauthenticated");
    desk.shop
        .ask("GET", &format!("/api/v1/agents/{huge}"))
        .bearer(&desk.key)
        .send()
        .await
        .problem(400, "invalid_id");
}

#[tokio::test]
async fn forms_that_cannot_be_read_are_refused_as_such() {
    let desk = Desk::new().await;
    let owner = desk.shop.owner().await;
    for (function, form) in [
        ("agents/create_agent", "workspace=home"),
        ("agents/create_agent", "workspace=home&draft[titel]=x"),
        ("agents/export_agent", "workspace=home&agent=rubbish"),
        ("executions/list_events", "workspace=home"),
        ("accounts/sign_in", "{\"email\": \"x\"}"),
    ] {
        desk.shop.call(function, Some(&owner), form).send().await.refusal(422, "invalid_input");
    }
    desk.shop.call("nothing/here", Some(&owner), "").send().await.problem(404, "not_found");
    let read = desk.shop.ask("GET", "/fn/accounts/profile").cookie(&owner.cookie).send().await;
    read.problem(405, "method_not_allowed");
    desk.shop.size(&desk.key).await;
}
