//! Agents over REST: draft, revision, versions, th files.

use std::time::Duration;

use serde_json::{Value, json};

use super::shop::Shop;

both!(
    a_new_agent_is_a_draft_at_its_first_revision,
    an_edit_names_its_revision_and_moves_it_on,
    an_address_is_chosen_once_and_changed,
    a_published_version_does_not_move_with_the_draft,
    versions_are_compared_and_restored,
    a_th_file_keeps_the_keys_that_mean_nothing_here,
    an_archived_agent_keeps_its_past_and_takes_nothing_new,
    templates_can_be_created_and_published_as_they_are,
    pages_of_a_list_lose_and_repeat_nothing,
);
use super::support::{Ask, Reply};

struct Desk {
    shop: Shop,
    key: String,
    /// Address of an agent that was never published.
    agent: String,
}

impl Desk {
    async fn new() -> Self {
        let shop = Shop::furnished().await;
        let key = shop.full_key().await;
        let draft =
            json!({"title": "Support triage", "instructions": "Help {who}.", "variables": {"who": "all"}});
        let reply = shop.ask("POST", "/api/v1/agents").bearer(&key).json(&draft).send().await;
        let agent = reply.json(201);
        assert_eq!(reply.header("etag"), "\"1\"");
        let address = reply.header("location").to_owned();
        assert_eq!(address, format!("/api/v1/agents/{}", agent["id"].as_str().expect("an id")));
        Self { shop, key, agent: address }
    }

    fn ask(&self, method: &str, below: &str) -> Ask {
        self.shop.ask(method, &format!("{}{below}", self.agent)).bearer(&self.key)
    }

    async fn read(&self) -> Reply {
        self.ask("GET", "").send().await
    }

    async fn publish(&self) -> Value {
        self.ask("POST", "/publish").send().await.json(200)
    }
}

async fn a_new_agent_is_a_draft_at_its_first_revision() {
    let desk = Desk::new().await;
    let agent = desk.read().await.json(200);
    assert_eq!(agent["slug"], "support-triage");
    assert_eq!(agent["runtime"], "toolhouse");
    assert_eq!(agent["revision"], 1);
    assert_eq!(agent["published_version"], Value::Null);
    assert_eq!(agent["variables"], json!({"who": "all"}));
}

async fn an_address_is_chosen_once_and_changed() {
    let desk = Desk::new().await;
    let create = async |draft: Value| {
        desk.shop.ask("POST", "/api/v1/agents").bearer(&desk.key).json(&draft).send().await
    };
    let draft = |slug: &str| json!({"title": "Support triage", "instructions": "Help.", "slug": slug});
    assert_eq!(create(draft("parcels")).await.json(201)["slug"], "parcels");
    assert_eq!(create(draft("")).await.json(201)["slug"], "support-triage-2", "made from the title");
    for wrong in ["parcels", "Parcels", "a", "-a-", "a/b", &"x".repeat(49)] {
        let refused = create(draft(wrong)).await.problem(422, "invalid_input");
        assert_eq!(refused["errors"][0]["field"], "slug", "{wrong}");
    }
    let edit =
        |slug: &str, revision: u64| desk.ask("PATCH", "").json(&json!({"slug": slug, "revision": revision}));
    let refused = edit("parcels", 1).send().await.problem(422, "invalid_input");
    assert_eq!(refused["errors"][0]["field"], "slug");
    let moved = edit("triage", 1).send().await.json(200);
    assert_eq!((&moved["slug"], &moved["revision"]), (&json!("triage"), &json!(2)));
    let stale = edit("other", 1).send().await.problem(409, "stale_revision");
    assert_eq!(stale["errors"][0]["field"], "slug", "{stale}");
    let plain = desk.ask("PATCH", "").json(&json!({"title": "Parcels", "revision": 2}));
    assert_eq!(plain.send().await.json(200)["slug"], "triage", "it stays");
}

async fn an_edit_names_its_revision_and_moves_it_on() {
    let desk = Desk::new().await;
    let edit = json!({"title": "Triage", "limits": {"attempts": 2}});
    let reply = desk.ask("PATCH", "").header("if-match", "\"1\"").json(&edit).send().await;
    let agent = reply.json(200);
    assert_eq!(reply.header("etag"), "\"2\"");
    assert_eq!((&agent["title"], &agent["limits"]["attempts"]), (&json!("Triage"), &json!(2)));
    assert_eq!(agent["instructions"], "Help {who}.", "what is not named stays");
    let later = json!({"description": "x", "revision": 2});
    assert_eq!(desk.ask("PATCH", "").json(&later).send().await.json(200)["revision"], 3);
}

async fn a_published_version_does_not_move_with_the_draft() {
    let desk = Desk::new().await;
    let first = desk.publish().await;
    assert_eq!(first["number"], 1);
    desk.ask("PATCH", "").json(&json!({"title": "Second", "revision": 1})).send().await.json(200);
    let agent = desk.read().await.json(200);
    assert_eq!((&agent["published_version"], &agent["draft_changed"]), (&json!(1), &json!(true)));
    let version = desk.ask("GET", "/versions/1").send().await.json(200);
    assert_eq!(version["config"]["title"], "Support triage");
    assert_eq!(desk.publish().await["number"], 2);
    let versions = desk.ask("GET", "/versions").send().await.json(200);
    let numbers: Vec<_> =
        versions["items"].as_array().expect("rows").iter().map(|row| &row["number"]).collect();
    assert_eq!(numbers, [2, 1]);
}

async fn versions_are_compared_and_restored() {
    let desk = Desk::new().await;
    desk.publish().await;
    desk.ask("PATCH", "").json(&json!({"title": "Second", "revision": 1})).send().await.json(200);
    let diff = desk.ask("GET", "/diff?from=1&to=draft").send().await.json(200);
    assert_eq!(diff["items"], json!([{"field": "title", "before": "Support triage", "after": "Second"}]));
    let stale = desk.ask("POST", "/versions/1/restore").header("if-match", "\"1\"").send().await;
    stale.problem(409, "stale_revision");
    let restored = desk.ask("POST", "/versions/1/restore").header("if-match", "\"2\"").send().await.json(200);
    assert_eq!((&restored["title"], &restored["revision"]), (&json!("Support triage"), &json!(3)));
    desk.ask("POST", "/versions/7/restore").send().await.problem(404, "not_found");
}

async fn a_th_file_keeps_the_keys_that_mean_nothing_here() {
    let desk = Desk::new().await;
    let file = "title: Porter\nprompt: Carry {what}.\nvars:\n  what: boxes\nschedule: \"0 9 * * *\"\n";
    let import = desk.shop.ask("POST", "/api/v1/agents/import").bearer(&desk.key);
    let agent = import.header("content-type", "text/yaml").body(file).send().await.json(201);
    let id = agent["id"].as_str().expect("an id");
    let export = desk.shop.ask("GET", &format!("/api/v1/agents/{id}/th-file")).bearer(&desk.key).send().await;
    assert_eq!(export.header("content-type"), "text/yaml; charset=utf-8");
    let text = export.text();
    for part in ["Porter", "Carry {what}.", "schedule", "0 9 * * *"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

async fn an_archived_agent_keeps_its_past_and_takes_nothing_new() {
    let desk = Desk::new().await;
    desk.publish().await;
    let run = desk.ask("POST", "/executions").header("prefer", "wait=30").json(&json!({"message": "Hi"}));
    let run = run.send().await.json(200);
    desk.ask("DELETE", "").send().await.json(204);
    desk.ask("DELETE", "").send().await.json(204);
    let get = desk.shop.ask("GET", &format!("/api/v1/executions/{}", run["id"].as_str().expect("an id")));
    assert_eq!(get.bearer(&desk.key).send().await.json(200)["status"], "succeeded");
    desk.ask("POST", "/executions").send().await.problem(409, "archived");
    desk.ask("PATCH", "").json(&json!({"title": "x", "revision": 1})).send().await.problem(409, "archived");
    let live = desk.shop.ask("GET", "/api/v1/agents").bearer(&desk.key).send().await.json(200);
    assert_eq!(live["items"], json!([]));
    let old = desk.shop.ask("GET", "/api/v1/agents?archived=true").bearer(&desk.key).send().await.json(200);
    assert_eq!(old["items"].as_array().map(Vec::len), Some(1));
}

async fn templates_can_be_created_and_published_as_they_are() {
    let desk = Desk::new().await;
    let templates = desk.shop.ask("GET", "/api/v1/agent-templates").bearer(&desk.key).send().await.json(200);
    let templates = templates["items"].as_array().expect("templates");
    assert_eq!(templates.len(), 3);
    for template in templates {
        let create = desk.shop.ask("POST", "/api/v1/agents").bearer(&desk.key).json(&template["draft"]);
        let address = create.send().await.header("location").to_owned();
        let publish = desk.shop.ask("POST", &format!("{address}/publish")).bearer(&desk.key);
        assert_eq!(publish.send().await.json(200)["number"], 1, "{}", template["slug"]);
    }
}

async fn pages_of_a_list_lose_and_repeat_nothing() {
    let desk = Desk::new().await;
    for number in 2..=5 {
        // Rows of one millisecond come in any order.
        desk.shop.clock.advance(Duration::from_millis(1));
        let draft = json!({"title": format!("Agent {number}")});
        desk.shop.ask("POST", "/api/v1/agents").bearer(&desk.key).json(&draft).send().await.json(201);
    }
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = desk.shop.ask("GET", &format!("/api/v1/agents?limit=2&cursor={cursor}")).bearer(&desk.key);
        let page = list.send().await.json(200);
        let rows = page["items"].as_array().expect("rows");
        titles.extend(rows.iter().map(|row| row["title"].as_str().expect("a title").to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert_eq!(rows.len(), 2);
        next.clone_into(&mut cursor);
    }
    assert_eq!(titles, ["Agent 5", "Agent 4", "Agent 3", "Agent 2", "Support triage"]);
}
