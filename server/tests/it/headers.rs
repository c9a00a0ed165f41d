//! What every answer carries, and the OpenAPI document.

use std::fs;
use std::path::Path;

use domain::api_keys::ApiKeyDraft;

use super::shop::{Shop, URL};
use super::support::Reply;

/// The nonce that the policy of an answer allows.
fn nonce(reply: &Reply) -> String {
    let policy = reply.header("content-security-policy");
    let (_, rest) = policy.split_once("'nonce-").unwrap_or_else(|| panic!("no nonce in {policy}"));
    rest.split('\'').next().expect("an end").to_owned()
}

#[tokio::test]
async fn scripts_of_a_page_carry_the_nonce_of_its_policy_and_no_other() {
    let shop = Shop::furnished().await;
    let reply = shop.ask("GET", "/sign-in").send().await;
    assert_eq!(reply.status, 200);
    let own = nonce(&reply);
    assert!(own.len() >= 20, "{own}");
    let page = reply.text();
    let inline: Vec<_> =
        page.split("<script").skip(1).map(|rest| rest.split('>').next().expect("a tag")).collect();
    assert!(!inline.is_empty(), "pages hand data to their script");
    for tag in inline {
        assert!(tag.contains(&format!("nonce=\"{own}\"")) || tag.contains("src=\"/"), "<script{tag}>");
    }
    assert!(!page.contains(" style=\""), "the policy forbids inline styles");
    assert!(!page.contains(" onclick=\""), "the policy forbids inline handlers");
    assert_ne!(nonce(&shop.ask("GET", "/sign-in").send().await), own, "a nonce is used once");
}

#[tokio::test]
async fn every_kind_of_answer_carries_the_headers_that_protect_browsers() {
    let shop = Shop::furnished().await;
    for path in [
        "/sign-in",
        "/nowhere",
        "/healthz",
        "/api/v1/agents",
        "/api/docs",
        "/api/openapi.json",
        "/auth/sessions",
    ] {
        let reply = shop.ask("GET", path).send().await;
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), value, "{path}: {name}");
        }
        assert!(!reply.header("cache-control").is_empty(), "{path}");
        assert!(!reply.headers.contains_key("server"), "{path}");
    }
}

#[tokio::test]
async fn a_request_id_is_kept_when_it_is_plain_and_made_when_it_is_not() {
    let shop = Shop::furnished().await;
    let given = shop.ask("GET", "/api/v1/me").header("x-request-id", "from-proxy-1").send().await;
    assert_eq!(given.header("x-request-id"), "from-proxy-1");
    assert_eq!(given.problem(401, "unauthenticated")["request_id"], "from-proxy-1");
    for bad in ["short", "with spaces inside", "<script>alert(1)</script>", &"x".repeat(65)] {
        let made = shop.ask("GET", "/healthz").header("x-request-id", bad).send().await;
        assert_eq!(made.header("x-request-id").len(), 16, "{bad}");
    }
}

#[tokio::test]
async fn a_panic_is_answered_as_a_problem() {
    let mut shop = Shop::furnished().await;
    let key = shop.full_key().await;
    shop.rest().await;
    shop.clock.break_down();
    let reply = shop.ask("GET", "/api/v1/agents").bearer(&key).send().await;
    let problem = reply.problem(500, "internal");
    assert!(!problem.to_string().contains("clock"), "what went wrong inside stays inside: {problem}");
    assert_eq!(reply.header("x-frame-options"), "DENY");
    assert_eq!(shop.ask("GET", "/healthz").send().await.status, 200, "the server goes on");
}

#[tokio::test]
async fn readiness_tells_what_is_checked_and_ends_with_the_shutdown() {
    let shop = Shop::furnished().await;
    let ready = shop.ask("GET", "/readyz").send().await.json(200);
    assert_eq!((&ready["database"], &ready["migrations"]), (&true.into(), &true.into()));
    assert_eq!((&ready["queue"]["workers"], &ready["queue"]["running"]), (&true.into(), &0.into()));
    assert!(ready["queue"]["last_look_ms"].is_u64(), "{ready}");
    shop.stop.cancel();
    assert_eq!(shop.ask("GET", "/readyz").send().await.json(503)["stopping"], true);
    assert_eq!(shop.ask("GET", "/healthz").send().await.status, 200);
}

#[tokio::test]
async fn unknown_addresses_and_methods_answer_in_the_form_of_their_place() {
    let shop = Shop::furnished().await;
    shop.ask("GET", "/api/v1/nothing").send().await.problem(404, "not_found");
    shop.ask("GET", "/api/elsewhere").send().await.problem(404, "not_found");
    shop.ask("PUT", "/api/v1/agents").send().await.problem(405, "method_not_allowed");
    shop.ask("PUT", "/auth/sessions").send().await.problem(405, "method_not_allowed");
    for path in ["/healthz", "/w/home", "/sign-in", "/appearance", "/fn/accounts/home"] {
        let odd = shop.ask("BREW", path).send().await;
        odd.problem(405, "method_not_allowed");
        assert!(!odd.header("allow").is_empty(), "{path}");
    }
    let anything = shop.ask("GET", "/w/home").header("accept", "*/*").send().await;
    assert_eq!((anything.status, anything.header("location")), (302, "/sign-in?next=/w/home"));
    let page = shop.ask("GET", "/nothing").send().await;
    assert_eq!(page.status, 404);
    assert!(
        page.header("content-type").starts_with("text/html") && page.text().contains("There is no such page")
    );
}

#[tokio::test]
async fn answers_say_where_their_caller_stands_with_each_limit() {
    let shop = Shop::furnished().await;
    let limited = ApiKeyDraft {
        name: "slow".to_owned(),
        scopes: vec!["agents:read".to_owned()],
        expires_in_days: None,
        requests_per_minute: Some(2),
    };
    let made = shop.services.api_keys().create_from_command_line("home", limited).await;
    let key = made.expect("a key").1.expose().to_owned();
    let me = || shop.ask("GET", "/api/v1/me").bearer(&key);
    let first = me().send().await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("ratelimit-policy"), "\"key\";q=2;w=60");
    assert_eq!(first.header("ratelimit"), "\"key\";r=1;t=30");
    assert!(me().send().await.header("ratelimit").contains(";r=0;"));
    let refused = me().send().await;
    refused.problem(429, "rate_limited");
    let wait = refused.header("retry-after");
    assert_eq!(refused.header("ratelimit"), format!("\"key\";r=0;t={wait}"));
    let free = shop.ask("GET", "/api/v1/me").bearer(&shop.full_key().await).send().await;
    assert!(free.header("ratelimit").is_empty(), "a key without a limit has none to tell");

    let wrong = serde_json::json!({"email": "a@example.com", "password": "x"});
    let sign_in = shop.ask("POST", "/auth/sign-in").json(&wrong).send().await;
    assert_eq!(sign_in.header("ratelimit-policy"), "\"address\";q=60;w=60");
    assert!(sign_in.header("ratelimit").starts_with("\"address\";r=59;"));
    let owner = shop.owner().await;
    for ask in [
        shop.ask("GET", "/auth/sessions").cookie(&owner.cookie),
        shop.ask("GET", "/auth/sessions").bearer(owner.signed_in.access.expose()),
        shop.ask("GET", "/w/home").cookie(&owner.cookie),
    ] {
        let reply = ask.send().await;
        assert_eq!(reply.header("ratelimit-policy"), "\"account\";q=3000;w=60");
    }
}

#[tokio::test]
async fn a_caller_who_takes_compressed_answers_can_read_a_refusal() {
    let shop = Shop::furnished().await;
    let refused = shop.ask("GET", "/api/v1/agents").header("accept-encoding", "gzip, br").send().await;
    refused.problem(401, "unauthenticated");
    assert!(!refused.headers.contains_key("content-encoding"));
}

#[tokio::test]
async fn every_page_is_compressed_and_streams_are_not() {
    let shop = Shop::furnished().await;
    let page = shop.ask("GET", "/sign-in").header("accept-encoding", "br, gzip").open().await;
    assert!(page.headers().contains_key("content-encoding"));
    let key = shop.full_key().await;
    let agent = shop.agent(&key).await;
    let run = shop.run(&key, &agent, "Hello").await;
    let path = format!("/api/v1/executions/{}/events", run["id"].as_str().expect("an id"));
    let stream = shop.ask("GET", &path).bearer(&key).header("accept", "text/event-stream");
    let stream = stream.header("accept-encoding", "br, gzip").open().await;
    assert!(!stream.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn another_site_cannot_post_in_a_persons_name() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let call = || shop.call("accounts/update_profile", Some(&owner), "name=Mallory");
    let cross = [
        call().header("origin", "https://evil.example"),
        call().header("sec-fetch-site", "cross-site"),
        call().header("sec-fetch-site", "same-site").header("origin", "http://sub.127.0.0.1:3000"),
        call().header("origin", "null"),
        // A host that was made up does not help: the origin must be that of the public address.
        call().header("origin", "http://evil.example").header("sec-fetch-site", "cross-site"),
    ];
    for ask in cross {
        assert_eq!(ask.send().await.status, 403);
    }
    let profile = shop.call("accounts/profile", Some(&owner), "").send().await.json(200);
    assert_ne!(profile["name"], "Mallory");
    let own = call().header("origin", URL).header("sec-fetch-site", "same-origin").send().await;
    assert_eq!(own.json(200)["name"], "Mallory");
    let out = shop.ask("POST", "/auth/sign-out").cookie(&owner.cookie).header("sec-fetch-site", "cross-site");
    out.send().await.problem(403, "cross_origin");
}

#[test]
fn the_openapi_document_is_the_committed_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi.json");
    let committed = fs::read_to_string(file).unwrap_or_default();
    let present = format!("{}\n", server::api::open_api().to_pretty_json().expect("JSON"));
    let differs = present.lines().zip(committed.lines()).position(|(new, old)| new != old);
    assert!(
        present == committed,
        "the API changed, first at line {}; if that is meant: cargo run -p server -- openapi > server/tests/openapi.json",
        differs.map_or_else(|| "of the shorter file's end".to_owned(), |line| (line + 1).to_string()),
    );
}

#[tokio::test]
async fn the_document_that_is_served_is_that_document() {
    let shop = Shop::empty().await;
    let served = shop.ask("GET", "/api/openapi.json").send().await.json(200);
    assert_eq!(served, serde_json::to_value(server::api::open_api()).expect("JSON"));
    let docs = shop.ask("GET", "/api/docs").send().await;
    assert_eq!(docs.status, 200);
    assert!(!docs.text().contains("<script"), "the reference needs no script");
    for path in served["paths"].as_object().expect("paths").keys() {
        assert!(docs.text().contains(path.as_str()), "{path} is missing in the reference");
    }
}
