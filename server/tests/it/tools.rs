//! Tools as a program sees them.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::{any, get};
use axum::{Json, Router};
use domain::Permission;
use serde_json::{Value, json};

use super::shop::{Shop, all_scopes};

const SECRET: &str = "canary-5f1c-very-secret";

/// An endpoint that tells what it was sent.
async fn endpoint() -> String {
    let echo = |headers: HeaderMap, uri: Uri, body: String| async move {
        let key = headers.get("x-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
        Json(json!({"uri": uri.to_string(), "key": key, "body": body, "deep": {"found": [1, 2]}}))
    };
    let app = Router::new()
        .route("/orders/{*rest}", any(echo))
        .route("/large", get(|| async { "x".repeat(10_000) }))
        .route("/refuses", get(|| async { (StatusCode::CONFLICT, "taken") }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    #[expect(clippy::disallowed_methods, reason = "ends with the test")]
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

struct Bench {
    shop: Shop,
    key: String,
    base: String,
}

impl Bench {
    async fn open() -> Self {
        let shop = Shop::furnished().await;
        let key = shop.full_key().await;
        let base = endpoint().await;
        Self { shop, key, base }
    }

    fn draft(&self, path: &str) -> Value {
        json!({
            "name": "get_order", "description": "Reads an order.", "kind": "http",
            "url": format!("{}{path}", self.base),
            "input_schema": {"type": "object", "properties": {"id": {"type": "string"}, "full": {"type": "boolean"}}, "required": ["id"]}
        })
    }

    async fn make(&self, draft: &Value) -> Value {
        self.shop.ask("POST", "/api/v1/tools").bearer(&self.key).json(draft).send().await.json(201)
    }

    async fn test(&self, tool: &Value, arguments: Value) -> Value {
        let path = format!("/api/v1/tools/{}/test", tool["id"].as_str().expect("an id"));
        let body = json!({"arguments": arguments});
        self.shop.ask("POST", &path).bearer(&self.key).json(&body).send().await.json(200)
    }
}

#[tokio::test]
async fn a_tool_is_made_changed_restored_and_archived() {
    let bench = Bench::open().await;
    let (shop, key) = (&bench.shop, &bench.key);
    let draft = bench.draft("/orders/{id}");
    let made = bench.make(&draft).await;
    let path = format!("/api/v1/tools/{}", made["id"].as_str().expect("an id"));
    let again = shop.ask("POST", "/api/v1/tools").bearer(key).json(&draft).send().await;
    assert_eq!(again.problem(422, "invalid_input")["errors"][0]["field"], "name");

    let mut changed = draft.clone();
    changed["description"] = json!("Reads an order by its number.");
    changed["note"] = json!("Say how");
    let put = || shop.ask("PUT", &path).bearer(key).json(&changed);
    put().send().await.problem(428, "revision_required");
    put().header("if-match", "\"7\"").send().await.problem(409, "stale_revision");
    let second = put().header("if-match", "\"1\"").send().await;
    assert_eq!(second.header("etag"), "\"2\"");
    put().header("if-match", "\"1\"").send().await.problem(409, "stale_revision");

    let versions = shop.ask("GET", &format!("{path}/versions")).bearer(key).send().await.json(200);
    let notes: Vec<_> = versions["items"].as_array().expect("rows").iter().map(|row| &row["note"]).collect();
    assert_eq!(notes, ["Say how", ""]);
    let restored = shop.ask("POST", &format!("{path}/versions/1/restore")).bearer(key).send().await.json(200);
    assert_eq!((&restored["version"], &restored["description"]), (&json!(3), &json!("Reads an order.")));
    assert_eq!(shop.ask("DELETE", &path).bearer(key).send().await.status, 204);
    put().header("if-match", "\"3\"").send().await.problem(409, "conflict");
    let list = |query: &str| shop.ask("GET", &format!("/api/v1/tools{query}")).bearer(key).send();
    assert_eq!(list("").await.json(200)["items"], json!([]));
    assert_eq!(list("?archived=true").await.json(200)["items"][0]["name"], "get_order");
}

#[tokio::test]
async fn arguments_find_their_places_and_secrets_are_never_shown() {
    let bench = Bench::open().await;
    let (shop, key) = (&bench.shop, &bench.key);
    let put =
        shop.ask("PUT", "/api/v1/secrets/SHOP").bearer(key).json(&json!({"value": SECRET})).send().await;
    assert_eq!(put.status, 204);
    let mut draft = bench.draft("/orders/{id}");
    draft["headers"] = json!({"X-Key": "${secret.SHOP}"});
    draft["query"] = json!("full={full}\ntoken=${secret.SHOP}");
    draft["method"] = json!("POST");
    let tool = bench.make(&draft).await;
    let report = bench.test(&tool, json!({"id": "../a b/c", "note": 7})).await;
    assert_eq!((&report["ok"], &report["response"]["line"]), (&json!(true), &json!("200")), "{report}");
    assert_eq!(report["result"]["uri"], "/orders/..%2Fa%20b%2Fc?token=${secret.SHOP}", "{report}");
    assert_eq!(report["result"]["key"], "${secret.SHOP}", "the endpoint saw the value, the report does not");
    assert_eq!(report["result"]["body"], "{\"note\":7}");
    assert_eq!(report["request"]["headers"], json!([{"name": "X-Key", "value": "${secret.SHOP}"}]));
    assert!(!report.to_string().contains(SECRET), "{report}");
    let listed = shop.ask("GET", "/api/v1/secrets").bearer(key).send().await.json(200);
    assert_eq!(listed["items"][0]["name"], "SHOP");
    assert!(!listed.to_string().contains(SECRET) && !listed["items"][0]["last_used_at"].is_null());

    // Whoever may not set secrets cannot send them anywhere either.
    let scopes: Vec<_> =
        all_scopes().into_iter().filter(|scope| *scope != Permission::SecretsWrite).collect();
    let lesser = shop.key("home", &scopes).await;
    draft["name"] = json!("steal");
    shop.ask("POST", "/api/v1/tools").bearer(&lesser).json(&draft).send().await.problem(403, "forbidden");
    assert_eq!(shop.ask("DELETE", "/api/v1/secrets/SHOP").bearer(key).send().await.status, 204);
    assert_eq!(bench.test(&tool, json!({"id": "1"})).await["code"], "secret_missing");
}

#[tokio::test]
async fn what_goes_wrong_in_a_call_is_told_and_nothing_else_breaks() {
    let bench = Bench::open().await;
    let with = |name: &str, path: &str, change: Value| {
        let mut draft = bench.draft(path);
        draft["name"] = json!(name);
        for (field, value) in change.as_object().expect("fields") {
            draft[field] = value.clone();
        }
        draft
    };
    for (draft, code) in [
        (with("a", "/orders/{id}", json!({})), "invalid_arguments"),
        (with("b", "/refuses", json!({})), "http_status"),
        (with("c", "/large", json!({"max_bytes": 100})), "too_large"),
        (with("d", "/large", json!({"result_path": "$.x"})), "unreadable_answer"),
        (with("e", "/orders/1", json!({"result_path": "$.nothing"})), "result_path"),
        (with("f", "/orders/1", json!({"output_schema": {"type": "string"}})), "invalid_result"),
        (with("g", "/orders/1", json!({"state": "disabled"})), "tool_disabled"),
        (with("h", "/x", json!({"url": "http://localhost.invalid/"})), "unreachable"),
    ] {
        let tool = bench.make(&draft).await;
        let arguments = if code == "invalid_arguments" { json!({"id": 5}) } else { json!({"id": "1"}) };
        let report = bench.test(&tool, arguments).await;
        assert_eq!((&report["ok"], &report["code"]), (&json!(false), &json!(code)), "{report}");
        assert!(report["message"].as_str().is_some_and(|text| text.len() > 10), "{report}");
    }
    let found = bench.make(&with("i", "/orders/1", json!({"result_path": "$.deep.found[*]"}))).await;
    assert_eq!(bench.test(&found, json!({"id": "1"})).await["result"], json!([1, 2]));
    for (change, field) in [
        (json!({"name": "two words"}), "name"),
        (json!({"url": "http://169.254.169.254/latest"}), "url"),
        (json!({"url": "http://0xa9fea9fe/{id}"}), "url"),
        (json!({"url": "file:///etc/passwd"}), "url"),
        (
            json!({"input_schema": {"type": "object", "properties": {"id": {"type": "wrong"}}}}),
            "input_schema",
        ),
        (json!({"output_schema": {"$ref": "http://127.0.0.1/schema"}}), "output_schema"),
        (json!({"result_path": "$["}), "result_path"),
    ] {
        let draft = with("refused", "/orders/1", change);
        let reply = bench.shop.ask("POST", "/api/v1/tools").bearer(&bench.key).json(&draft).send().await;
        assert_eq!(reply.problem(422, "invalid_input")["errors"][0]["field"], field);
    }
}

#[tokio::test]
async fn what_is_part_of_the_server_works_without_an_address() {
    let bench = Bench::open().await;
    let make = |builtin: &str| json!({"kind": "builtin", "builtin": builtin});
    let time = bench.make(&make("current_time")).await;
    let told = bench.test(&time, json!({"zone": "Asia/Tokyo"})).await;
    assert!(told["result"]["local"].as_str().is_some_and(|text| text.ends_with("+09:00")), "{told}");
    assert_eq!(bench.test(&time, json!({"zone": "Mars"})).await["code"], "invalid_arguments");
    let sum = bench.make(&make("arithmetic")).await;
    assert_eq!(bench.test(&sum, json!({"expression": "6*7"})).await["result"], json!({"value": 42.0}));
    let query = bench.make(&make("json_query")).await;
    let found = bench.test(&query, json!({"document": {"a": [1, 2]}, "path": "$.a[1]"})).await;
    assert_eq!(found["result"], json!({"found": [2]}));
    let fetch = bench.make(&make("fetch_text")).await;
    let refused = bench.test(&fetch, json!({"url": "http://[::ffff:a9fe:a9fe]/latest"})).await;
    assert_eq!(refused["code"], "egress_refused");
    let text = bench.test(&fetch, json!({"url": format!("{}/large", bench.base)})).await;
    assert_eq!(text["result"]["text"].as_str().map(str::len), Some(10_000));
    let ask = bench.make(&make("ask_person")).await;
    assert_eq!(bench.test(&ask, json!({"question": "Well?"})).await["code"], "needs_execution");
}
