//! API keys: scopes, ends, revocation.

use std::time::Duration;

use domain::api_keys::ApiKeyDraft;
use domain::{Kind, Permission};

use super::support::{House, origin};

both!(
    a_key_acts_with_its_scopes_until_it_is_revoked,
    unknown_malformed_and_expired_tokens_are_told_apart,
    nobody_gives_a_key_more_than_they_have,
    another_workspaces_key_is_not_there,
);

fn key(scopes: &[&str], days: Option<u32>) -> ApiKeyDraft {
    ApiKeyDraft {
        name: "ci".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_in_days: days,
        requests_per_minute: Some(90),
    }
}

async fn a_key_acts_with_its_scopes_until_it_is_revoked() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let keys = house.services.api_keys();
    let (made, token) = keys.create(&owner, key(&["agents:read"], None)).await.expect("makes");
    assert!(token.expose().starts_with(&made.prefix) && made.prefix.starts_with("sf_"));
    assert_eq!(token.expose().len(), 3 + 26 + 1 + 43);
    assert!(!String::from_utf8_lossy(&house.bytes().await).contains(token.expose()));

    let (actor, limit) = keys.authenticate(token.expose(), &origin()).await.expect("valid");
    assert_eq!((actor.workspace, actor.name.as_str(), limit), (owner.workspace, "ci", Some(90)));
    assert!(actor.may(Permission::AgentsRead) && !actor.may(Permission::AgentsWrite));
    let used = keys.list(&owner).await.expect("lists")[0].last_used_at;
    house.clock.advance(Duration::from_secs(59));
    keys.authenticate(token.expose(), &origin()).await.expect("valid");
    assert_eq!(keys.list(&owner).await.expect("lists")[0].last_used_at, used);
    house.clock.advance(Duration::from_secs(1));
    keys.authenticate(token.expose(), &origin()).await.expect("valid");
    assert!(keys.list(&owner).await.expect("lists")[0].last_used_at > used);

    keys.revoke(&owner, made.id).await.expect("revokes");
    let refused = keys.authenticate(token.expose(), &origin()).await.expect_err("revoked");
    assert_eq!(refused.kind, Kind::InvalidToken);
    let actions = house.audited(&owner).await;
    assert!(actions.contains(&"api_key.create".to_owned()) && actions.contains(&"api_key.revoke".to_owned()));
}

async fn unknown_malformed_and_expired_tokens_are_told_apart() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let keys = house.services.api_keys();
    let (_, token) = keys.create(&owner, key(&["agents:read"], Some(1))).await.expect("makes");
    let token = token.expose();
    let other = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
    let unknown = format!("sf_{}_{}", "0".repeat(26), "x".repeat(43));
    for wrong in ["", "sf_", "sf_x_y", &token[..60], &other, &unknown, &token.to_uppercase()] {
        let refused = keys.authenticate(wrong, &origin()).await.expect_err("wrong");
        assert_eq!(refused.kind, Kind::InvalidToken, "{wrong}");
    }
    house.clock.advance(Duration::from_hours(24));
    let late = keys.authenticate(token, &origin()).await.expect_err("ended");
    assert_eq!(late.kind, Kind::ExpiredToken);
}

async fn nobody_gives_a_key_more_than_they_have() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let keys = house.services.api_keys();
    let (_, token) = keys.create(&owner, key(&["keys:write", "agents:read"], Some(30))).await.expect("makes");
    let (parent, _) = keys.authenticate(token.expose(), &origin()).await.expect("valid");
    keys.create(&parent, key(&["agents:read"], Some(30))).await.expect("a subset");
    for (scopes, days) in [(["agents:write"], Some(1)), (["agents:read"], Some(31)), (["agents:read"], None)]
    {
        let refused = keys.create(&parent, key(&scopes, days)).await.expect_err("more than its own");
        assert_eq!(refused.kind, Kind::Forbidden, "{scopes:?} {days:?}");
    }
    for limit in [None, Some(91)] {
        let draft = ApiKeyDraft { requests_per_minute: limit, ..key(&["agents:read"], Some(30)) };
        let refused = keys.create(&parent, draft).await.expect_err("a higher limit");
        assert_eq!(refused.kind, Kind::Forbidden, "{limit:?}");
        assert!(refused.for_field("requests_per_minute").is_some(), "{refused:?}");
    }

    let admin = house.newcomer(&owner, "bob@example.com", "admin").await;
    house.services.workspaces().set_payload_right(&owner, admin.user.id, false).await.expect("takes it away");
    let admin = house.actor(&admin).await;
    let refused = keys.create(&admin, key(&["payloads:read"], None)).await.expect_err("lacks it");
    assert_eq!(refused.kind, Kind::Forbidden);
    let member = house.newcomer(&owner, "eve@example.com", "member").await;
    let member = house.actor(&member).await;
    assert_eq!(keys.list(&member).await.expect_err("no admin").kind, Kind::Forbidden);
}

async fn another_workspaces_key_is_not_there() {
    let (house, owner) = House::furnished().await;
    let second = house.services.workspaces().create("Second", owner.user.id).await.expect("makes");
    let keys = house.services.api_keys();
    let (made, _) =
        keys.create_from_command_line(&second.slug, key(&["agents:read"], None)).await.expect("makes");
    let home = house.actor(&owner).await;
    assert_eq!(keys.revoke(&home, made.id).await.expect_err("elsewhere").kind, Kind::NotFound);
    assert!(keys.list(&home).await.expect("lists").is_empty());
}
