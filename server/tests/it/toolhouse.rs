//! Connecting Toolhouse and losing it: what was real is never simulated afterwards.

use serde_json::{Value, json};

use super::shop::Shop;
use super::support::{Ask, Reply};

both!(a_workspace_that_was_connected_is_never_simulated_again);

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
