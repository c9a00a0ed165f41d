//! Running again, answering questions and acting on many, over REST.

use domain::workspaces::Role;
use serde_json::{Value, json};

use super::desk::Desk;
use super::shop::all_scopes;

impl Desk {
    async fn run(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", path).header("prefer", "wait=30").json(body).send().await.json(200)
    }

    fn starts(&self) -> String {
        format!("/agents/{}/executions", self.agent)
    }
}

#[tokio::test]
async fn an_execution_runs_again_and_its_result_is_used_again() {
    let desk = Desk::new().await;
    let first = desk.run(&desk.starts(), &json!({"message": "Where is it?"})).await;
    let path = format!("/executions/{}/rerun", first["id"].as_str().expect("an id"));
    let again = desk.run(&path, &json!({"message": "And the other?"})).await;
    assert_eq!((&again["rerun_of"], &again["input"]["message"]), (&first["id"], &json!("And the other?")));
    desk.ask("POST", &path).json(&json!({"version": "newest"})).send().await.problem(422, "invalid_input");
    desk.change(json!({"limits": {"cache_ttl_s": 60}})).await;
    let miss = desk.run(&desk.starts(), &json!({"message": "Where is it?"})).await;
    let hit = desk.run(&desk.starts(), &json!({"message": "Where is it?"})).await;
    assert_eq!(
        (&miss["cache"], &hit["cache"], &hit["copied_from"]),
        (&json!("miss"), &json!("hit"), &miss["id"])
    );
    assert_eq!(hit["output"], miss["output"]);
    let fresh =
        desk.ask("POST", &desk.starts()).header("prefer", "wait=30").header("cache-control", "no-cache");
    let fresh = fresh.json(&json!({"message": "Where is it?"})).send().await.json(200);
    assert_eq!(fresh["cache"], "bypass");
    let purge = desk.ask("DELETE", &format!("/agents/{}/cache", desk.agent)).send().await;
    assert_eq!(purge.status, 204);
    let miss = desk.run(&desk.starts(), &json!({"message": "Where is it?"})).await;
    assert_eq!(miss["cache"], "miss");
    let day = desk.ask("GET", "/overview").send().await.json(200);
    assert_eq!((&day["cache_hits"], &day["cache_misses"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_question_is_answered_over_rest_once() {
    let desk = Desk::new().await;
    desk.change(json!({"ask_before_start": {
        "question": "Go on?",
        "fields": {"properties": {"limit": {"type": "integer", "maximum": 9}}, "required": ["limit"]},
        "expires_s": 60,
    }}))
    .await;
    let started = desk.ask("POST", &desk.starts()).json(&json!({"message": "Hi"})).send().await.json(202);
    let path = format!("/executions/{}", started["id"].as_str().expect("an id"));
    let asked = loop {
        let now = desk.ask("GET", &path).send().await.json(200);
        if now["status"] == "waiting" {
            break now;
        }
        assert_ne!(now["status"], "failed", "{now}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    assert_eq!(asked["approvals"][0]["data"]["message"], "Hi", "exactly what is to be approved");
    assert_eq!(asked["approvals"][0]["fields"]["properties"]["limit"]["maximum"], 9);
    let answer = |body: Value| desk.ask("POST", &format!("{path}/answer")).json(&body);
    answer(json!({"decision": "perhaps"})).send().await.problem(422, "invalid_input");
    answer(json!({"decision": "approve", "fields": {"limit": 10}}))
        .send()
        .await
        .problem(422, "invalid_input");
    let scopes: Vec<_> =
        all_scopes().into_iter().filter(|scope| *scope != domain::Permission::PayloadsRead).collect();
    let blind = desk.shop.key("home", &scopes).await;
    let seen = desk.shop.ask("GET", &format!("/api/v1{path}")).bearer(&blind).send().await.json(200);
    assert!(seen["approvals"][0]["data"].is_null() && seen["approvals"][0]["question"].is_null(), "{seen}");
    let page = format!("/w/home{path}");
    let viewer = desk.shop.add("viewer@example.com", Role::Viewer, "home").await;
    let seen = desk.shop.ask("GET", &page).cookie(&viewer.cookie).send().await.text();
    assert!(seen.contains("Go on?") && !seen.contains("answer-approve"), "a viewer sees it without buttons");
    let owner = desk.shop.owner().await;
    let seen = desk.shop.ask("GET", &page).cookie(&owner.cookie).send().await.text();
    assert!(seen.contains("answer-approve") && seen.contains("answer[fields][limit]"), "{seen}");
    let overview = desk.ask("GET", "/overview").send().await.json(200);
    assert_eq!(overview["waiting"][0]["question"], "Go on?");
    let yes = json!({"decision": "approve", "fields": {"limit": 3}, "note": "Fine."});
    assert_eq!(answer(yes.clone()).send().await.json(200)["approvals"][0]["outcome"], "approved");
    answer(yes).send().await.problem(409, "conflict");
    let seen = desk.shop.ask("GET", &page).cookie(&owner.cookie).send().await.text();
    assert!(seen.contains(" approved, ") && !seen.contains("answer-approve"), "who answered is told");
}

#[tokio::test]
async fn a_rerun_and_its_original_find_and_are_compared_with_each_other() {
    let desk = Desk::new().await;
    let first = desk.run(&desk.starts(), &json!({"message": "Where is it?"})).await;
    let (id, owner) = (first["id"].as_str().expect("an id"), desk.shop.owner().await);
    let form = format!("workspace=home&execution={id}&rerun[message]=Another one&rerun[version]=current");
    let again = desk.shop.call("executions/rerun_execution", Some(&owner), &form).send().await.json(200);
    let again = again["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        desk.ask("GET", &format!("/executions/{id}")).send().await.json(200)["reruns"],
        json!([again])
    );
    let page = async |path: &str| {
        desk.shop.ask("GET", &format!("/w/home/executions/{path}")).cookie(&owner.cookie).send().await.text()
    };
    let compare = format!("compare?a={id}&amp;b={again}").replace('_', "%5F");
    for one in [id, &again] {
        let seen = page(one).await;
        assert!(seen.contains(&compare), "{compare}\n{seen}");
    }
    let compared = page(&compare.replace("&amp;", "&")).await;
    assert!(compared.contains("Another one") && compared.contains("diff-add"), "{compared}");
    let edit = page(&format!("{id}/rerun?version=current")).await;
    assert!(edit.contains("Where is it?") && edit.contains("rerun[message]"), "{edit}");
}

#[tokio::test]
async fn what_went_in_and_out_is_saved_as_a_file() {
    let desk = Desk::new().await;
    let run = desk.run(&desk.starts(), &json!({"message": "Where is it?"})).await;
    let owner = desk.shop.owner().await;
    let file = |query: &str| {
        let path = format!("/download/executions/{}?w={query}", run["id"].as_str().expect("an id"));
        desk.shop.ask("GET", &path).cookie(&owner.cookie)
    };
    assert_eq!(file("home&part=output").send().await.text(), run["output"].as_str().expect("an output"));
    assert_eq!(file("home&part=input").send().await.json(200)["message"], "Where is it?");
    file("home&part=steps").send().await.problem(400, "invalid_query");
    file("away&part=output").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn many_executions_are_counted_then_run_again() {
    let desk = Desk::new().await;
    for n in 0..3 {
        desk.run(&desk.starts(), &json!({"message": format!("Parcel {n}")})).await;
    }
    let filter = json!({"status": "succeeded", "agent": desk.agent});
    let preview = desk.ask("POST", "/bulk-actions/preview").json(&filter).send().await.json(200);
    assert_eq!(preview["count"], 3);
    let start = |expected: u64| {
        desk.ask("POST", "/bulk-actions")
            .json(&json!({"kind": "rerun", "filter": filter, "version": "current", "expected": expected}))
    };
    start(2).send().await.problem(409, "conflict");
    let wrong = json!({"kind": "rerun", "filter": {"status": "done"}});
    desk.ask("POST", "/bulk-actions").json(&wrong).send().await.problem(400, "invalid_query");
    let action = start(3).send().await.json(202);
    let path = format!("/bulk-actions/{}", action["id"].as_str().expect("an id"));
    let ended = loop {
        let now = desk.ask("GET", &path).send().await.json(200);
        if now["status"] != "running" {
            break now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert_eq!((&ended["status"], &ended["changed"]), (&json!("finished"), &json!(3)));
    let rows = desk.ask("GET", &format!("{path}/rows")).send().await.json(200);
    let rows = rows["items"].as_array().expect("rows");
    assert!(rows.len() == 3 && rows.iter().all(|row| row["new_execution"].is_string()), "{rows:?}");
    desk.ask("POST", &format!("{path}/stop")).send().await.problem(409, "conflict");
    let listed = desk.ask("GET", "/bulk-actions").send().await.json(200);
    assert_eq!(listed["items"][0]["id"], action["id"]);
    let workers = desk.ask("GET", "/workers").send().await.json(200);
    assert_eq!(workers["items"].as_array().map(Vec::len), Some(1), "{workers}");
    let queue = desk.ask("GET", "/queue").send().await.json(200);
    assert_eq!(queue["workers"][0]["id"], workers["items"][0]["id"], "{queue}");
    // Named ones and no others.
    let named = json!({"ids": format!("{},{}", text(&rows[0]["execution"]), text(&rows[1]["execution"]))});
    let preview = desk.ask("POST", "/bulk-actions/preview").json(&named).send().await.json(200);
    assert_eq!((&preview["count"], &preview["active"]), (&json!(2), &json!(0)));
    let path = format!("/executions?ids={}", text(&rows[2]["execution"]));
    let listed = desk.ask("GET", &path).send().await.json(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    desk.ask("GET", "/executions?ids=me").send().await.problem(400, "invalid_query");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
