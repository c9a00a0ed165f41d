//! Access and refresh tokens, rotation, reuse and revocation.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Kind;
use domain::audit::AuditFilter;
use domain::paging::PageRequest;
use domain::secrets::SecretText;
use services::accounts::Stay;
use services::crypto::Keyring;
use services::hub::News;

use super::support::{House, OWNER, PASSWORD, origin};

both!(
    a_refresh_token_gets_a_successor_and_slides_the_end,
    parallel_tabs_get_the_same_successor,
    a_copied_refresh_token_ends_the_session_for_everybody,
    an_idle_session_ends_by_itself,
    what_somebody_does_to_their_sessions_is_recorded_with_its_place,
    forged_tokens_are_refused,
    revoking_a_session_acts_at_once_and_only_on_ones_own,
);

async fn a_refresh_token_gets_a_successor_and_slides_the_end() {
    let (house, first) = House::furnished().await;
    let accounts = house.services.accounts();
    house.clock.advance(Duration::from_mins(10));
    let expired = accounts.authenticate(first.access.expose()).await.expect_err("ten minutes old");
    assert_eq!(expired.kind, Kind::ExpiredToken);
    let second = accounts.refresh(first.refresh.expose(), &origin()).await.expect("refreshes");
    assert_eq!(second.session, first.session);
    assert_ne!(second.refresh.expose(), first.refresh.expose());
    assert!(second.refresh_expires_at > first.refresh_expires_at);
    house.person(&second).await;
}

async fn parallel_tabs_get_the_same_successor() {
    let (house, first) = House::furnished().await;
    let mut tabs = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (services, token) = (house.services.clone(), first.refresh.clone());
        tabs.spawn(async move { services.accounts().refresh(token.expose(), &origin()).await });
    }
    let answers = tabs.join_all().await;
    let tokens: BTreeSet<String> =
        answers.into_iter().map(|answer| answer.expect("refreshes").refresh.expose().to_owned()).collect();
    assert_eq!(tokens.len(), 1);
    house.clock.advance(Duration::from_secs(10));
    let late =
        house.services.accounts().refresh(first.refresh.expose(), &origin()).await.expect("just in time");
    assert!(tokens.contains(late.refresh.expose()));
}

async fn a_copied_refresh_token_ends_the_session_for_everybody() {
    let (house, first) = House::furnished().await;
    let accounts = house.services.accounts();
    let mut news = house.services.hub().listen();
    let second = accounts.refresh(first.refresh.expose(), &origin()).await.expect("refreshes");
    house.clock.advance(Duration::from_millis(10_001));
    let reused = accounts.refresh(first.refresh.expose(), &origin()).await.expect_err("shown again, late");
    assert_eq!(reused.kind, Kind::ReusedToken);
    assert_eq!(news.try_recv(), Ok(News::SessionEnded(first.session)));
    let ended = accounts.refresh(second.refresh.expose(), &origin()).await.expect_err("ended");
    assert_eq!(ended.kind, Kind::InvalidToken);
    assert!(accounts.authenticate(second.access.expose()).await.is_err());

    let again = house.sign_in(OWNER).await.expect("signs in");
    let actions = house.audited(&house.actor(&again).await).await;
    assert!(actions.iter().any(|action| action == "session.token_reused"), "{actions:?}");
}

async fn an_idle_session_ends_by_itself() {
    let (house, _) = House::furnished().await;
    let accounts = house.services.accounts();
    for (stay, life) in [(Stay::Short, 12), (Stay::Long, 30 * 24)] {
        let signed_in = accounts.sign_in(OWNER, SecretText::new(PASSWORD), stay, &origin()).await;
        let mut tokens = signed_in.expect("signs in");
        assert_eq!(tokens.stay, stay);
        // Each use begins the same life again, and no longer one.
        for _ in 0..2 {
            house.clock.advance(Duration::from_secs(life * 3_600 - 1));
            let renewed = accounts.refresh(tokens.refresh.expose(), &origin()).await;
            tokens = renewed.expect("just in time");
            assert_eq!(tokens.stay, stay);
        }
        house.clock.advance(Duration::from_hours(life));
        let late = accounts.refresh(tokens.refresh.expose(), &origin()).await.expect_err("ended");
        assert_eq!(late.kind, Kind::ExpiredToken, "{stay:?}");
    }
}

async fn what_somebody_does_to_their_sessions_is_recorded_with_its_place() {
    let (house, here) = House::furnished().await;
    let there = house.sign_in(OWNER).await.expect("signs in");
    house.sign_in(OWNER).await.expect("signs in");
    let last = house.sign_in(OWNER).await.expect("signs in");
    let (accounts, sessions) = (house.services.accounts(), house.services.sessions());
    let person = house.person(&here).await;
    sessions.revoke(&person, there.session, &origin()).await.expect("revokes");
    accounts.update_profile(&person, "Ada L.", &origin()).await.expect("renames");
    let (now, next) = (SecretText::new(PASSWORD), SecretText::new("another horse battery"));
    accounts.sign_out(last.session, &origin()).await.expect("signs out");
    sessions.revoke_others(&person, &origin()).await.expect("revokes");
    accounts.change_password(&person, now, next, &origin()).await.expect("changes");

    let page = PageRequest { limit: 200, ..PageRequest::default() };
    let actor = house.actor(&here).await;
    let rows = house.services.audit().list(&actor, AuditFilter::default(), page).await.expect("lists");
    let mut seen = BTreeSet::new();
    for row in rows.items.into_iter().filter(|row| row.action != "workspace.create") {
        assert_eq!(row.address.as_deref(), Some("192.0.2.1"), "{row:?}");
        assert_eq!(row.request_id.as_deref(), Some("req-1"), "{row:?}");
        seen.insert(row.action);
    }
    for action in ["session.revoke", "session.sign_out", "account.update", "account.password_change"] {
        assert!(seen.contains(action), "{action} in {seen:?}");
    }
}

async fn forged_tokens_are_refused() {
    let (house, first) = House::furnished().await;
    let other = House::empty().await;
    let accounts = house.services.accounts();
    let strange = Keyring::from_master(&SecretText::new("another master key, also long enough"));
    assert_ne!(strange.check_value(), other.services.keyring().check_value());
    let access = first.access.expose();
    let cut = &access[..access.len() - 3];
    for forged in ["", "x", "a.b.c", cut, first.refresh.expose()] {
        assert_eq!(accounts.authenticate(forged).await.expect_err("forged").kind, Kind::InvalidToken);
    }
    let refresh = first.refresh.expose();
    for forged in ["", "x", &refresh[1..], access] {
        assert_eq!(accounts.refresh(forged, &origin()).await.expect_err("forged").kind, Kind::InvalidToken);
    }
    // Signed with the same key, but nobody of that name lives there.
    assert_eq!(
        other.services.accounts().authenticate(access).await.expect_err("elsewhere").kind,
        Kind::InvalidToken
    );
}

async fn revoking_a_session_acts_at_once_and_only_on_ones_own() {
    let (house, here) = House::furnished().await;
    let there = house.sign_in(OWNER).await.expect("signs in");
    let third = house.sign_in(OWNER).await.expect("signs in");
    let owner = house.actor(&here).await;
    let bob = house.newcomer(&owner, "bob@example.com", "member").await;
    let sessions = house.services.sessions();
    let person = house.person(&here).await;

    let mut listed = sessions.list(&person).await.expect("lists");
    listed.retain(|session| session.current);
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id, listed[0].user_agent.as_str()), (here.session, "Test Browser 1.0"));

    let refused = sessions.revoke(&person, bob.session, &origin()).await.expect_err("somebody else's");
    assert_eq!(refused.kind, Kind::NotFound);
    let mut news = house.services.hub().listen();
    sessions.revoke(&person, there.session, &origin()).await.expect("revokes");
    assert_eq!(news.try_recv(), Ok(News::SessionEnded(there.session)));
    let accounts = house.services.accounts();
    assert_eq!(
        accounts.authenticate(there.access.expose()).await.expect_err("ended").kind,
        Kind::InvalidToken
    );
    assert_eq!(
        accounts.refresh(there.refresh.expose(), &origin()).await.expect_err("ended").kind,
        Kind::InvalidToken
    );

    assert_eq!(sessions.revoke_others(&person, &origin()).await, Ok(1));
    assert!(accounts.authenticate(third.access.expose()).await.is_err());
    house.person(&bob).await;
    accounts.sign_out(here.session, &origin()).await.expect("signs out");
    assert!(accounts.authenticate(here.access.expose()).await.is_err());
}
