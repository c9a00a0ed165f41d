//! Tools and their immutable versions.

use domain::Timestamp;
use domain::ids::{ToolId, WorkspaceId};
use domain::paging::PageRequest;
use domain::tools::{Tool, ToolConfig, ToolRow, ToolUser, ToolVersion, ToolVersionRow};
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::row::{column, count, from_json, id, key_value, time, to_json};
use crate::{Db, Error, Tx, db};

/// A change of a tool, which becomes its next version.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// The definition.
    pub config: &'a ToolConfig,
    /// What changed, as its author says.
    pub note: &'a str,
    /// By whom.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

const COLUMNS: &str = "id, config, latest_version, created_at, updated_at, updated_by, archived_at";

fn read(row: &QueryResult) -> Result<Tool, Error> {
    Ok(Tool {
        id: id(column::<Uuid>(row, "id")?),
        config: from_json("tool", &column::<String>(row, "config")?)?,
        version: count("version", column(row, "latest_version")?)?,
        created_at: time(column(row, "created_at")?),
        updated_at: time(column(row, "updated_at")?),
        updated_by: column(row, "updated_by")?,
        archived_at: column::<Option<i64>>(row, "archived_at")?.map(time),
    })
}

/// The tool of the given id.
pub async fn get(db: &impl Db, workspace: WorkspaceId, tool: ToolId) -> Result<Option<Tool>, Error> {
    let sql = format!("select {COLUMNS} from tools where workspace_id = $1 and id = $2");
    db::one(db, &sql, vec![key_value(workspace), key_value(tool)]).await?.as_ref().map(read).transpose()
}

/// A page of tools, newest first, one row more than asked for when there is a next page.
pub async fn list(
    db: &impl Db,
    workspace: WorkspaceId,
    archived: bool,
    page: PageRequest,
) -> Result<Vec<ToolRow>, Error> {
    let mut values: Vec<Value> = vec![key_value(workspace)];
    let after = page.after.map_or("", |after| {
        values.push(Uuid::from_bytes(after).into());
        "and id < $2"
    });
    let which = if archived { "is not null" } else { "is null" };
    let sql = format!(
        "select {COLUMNS} from tools where workspace_id = $1 and archived_at {which} {after} order by id desc limit {}",
        page.limit + 1
    );
    let rows = db::all(db, &sql, values).await?;
    rows.iter()
        .map(|row| {
            let tool = read(row)?;
            Ok(ToolRow {
                id: tool.id,
                kind: tool.config.action.kind().to_owned(),
                state: tool.config.state.word().to_owned(),
                name: tool.config.name,
                description: tool.config.description,
                tags: tool.config.tags,
                version: tool.version,
                updated_at: tool.updated_at,
                archived_at: tool.archived_at,
            })
        })
        .collect()
}

/// Stores a new tool with its first version; [`Error::Duplicate`] when the name is taken.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, tool: ToolId, edit: Edit<'_>) -> Result<(), Error> {
    let sql = "insert into tools (id, workspace_id, name, kind, config, revision, latest_version, created_at, \
         updated_at, updated_by) values ($1, $2, $3, $4, $5, 1, 1, $6, $6, $7)";
    let values = vec![
        key_value(tool),
        key_value(workspace),
        edit.config.name.as_str().into(),
        edit.config.action.kind().into(),
        to_json(edit.config)?.into(),
        edit.at.millis().into(),
        edit.by.into(),
    ];
    db::execute(tx, sql, values).await?;
    add_version(tx, workspace, tool, 1, edit).await
}

/// Stores the next version of a tool; [`Error::Stale`] when its newest is not `based_on`, or it is archived.
pub async fn update(
    tx: &Tx,
    workspace: WorkspaceId,
    tool: ToolId,
    based_on: u32,
    edit: Edit<'_>,
) -> Result<(), Error> {
    let sql = "update tools set name = $1, kind = $2, config = $3, revision = revision + 1, \
         latest_version = latest_version + 1, updated_at = $4, updated_by = $5 \
         where workspace_id = $6 and id = $7 and latest_version = $8 and archived_at is null";
    let values = vec![
        edit.config.name.as_str().into(),
        edit.config.action.kind().into(),
        to_json(edit.config)?.into(),
        edit.at.millis().into(),
        edit.by.into(),
        key_value(workspace),
        key_value(tool),
        small(based_on).into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Err(Error::Stale);
    }
    add_version(tx, workspace, tool, based_on + 1, edit).await
}

async fn add_version(
    tx: &Tx,
    workspace: WorkspaceId,
    tool: ToolId,
    number: u32,
    edit: Edit<'_>,
) -> Result<(), Error> {
    let sql = "insert into tool_versions (tool_id, number, workspace_id, config, note, created_by, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        key_value(tool),
        small(number).into(),
        key_value(workspace),
        to_json(edit.config)?.into(),
        edit.note.into(),
        edit.by.into(),
        edit.at.millis().into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Takes a tool out of use; its versions stay. False when it already was.
pub async fn archive(tx: &Tx, workspace: WorkspaceId, tool: ToolId, at: Timestamp) -> Result<bool, Error> {
    let sql = "update tools set archived_at = $1 where workspace_id = $2 and id = $3 and archived_at is null";
    Ok(db::execute(tx, sql, vec![at.millis().into(), key_value(workspace), key_value(tool)]).await? == 1)
}

/// Versions, newest first, at most 500.
pub async fn versions(
    db: &impl Db,
    workspace: WorkspaceId,
    tool: ToolId,
) -> Result<Vec<ToolVersionRow>, Error> {
    let sql = "select number, note, created_by, created_at from tool_versions \
         where workspace_id = $1 and tool_id = $2 order by number desc limit 500";
    let rows = db::all(db, sql, vec![key_value(workspace), key_value(tool)]).await?;
    rows.iter().map(read_version_row).collect()
}

fn read_version_row(row: &QueryResult) -> Result<ToolVersionRow, Error> {
    Ok(ToolVersionRow {
        number: count("version", column(row, "number")?)?,
        note: column(row, "note")?,
        created_by: column(row, "created_by")?,
        created_at: time(column(row, "created_at")?),
    })
}

/// One version.
pub async fn version(
    db: &impl Db,
    workspace: WorkspaceId,
    tool: ToolId,
    number: u32,
) -> Result<Option<ToolVersion>, Error> {
    let sql = "select number, note, created_by, created_at, config from tool_versions \
         where workspace_id = $1 and tool_id = $2 and number = $3";
    let row = db::one(db, sql, vec![key_value(workspace), key_value(tool), small(number).into()]).await?;
    row.map(|row| {
        let config = from_json("tool version", &column::<String>(&row, "config")?)?;
        Ok(ToolVersion { row: read_version_row(&row)?, config })
    })
    .transpose()
}

/// Agents in use whose draft or published version has the tool, by title, at most 200.
pub async fn users(db: &impl Db, workspace: WorkspaceId, tool: ToolId) -> Result<Vec<ToolUser>, Error> {
    let sql = "select a.id, a.slug, a.title from agents a left join agent_versions v on v.agent_id = a.id \
         and v.number = a.published_version and v.workspace_id = a.workspace_id \
         where a.workspace_id = $1 and a.archived_at is null and (a.config like $2 or v.config like $2) \
         order by a.title, a.id limit 200";
    // The underscore of the identifier stands for any one character, which does no harm here.
    let marked = format!("%\"{tool}\"%");
    let rows = db::all(db, sql, vec![key_value(workspace), marked.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(ToolUser {
                agent: id(column::<Uuid>(row, "id")?),
                slug: column(row, "slug")?,
                title: column(row, "title")?,
            })
        })
        .collect()
}

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
