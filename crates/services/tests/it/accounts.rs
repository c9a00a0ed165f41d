//! Setup, signing in, lock-out, invitations, passwords, the master key.

use std::time::Duration;

use domain::Kind;
use domain::accounts::LinkKind;
use domain::secrets::SecretText;
use domain::workspaces::{InvitationDraft, Role};
use services::accounts::{Origin, Stay};
use services::crypto::{Keyring, MasterKeyError, check_master};

use super::support::{House, OWNER, PASSWORD, URL, draft, elsewhere, origin, token_of};

both!(
    a_setup_link_works_once_and_only_the_newest,
    a_setup_link_ends_after_a_day_and_names_every_wrong_field,
    unknown_addresses_and_wrong_passwords_are_answered_and_locked_alike,
    a_lock_survives_a_restart_grows_and_is_never_for_ever,
    parallel_guesses_get_no_further_than_guesses_in_a_row,
    guesses_from_elsewhere_do_not_lock_the_familiar_door,
    an_invitation_makes_one_account_for_the_invited_address,
    somebody_with_an_account_joins_a_second_workspace,
    changing_a_password_needs_the_present_one_and_ends_other_sessions,
    a_reset_link_opens_the_lock_ends_sessions_and_works_once,
    a_new_password_opens_every_familiar_door,
    the_command_line_makes_people_and_their_workspace,
    another_master_key_is_refused,
);

async fn a_setup_link_works_once_and_only_the_newest() {
    let house = House::empty().await;
    let accounts = house.services.accounts();
    assert!(accounts.setup_needed().await.expect("asks"));
    let old = house.setup_token().await;
    let token = house.setup_token().await;
    let info = accounts.link_info(&token).await.expect("works");
    assert_eq!((info.kind, info.email), (LinkKind::Setup, None));

    let refused = accounts.setup(&old, draft(OWNER), "", &origin()).await.expect_err("replaced");
    assert_eq!(refused.kind, Kind::LinkExpired);
    let signed_in = accounts.setup(&token, draft(OWNER), "", &origin()).await.expect("sets up");
    let memberships = accounts.memberships(signed_in.user.id).await.expect("lists");
    assert_eq!(memberships.len(), 1);
    assert_eq!((memberships[0].workspace.name.as_str(), memberships[0].role), ("My workspace", Role::Owner));

    let refused = accounts.setup(&token, draft("eve@example.com"), "", &origin()).await.expect_err("used");
    assert_eq!(refused.kind, Kind::LinkExpired);
    assert_eq!(accounts.setup_link().await, Ok(None));
    assert_eq!(accounts.setup_needed().await, Ok(false));
}

async fn a_setup_link_ends_after_a_day_and_names_every_wrong_field() {
    let house = House::empty().await;
    let token = house.setup_token().await;
    let accounts = house.services.accounts();
    let mut wrong = draft("nobody");
    wrong.password = SecretText::new("short");
    let problem =
        accounts.setup(&token, wrong, &"w".repeat(100), &origin()).await.expect_err("three wrong fields");
    assert_eq!(problem.fields.len(), 3, "{problem:?}");
    house.clock.advance(Duration::from_hours(24));
    let refused = accounts.setup(&token, draft(OWNER), "", &origin()).await.expect_err("too late");
    assert_eq!(refused.kind, Kind::LinkExpired);
}

async fn unknown_addresses_and_wrong_passwords_are_answered_and_locked_alike() {
    let (house, _) = House::furnished().await;
    let accounts = house.services.accounts();
    let wrong = || SecretText::new("wrong horse battery");
    for _ in 0..5 {
        let known =
            accounts.sign_in(OWNER, wrong(), Stay::Short, &elsewhere()).await.expect_err("wrong password");
        let unknown = accounts
            .sign_in("eve@example.com", wrong(), Stay::Short, &elsewhere())
            .await
            .expect_err("unknown");
        assert_eq!(known.kind, Kind::WrongCredentials);
        assert_eq!(known, unknown);
    }
    let known = house.sign_in_from_elsewhere(OWNER).await.expect_err("locked");
    let unknown = accounts
        .sign_in("eve@example.com", wrong(), Stay::Short, &elsewhere())
        .await
        .expect_err("locked too");
    assert_eq!((known.kind, known.retry_after_s), (Kind::LockedOut, Some(60)));
    assert_eq!(known, unknown);

    house.clock.advance(Duration::from_mins(1));
    let signed_in = house.sign_in_from_elsewhere(" ADA@example.com ").await.expect("the lock has opened");
    let actor = house.actor(&signed_in).await;
    let failed =
        house.audited(&actor).await.iter().filter(|action| *action == "session.sign_in_failed").count();
    assert_eq!(failed, 5);
    accounts.sign_in(OWNER, wrong(), Stay::Short, &elsewhere()).await.expect_err("wrong password");
    house.sign_in_from_elsewhere(OWNER).await.expect("the success before began a new count");
}

async fn a_lock_survives_a_restart_grows_and_is_never_for_ever() {
    let (house, _) = House::furnished().await;
    let accounts = house.services.accounts();
    let mut delays = Vec::new();
    for _ in 0..12 {
        let tried =
            accounts.sign_in(OWNER, SecretText::new("wrong horse battery"), Stay::Short, &elsewhere()).await;
        let problem = tried.expect_err("wrong or locked");
        if let Some(seconds) = problem.retry_after_s {
            delays.push(seconds / 60);
            house.clock.advance(Duration::from_secs(seconds));
        }
    }
    assert_eq!(delays, [1, 2, 4, 8]);
    let store = house.scratch.open().await;
    let row = storage::accounts::credentials_by_email(&store, OWNER).await.expect("asks").expect("there");
    assert!(row.locked_until.is_some() && row.attempts == 8, "{row:?}");
    house.clock.advance(Duration::from_mins(15));
    house.sign_in_from_elsewhere(OWNER).await.expect("the lock has opened");
}

async fn parallel_guesses_get_no_further_than_guesses_in_a_row() {
    let (house, _) = House::furnished().await;
    let guesses = (0..12).map(|n| {
        let services = house.services.clone();
        async move {
            let guess = SecretText::new(format!("wrong horse {n}"));
            services
                .accounts()
                .sign_in(OWNER, guess, Stay::Short, &elsewhere())
                .await
                .expect_err("wrong")
                .kind
        }
    });
    let mut set = tokio::task::JoinSet::new();
    guesses.for_each(|guess| drop(set.spawn(guess)));
    let kinds = set.join_all().await;
    assert_eq!(kinds.iter().filter(|kind| **kind == Kind::WrongCredentials).count(), 5, "{kinds:?}");
}

async fn guesses_from_elsewhere_do_not_lock_the_familiar_door() {
    let (house, _) = House::furnished().await;
    let accounts = house.services.accounts();
    let wrong = || SecretText::new("wrong horse battery");
    for _ in 0..6 {
        accounts.sign_in(OWNER, wrong(), Stay::Short, &elsewhere()).await.expect_err("wrong or locked");
    }
    let there = house.sign_in_from_elsewhere(OWNER).await.expect_err("locked");
    assert_eq!(there.kind, Kind::LockedOut);
    house.sign_in(OWNER).await.expect("the person gets in from where they were before");

    for _ in 0..5 {
        let here = accounts.sign_in(OWNER, wrong(), Stay::Short, &origin()).await.expect_err("wrong");
        assert_eq!(here.kind, Kind::WrongCredentials);
    }
    let here = house.sign_in(OWNER).await.expect_err("that door locks as well");
    assert_eq!((here.kind, here.retry_after_s), (Kind::LockedOut, Some(60)));
    house.sign_in_from_elsewhere(OWNER).await.expect("and only that one");
    house.clock.advance(Duration::from_hours(31 * 24));
    for _ in 0..5 {
        accounts.sign_in(OWNER, wrong(), Stay::Short, &origin()).await.expect_err("wrong");
    }
    house.sign_in_from_elsewhere(OWNER).await.expect_err("after a month no place is familiar");
}

async fn an_invitation_makes_one_account_for_the_invited_address() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let (accounts, workspaces) = (house.services.accounts(), house.services.workspaces());
    let invitation = InvitationDraft { email: "Bob@Example.com".to_owned(), role: "member".to_owned() };
    let link = workspaces.invite(&owner, invitation).await.expect("invites");
    assert!(link.starts_with(&format!("{URL}/invitation?token=")), "{link}");
    let token = token_of(&link);
    let info = accounts.link_info(&token).await.expect("works");
    assert_eq!((info.email.as_deref(), info.workspace.as_deref()), (Some("bob@example.com"), Some("Home")));

    let other = accounts.accept_invitation(&token, draft("eve@example.com"), &origin()).await;
    assert!(other.expect_err("another address").for_field("email").is_some());
    let bob = accounts.accept_invitation(&token, draft("bob@example.com"), &origin()).await.expect("accepts");
    let actor = house.actor(&bob).await;
    assert!(actor.may(domain::Permission::AgentsWrite) && !actor.may(domain::Permission::KeysWrite));
    let again = accounts.accept_invitation(&token, draft("bob@example.com"), &origin()).await;
    assert_eq!(again.expect_err("used").kind, Kind::LinkExpired);
    assert!(workspaces.invitations(&owner).await.expect("lists").is_empty());
}

async fn somebody_with_an_account_joins_a_second_workspace() {
    let (house, owner) = House::furnished().await;
    let home = house.actor(&owner).await;
    let bob = house.newcomer(&home, "bob@example.com", "viewer").await;
    let (accounts, workspaces) = (house.services.accounts(), house.services.workspaces());
    let second = workspaces.create("Home", owner.user.id).await.expect("makes");
    assert_eq!(second.slug, "home-2");
    let person = house.person(&bob).await;
    let outside = accounts.enter(&person, "home-2", &origin()).await.expect_err("not a member");
    assert_eq!(outside.kind, Kind::NotFound);

    let owner = accounts.enter(&house.person(&owner).await, "home-2", &origin()).await.expect("belongs");
    let invitation = InvitationDraft { email: "bob@example.com".to_owned(), role: "admin".to_owned() };
    let token = token_of(&workspaces.invite(&owner, invitation).await.expect("invites"));
    let refused = accounts.accept_invitation(&token, draft("bob@example.com"), &origin()).await;
    assert!(refused.expect_err("has an account").for_field("email").is_some());
    accounts.join(&person, &token, &origin()).await.expect("joins");
    let actor = accounts.enter(&person, "home-2", &origin()).await.expect("belongs now");
    assert!(actor.may(domain::Permission::KeysWrite));
}

async fn changing_a_password_needs_the_present_one_and_ends_other_sessions() {
    let (house, here) = House::furnished().await;
    let there = house.sign_in(OWNER).await.expect("signs in");
    let accounts = house.services.accounts();
    let person = house.person(&here).await;
    let (now, next) = (SecretText::new(PASSWORD), SecretText::new("another long password"));
    let wrong =
        accounts.change_password(&person, next.clone(), next.clone(), &origin()).await.expect_err("wrong");
    assert!(wrong.for_field("current").is_some());
    accounts.change_password(&person, now, next.clone(), &origin()).await.expect("changes");
    let ended = accounts.authenticate(there.access.expose()).await.expect_err("ended");
    assert_eq!(ended.kind, Kind::InvalidToken);
    house.person(&here).await;
    assert_eq!(house.sign_in(OWNER).await.expect_err("the old one").kind, Kind::WrongCredentials);
    accounts.sign_in(OWNER, next, Stay::Short, &origin()).await.expect("the new one");
}

async fn a_reset_link_opens_the_lock_ends_sessions_and_works_once() {
    let (house, before) = House::furnished().await;
    let accounts = house.services.accounts();
    for _ in 0..5 {
        accounts
            .sign_in(OWNER, SecretText::new("wrong horse battery"), Stay::Short, &elsewhere())
            .await
            .expect_err("wrong");
    }
    assert_eq!(accounts.reset_link("eve@example.com").await.expect_err("nobody").kind, Kind::NotFound);
    let token = token_of(&accounts.reset_link(OWNER).await.expect("makes"));
    let next = SecretText::new("another long password");
    accounts.reset_password(&token, next.clone(), &origin()).await.expect("resets");
    assert!(accounts.authenticate(before.access.expose()).await.is_err());
    let signed_in =
        accounts.sign_in(OWNER, next.clone(), Stay::Short, &elsewhere()).await.expect("no lock any more");
    assert_eq!(
        accounts.reset_password(&token, next, &origin()).await.expect_err("used").kind,
        Kind::LinkExpired
    );
    let actions = house.audited(&house.actor(&signed_in).await).await;
    for action in [
        "account.setup",
        "workspace.create",
        "account.reset_link",
        "account.password_reset",
        "session.sign_in",
    ] {
        assert!(actions.iter().any(|found| found == action), "{action} in {actions:?}");
    }
}

/// Guesses from somewhere until that door is locked.
async fn lock(house: &House, from: &Origin, password: &SecretText) {
    let accounts = house.services.accounts();
    for _ in 0..5 {
        let guess = SecretText::new("wrong horse battery");
        let wrong = accounts.sign_in(OWNER, guess, Stay::Short, from).await.expect_err("wrong");
        assert_eq!(wrong.kind, Kind::WrongCredentials);
    }
    let locked = accounts.sign_in(OWNER, password.clone(), Stay::Short, from).await.expect_err("locked");
    assert_eq!(locked.kind, Kind::LockedOut);
}

async fn a_new_password_opens_every_familiar_door() {
    let (house, here) = House::furnished().await;
    house.sign_in_from_elsewhere(OWNER).await.expect("somewhere else is familiar too");
    let accounts = house.services.accounts();
    let [first, second, third] =
        [PASSWORD, "another long password", "a third long password"].map(SecretText::new);

    lock(&house, &elsewhere(), &first).await;
    let person = house.person(&here).await;
    accounts.change_password(&person, first, second.clone(), &origin()).await.expect("changes");
    accounts.sign_in(OWNER, second.clone(), Stay::Short, &elsewhere()).await.expect("open after a change");

    lock(&house, &origin(), &second).await;
    lock(&house, &elsewhere(), &second).await;
    let token = token_of(&accounts.reset_link(OWNER).await.expect("makes"));
    accounts.reset_password(&token, third.clone(), &origin()).await.expect("resets");
    for from in [origin(), elsewhere()] {
        accounts.sign_in(OWNER, third.clone(), Stay::Short, &from).await.expect("open after a reset");
    }
}

async fn the_command_line_makes_people_and_their_workspace() {
    let house = House::empty().await;
    let accounts = house.services.accounts();
    let refused = accounts.create_user(draft("bob@example.com"), Role::Viewer, None).await;
    assert!(refused.expect_err("no owner yet").for_field("role").is_some());
    let (_, made) =
        accounts.create_user(draft(OWNER), Role::Owner, Some("Night Shift")).await.expect("makes");
    let (_, same) = accounts.create_user(draft("bob@example.com"), Role::Viewer, None).await.expect("joins");
    assert_eq!((made.slug.as_str(), made.id), ("night-shift", same.id));
    let taken = accounts.create_user(draft(OWNER), Role::Owner, None).await.expect_err("taken");
    assert!(taken.for_field("email").is_some());
}

async fn another_master_key_is_refused() {
    let house = House::empty().await;
    let store = house.services.store();
    check_master(store, house.services.keyring()).await.expect("the first key counts");
    check_master(store, house.services.keyring()).await.expect("and goes on to");
    let other = Keyring::from_master(&SecretText::new("another master key, also long enough"));
    assert!(matches!(check_master(store, &other).await, Err(MasterKeyError::Mismatch)));
}
