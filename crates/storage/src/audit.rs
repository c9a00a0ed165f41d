//! The audit log: rows are added and read, never changed or removed.

use domain::audit::{AuditFilter, AuditRow};
use domain::ids::{Id as _, WorkspaceId};
use domain::paging::{List, Page, PageRequest};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QueryResult,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::db::private::Sealed as _;
use crate::entity::audit;
use crate::row::{column, from_json, id, key, key_value, time, to_json};
use crate::{Db, Error, Tx, db};

/// How many rows [`latest_for_target`] gives at most.
const LATEST: u32 = 100;

fn read(row: audit::Model) -> Result<AuditRow, Error> {
    Ok(AuditRow {
        id: id(row.id),
        at: time(row.at),
        actor_kind: row.actor_kind,
        actor: row.actor,
        action: row.action,
        target: row.target,
        target_name: row.target_name,
        detail: from_json("audit detail", &row.detail)?,
        address: row.address,
        request_id: row.request_id,
    })
}

/// Adds a row.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, row: &AuditRow) -> Result<(), Error> {
    let model = audit::ActiveModel {
        id: Set(key(row.id)),
        workspace_id: Set(key(workspace)),
        at: Set(row.at.millis()),
        actor_kind: Set(row.actor_kind.clone()),
        actor: Set(row.actor.clone()),
        action: Set(row.action.clone()),
        target: Set(row.target.clone()),
        target_name: Set(row.target_name.clone()),
        detail: Set(to_json(&row.detail)?),
        address: Set(row.address.clone()),
        request_id: Set(row.request_id.clone()),
    };
    audit::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// Rows newest first, one page at a time.
pub async fn list(
    db: &impl Db,
    workspace: WorkspaceId,
    filter: &AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditRow>, Error> {
    let mut query = audit::Entity::find().filter(audit::Column::WorkspaceId.eq(key(workspace)));
    if let Some(action) = &filter.action {
        query = query.filter(audit::Column::Action.eq(action));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit::Column::Actor.eq(actor));
    }
    if let Some(target) = &filter.target {
        query = query.filter(audit::Column::Target.eq(target));
    }
    if let Some(after) = page.after {
        query = query.filter(audit::Column::Id.lt(Uuid::from_bytes(after)));
    }
    let rows =
        query.order_by_desc(audit::Column::Id).limit(u64::from(page.limit) + 1).all(&db.executor()).await?;
    let mut items = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > wanted;
    items.truncate(wanted);
    let next_cursor = items.last().filter(|_| more).map(|row| List::Audit.cursor(row.id.bytes()));
    Ok(Page { items, next_cursor })
}

/// The latest rows of one target whose detail names a `revision` after the given one, newest first.
pub async fn latest_for_target(
    db: &impl Db,
    workspace: WorkspaceId,
    target: &str,
    after_revision: u64,
) -> Result<Vec<AuditRow>, Error> {
    let revision = if db::is_postgres(db) {
        "(detail::jsonb ->> 'revision')::bigint"
    } else {
        "json_extract(detail, '$.revision')"
    };
    let sql = format!(
        "select id, at, actor_kind, actor, action, target, target_name, detail, address, request_id from audit \
         where workspace_id = $1 and target = $2 and {revision} > $3 order by id desc limit {LATEST}"
    );
    let after = i64::try_from(after_revision).unwrap_or(i64::MAX);
    let rows = db::all(db, &sql, vec![key_value(workspace), target.into(), after.into()]).await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &QueryResult) -> Result<AuditRow, Error> {
    Ok(AuditRow {
        id: id(column::<Uuid>(row, "id")?),
        at: time(column(row, "at")?),
        actor_kind: column(row, "actor_kind")?,
        actor: column(row, "actor")?,
        action: column(row, "action")?,
        target: column(row, "target")?,
        target_name: column(row, "target_name")?,
        detail: from_json("audit detail", &column::<String>(row, "detail")?)?,
        address: column(row, "address")?,
        request_id: column(row, "request_id")?,
    })
}
