//! Workspaces and who belongs to them.

use domain::Timestamp;
use domain::ids::{UserId, WorkspaceId};
use domain::workspaces::{Member, Membership, Role, Workspace};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::db::private::Sealed as _;
use crate::entity::{members, workspaces};
use crate::row::{column, id, key, time, word};
use crate::{Db, Error, Tx, db};

fn read(row: workspaces::Model) -> Workspace {
    Workspace { id: id(row.id), slug: row.slug, name: row.name, created_at: time(row.created_at) }
}

/// Adds a workspace; [`Error::Duplicate`] when the slug is taken.
pub async fn insert(tx: &Tx, workspace: &Workspace) -> Result<(), Error> {
    let model = workspaces::ActiveModel {
        id: Set(key(workspace.id)),
        slug: Set(workspace.slug.clone()),
        name: Set(workspace.name.clone()),
        created_at: Set(workspace.created_at.millis()),
    };
    workspaces::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// One workspace.
pub async fn get(db: &impl Db, workspace: WorkspaceId) -> Result<Option<Workspace>, Error> {
    Ok(workspaces::Entity::find_by_id(key(workspace)).one(&db.executor()).await?.map(read))
}

/// One workspace by the part of its pages' addresses.
pub async fn by_slug(db: &impl Db, slug: &str) -> Result<Option<Workspace>, Error> {
    let row =
        workspaces::Entity::find().filter(workspaces::Column::Slug.eq(slug)).one(&db.executor()).await?;
    Ok(row.map(read))
}

/// All workspaces of the installation, oldest first, for its command line.
pub async fn all(db: &impl Db) -> Result<Vec<Workspace>, Error> {
    let rows = workspaces::Entity::find().order_by_asc(workspaces::Column::Id).all(&db.executor()).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// Waits until no other transaction changes the members of a workspace, and keeps others out.
/// SQLite needs nothing: its transactions that write follow one another anyway.
pub async fn lock(tx: &Tx, workspace: WorkspaceId) -> Result<(), Error> {
    if db::is_postgres(tx) {
        db::all(tx, "select id from workspaces where id = $1 for update", vec![key(workspace).into()])
            .await?;
    }
    Ok(())
}

/// Adds a member; [`Error::Duplicate`] when the person is one already.
pub async fn add_member(
    tx: &Tx,
    workspace: WorkspaceId,
    person: UserId,
    role: Role,
    sees_payloads: bool,
    at: Timestamp,
) -> Result<(), Error> {
    let model = members::ActiveModel {
        workspace_id: Set(key(workspace)),
        user_id: Set(key(person)),
        role: Set(role.word().to_owned()),
        sees_payloads: Set(sees_payloads),
        joined_at: Set(at.millis()),
    };
    members::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

const MEMBER: &str = "select users.id as id, users.email as email, users.name as name,
        members.role as role, members.sees_payloads as sees_payloads, members.joined_at as joined_at
    from members join users on users.id = members.user_id
    where members.workspace_id = $1";

fn read_member(row: &sea_orm::QueryResult) -> Result<Member, Error> {
    Ok(Member {
        user: id(column(row, "id")?),
        email: column(row, "email")?,
        name: column(row, "name")?,
        role: word("role", &column::<String>(row, "role")?)?,
        sees_payloads: column(row, "sees_payloads")?,
        joined_at: time(column(row, "joined_at")?),
    })
}

/// Members of a workspace by address.
pub async fn members(db: &impl Db, workspace: WorkspaceId) -> Result<Vec<Member>, Error> {
    let sql = format!("{MEMBER} order by users.email");
    db::all(db, &sql, vec![key(workspace).into()]).await?.iter().map(read_member).collect()
}

/// One member of a workspace.
pub async fn member(db: &impl Db, workspace: WorkspaceId, person: UserId) -> Result<Option<Member>, Error> {
    let sql = format!("{MEMBER} and members.user_id = $2");
    let row = db::one(db, &sql, vec![key(workspace).into(), key(person).into()]).await?;
    row.as_ref().map(read_member).transpose()
}

const MEMBERSHIP: &str = "select workspaces.id as id, workspaces.slug as slug, workspaces.name as name,
        workspaces.created_at as created_at, members.role as role, members.sees_payloads as sees_payloads
    from members join workspaces on workspaces.id = members.workspace_id
    where members.user_id = $1";

fn read_membership(row: &sea_orm::QueryResult) -> Result<Membership, Error> {
    Ok(Membership {
        workspace: Workspace {
            id: id(column(row, "id")?),
            slug: column(row, "slug")?,
            name: column(row, "name")?,
            created_at: time(column(row, "created_at")?),
        },
        role: word("role", &column::<String>(row, "role")?)?,
        sees_payloads: column(row, "sees_payloads")?,
    })
}

/// The workspaces a person belongs to, by name.
pub async fn memberships(db: &impl Db, person: UserId) -> Result<Vec<Membership>, Error> {
    let sql = format!("{MEMBERSHIP} order by workspaces.name, workspaces.id");
    db::all(db, &sql, vec![key(person).into()]).await?.iter().map(read_membership).collect()
}

/// A person's membership of the workspace with the given slug.
pub async fn membership(db: &impl Db, person: UserId, slug: &str) -> Result<Option<Membership>, Error> {
    let sql = format!("{MEMBERSHIP} and workspaces.slug = $2");
    let row = db::one(db, &sql, vec![key(person).into(), slug.into()]).await?;
    row.as_ref().map(read_membership).transpose()
}

/// How many owners a workspace has.
pub async fn owners(db: &impl Db, workspace: WorkspaceId) -> Result<usize, Error> {
    let sql = "select user_id from members where workspace_id = $1 and role = 'owner'";
    Ok(db::all(db, sql, vec![key(workspace).into()]).await?.len())
}

/// Sets a member's role; false when there is no such member.
pub async fn set_role(tx: &Tx, workspace: WorkspaceId, person: UserId, role: Role) -> Result<bool, Error> {
    let sql = "update members set role = $1 where workspace_id = $2 and user_id = $3";
    let values = vec![role.word().into(), key(workspace).into(), key(person).into()];
    Ok(db::execute(tx, sql, values).await? > 0)
}

/// Sets whether a member may see inputs and outputs; false when there is no such member.
pub async fn set_payload_right(
    tx: &Tx,
    workspace: WorkspaceId,
    person: UserId,
    sees_payloads: bool,
) -> Result<bool, Error> {
    let sql = "update members set sees_payloads = $1 where workspace_id = $2 and user_id = $3";
    let values = vec![sees_payloads.into(), key(workspace).into(), key(person).into()];
    Ok(db::execute(tx, sql, values).await? > 0)
}

/// Ends a membership; false when there is none.
pub async fn remove_member(tx: &Tx, workspace: WorkspaceId, person: UserId) -> Result<bool, Error> {
    let sql = "delete from members where workspace_id = $1 and user_id = $2";
    Ok(db::execute(tx, sql, vec![key(workspace).into(), key(person).into()]).await? > 0)
}
