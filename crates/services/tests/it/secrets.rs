//! Secrets of a workspace: stored so that nobody who reads the database can read them.

use domain::Kind;
use domain::secrets::SecretText;

use super::support::House;

both!(a_secret_cannot_be_read_from_the_database, only_admins_set_secrets,);

async fn a_secret_cannot_be_read_from_the_database() {
    let (house, owner) = House::furnished().await;
    let actor = house.actor(&owner).await;
    let secrets = house.services.secrets();
    let value = "th-value-that-nobody-reads";
    secrets.set(&actor, "toolhouse_key", SecretText::new(value)).await.expect("sets");
    let status = secrets.status(&actor, "toolhouse_key").await.expect("asks").expect("is set");
    assert_eq!(status.last_used_at, None);
    let disk = house.bytes().await;
    assert!(!disk.windows(value.len()).any(|window| window == value.as_bytes()));
    assert!(
        disk.windows(13).any(|window| window == b"toolhouse_key"),
        "the name is there, so the look was right"
    );

    let sealed = storage::secrets::get(house.services.store(), actor.workspace, "toolhouse_key").await;
    let first = sealed.expect("asks").expect("is there");
    secrets.set(&actor, "toolhouse_key", SecretText::new(value)).await.expect("sets again");
    let sealed = storage::secrets::get(house.services.store(), actor.workspace, "toolhouse_key").await;
    let second = sealed.expect("asks").expect("is there");
    assert_eq!(first.id, second.id);
    assert_ne!(first.ciphertext, second.ciphertext);

    secrets.remove(&actor, "toolhouse_key").await.expect("removes");
    assert_eq!(secrets.status(&actor, "toolhouse_key").await, Ok(None));
    assert_eq!(secrets.remove(&actor, "toolhouse_key").await.expect_err("gone").kind, Kind::NotFound);
    let actions = house.audited(&actor).await;
    assert!(actions.contains(&"secret.set".to_owned()) && actions.contains(&"secret.remove".to_owned()));
}

async fn only_admins_set_secrets() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let member = house.newcomer(&owner, "bob@example.com", "member").await;
    let member = house.actor(&member).await;
    let refused = house.services.secrets().set(&member, "toolhouse_key", SecretText::new("x")).await;
    assert_eq!(refused.expect_err("no admin").kind, Kind::Forbidden);
}
