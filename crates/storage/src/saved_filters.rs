//! Filters kept under a name: of one person, or shared by a workspace.

use domain::Timestamp;
use domain::executions::FilterDraft;
use domain::ids::{SavedFilterId, UserId, WorkspaceId};
use domain::saved_filters::SavedFilter;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::row::{big, column, from_json, id, key, key_value, time, to_json};
use crate::{Db, Error, Tx, db};

/// A filter to store.
#[derive(Debug)]
pub struct NewFilter<'a> {
    /// Identifier.
    pub id: SavedFilterId,
    /// Whose; nobody's when the workspace shares it.
    pub owner: Option<UserId>,
    /// Its name.
    pub name: &'a str,
    /// What it leaves in.
    pub filter: &'a FilterDraft,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: &'a str,
}

const COLUMNS: &str = "id, user_id, name, filter, created_at, created_by";

fn read(row: &QueryResult) -> Result<SavedFilter, Error> {
    Ok(SavedFilter {
        id: id(column::<Uuid>(row, "id")?),
        shared: column::<Option<Uuid>>(row, "user_id")?.is_none(),
        name: column(row, "name")?,
        filter: from_json("filter", &column::<String>(row, "filter")?)?,
        created_at: time(column(row, "created_at")?),
        created_by: column(row, "created_by")?,
    })
}

/// Those that a workspace shares, then those of a person, each in the order they were saved.
pub async fn list(
    db: &impl Db,
    workspace: WorkspaceId,
    person: Option<UserId>,
) -> Result<Vec<SavedFilter>, Error> {
    let sql = format!(
        "select {COLUMNS} from saved_filters where workspace_id = $1 and (user_id is null or user_id = $2) \
         order by case when user_id is null then 0 else 1 end, id limit 200"
    );
    let person: Value = person.map(key).into();
    db::all(db, &sql, vec![key_value(workspace), person]).await?.iter().map(read).collect()
}

/// How many one person has, or a workspace shares.
pub async fn count(db: &impl Db, workspace: WorkspaceId, owner: Option<UserId>) -> Result<u64, Error> {
    let mut values = vec![key_value(workspace)];
    let whose = owner.map_or("is null", |owner| {
        values.push(key_value(owner));
        "= $2"
    });
    let sql = format!("select count(*) as n from saved_filters where workspace_id = $1 and user_id {whose}");
    let row = db::one(db, &sql, values).await?;
    row.map_or(Ok(0), |row| big("count", column(&row, "n")?))
}

/// Stores a filter.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, new: &NewFilter<'_>) -> Result<(), Error> {
    let sql = "insert into saved_filters (id, workspace_id, user_id, name, filter, created_at, created_by) \
         values ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        key_value(new.id),
        key_value(workspace),
        new.owner.map(key).into(),
        new.name.into(),
        to_json(new.filter)?.into(),
        new.at.millis().into(),
        new.by.into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Removes a filter that the person may see; false when there is none.
pub async fn remove(
    tx: &Tx,
    workspace: WorkspaceId,
    filter: SavedFilterId,
    person: Option<UserId>,
) -> Result<bool, Error> {
    let sql =
        "delete from saved_filters where workspace_id = $1 and id = $2 and (user_id is null or user_id = $3)";
    let person: Value = person.map(key).into();
    Ok(db::execute(tx, sql, vec![key_value(workspace), key_value(filter), person]).await? == 1)
}
