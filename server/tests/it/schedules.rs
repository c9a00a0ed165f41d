//! Schedules as a program sees them.

use std::time::Duration;

use domain::ids::ScheduleId;
use serde_json::{Value, json};

use super::desk::open;
use super::shop::{Shop, nowhere};

fn hourly(agent: &str) -> Value {
    json!({"name": "Hourly", "agent": agent, "cron": "0 * * * *", "zone": "Europe/Berlin", "message": "Report."})
}

async fn made(shop: &Shop, key: &str, draft: &Value) -> Value {
    shop.ask("POST", "/api/v1/schedules").bearer(key).json(draft).send().await.json(201)
}

#[tokio::test]
async fn a_schedule_is_made_changed_paused_and_deleted() {
    let (shop, key, agent) = open().await;
    let reply = shop.ask("POST", "/api/v1/schedules").bearer(&key).json(&hourly(&agent)).send().await;
    let schedule = reply.json(201);
    let id = schedule["id"].as_str().expect("an id");
    assert_eq!(reply.header("location"), format!("/api/v1/schedules/{id}"));
    assert_eq!(reply.header("etag"), "\"1\"");
    // The clock of these tests stands at 2027-01-15T08:00:00Z.
    assert_eq!(schedule["next"]["at"], "2027-01-15T09:00:00.000Z");
    assert_eq!(schedule["next"]["local"], "Fri 15 Jan 2027, 10:00 CET");
    assert_eq!((&schedule["kind"], &schedule["cron"]), (&json!("cron"), &json!("0 * * * *")));
    let path = format!("/api/v1/schedules/{id}");

    let daily = json!({"name": "Daily", "agent": agent, "cron": "30 6 * * *", "zone": "UTC"});
    let put = || shop.ask("PUT", &path).bearer(&key).json(&daily);
    put().send().await.problem(428, "revision_required");
    put().header("if-match", "\"9\"").send().await.problem(409, "stale_revision");
    let changed = put().header("if-match", "\"1\"").send().await.json(200);
    assert_eq!((&changed["name"], &changed["revision"]), (&json!("Daily"), &json!(2)));
    assert_eq!(changed["message"], Value::Null);

    let post = |verb: &str| shop.ask("POST", &format!("{path}/{verb}")).bearer(&key);
    assert_eq!(post("pause").send().await.json(200)["state"], "paused");
    post("pause").send().await.problem(409, "conflict");
    let resumed = post("resume").send().await.json(200);
    assert_eq!(
        (&resumed["state"], &resumed["next"]["at"]),
        (&json!("active"), &json!("2027-01-16T06:30:00.000Z"))
    );
    let page = shop.ask("GET", "/api/v1/schedules").bearer(&key).send().await.json(200);
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(shop.ask("DELETE", &path).bearer(&key).send().await.status, 204);
    shop.ask("GET", &path).bearer(&key).send().await.problem(404, "not_found");
    shop.ask("DELETE", &path).bearer(&key).send().await.problem(404, "not_found");
    let audit = shop.ask("GET", "/api/v1/audit?limit=200").bearer(&key).send().await.json(200);
    let actions: Vec<_> =
        audit["items"].as_array().expect("rows").iter().filter_map(|row| row["action"].as_str()).collect();
    for action in ["create", "update", "pause", "resume", "delete"] {
        let action = format!("schedule.{action}");
        assert_eq!(actions.iter().filter(|known| **known == action).count(), 1, "{action}");
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_is_refused_with_the_field_named() {
    let (shop, key, agent) = open().await;
    let sizes = shop.size(&key).await;
    for (change, field) in [
        (json!({"cron": "0 0 30 2 *"}), "cron"),
        (json!({"cron": "every day"}), "cron"),
        (json!({"cron": "0 0 * * * *"}), "cron"),
        (json!({"zone": "Mars/Olympus"}), "zone"),
        (json!({"end_at": "2020-01-01T00:00:00Z"}), "end_at"),
        (json!({"end_at": "2027-01-15T08:30:00Z"}), "end_at"),
        (json!({"cron": "", "at": "2020-01-01T00:00"}), "at"),
        (json!({"at": "2028-01-01T00:00"}), "timing"),
        (json!({"overlap": "both"}), "overlap"),
        (json!({"missed": "some"}), "missed"),
        (json!({"missed": "all", "missed_limit": 101}), "missed_limit"),
        (json!({"name": ""}), "name"),
        (json!({"agent": "nobody"}), "agent"),
        (json!({"vars": {"whom": "x"}}), "vars.whom"),
        (json!({"message": "x".repeat(100_001)}), "message"),
    ] {
        let mut draft = hourly(&agent);
        for (name, value) in change.as_object().expect("fields") {
            draft[name] = value.clone();
        }
        let reply = shop.ask("POST", "/api/v1/schedules").bearer(&key).json(&draft).send().await;
        let problem = reply.problem(422, "invalid_input");
        let fields: Vec<_> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| error["field"].as_str())
            .collect();
        assert_eq!(fields, [Some(field)], "{change}");
    }
    let elsewhere = hourly(&nowhere::<domain::ids::AgentId>());
    shop.ask("POST", "/api/v1/schedules")
        .bearer(&key)
        .json(&elsewhere)
        .send()
        .await
        .problem(404, "not_found");
    let unpublished = json!({"title": "Draft only", "instructions": "Wait."});
    let draft = shop.ask("POST", "/api/v1/agents").bearer(&key).json(&unpublished).send().await.json(201);
    let reply = shop.ask("POST", "/api/v1/schedules").bearer(&key);
    let reply = reply.json(&hourly(draft["id"].as_str().expect("an id"))).send().await;
    assert_eq!(reply.problem(422, "invalid_input")["errors"][0]["field"], "agent");
    let [agents, executions, audit] = sizes;
    assert_eq!(shop.size(&key).await, [agents + 1, executions, audit + 1], "only the draft was made");
    let page = shop.ask("GET", "/api/v1/schedules").bearer(&key).send().await.json(200);
    assert_eq!(page["items"], json!([]));
}

#[tokio::test]
async fn a_preview_tells_words_and_five_times_and_stores_nothing() {
    let (shop, key, _) = open().await;
    let ask = |draft: Value| shop.ask("POST", "/api/v1/schedules/preview").bearer(&key).json(&draft);
    let preview = ask(json!({"cron": "30 2 * * 0", "zone": "Europe/Berlin"})).send().await.json(200);
    assert_eq!(preview["next"].as_array().map(Vec::len), Some(5));
    assert!(preview["words"].as_str().is_some_and(|words| words.contains("Europe/Berlin")), "{preview}");
    ask(json!({"cron": "0 0 31 6 *"})).send().await.problem(422, "invalid_input");
    ask(json!({"corn": "0 0 * * *"})).send().await.problem(422, "invalid_input");
}

#[tokio::test]
async fn a_due_time_starts_an_execution_and_the_log_tells_it() {
    let (shop, key, agent) = open().await;
    let schedule = made(&shop, &key, &hourly(&agent)).await;
    shop.clock.advance(Duration::from_hours(1));
    let path = format!("/api/v1/schedules/{}/firings", schedule["id"].as_str().expect("an id"));
    let log = || async { shop.ask("GET", &path).bearer(&key).send().await.json(200) };
    let mut firings = log().await;
    for _ in 0..400 {
        if firings["items"][0]["status"] == "succeeded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        firings = log().await;
    }
    let firing = &firings["items"][0];
    assert_eq!(
        (&firing["outcome"], &firing["status"]),
        (&json!("started"), &json!("succeeded")),
        "{firings}"
    );
    let execution = format!("/api/v1/executions/{}", firing["execution"].as_str().expect("an execution"));
    let execution = shop.ask("GET", &execution).bearer(&key).send().await.json(200);
    assert_eq!((&execution["trigger"], &execution["created_by"]), (&json!("schedule"), &json!("Hourly")));
}

#[tokio::test]
async fn another_workspaces_schedule_is_not_there() {
    let (shop, key, agent) = open().await;
    let schedule = made(&shop, &key, &hourly(&agent)).await;
    shop.add("stranger@example.com", domain::workspaces::Role::Owner, "away").await;
    let stranger = shop.key("away", &super::shop::all_scopes()).await;
    for id in [schedule["id"].as_str().expect("an id").to_owned(), nowhere::<ScheduleId>()] {
        for (method, rest) in
            [("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("GET", "/firings")]
        {
            let ask = shop.ask(method, &format!("/api/v1/schedules/{id}{rest}")).bearer(&stranger);
            ask.send().await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn message_and_variables_are_hidden_and_kept_without_the_payload_right() {
    let (shop, key, agent) = open().await;
    let mut draft = hourly(&agent);
    draft["vars"] = json!({"who": "the board"});
    let schedule = made(&shop, &key, &draft).await;
    let id = schedule["id"].as_str().expect("an id");
    let narrow = {
        use domain::Permission::{ExecutionsWrite, SchedulesRead, SchedulesWrite};
        shop.key("home", &[SchedulesRead, SchedulesWrite, ExecutionsWrite]).await
    };
    let path = format!("/api/v1/schedules/{id}");
    let seen = shop.ask("GET", &path).bearer(&narrow).send().await.json(200);
    assert_eq!((&seen["message"], &seen["vars"]), (&Value::Null, &Value::Null));
    let rename = json!({"name": "Renamed", "agent": agent, "cron": "0 * * * *"});
    let put = shop.ask("PUT", &path).bearer(&narrow).header("if-match", "\"1\"").json(&rename);
    put.send().await.json(200);
    let whole = shop.ask("GET", &path).bearer(&key).send().await.json(200);
    assert_eq!((&whole["name"], &whole["message"]), (&json!("Renamed"), &json!("Report.")));
    assert_eq!(whole["vars"], json!({"who": "the board"}));
}
