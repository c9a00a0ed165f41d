//! Where most tests sit: a furnished shop, a key that may do everything, and a published agent.

use serde_json::Value;

use super::shop::Shop;
use super::support::Ask;

/// A furnished shop, a key with every scope, and the id of a published agent.
pub(crate) async fn open() -> (Shop, String, String) {
    let shop = Shop::furnished().await;
    let key = shop.full_key().await;
    let agent = shop.agent(&key).await;
    (shop, key, agent)
}

/// The same, for somebody who calls the API.
pub(crate) struct Desk {
    pub(crate) shop: Shop,
    pub(crate) key: String,
    pub(crate) agent: String,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let (shop, key, agent) = open().await;
        Self { shop, key, agent }
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        self.shop.ask(method, &format!("/api/v1{path}")).bearer(&self.key)
    }

    /// Changes the agent's draft and publishes it.
    pub(crate) async fn change(&self, mut fields: Value) {
        let path = format!("/agents/{}", self.agent);
        fields["revision"] = self.ask("GET", &path).send().await.json(200)["revision"].clone();
        self.ask("PATCH", &path).json(&fields).send().await.json(200);
        self.ask("POST", &format!("{path}/publish")).send().await.json(200);
    }
}
