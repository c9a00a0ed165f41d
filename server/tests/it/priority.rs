//! What is urgent goes first.

use serde_json::{Value, json};

use super::shop::Shop;

both!(a_high_one_overtakes_normal_ones_that_wait, a_schedule_gives_its_priority_to_its_executions);

struct Desk {
    shop: Shop,
    key: String,
    agent: String,
}

impl Desk {
    async fn new() -> Self {
        let shop = Shop::furnished().await;
        let key = shop.full_key().await;
        let agent = shop.agent(&key).await;
        Self { shop, key, agent }
    }

    async fn get(&self, path: &str) -> Value {
        self.shop.ask("GET", &format!("/api/v1{path}")).bearer(&self.key).send().await.json(200)
    }

    async fn send(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        let ask = self.shop.ask(method, &format!("/api/v1{path}")).bearer(&self.key);
        ask.json(&body).send().await.json(status)
    }

    async fn start(&self, body: Value) -> String {
        let started = self.send("POST", &format!("/agents/{}/executions", self.agent), body, 202).await;
        started["id"].as_str().expect("an id").to_owned()
    }

    /// The execution once it fits.
    async fn until(&self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1_000 {
            let execution = self.get(&format!("/executions/{id}")).await;
            if fits(&execution) {
                return execution;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{id} does not come that far");
    }
}

async fn a_high_one_overtakes_normal_ones_that_wait() {
    let desk = Desk::new().await;
    let path = format!("/agents/{}", desk.agent);
    let revision = desk.get(&path).await["revision"].clone();
    desk.send("PATCH", &path, json!({"revision": revision, "limits": {"concurrency": 1}}), 200).await;
    desk.send("POST", &format!("{path}/publish"), json!({}), 200).await;
    let first = desk.start(json!({"message": "/hang"})).await;
    desk.until(&first, |execution| execution["status"] == "running").await;

    let low = desk.start(json!({"message": "Low", "priority": 3})).await;
    let normal = [desk.start(json!({"message": "One"})).await, desk.start(json!({"message": "Two"})).await];
    let high = desk.start(json!({"message": "High", "priority": "1"})).await;
    let again = format!("/executions/{high}/rerun");
    let second = desk.send("POST", &again, json!({"message": "Again", "priority": 1}), 202).await;
    assert_eq!(second["priority"], 1);
    for wrong in [json!(0), json!(4), json!("high"), json!(true)] {
        let start = desk.shop.ask("POST", &format!("/api/v1{path}/executions")).bearer(&desk.key);
        start.json(&json!({ "priority": wrong })).send().await.problem(422, "invalid_input");
    }

    desk.send("POST", &format!("/executions/{first}/cancel"), json!({}), 202).await;
    let mut order = Vec::new();
    for id in [&low, &normal[0], &normal[1], &high, &second["id"].as_str().expect("an id").to_owned()] {
        let ended = desk.until(id, |execution| execution["status"] == "succeeded").await;
        let time = |name: &str| ended[name].as_str().expect("a time").to_owned();
        order.push((time("started_at"), ended["priority"].as_i64().expect("a number"), time("finished_at")));
    }
    order.sort();
    assert_eq!(order.iter().map(|(_, priority, _)| *priority).collect::<Vec<_>>(), [1, 1, 2, 2, 3]);
    assert!(order.is_sorted_by(|a, b| a.2 <= b.0), "one at a time: {order:?}");
}

async fn a_schedule_gives_its_priority_to_its_executions() {
    let desk = Desk::new().await;
    let draft = json!({"name": "Nightly", "agent": desk.agent, "cron": "0 3 1 1 *", "priority": 1});
    let schedule = desk.send("POST", "/schedules", draft.clone(), 201).await;
    assert_eq!(schedule["priority"], 1);
    let path = format!("/schedules/{}", schedule["id"].as_str().expect("an id"));
    let fired = desk.send("POST", &format!("{path}/run"), json!({}), 201).await;
    let execution = fired["execution"].as_str().expect("an execution");
    assert_eq!(desk.get(&format!("/executions/{execution}")).await["priority"], 1);

    let change =
        desk.shop.ask("PUT", &format!("/api/v1{path}")).bearer(&desk.key).header("if-match", "\"1\"");
    let plain = json!({"name": "Nightly", "agent": desk.agent, "cron": "0 3 1 1 *"});
    assert_eq!(change.json(&plain).send().await.json(200)["priority"], 2);
    let wrong = json!({"name": "Nightly", "agent": desk.agent, "cron": "0 3 1 1 *", "priority": 9});
    let refused = desk.shop.ask("POST", "/api/v1/schedules").bearer(&desk.key).json(&wrong).send().await;
    assert_eq!(refused.problem(422, "invalid_input")["errors"][0]["field"], "priority");
}
