//! People: one row each, shared by all workspaces they are members of.

use domain::Timestamp;
use domain::accounts::User;
use domain::ids::UserId;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::db::private::Sealed as _;
use crate::entity::users;
use crate::row::{count, id, key, time};
use crate::{Db, Error, Tx, db};

/// A person with what only signing in needs.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The person.
    pub user: User,
    /// The password's hash in PHC form.
    pub password_hash: String,
    /// Attempts to sign in since the last success.
    pub attempts: u32,
    /// Until when signing in is refused.
    pub locked_until: Option<Timestamp>,
}

fn user(row: &users::Model) -> User {
    User {
        id: id(row.id),
        email: row.email.clone(),
        name: row.name.clone(),
        created_at: time(row.created_at),
    }
}

fn credentials(row: users::Model) -> Result<Credentials, Error> {
    Ok(Credentials {
        user: user(&row),
        attempts: count("failed sign-ins", row.failed_sign_ins)?,
        locked_until: row.locked_until.map(time),
        password_hash: row.password_hash,
    })
}

/// True when there is at least one person.
pub async fn any(db: &impl Db) -> Result<bool, Error> {
    Ok(users::Entity::find().limit(1).one(&db.executor()).await?.is_some())
}

/// One person.
pub async fn get(db: &impl Db, person: UserId) -> Result<Option<User>, Error> {
    Ok(users::Entity::find_by_id(key(person)).one(&db.executor()).await?.as_ref().map(user))
}

/// One person by address, as [`domain::accounts::Email`] writes it.
pub async fn by_email(db: &impl Db, email: &str) -> Result<Option<User>, Error> {
    let row = users::Entity::find().filter(users::Column::Email.eq(email)).one(&db.executor()).await?;
    Ok(row.as_ref().map(user))
}

/// What signing in with an address needs.
pub async fn credentials_by_email(db: &impl Db, email: &str) -> Result<Option<Credentials>, Error> {
    let row = users::Entity::find().filter(users::Column::Email.eq(email)).one(&db.executor()).await?;
    row.map(credentials).transpose()
}

/// What confirming a person's password needs.
pub async fn credentials_of(db: &impl Db, person: UserId) -> Result<Option<Credentials>, Error> {
    users::Entity::find_by_id(key(person)).one(&db.executor()).await?.map(credentials).transpose()
}

/// Adds a person; [`Error::Duplicate`] when the address is taken.
pub async fn insert(tx: &Tx, user: &User, password_hash: &str) -> Result<(), Error> {
    let model = users::ActiveModel {
        id: Set(key(user.id)),
        email: Set(user.email.clone()),
        name: Set(user.name.clone()),
        password_hash: Set(password_hash.to_owned()),
        failed_sign_ins: Set(0),
        locked_until: Set(None),
        created_at: Set(user.created_at.millis()),
    };
    users::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// Sets the name on screen.
pub async fn rename(tx: &Tx, person: UserId, name: &str) -> Result<(), Error> {
    db::execute(tx, "update users set name = $1 where id = $2", vec![name.into(), key(person).into()])
        .await?;
    Ok(())
}

/// Sets the password and opens the lock.
pub async fn set_password(tx: &Tx, person: UserId, password_hash: &str) -> Result<(), Error> {
    let sql = "update users set password_hash = $1, failed_sign_ins = 0, locked_until = null where id = $2";
    db::execute(tx, sql, vec![password_hash.into(), key(person).into()]).await?;
    Ok(())
}

/// Counts an attempt to sign in. Also takes the row's lock, so that attempts of one person follow
/// one another. `None` when the person is gone.
pub async fn count_attempt(tx: &Tx, person: UserId) -> Result<Option<Credentials>, Error> {
    let sql =
        "update users set failed_sign_ins = failed_sign_ins + 1 where id = $1 and failed_sign_ins < 1000000";
    db::execute(tx, sql, vec![key(person).into()]).await?;
    credentials_of(tx, person).await
}

/// Refuses signing in until the given time.
pub async fn lock(tx: &Tx, person: UserId, until: Timestamp) -> Result<(), Error> {
    let sql = "update users set locked_until = $1 where id = $2";
    db::execute(tx, sql, vec![until.millis().into(), key(person).into()]).await?;
    Ok(())
}

/// Forgets failed attempts and opens the lock.
pub async fn unlock(tx: &Tx, person: UserId) -> Result<(), Error> {
    let sql = "update users set failed_sign_ins = 0, locked_until = null where id = $1";
    db::execute(tx, sql, vec![key(person).into()]).await?;
    Ok(())
}
