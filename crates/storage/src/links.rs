//! Links that work once: setup, invitation, password reset. Only a hash of the token is stored.

use domain::Timestamp;
use domain::accounts::LinkKind;
use domain::ids::{LinkId, UserId, WorkspaceId};
use domain::workspaces::{Invitation, Role};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::db::private::Sealed as _;
use crate::entity::links;
use crate::row::{id, key, time, word};
use crate::{Db, Error, Tx, db};

/// A link as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Identifier.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// The workspace to join.
    pub workspace: Option<WorkspaceId>,
    /// The person whose password is set.
    pub user: Option<UserId>,
    /// The address invited.
    pub email: Option<String>,
    /// The role an invited person gets.
    pub role: Option<Role>,
    /// Whether an invited person may see inputs and outputs.
    pub sees_payloads: bool,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Follows the role of an invitation whose maker may not see inputs and outputs.
const WITHOUT_PAYLOADS: &str = " without payloads";

fn read(row: links::Model) -> Result<Link, Error> {
    let role = row.role.as_deref();
    let bare = role.map(|text| text.strip_suffix(WITHOUT_PAYLOADS).unwrap_or(text));
    Ok(Link {
        id: id(row.id),
        kind: word("link kind", &row.kind)?,
        workspace: row.workspace_id.map(id),
        user: row.user_id.map(id),
        role: bare.map(|text| word("role", text)).transpose()?,
        sees_payloads: role == bare,
        email: row.email,
        created_by: row.created_by,
        created_at: time(row.created_at),
        expires_at: time(row.expires_at),
        used_at: row.used_at.map(time),
    })
}

/// Stores a link with the hash of its token.
pub async fn insert(tx: &Tx, link: &Link, token_hash: &[u8]) -> Result<(), Error> {
    let suffix = if link.sees_payloads { "" } else { WITHOUT_PAYLOADS };
    let model = links::ActiveModel {
        id: Set(key(link.id)),
        kind: Set(link.kind.word().to_owned()),
        token_hash: Set(token_hash.to_vec()),
        workspace_id: Set(link.workspace.map(key)),
        user_id: Set(link.user.map(key)),
        email: Set(link.email.clone()),
        role: Set(link.role.map(|role| format!("{role}{suffix}"))),
        created_by: Set(link.created_by.clone()),
        created_at: Set(link.created_at.millis()),
        expires_at: Set(link.expires_at.millis()),
        used_at: Set(link.used_at.map(Timestamp::millis)),
    };
    links::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// The link whose token has the hash. A token belongs to whoever holds it, so this asks for no
/// workspace.
pub async fn find(db: &impl Db, token_hash: &[u8]) -> Result<Option<Link>, Error> {
    let row = links::Entity::find()
        .filter(links::Column::TokenHash.eq(token_hash.to_vec()))
        .one(&db.executor())
        .await?;
    row.map(read).transpose()
}

/// Marks a link as used, unless it was used before: of two callers one gets [`Error::Stale`].
pub async fn consume(tx: &Tx, link: LinkId, at: Timestamp) -> Result<(), Error> {
    let sql = "update links set used_at = $1 where id = $2 and used_at is null";
    match db::execute(tx, sql, vec![at.millis().into(), key(link).into()]).await? {
        0 => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// Removes setup links that were not used.
pub async fn remove_setup(tx: &Tx) -> Result<(), Error> {
    db::execute(tx, "delete from links where kind = 'setup' and used_at is null", Vec::new()).await?;
    Ok(())
}

/// Removes a person's reset links that were not used.
pub async fn remove_resets(tx: &Tx, user: UserId) -> Result<(), Error> {
    let sql = "delete from links where kind = 'reset' and used_at is null and user_id = $1";
    db::execute(tx, sql, vec![key(user).into()]).await?;
    Ok(())
}

/// Removes a workspace's invitations of one address that were not used.
pub async fn remove_invitations_of(tx: &Tx, workspace: WorkspaceId, email: &str) -> Result<(), Error> {
    let sql = "delete from links where kind = 'invitation' and used_at is null and workspace_id = $1 and email = $2";
    db::execute(tx, sql, vec![key(workspace).into(), email.into()]).await?;
    Ok(())
}

/// Removes an invitation that was not used; false when there is none.
pub async fn remove_invitation(tx: &Tx, workspace: WorkspaceId, link: LinkId) -> Result<bool, Error> {
    let sql =
        "delete from links where kind = 'invitation' and used_at is null and workspace_id = $1 and id = $2";
    Ok(db::execute(tx, sql, vec![key(workspace).into(), key(link).into()]).await? > 0)
}

/// A workspace's invitations that still work, newest first.
pub async fn invitations(
    db: &impl Db,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Vec<Invitation>, Error> {
    let rows = links::Entity::find()
        .filter(links::Column::WorkspaceId.eq(key(workspace)))
        .filter(links::Column::Kind.eq(LinkKind::Invitation.word()))
        .filter(links::Column::UsedAt.is_null())
        .filter(links::Column::ExpiresAt.gt(now.millis()))
        .order_by_desc(links::Column::Id)
        .all(&db.executor())
        .await?;
    rows.into_iter()
        .map(|row| {
            let link = read(row)?;
            Ok(Invitation {
                id: link.id,
                email: link.email.ok_or(Error::corrupt("invitation's address"))?,
                role: link.role.ok_or(Error::corrupt("invitation's role"))?,
                expires_at: link.expires_at,
            })
        })
        .collect()
}
