//! Agents, their immutable versions, and the copies kept at Toolhouse.

use domain::Timestamp;
use domain::agents::{Agent, AgentConfig, AgentRow, AgentVersion, AgentVersionRow, RunnableAgent};
use domain::executions::Status;
use domain::ids::{AgentId, WorkspaceId};
use domain::paging::PageRequest;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryResult, Value};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::db::{self, private::Sealed as _};
use crate::entity::{agent_versions, agents};
use crate::row::{big, column, count, from_json, id, key, key_value, time, to_json, word};
use crate::{Db, Error, Tx};

/// An agent with what only the server needs.
#[derive(Debug, Clone)]
pub struct StoredAgent {
    /// The agent.
    pub agent: Agent,
    /// The highest version number given out.
    pub latest_version: u32,
    /// Keys of an imported th file that do not map to fields of ours.
    pub imported: Map<String, Json>,
}

/// A new agent.
#[derive(Debug)]
pub struct NewAgent<'a> {
    /// Identifier.
    pub id: AgentId,
    /// Part of page addresses.
    pub slug: &'a str,
    /// The first draft.
    pub config: &'a AgentConfig,
    /// Keys of an imported th file that do not map.
    pub imported: &'a Map<String, Json>,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: &'a str,
}

const COLUMNS: &str = "a.id, a.slug, a.title, a.config, a.imported, a.revision, a.published_version, a.latest_version, \
     a.created_at, a.updated_at, a.updated_by, a.archived_at, \
     (v.config is not null and v.config <> a.config) as draft_changed";
const FROM: &str = "from agents a left join agent_versions v on v.agent_id = a.id and v.number = a.published_version \
     and v.workspace_id = a.workspace_id";

fn read(row: &QueryResult) -> Result<StoredAgent, Error> {
    let imported: Option<String> = column(row, "imported")?;
    let config: String = column(row, "config")?;
    Ok(StoredAgent {
        latest_version: count("version", column(row, "latest_version")?)?,
        imported: imported
            .as_deref()
            .map_or_else(|| Ok(Map::new()), |text| from_json("imported keys", text))?,
        agent: Agent {
            id: id(column::<Uuid>(row, "id")?),
            slug: column(row, "slug")?,
            config: from_json("agent", &config)?,
            revision: big("revision", column(row, "revision")?)?,
            published_version: column::<Option<i32>>(row, "published_version")?
                .map(|number| count("version", number))
                .transpose()?,
            draft_changed: column(row, "draft_changed")?,
            created_at: time(column(row, "created_at")?),
            updated_at: time(column(row, "updated_at")?),
            updated_by: column(row, "updated_by")?,
            archived_at: column::<Option<i64>>(row, "archived_at")?.map(time),
        },
    })
}

/// The agent of the given id.
pub async fn get(db: &impl Db, workspace: WorkspaceId, agent: AgentId) -> Result<Option<StoredAgent>, Error> {
    let sql = format!("select {COLUMNS} {FROM} where a.workspace_id = $1 and a.id = $2");
    db::one(db, &sql, vec![key_value(workspace), key_value(agent)]).await?.as_ref().map(read).transpose()
}

/// The agent of the given slug.
pub async fn by_slug(db: &impl Db, workspace: WorkspaceId, slug: &str) -> Result<Option<StoredAgent>, Error> {
    let sql = format!("select {COLUMNS} {FROM} where a.workspace_id = $1 and a.slug = $2");
    db::one(db, &sql, vec![key_value(workspace), slug.into()]).await?.as_ref().map(read).transpose()
}

/// A page of agents, newest first, one row more than asked for when there is a next page.
pub async fn list(
    db: &impl Db,
    workspace: WorkspaceId,
    archived: bool,
    page: PageRequest,
) -> Result<Vec<AgentRow>, Error> {
    let join = if db::is_postgres(db) { "string_agg(s.status, ',')" } else { "group_concat(s.status)" };
    let mut values: Vec<Value> = vec![key_value(workspace)];
    let after = page.after.map_or(String::new(), |after| {
        values.push(Uuid::from_bytes(after).into());
        "and a.id < $2".to_owned()
    });
    let which = if archived { "is not null" } else { "is null" };
    let sql = format!(
        "select {COLUMNS}, (select {join} from (select e.status as status from executions e \
         where e.workspace_id = a.workspace_id and e.agent_id = a.id order by e.id desc limit 23) s) as recent \
         {FROM} where a.workspace_id = $1 and a.archived_at {which} {after} order by a.id desc limit {}",
        page.limit + 1
    );
    db::all(db, &sql, values).await?.iter().map(read_row).collect()
}

fn read_row(row: &QueryResult) -> Result<AgentRow, Error> {
    let stored = read(row)?;
    let recent: Option<String> = column(row, "recent")?;
    let mut recent: Vec<Status> = recent
        .iter()
        .flat_map(|text| text.split(','))
        .map(|text| word("status", text))
        .collect::<Result<_, _>>()?;
    recent.reverse();
    let agent = stored.agent;
    Ok(AgentRow {
        id: agent.id,
        slug: agent.slug,
        title: agent.config.title,
        description: agent.config.description,
        runtime: agent.config.runtime.word().to_owned(),
        model: agent.config.model,
        published_version: agent.published_version,
        draft_changed: agent.draft_changed,
        updated_at: agent.updated_at,
        archived_at: agent.archived_at,
        recent,
    })
}

/// Agents in use with a published version, by title, at most 200.
pub async fn runnable(db: &impl Db, workspace: WorkspaceId) -> Result<Vec<RunnableAgent>, Error> {
    let sql = "select a.id, a.slug, v.config from agents a join agent_versions v on v.agent_id = a.id \
         and v.number = a.published_version and v.workspace_id = a.workspace_id \
         where a.workspace_id = $1 and a.archived_at is null order by a.title, a.id limit 200";
    let rows = db::all(db, sql, vec![key_value(workspace)]).await?;
    rows.iter()
        .map(|row| {
            let config: AgentConfig = from_json("agent", &column::<String>(row, "config")?)?;
            Ok(RunnableAgent {
                id: id(column::<Uuid>(row, "id")?),
                slug: column(row, "slug")?,
                title: config.title,
                message: config.message,
                variables: config.variables,
            })
        })
        .collect()
}

/// How many agents are not archived.
pub async fn count_live(db: &impl Db, workspace: WorkspaceId) -> Result<u64, Error> {
    let sql = "select count(*) as n from agents where workspace_id = $1 and archived_at is null";
    let row = db::one(db, sql, vec![key_value(workspace)]).await?;
    row.map_or(Ok(0), |row| big("count", column(&row, "n")?))
}

/// Stores a new agent; [`Error::Duplicate`] when the slug is taken.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, agent: &NewAgent<'_>) -> Result<(), Error> {
    let imported = if agent.imported.is_empty() { None } else { Some(to_json(agent.imported)?) };
    agents::Entity::insert(agents::ActiveModel {
        id: Set(key(agent.id)),
        workspace_id: Set(key(workspace)),
        slug: Set(agent.slug.to_owned()),
        title: Set(agent.config.title.clone()),
        config: Set(to_json(agent.config)?),
        imported: Set(imported),
        revision: Set(1),
        published_version: Set(None),
        latest_version: Set(0),
        created_at: Set(agent.at.millis()),
        updated_at: Set(agent.at.millis()),
        updated_by: Set(agent.by.to_owned()),
        archived_at: Set(None),
    })
    .exec_without_returning(&tx.executor())
    .await?;
    Ok(())
}

/// Whether a slug is taken in the workspace.
pub async fn slug_taken(db: &impl Db, workspace: WorkspaceId, slug: &str) -> Result<bool, Error> {
    let sql = "select 1 as n from agents where workspace_id = $1 and slug = $2";
    Ok(db::one(db, sql, vec![key_value(workspace), slug.into()]).await?.is_some())
}

/// Who changes what, when.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// The revision the change is based on.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: &'a str,
}

/// Replaces the draft, and the slug where one is given, if it still has the expected revision; [`Error::Stale`]
/// otherwise.
pub async fn update_draft(
    tx: &Tx,
    workspace: WorkspaceId,
    agent: AgentId,
    config: &AgentConfig,
    slug: Option<String>,
    edit: Edit<'_>,
) -> Result<(), Error> {
    let changed = db::execute(
        tx,
        "update agents set title = $1, config = $2, revision = revision + 1, updated_at = $3, updated_by = $4, \
         slug = coalesce($8, slug) where workspace_id = $5 and id = $6 and revision = $7 and archived_at is null",
        vec![
            config.title.clone().into(),
            to_json(config)?.into(),
            edit.at.millis().into(),
            edit.by.into(),
            key_value(workspace),
            key_value(agent),
            i64::try_from(edit.revision).unwrap_or(i64::MAX).into(),
            slug.into(),
        ],
    )
    .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Stores the draft as the next version and makes it the published one, if the draft still has the
/// expected revision; [`Error::Stale`] otherwise. Gives the version's number.
pub async fn publish(
    tx: &Tx,
    workspace: WorkspaceId,
    agent: AgentId,
    config: &AgentConfig,
    note: &str,
    edit: Edit<'_>,
) -> Result<u32, Error> {
    let row = db::one(
        tx,
        "update agents set latest_version = latest_version + 1, published_version = latest_version + 1 \
         where workspace_id = $1 and id = $2 and revision = $3 and archived_at is null returning latest_version",
        vec![
            key_value(workspace),
            key_value(agent),
            i64::try_from(edit.revision).unwrap_or(i64::MAX).into(),
        ],
    )
    .await?
    .ok_or(Error::Stale)?;
    let number: i32 = column(&row, "latest_version")?;
    agent_versions::Entity::insert(agent_versions::ActiveModel {
        agent_id: Set(key(agent)),
        number: Set(number),
        workspace_id: Set(key(workspace)),
        config: Set(to_json(config)?),
        note: Set(note.to_owned()),
        created_by: Set(edit.by.to_owned()),
        created_at: Set(edit.at.millis()),
    })
    .exec_without_returning(&tx.executor())
    .await?;
    count("version", number)
}

/// Takes an agent out of use; its executions and versions stay. False when it already was.
pub async fn archive(tx: &Tx, workspace: WorkspaceId, agent: AgentId, at: Timestamp) -> Result<bool, Error> {
    let sql =
        "update agents set archived_at = $1 where workspace_id = $2 and id = $3 and archived_at is null";
    Ok(db::execute(tx, sql, vec![at.millis().into(), key_value(workspace), key_value(agent)]).await? == 1)
}

/// Versions, newest first.
pub async fn versions(
    db: &impl Db,
    workspace: WorkspaceId,
    agent: AgentId,
) -> Result<Vec<AgentVersionRow>, Error> {
    let sql = "select v.number, v.note, v.created_by, v.created_at, v.number = a.published_version as published \
         from agent_versions v join agents a on a.id = v.agent_id \
         where v.workspace_id = $1 and v.agent_id = $2 order by v.number desc limit 500";
    let rows = db::all(db, sql, vec![key_value(workspace), key_value(agent)]).await?;
    rows.iter().map(read_version_row).collect()
}

fn read_version_row(row: &QueryResult) -> Result<AgentVersionRow, Error> {
    Ok(AgentVersionRow {
        number: count("version", column(row, "number")?)?,
        note: column(row, "note")?,
        created_by: column(row, "created_by")?,
        created_at: time(column(row, "created_at")?),
        published: column::<Option<bool>>(row, "published")?.unwrap_or(false),
    })
}

/// One version.
pub async fn version(
    db: &impl Db,
    workspace: WorkspaceId,
    agent: AgentId,
    number: u32,
) -> Result<Option<AgentVersion>, Error> {
    let sql = "select v.number, v.note, v.created_by, v.created_at, v.config, v.number = a.published_version as published \
         from agent_versions v join agents a on a.id = v.agent_id \
         where v.workspace_id = $1 and v.agent_id = $2 and v.number = $3";
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    let row = db::one(db, sql, vec![key_value(workspace), key_value(agent), number.into()]).await?;
    row.map(|row| {
        let config: String = column(&row, "config")?;
        Ok(AgentVersion { row: read_version_row(&row)?, config: from_json("agent version", &config)? })
    })
    .transpose()
}

/// Whether a copy with this id was pushed over this connection; marks its use.
pub async fn use_copy(
    tx: &Tx,
    workspace: WorkspaceId,
    connection: &str,
    copy: [u8; 16],
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "update remote_agents set last_used_at = $1 where workspace_id = $2 and connection = $3 and remote_id = $4";
    let values =
        vec![at.millis().into(), key_value(workspace), connection.into(), Uuid::from_bytes(copy).into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Notes that a copy was pushed over this connection.
pub async fn add_copy(
    tx: &Tx,
    workspace: WorkspaceId,
    connection: &str,
    copy: [u8; 16],
    agent: AgentId,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "insert into remote_agents (workspace_id, connection, remote_id, agent_id, pushed_at, last_used_at) \
         values ($1, $2, $3, $4, $5, $5) \
         on conflict (workspace_id, connection, remote_id) do update set last_used_at = excluded.last_used_at";
    let values = vec![
        key_value(workspace),
        connection.into(),
        Uuid::from_bytes(copy).into(),
        key_value(agent),
        at.millis().into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// A copy at Toolhouse that may be removed.
#[derive(Debug, Clone, Copy)]
pub struct StaleCopy {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The agent it is a copy of.
    pub agent: AgentId,
    /// Its id at Toolhouse.
    pub copy: [u8; 16],
}

/// Copies that nothing used since `before`, of all workspaces, at most 50. For upkeep.
pub async fn stale_copies(db: &impl Db, before: Timestamp) -> Result<Vec<(StaleCopy, String)>, Error> {
    let sql = "select workspace_id, connection, remote_id, agent_id from remote_agents \
         where last_used_at < $1 order by last_used_at limit 50";
    let rows = db::all(db, sql, vec![before.millis().into()]).await?;
    rows.iter()
        .map(|row| {
            let copy = StaleCopy {
                workspace: id(column::<Uuid>(row, "workspace_id")?),
                agent: id(column::<Uuid>(row, "agent_id")?),
                copy: column::<Uuid>(row, "remote_id")?.into_bytes(),
            };
            Ok((copy, column(row, "connection")?))
        })
        .collect()
}

/// Forgets a copy after it was removed at Toolhouse.
pub async fn remove_copy(
    tx: &Tx,
    workspace: WorkspaceId,
    connection: &str,
    copy: [u8; 16],
) -> Result<(), Error> {
    let sql = "delete from remote_agents where workspace_id = $1 and connection = $2 and remote_id = $3";
    let values = vec![key_value(workspace), connection.into(), Uuid::from_bytes(copy).into()];
    db::execute(tx, sql, values).await.map(drop)
}
