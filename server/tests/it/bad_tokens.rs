//! Wrong, old, forged and stolen credentials: each has its own status and code.

use std::time::Duration;

use domain::api_keys::ApiKeyDraft;
use serde_json::{Value, json};
use server::router::TRIED;

use super::routes::{LINES, Line};
use super::shop::{PASSWORD, Shop};
use super::support::Reply;

const DAY: Duration = Duration::from_hours(24);

async fn sign_in(shop: &Shop, email: &str, password: &str) -> Reply {
    shop.ask("POST", "/auth/sign-in").json(&json!({"email": email, "password": password})).send().await
}

async fn tokens(shop: &Shop) -> (String, String) {
    let tokens = sign_in(shop, "owner@example.com", PASSWORD).await.json(200);
    let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn sessions(shop: &Shop, token: &str) -> Reply {
    shop.ask("GET", "/auth/sessions").bearer(token).send().await
}

async fn refresh(shop: &Shop, token: &str) -> Reply {
    shop.ask("POST", "/auth/refresh").json(&json!({ "refresh_token": token })).send().await
}

async fn me(shop: &Shop, key: &str) -> Reply {
    shop.ask("GET", "/api/v1/me").bearer(key).send().await
}

/// The token with another character in place of the one at `place`, counted from the end.
fn altered(token: &str, place: usize) -> String {
    let at = token.len() - place;
    let other = if token.as_bytes()[at] == b'x' { "y" } else { "x" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_not_told_apart() {
    let shop = Shop::furnished().await;
    let wrong = sign_in(&shop, "owner@example.com", "wrong").await.problem(401, "wrong_credentials");
    let unknown = sign_in(&shop, "nobody@example.com", "wrong").await.problem(401, "wrong_credentials");
    assert_eq!(wrong["detail"], unknown["detail"]);
    let form = shop.call("accounts/sign_in", None, "email=owner@example.com&password=wrong").send().await;
    form.refusal(401, "wrong_credentials");
    assert!(form.cookies().1.is_empty(), "no session is begun");
}

#[tokio::test]
async fn forged_access_tokens_are_refused() {
    let shop = Shop::furnished().await;
    let (access, renew) = tokens(&shop).await;
    let parts: Vec<_> = access.split('.').collect();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let swapped = format!("{}.{}.{}", parts[0], altered(parts[1], 5), parts[2]);
    for forged in [altered(&access, 5), unsigned, swapped, renew, "a.b.c".to_owned(), "x".repeat(60_000)] {
        sessions(&shop, &forged).await.problem(401, "invalid_token");
    }
    sessions(&shop, &access).await.json(200);
}

#[tokio::test]
async fn an_access_token_ends_after_minutes() {
    let shop = Shop::furnished().await;
    let (access, renew) = tokens(&shop).await;
    shop.clock.advance(Duration::from_mins(11));
    let reply = sessions(&shop, &access).await;
    reply.problem(401, "expired_token");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    refresh(&shop, &renew).await.json(200);
}

#[tokio::test]
async fn a_refresh_token_ends_after_a_month_and_forged_ones_never_work() {
    let shop = Shop::furnished().await;
    let (_, renew) = tokens(&shop).await;
    for forged in [altered(&renew, 3), renew[..renew.len() - 4].to_owned(), String::new()] {
        refresh(&shop, &forged).await.problem(401, "invalid_token");
    }
    shop.clock.advance(31 * DAY);
    refresh(&shop, &renew).await.problem(401, "expired_token");
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session() {
    let shop = Shop::furnished().await;
    let (_, first) = tokens(&shop).await;
    let next = refresh(&shop, &first).await.json(200);
    shop.clock.advance(Duration::from_secs(11));
    refresh(&shop, &first).await.problem(401, "reused_token");
    let text = |name: &str| next[name].as_str().expect("a token").to_owned();
    sessions(&shop, &text("access_token")).await.problem(401, "invalid_token");
    refresh(&shop, &text("refresh_token")).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn keys_that_are_wrong_revoked_or_old_are_told_apart_where_it_helps() {
    let shop = Shop::furnished().await;
    let system = shop.system("home").await;
    let draft = ApiKeyDraft {
        name: "short-lived".to_owned(),
        scopes: vec!["agents:read".to_owned()],
        expires_in_days: Some(1),
        requests_per_minute: None,
    };
    let (_, old) = shop.services.api_keys().create(&system, draft.clone()).await.expect("a key");
    let (revoked, gone) = shop.services.api_keys().create(&system, draft).await.expect("a key");
    shop.services.api_keys().revoke(&system, revoked.id).await.expect("revokes");
    me(&shop, old.expose()).await.json(200);
    me(&shop, gone.expose()).await.problem(401, "invalid_token");
    for wrong in
        [altered(old.expose(), 2), old.expose()[..40].to_owned(), "sf_".to_owned(), "th-1".to_owned()]
    {
        me(&shop, &wrong).await.problem(401, "invalid_token");
    }
    shop.clock.advance(2 * DAY);
    me(&shop, old.expose()).await.problem(401, "expired_token");
}

#[tokio::test]
async fn keys_and_sessions_do_not_stand_in_for_each_other() {
    let shop = Shop::furnished().await;
    let key = shop.full_key().await;
    let (access, _) = tokens(&shop).await;
    let owner = shop.owner().await;
    me(&shop, &access).await.problem(401, "invalid_token");
    sessions(&shop, &key).await.problem(401, "invalid_token");
    let api = shop.ask("GET", "/api/v1/me").cookie(&owner.cookie).send().await;
    api.problem(401, "unauthenticated");
    assert!(api.cookies().1.is_empty());
    let basic = shop.ask("GET", "/api/v1/me").header("authorization", "Basic c2Y6").send().await;
    basic.problem(401, "invalid_token");
}

#[tokio::test]
async fn a_key_has_its_own_limit_of_requests() {
    let shop = Shop::furnished().await;
    let system = shop.system("home").await;
    let draft = ApiKeyDraft {
        name: "slow".to_owned(),
        scopes: vec!["agents:read".to_owned()],
        expires_in_days: None,
        requests_per_minute: Some(2),
    };
    let (_, key) = shop.services.api_keys().create(&system, draft).await.expect("a key");
    me(&shop, key.expose()).await.json(200);
    me(&shop, key.expose()).await.json(200);
    let refused = me(&shop, key.expose()).await;
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|wait| (1..=60).contains(&wait)));
}

#[tokio::test]
async fn another_workspace_answers_as_if_it_were_not_there() {
    let shop = Shop::furnished().await;
    let key = shop.full_key().await;
    let agent = shop.agent(&key).await;
    shop.add("stranger@example.com", domain::workspaces::Role::Owner, "away").await;
    let theirs = shop.key("away", &super::shop::all_scopes()).await;
    let nothing = super::shop::nowhere::<domain::ids::AgentId>();
    let mut details: Vec<Value> = Vec::new();
    for id in [&agent, &nothing] {
        let reply = shop.ask("GET", &format!("/api/v1/agents/{id}")).bearer(&theirs).send().await;
        details.push(reply.problem(404, "not_found")["detail"].clone());
    }
    assert_eq!(details[0], details[1], "what is somebody else's cannot be told from what is not there");
}

#[test]
fn whatever_takes_a_guess_without_a_session_is_counted() {
    let document = serde_json::to_value(server::api::open_api()).expect("JSON");
    let is_open = |methods: &Value| {
        methods.as_object().is_some_and(|methods| methods.values().any(|one| one["security"] == json!([{}])))
    };
    let paths = document["paths"].as_object().expect("paths").iter();
    let mut open: Vec<&str> = paths.filter(|(_, way)| is_open(way)).map(|(path, _)| path.as_str()).collect();
    let takes = |line: &&Line| line.body.contains("token=") || line.body.contains("{password}");
    open.extend(
        LINES.iter().filter(|line| line.path.starts_with("/fn/")).filter(takes).map(|line| line.path),
    );
    assert!(open.len() > 10, "{open:?}");
    for path in open {
        assert!(TRIED.contains(&path), "{path} takes guesses that are not counted");
    }
    for path in TRIED {
        assert!(LINES.iter().any(|line| line.path == *path && line.method == "POST"), "{path} is no route");
    }
}

/// Asks again and again until it is refused for asking too often; before, each answer has one of the
/// statuses.
async fn until_refused(ask: impl AsyncFn() -> Reply, statuses: &[u16]) {
    for _ in 0..200 {
        let reply = ask().await;
        if reply.status == 429 {
            reply.problem(429, "rate_limited");
            return;
        }
        assert!(statuses.contains(&reply.status), "{}", reply.text());
    }
    panic!("nobody counts");
}

#[tokio::test]
async fn wrong_keys_are_counted_per_address_and_right_ones_are_not() {
    let shop = Shop::furnished().await;
    let key = shop.full_key().await;
    let wrong = altered(&key, 5);
    until_refused(async || me(&shop, &wrong).await, &[401]).await;
    me(&shop, &key).await.json(200);
    let elsewhere = shop.ask("GET", "/api/v1/me").from([198, 51, 100, 7]).bearer(&wrong).send().await;
    elsewhere.problem(401, "invalid_token");
}

#[tokio::test]
async fn wrong_refresh_cookies_are_counted_per_address_and_right_ones_are_not() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let right = owner.signed_in.refresh.expose();
    let wrong = owner.cookie.replace(right, &altered(right, 5));
    let sessions = |cookie| shop.ask("GET", "/auth/sessions").cookie(cookie);
    // The access token has ended: from now on each request uses the refresh token.
    shop.clock.advance(Duration::from_mins(11));
    let renewed = sessions(&owner.cookie).send().await;
    assert_eq!(renewed.header("ratelimit-policy"), "\"account\";q=3000;w=60");
    renewed.json(200);
    until_refused(async || sessions(&wrong).send().await, &[401]).await;
    sessions(&wrong).from([198, 51, 100, 7]).send().await.problem(401, "unauthenticated");
}
