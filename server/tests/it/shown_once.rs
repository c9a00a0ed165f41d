//! What is shown once, where a browser without script posted the form: the next page shows it.

use std::time::Duration;

use super::shop::{Shop, Visitor};
use super::support::Reply;

const KEY_FORM: &str = "workspace=home&draft[name]=CI&draft[scopes][0]=agents:read&draft[expires_in_days]=30";
const INVITATION_FORM: &str = "workspace=home&invitation[email]=new@example.com&invitation[role]=viewer";

both!(
    a_key_made_without_script_is_shown_on_the_next_page_and_never_again,
    an_invitation_made_without_script_is_shown_on_the_next_page,
    what_is_shown_once_is_for_one_session_and_for_two_minutes,
);

/// Posts a form as a browser without script does, and gives the answer.
async fn post(shop: &Shop, who: &Visitor, function: &str, form: &str) -> Reply {
    let reply = shop.call(function, Some(who), form).header("accept", "text/html").send().await;
    assert_eq!(reply.status, 302, "{}", reply.text());
    reply
}

async fn page(shop: &Shop, address: &str, cookies: &str) -> Reply {
    shop.ask("GET", address).header("accept", "text/html").cookie(cookies).send().await
}

/// The key on a page, if there is one.
fn key_on(page: &Reply) -> Option<String> {
    let text = page.text();
    let begin = text.find("value=\"sf_")? + "value=\"".len();
    Some(text[begin..].split('"').next().expect("an end").to_owned())
}

async fn a_key_made_without_script_is_shown_on_the_next_page_and_never_again() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let made = post(&shop, &owner, "api_keys/create_api_key", KEY_FORM).await;
    assert_eq!(made.header("location"), "/w/home/settings/api-keys");
    let (once, set) = made.cookies();
    assert!(once.starts_with("sf_once=") && set.len() == 1, "{set:?}");
    for part in ["; HttpOnly", "; SameSite=Lax", "; Max-Age=120", "; Path=/"] {
        assert!(set[0].contains(part), "{set:?}");
    }
    let next = page(&shop, made.header("location"), &format!("{}; {once}", owner.cookie)).await;
    let key = key_on(&next).expect("the page shows the key");
    assert!(next.text().contains("CI"), "and its name");
    assert_eq!(next.header("cache-control"), "no-store");
    assert!(!set[0].contains(&key), "the cookie does not tell it");
    assert!(
        next.cookies().1.iter().any(|cookie| cookie.starts_with("sf_once=;") && cookie.contains("Max-Age=0"))
    );
    shop.ask("GET", "/api/v1/me").bearer(&key).send().await.json(200);
    let again = page(&shop, made.header("location"), &owner.cookie).await;
    assert_eq!((again.status, key_on(&again)), (200, None));

    let script = shop.call("api_keys/create_api_key", Some(&owner), KEY_FORM).send().await;
    assert!(script.json(200)["text"].is_string() && script.cookies().1.is_empty(), "a script has the answer");
}

async fn an_invitation_made_without_script_is_shown_on_the_next_page() {
    let shop = Shop::furnished().await;
    let owner = shop.owner().await;
    let made = post(&shop, &owner, "workspaces/invite_member", INVITATION_FORM).await;
    assert_eq!(made.header("location"), "/w/home/settings/members");
    let cookies = format!("{}; {}", owner.cookie, made.cookies().0);
    let next = page(&shop, made.header("location"), &cookies).await.text();
    assert!(next.contains("/invitation?token="), "the page shows the link");
    let keys = page(&shop, "/w/home/settings/api-keys", &cookies).await;
    assert!(key_on(&keys).is_none() && !keys.text().contains("/invitation?token="), "no other page does");
}

async fn what_is_shown_once_is_for_one_session_and_for_two_minutes() {
    let shop = Shop::furnished().await;
    let (owner, elsewhere) = (shop.owner().await, shop.owner().await);
    let made = post(&shop, &owner, "api_keys/create_api_key", KEY_FORM).await;
    let (address, once) = (made.header("location"), made.cookies().0);
    let stolen = page(&shop, address, &format!("{}; {once}", elsewhere.cookie)).await;
    assert_eq!((stolen.status, key_on(&stolen)), (200, None));
    let forged = page(&shop, address, &format!("{}; {}A", owner.cookie, once)).await;
    assert_eq!((forged.status, key_on(&forged)), (200, None));
    shop.clock.advance(Duration::from_mins(2));
    let late = page(&shop, address, &format!("{}; {once}", owner.cookie)).await;
    assert_eq!((late.status, key_on(&late)), (200, None));
}
