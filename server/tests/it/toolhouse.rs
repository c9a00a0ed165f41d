//! Connecting Toolhouse and losing it: what was real is never simulated afterwards.

use serde_json::{Value, json};

use super::shop::Shop;
use super::support::{Ask, Reply};

both!(
    a_workspace_that_was_connected_is_never_simulated_again,
    a_plan_without_private_agents_publishes_and_runs_nothing,
);

struct Desk {
    shop: Shop,
    key: String,
}

impl Desk {
    async fn new(options: simulator::Options) -> Self {
        let shop = Shop::with_toolhouse(options).await;
        let key = shop.full_key().await;
        Self { shop, key }
    }

    fn ask(&self, method: &str, path: &str) -> Ask {
        self.shop.ask(method, &format!("/api/v1{path}")).bearer(&self.key)
    }

    /// Changes the connection as the owner.
    async fn connection(&self, method: &str, body: Option<Value>) -> Reply {
        let owner = self.shop.owner().await;
        let ask = self.shop.ask(method, "/auth/workspaces/home/toolhouse").cookie(&owner.cookie);
        match body {
            Some(body) => ask.json(&body).send().await,
            None => ask.send().await,
        }
    }

    /// A new agent's id.
    async fn draft(&self, draft: &Value) -> String {
        let agent = self.ask("POST", "/agents").json(draft).send().await.json(201);
        agent["id"].as_str().expect("an id").to_owned()
    }

    async fn start(&self, agent: &str) -> Reply {
        let start = self.ask("POST", &format!("/agents/{agent}/executions")).header("prefer", "wait=30");
        start.json(&json!({"message": "Hi", "version": "draft"})).send().await
    }
}

async fn a_workspace_that_was_connected_is_never_simulated_again() {
    let desk = Desk::new(simulator::Options::instant()).await;
    let toolhouse = desk.draft(&json!({"title": "Hosted", "instructions": "Hi."})).await;
    let model = json!({"title": "Ours", "instructions": "Hi.", "runtime": "model", "model": "any"});
    let model = desk.draft(&model).await;
    for agent in [&toolhouse, &model] {
        let run = desk.start(agent).await.json(200);
        assert_eq!((&run["status"], &run["simulated"]), (&json!("succeeded"), &json!(true)), "{run}");
    }

    let connected = desk.connection("PUT", Some(json!({"key": "th-real"}))).await.json(200);
    assert_eq!(connected["mode"], "connected", "{connected}");
    let run = desk.start(&toolhouse).await.json(200);
    assert_eq!((&run["status"], &run["simulated"]), (&json!("succeeded"), &json!(false)), "{run}");
    desk.start(&model).await.problem(409, "conflict");

    assert_eq!(desk.connection("DELETE", None).await.status, 204);
    let now = desk.ask("GET", "/toolhouse").send().await.json(200);
    assert_eq!(now["mode"], "not_connected", "{now}");
    let before = desk.shop.size(&desk.key).await;
    desk.start(&toolhouse).await.problem(409, "toolhouse_not_connected");
    desk.start(&model).await.problem(409, "conflict");
    desk.ask("POST", &format!("/agents/{toolhouse}/publish"))
        .send()
        .await
        .problem(409, "toolhouse_not_connected");
    assert_eq!(desk.shop.size(&desk.key).await, before, "nothing was started or stored");
}

async fn a_plan_without_private_agents_publishes_and_runs_nothing() {
    let sandbox = simulator::Options { tier: simulator::Tier::Sandbox, ..simulator::Options::instant() };
    let desk = Desk::new(sandbox).await;
    desk.connection("PUT", Some(json!({"key": "th-real"}))).await.json(200);
    let agent = desk.draft(&json!({"title": "Private", "instructions": "Hi."})).await;
    let before = desk.ask("GET", &format!("/agents/{agent}")).send().await.json(200);

    let publish = desk.ask("POST", &format!("/agents/{agent}/publish")).send().await;
    let problem = publish.problem(409, "toolhouse_private_refused");
    assert!(
        problem["detail"].as_str().is_some_and(|text| text.contains("never makes one public")),
        "{problem}"
    );
    let versions = desk.ask("GET", &format!("/agents/{agent}/versions")).send().await.json(200);
    assert_eq!(versions["items"], json!([]), "no version is stored");
    let after = desk.ask("GET", &format!("/agents/{agent}")).send().await.json(200);
    assert_eq!(after, before);

    let run = desk.start(&agent).await.json(200);
    let code = &run["error"]["code"];
    assert_eq!((&run["status"], code), (&json!("failed"), &json!("toolhouse_private_refused")), "{run}");
    assert_eq!(run["attempts"].as_array().map(Vec::len), Some(1), "it is not tried again");
}
