//! Batches as a program sees them.

use std::time::Duration;

use domain::Permission;
use serde_json::{Value, json};

use super::desk::open;
use super::shop::Shop;
use super::support::Reply;

async fn send_csv(shop: &Shop, key: &str, path: &str, data: impl Into<axum::body::Body>) -> Reply {
    shop.ask("POST", path)
        .bearer(key)
        .header("content-type", "text/csv; charset=utf-8")
        .body(data)
        .send()
        .await
}

/// The batch once it has ended.
async fn ended(shop: &Shop, key: &str, id: &str) -> Value {
    let path = format!("/api/v1/batches/{id}");
    for _ in 0..1_000 {
        let batch = shop.ask("GET", &path).bearer(key).send().await.json(200);
        if batch["finished_at"] != Value::Null {
            return batch;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the batch does not end");
}

#[tokio::test]
async fn a_file_becomes_executions_and_its_results_a_file_in_the_same_order() {
    let (shop, key, agent) = open().await;
    let path = format!("/api/v1/batches?agent={agent}&name=Greetings&rows_at_once=3");
    let reply = send_csv(&shop, &key, &path, "message,who\nHello 1,Ada\n\"=Hello, 2\",Eve\nHello 3,\n").await;
    let batch = reply.json(201);
    let id = batch["id"].as_str().expect("an id");
    assert_eq!(reply.header("location"), format!("/api/v1/batches/{id}"));
    assert_eq!(
        (&batch["name"], &batch["rows_at_once"], &batch["version"]),
        (&json!("Greetings"), &json!(3), &json!(1))
    );
    let batch = ended(&shop, &key, id).await;
    assert_eq!((&batch["state"], &batch["counts"]["succeeded"]), (&json!("finished"), &json!(3)), "{batch}");
    let rows =
        shop.ask("GET", &format!("/api/v1/batches/{id}/rows?limit=2")).bearer(&key).send().await.json(200);
    assert_eq!(rows["items"][1]["title"], "=Hello, 2");
    let next = rows["next_cursor"].as_str().expect("a next page");
    let rest = shop
        .ask("GET", &format!("/api/v1/batches/{id}/rows?cursor={next}"))
        .bearer(&key)
        .send()
        .await
        .json(200);
    assert_eq!((&rest["items"][0]["row"], &rest["next_cursor"]), (&json!(3), &Value::Null));
    let execution = rows["items"][0]["execution"].as_str().expect("an execution");
    let execution =
        shop.ask("GET", &format!("/api/v1/executions/{execution}")).bearer(&key).send().await.json(200);
    assert_eq!((&execution["trigger"], &execution["input"]["vars"]["who"]), (&json!("batch"), &json!("Ada")));

    let csv = shop.ask("GET", &format!("/api/v1/batches/{id}/results")).bearer(&key).send().await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"greetings.csv\"");
    let text = csv.text();
    assert!(
        text.starts_with(
            "row,status,message,who,output,reason,error,execution,finished_at\r\n1,succeeded,Hello 1,Ada,"
        ),
        "{text}"
    );
    assert!(text.contains("\r\n2,succeeded,\"'=Hello, 2\",Eve,"), "a formula is made harmless: {text}");
    let jsonl =
        shop.ask("GET", &format!("/api/v1/batches/{id}/results?format=jsonl")).bearer(&key).send().await;
    let lines: Vec<Value> =
        jsonl.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        lines.iter().map(|line| line["row"].as_u64()).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
    assert_eq!(lines[1]["input"]["message"], "=Hello, 2");
    assert!(lines.iter().all(|line| line["output"].as_str().is_some_and(|output| !output.is_empty())));

    let owner = shop.owner().await;
    let page = format!("/download/batches/{id}?w=home&format=csv");
    assert_eq!(shop.ask("GET", &page).cookie(&owner.cookie).send().await.text(), text);
    shop.ask("POST", &format!("/api/v1/batches/{id}/cancel"))
        .bearer(&key)
        .send()
        .await
        .problem(409, "already_finished");
}

#[tokio::test]
async fn a_wrong_row_refuses_the_whole_file_and_changes_nothing() {
    let (shop, key, agent) = open().await;
    let before = shop.size(&key).await;
    let path = format!("/api/v1/batches?agent={agent}");
    let long = "x".repeat(10_001);
    let data = format!("message,who,whom\nHi,Ada,a\nHi,Ada\nHi,{long},a\n");
    let problem = send_csv(&shop, &key, &path, data.clone()).await.problem(422, "invalid_input");
    let fields: Vec<_> =
        problem["errors"].as_array().expect("errors").iter().map(|error| error["field"].as_str()).collect();
    assert_eq!(fields, [Some("columns.whom"), Some("rows[2]"), Some("rows[3].who")]);
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("Nothing was started")), "{problem}");
    let report = send_csv(&shop, &key, &format!("/api/v1/batches/check?agent={agent}"), data).await.json(200);
    assert_eq!((&report["rows"], &report["problem_count"]), (&json!(3), &json!(3)));
    assert_eq!(
        report["problems"][1],
        json!({"row": 2, "column": "", "message": report["problems"][1]["message"]})
    );

    let many = format!("message\n{}", "Hi\n".repeat(60_000));
    let problem = send_csv(&shop, &key, &path, many).await.problem(422, "invalid_input");
    assert_eq!(problem["errors"][0]["field"], "data");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("60000 rows")), "{problem}");
    for data in ["", "message\n", "\u{feff}"] {
        send_csv(&shop, &key, &path, data).await.problem(422, "invalid_input");
    }
    send_csv(&shop, &key, &path, vec![0x6d, 0x0a, 0xff, 0xfe]).await.problem(422, "invalid_input");
    send_csv(&shop, &key, &format!("{path}&rows_at_once=0"), "message\nHi\n")
        .await
        .problem(422, "invalid_input");
    send_csv(&shop, &key, &format!("{path}&row_at_once=1"), "message\nHi\n")
        .await
        .problem(400, "invalid_query");
    let plain =
        shop.ask("POST", &path).bearer(&key).header("content-type", "text/plain").body("message\nHi\n");
    plain.send().await.problem(415, "unsupported_media_type");
    let unknown = json!({"agent": agent, "data": "message\nHi\n", "rows": 1});
    shop.ask("POST", "/api/v1/batches")
        .bearer(&key)
        .json(&unknown)
        .send()
        .await
        .problem(422, "invalid_input");
    assert_eq!(shop.size(&key).await, before);
    let batches = shop.ask("GET", "/api/v1/batches").bearer(&key).send().await.json(200);
    assert_eq!(batches["items"], json!([]));
}

#[tokio::test]
async fn a_large_file_is_accepted_and_a_huge_one_is_not() {
    let (mut shop, key, agent) = open().await;
    shop.rest().await;
    let path = format!("/api/v1/batches?agent={agent}");
    let data = format!("message\n{}", format!("{}\n", "x".repeat(70)).repeat(50_000));
    assert!(data.len() > 3 * 1024 * 1024);
    let batch = send_csv(&shop, &key, &path, data).await.json(201);
    assert_eq!(batch["counts"]["pending"], 50_000);
    let huge = "x".repeat(40 * 1024 * 1024);
    send_csv(&shop, &key, &path, huge).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn lines_of_json_are_taken_and_a_batch_is_paused_and_resumed() {
    let (mut shop, key, agent) = open().await;
    shop.rest().await;
    let ask = shop.ask("POST", &format!("/api/v1/batches?agent={agent}")).bearer(&key);
    let ask = ask.header("content-type", "application/x-ndjson");
    let batch = ask.body("{\"message\": \"One\"}\n{\"who\": \"Two\"}\n").send().await.json(201);
    assert_eq!((&batch["format"], &batch["columns"]), (&json!("jsonl"), &json!(["message", "who"])));
    let path = format!("/api/v1/batches/{}", batch["id"].as_str().expect("an id"));
    let post = |verb: &str| shop.ask("POST", &format!("{path}/{verb}")).bearer(&key);
    assert_eq!(post("pause").send().await.json(200)["state"], "paused");
    post("pause").send().await.problem(409, "conflict");
    assert_eq!(post("resume").send().await.json(200)["state"], "running");
    assert_eq!(post("cancel").send().await.json(202)["state"], "cancelling");
    shop.ask("GET", &format!("{path}/rows?state=done"))
        .bearer(&key)
        .send()
        .await
        .problem(400, "invalid_query");
    shop.ask("GET", &format!("{path}/results?format=xlsx"))
        .bearer(&key)
        .send()
        .await
        .problem(400, "invalid_query");
}

#[tokio::test]
async fn rows_and_results_keep_their_text_from_those_who_may_not_see_it() {
    let (shop, key, agent) = open().await;
    let draft = json!({"agent": agent, "data": "message\nConfidential\n"});
    let batch = shop.ask("POST", "/api/v1/batches").bearer(&key).json(&draft).send().await.json(201);
    let id = batch["id"].as_str().expect("an id");
    ended(&shop, &key, id).await;
    let narrow = shop.key("home", &[Permission::ExecutionsRead]).await;
    let rows = shop.ask("GET", &format!("/api/v1/batches/{id}/rows")).bearer(&narrow).send().await;
    assert!(!rows.text().contains("Confidential"), "{}", rows.text());
    let results = shop.ask("GET", &format!("/api/v1/batches/{id}/results")).bearer(&narrow).send().await;
    results.problem(403, "forbidden");
}
