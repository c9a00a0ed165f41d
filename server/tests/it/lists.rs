//! What the pages of lists do beyond listing: saved filters, the histogram, running by hand and again.

use std::time::Duration;

use domain::Permission;
use domain::workspaces::Role;
use serde_json::{Value, json};

use super::desk::open;

both!(
    a_saved_filter_is_ones_own_unless_it_is_shared,
    bars_count_what_the_list_shows,
    a_schedule_is_run_by_hand_and_its_log_says_by_whom,
    failed_rows_run_again_as_a_new_batch,
);

fn names(filters: &Value) -> Vec<&str> {
    let filters = filters.as_array().expect("filters");
    filters.iter().map(|filter| filter["name"].as_str().expect("a name")).collect()
}

async fn a_saved_filter_is_ones_own_unless_it_is_shared() {
    let (shop, key, _) = open().await;
    let viewer = shop.add("viewer@example.com", Role::Viewer, "home").await;
    let owner = shop.owner().await;
    let save = async |who, form: &str| {
        let form = format!("workspace=home&filter[status]=failed&{form}");
        shop.call("saved_filters/save_filter", Some(who), &form).send().await
    };
    let own = save(&viewer, "name=Mine").await.json(200);
    save(&viewer, "name=Ours&shared=true").await.refusal(403, "forbidden");
    let shared = save(&owner, "name=Ours&shared=true").await.json(200);
    save(&owner, "name=").await.refusal(422, "invalid_input");
    let list = async |who| {
        shop.call("saved_filters/list_saved_filters", Some(who), "workspace=home").send().await.json(200)
    };
    assert_eq!(names(&list(&viewer).await), ["Ours", "Mine"]);
    assert_eq!(names(&list(&owner).await), ["Ours"]);

    let ask = |method, path: &str| shop.ask(method, path).bearer(&key);
    let seen = ask("GET", "/api/v1/saved-filters").send().await.json(200);
    assert_eq!(names(&seen["items"]), ["Ours"]);
    for (draft, field) in [
        (json!({"name": "All", "shared": true}), "filter"),
        (json!({"name": "Mine", "filter": {"status": "failed"}}), "shared"),
        (json!({"name": "Odd", "filter": {"status": "odd"}, "shared": true}), "filter"),
    ] {
        let refused = ask("POST", "/api/v1/saved-filters").json(&draft).send().await;
        assert_eq!(refused.problem(422, "invalid_input")["errors"][0]["field"], field, "{draft}");
    }
    let path = |saved: &Value| format!("/api/v1/saved-filters/{}", saved["id"].as_str().expect("an id"));
    ask("DELETE", &path(&own)).send().await.problem(404, "not_found");
    let form = format!("workspace=home&filter={}", shared["id"].as_str().expect("an id"));
    shop.call("saved_filters/delete_saved_filter", Some(&viewer), &form)
        .send()
        .await
        .refusal(403, "forbidden");
    assert_eq!(ask("DELETE", &path(&shared)).send().await.status, 204);
    assert_eq!(names(&list(&viewer).await), ["Mine"]);

    // Words to search for say what inputs say.
    let words = json!({"name": "Parcels", "filter": {"q": "parcel"}, "shared": true});
    ask("POST", "/api/v1/saved-filters").json(&words).send().await.json(201);
    let blind = shop.key("home", &[Permission::ExecutionsRead]).await;
    let seen = shop.ask("GET", "/api/v1/saved-filters").bearer(&blind).send().await.json(200);
    assert_eq!(seen["items"], json!([]));
}

async fn bars_count_what_the_list_shows() {
    let (shop, key, agent) = open().await;
    shop.run(&key, &agent, "Hello").await;
    shop.run(&key, &agent, "/402").await;
    let bars = async |query: &str| {
        let path = format!("/api/v1/executions/histogram?{query}");
        let answer = shop.ask("GET", &path).bearer(&key).send().await.json(200);
        let bars = answer["bars"].as_array().expect("bars").clone();
        assert_eq!(bars.len(), 48);
        let sum = |name: &str| bars.iter().filter_map(|bar| bar[name].as_u64()).sum::<u64>();
        (sum("succeeded"), sum("troubled"), bars)
    };
    let (succeeded, troubled, found) = bars("").await;
    assert_eq!((succeeded, troubled), (1, 1));
    assert_eq!(bars(&format!("status=failed&agent={agent}&span=30d")).await.1, 1);
    let full = found.iter().find(|bar| bar["troubled"] == 1).expect("a bar");
    let time = |name: &str| full[name].as_str().expect("a time");
    let (_, troubled, narrowed) = bars(&format!("from={}&to={}", time("from"), time("to"))).await;
    assert_eq!((troubled, narrowed[0]["from"].as_str()), (1, Some(time("from"))));
    shop.clock.advance(Duration::from_hours(25));
    assert_eq!(bars("span=24h").await.0, 0);
    let wrong = shop.ask("GET", "/api/v1/executions/histogram?span=1y").bearer(&key);
    wrong.send().await.problem(400, "invalid_query");
}

async fn a_schedule_is_run_by_hand_and_its_log_says_by_whom() {
    let (shop, key, agent) = open().await;
    let ask = |method, path: &str| shop.ask(method, path).bearer(&key);
    let draft = json!({"name": "Yearly", "agent": agent, "cron": "0 3 1 1 *", "message": "Hello"});
    let schedule = ask("POST", "/api/v1/schedules").json(&draft).send().await.json(201);
    let path = format!("/api/v1/schedules/{}", schedule["id"].as_str().expect("an id"));
    ask("POST", &format!("{path}/pause")).send().await.json(200);
    let firing = ask("POST", &format!("{path}/run")).send().await.json(201);
    assert!(firing["asked_by"].is_string() && firing["execution"].is_string(), "{firing}");
    let execution = format!("/api/v1/executions/{}", firing["execution"].as_str().expect("an id"));
    assert_eq!(ask("GET", &execution).send().await.json(200)["trigger"], "schedule");
    let log = ask("GET", &format!("{path}/firings")).send().await.json(200);
    assert_eq!(
        (log["items"].as_array().map(Vec::len), &log["items"][0]["asked_by"]),
        (Some(1), &firing["asked_by"])
    );
    let after = ask("GET", &path).send().await.json(200);
    assert_eq!((&after["state"], &after["next"]), (&json!("paused"), &Value::Null), "its own times stay");
}

async fn failed_rows_run_again_as_a_new_batch() {
    let (shop, key, agent) = open().await;
    let ask = |method, path: &str| shop.ask(method, path).bearer(&key);
    let ended = async |name: &str, data: &str| {
        let draft = json!({"name": name, "agent": agent, "data": data});
        let batch = ask("POST", "/api/v1/batches").json(&draft).send().await.json(201);
        let path = format!("/api/v1/batches/{}", batch["id"].as_str().expect("an id"));
        for _ in 0..1_000 {
            if ask("GET", &path).send().await.json(200)["finished_at"] != Value::Null {
                return path;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the batch does not end");
    };
    let path = ended("Well", "message\nHello\n").await;
    ask("POST", &format!("{path}/rerun-failed")).send().await.problem(409, "conflict");
    let path = ended("Two", "message\nHello\n/402\n").await;
    let again = ask("POST", &format!("{path}/rerun-failed")).send().await.json(201);
    assert_eq!(again["name"], "Two, failed rows", "{again}");
    let rows = ask("GET", &format!("/api/v1/batches/{}/rows", again["id"].as_str().expect("an id")));
    let rows = rows.send().await.json(200);
    assert_eq!(
        (rows["items"].as_array().map(Vec::len), &rows["items"][0]["title"]),
        (Some(1), &json!("/402"))
    );
}
