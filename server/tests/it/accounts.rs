//! Setting up, signing in, staying signed in, being signed out; by forms as browsers send them.

use std::time::Duration;

use domain::executions::ExecutionFilter;
use domain::workspaces::Role;
use serde_json::json;

use super::shop::{PASSWORD, Shop, Visitor};

both!(
    the_setup_link_makes_the_first_account_once,
    signing_in_sets_cookies_that_scripts_cannot_read,
    the_way_after_signing_in_stays_here,
    who_asks_to_stay_signed_in_stays_for_a_month,
    people_manage_members_and_their_account_over_plain_http,
    a_refused_form_without_script_leads_back_to_its_page,
    forms_of_browsers_encode_their_brackets,
    what_pages_send_for_an_empty_filter_is_understood,
    the_session_is_renewed_unnoticed_when_its_access_token_ends,
    a_renewal_is_not_lost_where_other_cookies_are_set_or_the_answer_is_an_error,
    a_used_refresh_cookie_ends_the_session_for_everybody,
    an_ended_session_is_out_at_once_and_its_stream_ends,
    signing_out_ends_the_session_and_takes_the_cookies_away,
    guessing_is_locked_out_and_told_how_long,
    an_address_that_signs_in_too_often_has_to_wait,
    sessions_work_over_plain_http_too,
    an_invitation_makes_a_member_with_its_role,
    a_stream_of_a_finished_execution_is_whole_for_people,
);
use super::support::{parse_events, read_events};

const TEN_MINUTES: Duration = Duration::from_mins(10);
const A_MINUTE: Duration = Duration::from_mins(1);

fn sign_in_form(password: &str) -> String {
    format!("email=owner%40example.com&password={}&next=%2Fw%2Fhome", password.replace(' ', "+"))
}

async fn name_of(shop: &Shop, cookies: &str) -> u16 {
    shop.ask("POST", "/fn/accounts/profile").form("").cookie(cookies).send().await.status
}

async fn the_setup_link_makes_the_first_account_once() {
    let shop = Shop::empty().await;
    let link = shop.services.accounts().setup_link().await.expect("asks").expect("nobody is there");
    let token = link.split_once("token=").expect("a token").1.to_owned();
    let form = format!(
        "token={token}&email=ada@example.com&name=Ada&password={}&workspace=Home",
        PASSWORD.replace(' ', "+")
    );
    let set_up = shop.call("accounts/setup", None, &form).send().await;
    assert_eq!(set_up.status, 200, "{}", set_up.text());
    let (cookies, _) = set_up.cookies();
    let profile = shop.ask("POST", "/fn/accounts/profile").form("").cookie(&cookies).send().await.json(200);
    assert_eq!((&profile["email"], &profile["name"]), (&json!("ada@example.com"), &json!("Ada")));
    let home = shop.ask("GET", "/").header("accept", "text/html").cookie(&cookies).send().await;
    assert_eq!((home.status, home.header("location")), (302, "/w/home"));
    shop.call("accounts/setup", None, &form).send().await.refusal(410, "link_expired");
    assert_eq!(shop.services.accounts().setup_link().await.expect("asks"), None);
}

async fn signing_in_sets_cookies_that_scripts_cannot_read() {
    let shop = Shop::furnished().await;
    let ask = shop.call("accounts/sign_in", None, &sign_in_form(PASSWORD)).header("accept", "text/html");
    let reply = ask.header("referer", "http://127.0.0.1:3000/sign-in").send().await;
    assert_eq!((reply.status, reply.header("location")), (302, "/w/home"));
    let (cookies, set) = reply.cookies();
    assert_eq!(set.len(), 2);
    for cookie in set {
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Max-Age"), "it ends with the browser: {cookie}");
    }
    assert_eq!(name_of(&shop, &cookies).await, 200);
    shop.clock.advance(Duration::from_hours(12));
    assert_eq!(name_of(&shop, &cookies).await, 401, "and after half a day");
}

/// As the address of the page, for who is signed in already, and as the field of the form.
async fn the_way_after_signing_in_stays_here() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    for (next, path) in [
        ("/w/home/agents?q=a%2520b", "/w/home/agents?q=a%20b"),
        ("/%C3%A4", "/%C3%A4"),
        ("/%09/evil.example", "/"),
        ("/%2509/evil.example", "/"),
        ("/%0A/evil.example", "/"),
        ("/%0D%0ASet-Cookie:%20x=y", "/"),
        ("//evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("https://evil.example", "/"),
    ] {
        let page = shop.ask("GET", &format!("/sign-in?next={next}")).header("accept", "text/html");
        let page = page.cookie(&owner.cookie).send().await;
        assert_eq!((page.status, page.header("location")), (302, path), "{next}: {}", page.text());
    }
    for (next, path) in
        [("/w/home?q=%C3%A4+b", "/w/home?q=%C3%A4%20b"), ("/%09/evil.example", "/"), ("//evil.example", "/")]
    {
        let form = sign_in_form(PASSWORD).replace("%2Fw%2Fhome", next);
        let reply = shop.call("accounts/sign_in", None, &form).header("accept", "text/html").send().await;
        assert_eq!((reply.status, reply.header("location")), (302, path), "{next}: {}", reply.text());
    }
}

async fn who_asks_to_stay_signed_in_stays_for_a_month() {
    let shop = Shop::furnished().await;
    let form = format!("{}&keep_signed_in=true", sign_in_form(PASSWORD));
    let (mut cookies, set) = shop.call("accounts/sign_in", None, &form).send().await.cookies();
    assert!(set.iter().all(|cookie| cookie.contains("; Max-Age=2592000")), "{set:?}");
    for _ in 0..2 {
        shop.clock.advance(Duration::from_hours(29 * 24));
        let reply = shop.ask("POST", "/fn/accounts/profile").form("").cookie(&cookies).send().await;
        assert_eq!((reply.status, reply.cookies().1.len()), (200, 2));
        assert!(reply.cookies().1.iter().all(|cookie| cookie.contains("; Max-Age=2592000")));
        cookies = reply.cookies().0;
    }
    let body = json!({"email": "owner@example.com", "password": PASSWORD});
    let ends = async |body: &serde_json::Value| {
        let tokens = shop.ask("POST", "/auth/sign-in").json(body).send().await.json(200);
        tokens["refresh_expires_at"].as_str().expect("a time").to_owned()
    };
    let short = ends(&body).await;
    let long =
        ends(&json!({"email": "owner@example.com", "password": PASSWORD, "keep_signed_in": true})).await;
    assert!(short < long, "{short} {long}");
}

async fn a_refused_form_without_script_leads_back_to_its_page() {
    let shop = Shop::furnished().await;
    let ask = shop.call("accounts/sign_in", None, &sign_in_form("wrong")).header("accept", "text/html");
    let reply = ask.header("referer", "http://127.0.0.1:3000/sign-in?next=/w/home").send().await;
    assert!([302, 303].contains(&reply.status), "{} {}", reply.status, reply.text());
    assert!(
        reply.header("location").starts_with("http://127.0.0.1:3000/sign-in?next="),
        "{}",
        reply.header("location")
    );
    let back = reply.header("location").trim_start_matches("http://127.0.0.1:3000").to_owned();
    let page = shop.ask("GET", &back).send().await.text();
    assert!(page.contains("E-mail and password do not match"), "the page says what happened");
}

async fn forms_of_browsers_encode_their_brackets() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let form = "workspace=home&draft%5Btitle%5D=Porter&draft%5Blimits%5D%5Battempts%5D=2";
    let agent = shop.call("agents/create_agent", Some(&owner), form).send().await.json(200);
    assert_eq!((&agent["title"], &agent["limits"]["attempts"]), (&json!("Porter"), &json!(2)));
}

async fn what_pages_send_for_an_empty_filter_is_understood() {
    #[derive(serde::Serialize)]
    struct List {
        workspace: &'static str,
        filter: ExecutionFilter,
        cursor: Option<String>,
    }
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let list = List { workspace: "home", filter: ExecutionFilter::default(), cursor: None };
    let form = serde_qs::to_string(&list).expect("a form");
    shop.call("executions/list_executions", Some(&owner), &form).send().await.json(200);
}

async fn the_session_is_renewed_unnoticed_when_its_access_token_ends() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    shop.clock.advance(TEN_MINUTES + A_MINUTE);
    let reply = shop.call("accounts/profile", Some(&owner), "").send().await;
    assert_eq!(reply.status, 200);
    let (renewed, set) = reply.cookies();
    assert_eq!(set.len(), 2);
    assert_ne!(renewed, owner.cookie);
    let quiet = shop.ask("POST", "/fn/accounts/profile").form("").cookie(&renewed).send().await;
    assert_eq!((quiet.status, quiet.cookies().1.len()), (200, 0), "and not again");
}

async fn a_renewal_is_not_lost_where_other_cookies_are_set_or_the_answer_is_an_error() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    shop.clock.advance(TEN_MINUTES + A_MINUTE);
    let theme = shop.ask("POST", "/appearance").form("theme=dark&next=/").cookie(&owner.cookie).send().await;
    assert_eq!(theme.status, 303);
    let (renewed, set) = theme.cookies();
    assert_eq!(set.len(), 3, "the theme and both of the session: {set:?}");
    shop.clock.advance(A_MINUTE);
    assert_eq!(name_of(&shop, &renewed).await, 200);
    shop.clock.advance(TEN_MINUTES);
    let missing = shop.ask("GET", "/live/executions/none?w=home").cookie(&renewed).send().await;
    assert_eq!((missing.status, missing.cookies().1.len()), (400, 2));
}

async fn a_used_refresh_cookie_ends_the_session_for_everybody() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    shop.clock.advance(TEN_MINUTES + A_MINUTE);
    let (renewed, _) = shop.call("accounts/profile", Some(&owner), "").send().await.cookies();
    shop.clock.advance(A_MINUTE);
    let thief = shop.call("accounts/profile", Some(&owner), "").send().await;
    assert_eq!(thief.status, 401);
    assert!(
        thief.cookies().1.iter().all(|cookie| cookie.contains("Max-Age=0")),
        "its cookies are taken away"
    );
    assert_eq!(name_of(&shop, &renewed).await, 401);
}

async fn an_ended_session_is_out_at_once_and_its_stream_ends() {
    let shop = Shop::furnished().await;
    let key = shop.full_key().await;
    let agent = shop.agent(&key).await;
    let start = shop.ask("POST", &format!("/api/v1/agents/{agent}/executions")).bearer(&key);
    let run = start.json(&json!({"message": "/trickle on"})).send().await.json(202);
    let (here, there) = (shop.owner().await, shop.owner().await);
    let live = format!("/live/executions/{}?w=home", run["id"].as_str().expect("an id"));
    let stream = shop.ask("GET", &live).cookie(&there.cookie).open().await;
    let kept = shop.ask("GET", &live).cookie(&here.cookie).open().await;
    let session = there.signed_in.session.to_string();
    let ended = shop.ask("DELETE", &format!("/auth/sessions/{session}")).cookie(&here.cookie).send().await;
    assert_eq!(ended.status, 204);
    let story = read_events(stream, |_| false).await;
    assert!(story.iter().all(|event| event.event != "finished"), "the stream ended, not the execution");
    let seen = story.last().map_or(0, |event| event.id);
    read_events(kept, |events| events.last().is_some_and(|event| event.id > seen + 2)).await;
    assert_eq!(name_of(&shop, &there.cookie).await, 401);
    assert_eq!(name_of(&shop, &here.cookie).await, 200);
}

async fn signing_out_ends_the_session_and_takes_the_cookies_away() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let out = shop.call("accounts/sign_out", Some(&owner), "").header("accept", "text/html").send().await;
    assert_eq!((out.status, out.header("location")), (302, "/sign-in"));
    assert!(out.cookies().1.iter().all(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(name_of(&shop, &owner.cookie).await, 401);
    let again = shop.call("accounts/sign_out", None, "").send().await;
    assert!(again.header("location") == "/sign-in" && again.cookies().1.len() == 2, "twice does no harm");
}

async fn guessing_is_locked_out_and_told_how_long() {
    let shop = Shop::furnished().await;
    let sign_in = |password: &str| {
        let body = json!({"email": "owner@example.com", "password": password});
        shop.ask("POST", "/auth/sign-in").json(&body)
    };
    for _ in 0..5 {
        sign_in("wrong").send().await.problem(401, "wrong_credentials");
    }
    let locked = sign_in(PASSWORD).send().await;
    locked.problem(429, "locked_out");
    let wait: u64 = locked.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    shop.call("accounts/sign_in", None, &sign_in_form(PASSWORD)).send().await.refusal(429, "locked_out");
    shop.clock.advance(Duration::from_secs(wait));
    sign_in(PASSWORD).send().await.json(200);
}

async fn an_address_that_signs_in_too_often_has_to_wait() {
    let shop = Shop::empty().await;
    let attempt = |last: u8| {
        let body = json!({"email": "nobody@example.com", "password": "x".repeat(2_000)});
        shop.ask("POST", "/auth/sign-in").from([198, 51, 100, last]).json(&body)
    };
    for _ in 0..60 {
        assert_eq!(attempt(1).send().await.status, 401);
    }
    let refused = attempt(1).send().await;
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 0));
    assert_eq!(attempt(2).send().await.status, 401, "others need not wait");
    // A made-up X-Forwarded-For does not help where no proxy is trusted.
    attempt(1).header("x-forwarded-for", "198.51.100.9").send().await.problem(429, "rate_limited");
    let form = shop.call("accounts/sign_in", None, &sign_in_form("x")).from([198, 51, 100, 1]).send().await;
    form.refusal(429, "rate_limited");
}

async fn sessions_work_over_plain_http_too() {
    let shop = Shop::furnished().await;
    let body = json!({"email": "owner@example.com", "password": PASSWORD});
    let reply = shop.ask("POST", "/auth/sign-in").json(&body).send().await;
    let tokens = reply.json(200);
    assert!(reply.cookies().1.is_empty(), "no cookie is set where programs sign in");
    let access = tokens["access_token"].as_str().expect("a token");
    let sessions = shop.ask("GET", "/auth/sessions").bearer(access).send().await.json(200);
    assert!(sessions["items"].as_array().expect("rows").iter().any(|row| row["current"] == true));
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let next = shop.ask("POST", "/auth/refresh").json(&refresh).send().await.json(200);
    let next = next["access_token"].as_str().expect("a token");
    assert_eq!(shop.ask("POST", "/auth/sign-out").bearer(next).send().await.status, 204);
    shop.ask("GET", "/auth/sessions").bearer(access).send().await.problem(401, "invalid_token");
}

async fn people_manage_members_and_their_account_over_plain_http() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let access = owner.signed_in.access.expose().to_owned();
    let ask = |method: &str, path: &str| shop.ask(method, path).bearer(&access);
    let draft = json!({"email": "new@example.com", "role": "viewer"});
    let invitations = "/auth/workspaces/home/invitations";
    let made = ask("POST", invitations).json(&draft).send().await.json(201);
    let token = made["link"].as_str().expect("a link").split_once("token=").expect("a token").1;
    let open = ask("GET", invitations).send().await.json(200);
    assert_eq!(open["items"].as_array().expect("rows").len(), 1);
    let info = shop.ask("POST", "/auth/link").json(&json!({ "token": token })).send().await.json(200);
    assert_eq!((&info["kind"], &info["email"]), (&json!("invitation"), &json!("new@example.com")));
    let account = json!({"token": token, "email": "new@example.com", "password": PASSWORD});
    let joined = shop.ask("POST", "/auth/invitation").json(&account).send().await.json(200);
    let newcomer = joined["access_token"].as_str().expect("a token");
    let user = joined["user"]["id"].as_str().expect("an id");

    let member = format!("/auth/workspaces/home/members/{user}");
    let role = ask("PUT", &format!("{member}/role")).json(&json!({"role": "member"})).send().await;
    assert_eq!(role.status, 204);
    let right = ask("PUT", &format!("{member}/payload-right")).json(&json!({"sees_payloads": false}));
    assert_eq!(right.send().await.status, 204);
    let own = shop.ask("GET", "/auth/account").bearer(newcomer).send().await.json(200);
    assert_eq!(own["workspaces"][0]["role"], "member");
    assert_eq!(own["workspaces"][0]["sees_payloads"], false);
    let renamed = shop.ask("PATCH", "/auth/account").bearer(newcomer).json(&json!({"name": "New"}));
    assert_eq!(renamed.send().await.json(200)["name"], "New");
    let elsewhere = shop.sign_in("new@example.com").await;
    let ended = shop.ask("DELETE", "/auth/sessions").bearer(newcomer).send().await.json(200);
    assert_eq!(ended["ended"], 1);
    assert_eq!(name_of(&shop, &elsewhere.cookie).await, 401);
    let next = json!({"current": PASSWORD, "new": "another horse battery"});
    assert_eq!(shop.ask("POST", "/auth/password").bearer(newcomer).json(&next).send().await.status, 204);
    assert_eq!(ask("DELETE", &member).send().await.status, 204);
    let gone = shop.ask("GET", "/auth/workspaces/home/members").bearer(newcomer).send().await;
    gone.problem(404, "not_found");

    let none = ask("DELETE", "/auth/workspaces/home/toolhouse").send().await;
    none.problem(409, "toolhouse_not_connected");
    let wrong = ask("PUT", "/auth/workspaces/home/toolhouse").json(&json!({"key": "x"})).send().await;
    assert_eq!(wrong.problem(422, "invalid_input")["errors"][0]["field"], "key");
}

async fn an_invitation_makes_a_member_with_its_role() {
    let shop = Shop::furnished().await;
    let owner: Visitor = shop.owner().await;
    let form = "workspace=home&invitation[email]=new@example.com&invitation[role]=viewer";
    let link = shop.call("workspaces/invite_member", Some(&owner), form).send().await.json(200);
    let token = link.as_str().expect("a link").split_once("token=").expect("a token").1.to_owned();
    let page = shop.ask("GET", &format!("/invitation?token={token}")).send().await;
    assert!(page.status == 200 && page.text().contains("new@example.com"));
    let form =
        format!("token={token}&email=new@example.com&name=New&password={}", PASSWORD.replace(' ', "+"));
    let joined = shop.call("accounts/accept_invitation", None, &form).send().await;
    assert_eq!(joined.status, 200, "{}", joined.text());
    let frame = shop.ask("POST", "/fn/overview/get_frame").form("workspace=home").cookie(&joined.cookies().0);
    assert_eq!(frame.send().await.json(200)["role"], Role::Viewer.word());
    shop.call("accounts/accept_invitation", None, &form).send().await.refusal(410, "link_expired");
}

async fn a_stream_of_a_finished_execution_is_whole_for_people() {
    let shop = Shop::furnished().await;
    let key = shop.full_key().await;
    let agent = shop.agent(&key).await;
    let run = shop.run(&key, &agent, "Hello").await;
    let owner = shop.owner().await;
    let live = format!("/live/executions/{}?w=home", run["id"].as_str().expect("an id"));
    let story = parse_events(&shop.ask("GET", &live).cookie(&owner.cookie).send().await.text());
    assert_eq!(story.last().expect("an end").event, "finished");
}
