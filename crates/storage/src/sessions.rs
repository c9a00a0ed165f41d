//! Sessions of people. Of a refresh token only its generation is stored.

use domain::Timestamp;
use domain::accounts::{Session, User};
use domain::ids::{SessionId, UserId, WorkspaceId};
use domain::workspaces::Role;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::db::private::Sealed as _;
use crate::entity::sessions;
use crate::row::{big, column, id, key, time, word};
use crate::{Db, Error, Tx, db};

/// A session with what rotating its token needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Identifier.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The generation of the newest refresh token.
    pub generation: u64,
    /// When that token was made.
    pub rotated_at: Timestamp,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Network address it was last used from.
    pub address: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

fn read(row: sessions::Model) -> Result<StoredSession, Error> {
    Ok(StoredSession {
        id: id(row.id),
        user: id(row.user_id),
        generation: big("session generation", row.generation)?,
        rotated_at: time(row.rotated_at),
        user_agent: row.user_agent,
        address: row.address,
        created_at: time(row.created_at),
        last_seen_at: time(row.last_seen_at),
        expires_at: time(row.expires_at),
        revoked_at: row.revoked_at.map(time),
    })
}

fn generation(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::corrupt("session generation"))
}

/// Adds a session.
pub async fn insert(tx: &Tx, session: &StoredSession) -> Result<(), Error> {
    let model = sessions::ActiveModel {
        id: Set(key(session.id)),
        user_id: Set(key(session.user)),
        generation: Set(generation(session.generation)?),
        rotated_at: Set(session.rotated_at.millis()),
        user_agent: Set(session.user_agent.clone()),
        address: Set(session.address.clone()),
        created_at: Set(session.created_at.millis()),
        last_seen_at: Set(session.last_seen_at.millis()),
        expires_at: Set(session.expires_at.millis()),
        revoked_at: Set(session.revoked_at.map(Timestamp::millis)),
    };
    sessions::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// One session. Its token proves whose it is, so this asks for no person.
pub async fn get(db: &impl Db, session: SessionId) -> Result<Option<StoredSession>, Error> {
    sessions::Entity::find_by_id(key(session)).one(&db.executor()).await?.map(read).transpose()
}

/// Whose session it is and until when it lives; `None` when there is none or it was revoked.
pub async fn living(db: &impl Db, session: SessionId) -> Result<Option<(User, Timestamp)>, Error> {
    let sql = "select users.id as id, users.email as email, users.name as name,
            users.created_at as created_at, sessions.expires_at as expires_at
        from sessions join users on users.id = sessions.user_id
        where sessions.id = $1 and sessions.revoked_at is null";
    let Some(row) = db::one(db, sql, vec![key(session).into()]).await? else { return Ok(None) };
    let user = User {
        id: id(column(&row, "id")?),
        email: column(&row, "email")?,
        name: column(&row, "name")?,
        created_at: time(column(&row, "created_at")?),
    };
    Ok(Some((user, time(column(&row, "expires_at")?))))
}

/// Until when a session lives, and its person's role and right to see payloads in a workspace; `None`
/// when the session was revoked or its person does not belong there.
pub async fn standing(
    db: &impl Db,
    workspace: WorkspaceId,
    session: SessionId,
) -> Result<Option<(Timestamp, Role, bool)>, Error> {
    let sql = "select sessions.expires_at as expires_at, members.role as role, members.sees_payloads as sees_payloads
        from sessions join members on members.user_id = sessions.user_id
        where sessions.id = $1 and sessions.revoked_at is null and members.workspace_id = $2";
    let values = vec![key(session).into(), key(workspace).into()];
    let Some(row) = db::one(db, sql, values).await? else { return Ok(None) };
    let role = word("role", &column::<String>(&row, "role")?)?;
    Ok(Some((time(column(&row, "expires_at")?), role, column(&row, "sees_payloads")?)))
}

/// True when a session of the person was used from a network address since then.
pub async fn used_from(db: &impl Db, person: UserId, address: &str, since: Timestamp) -> Result<bool, Error> {
    let sql =
        "select 1 as one from sessions where user_id = $1 and address = $2 and last_seen_at >= $3 limit 1";
    let values = vec![key(person).into(), address.into(), since.millis().into()];
    Ok(db::one(db, sql, values).await?.is_some())
}

/// Moves a session from the given generation to the next. Of two callers one gets
/// [`Error::Stale`].
pub async fn rotate(
    tx: &Tx,
    session: SessionId,
    from: u64,
    at: Timestamp,
    expires_at: Timestamp,
    address: &str,
) -> Result<(), Error> {
    let sql = "update sessions
        set generation = generation + 1, rotated_at = $1, last_seen_at = $1, expires_at = $2, address = $3
        where id = $4 and generation = $5 and revoked_at is null";
    let values = vec![
        at.millis().into(),
        expires_at.millis().into(),
        address.into(),
        key(session).into(),
        generation(from)?.into(),
    ];
    match db::execute(tx, sql, values).await? {
        0 => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// A person's sessions that still live, newest first, with `current` set for the one given.
pub async fn list(
    db: &impl Db,
    person: UserId,
    current: SessionId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(key(person)))
        .filter(sessions::Column::RevokedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now.millis()))
        .order_by_desc(sessions::Column::Id)
        .all(&db.executor())
        .await?;
    let show = |row: sessions::Model| {
        let session: SessionId = id(row.id);
        Session {
            id: session,
            user_agent: row.user_agent,
            address: row.address,
            created_at: time(row.created_at),
            last_seen_at: time(row.last_seen_at),
            expires_at: time(row.expires_at),
            current: session == current,
        }
    };
    Ok(rows.into_iter().map(show).collect())
}

/// Revokes one session of a person; false when there is none that lives.
pub async fn revoke(tx: &Tx, person: UserId, session: SessionId, at: Timestamp) -> Result<bool, Error> {
    let sql = "update sessions set revoked_at = $1 where id = $2 and user_id = $3 and revoked_at is null";
    Ok(db::execute(tx, sql, vec![at.millis().into(), key(session).into(), key(person).into()]).await? > 0)
}

/// Revokes all sessions of a person but one, and says which.
pub async fn revoke_all(
    tx: &Tx,
    person: UserId,
    except: Option<SessionId>,
    at: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    let mut query = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(key(person)))
        .filter(sessions::Column::RevokedAt.is_null());
    if let Some(kept) = except {
        query = query.filter(sessions::Column::Id.ne(key(kept)));
    }
    let mut ended = Vec::new();
    for row in query.all(&tx.executor()).await? {
        if revoke(tx, person, id(row.id), at).await? {
            ended.push(id(row.id));
        }
    }
    Ok(ended)
}
