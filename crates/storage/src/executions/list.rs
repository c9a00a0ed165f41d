//! The list of executions and the counts beside it.
//!
//! A filter by several states becomes one bounded query per state, merged by id: each of them walks
//! an index in the order of the list, so a page costs the same with a million rows.

use domain::Timestamp;
use domain::executions::{AgentRef, ExecutionFilter, ExecutionRow, Status};
use domain::ids::WorkspaceId;
use domain::paging::PageRequest;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::row::{big, column, count as count_of, id, key_value, time, word};
use crate::{Db, Error, db};

/// Columns of a row; the alias of `executions` is `e`, of `agents` is `a`.
pub(super) const COLUMNS: &str = "e.id, e.status, e.reason, e.message, e.title, e.version, e.trigger_kind, e.created_by, \
     e.priority, e.simulated, e.attempt, e.max_attempts, e.created_at, e.started_at, e.finished_at, e.not_before, \
     e.cancel_requested_at, e.rerun_of, e.cache, e.copied_from, a.id as agent_id, a.slug as agent_slug, a.title as agent_title";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &QueryResult) -> Result<ExecutionRow, Error> {
    let status: Status = word("status", &column::<String>(row, "status")?)?;
    let reason = column::<Option<String>>(row, "reason")?.map(|text| word("reason", &text)).transpose()?;
    let attempt = count_of("attempt", column(row, "attempt")?)?;
    let cache = column::<Option<String>>(row, "cache")?.map(|text| word("cache", &text)).transpose()?;
    Ok(ExecutionRow {
        id: id(column::<Uuid>(row, "id")?),
        status,
        reason,
        message: column(row, "message")?,
        title: Some(column(row, "title")?),
        agent: AgentRef {
            id: id(column::<Uuid>(row, "agent_id")?),
            slug: column(row, "agent_slug")?,
            title: column(row, "agent_title")?,
        },
        version: column::<Option<i32>>(row, "version")?
            .map(|number| count_of("version", number))
            .transpose()?,
        trigger: word("trigger", &column::<String>(row, "trigger_kind")?)?,
        created_by: column(row, "created_by")?,
        priority: column::<i32>(row, "priority")?.try_into().map_err(|_| Error::corrupt("priority"))?,
        simulated: column(row, "simulated")?,
        attempt,
        max_attempts: count_of("attempts", column(row, "max_attempts")?)?,
        created_at: time(column(row, "created_at")?),
        started_at: column::<Option<i64>>(row, "started_at")?.map(time),
        finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
        // Before the first attempt it only says since when it waits.
        not_before: column::<Option<i64>>(row, "not_before")?
            .filter(|_| status == Status::Queued && attempt > 0)
            .map(time),
        cancelling: column::<Option<i64>>(row, "cancel_requested_at")?.is_some() && !status.is_final(),
        rerun_of: column::<Option<Uuid>>(row, "rerun_of")?.map(id),
        cache,
        copied_from: column::<Option<Uuid>>(row, "copied_from")?.map(id),
    })
}

/// The least id of a moment.
pub(super) fn floor(at: Timestamp) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&at.millis().max(0).to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

/// Words as both text indexes understand them: each a prefix, all of them wanted.
fn text_query(text: &str, postgres: bool) -> Option<String> {
    let words: Vec<_> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(12)
        .map(|word| if postgres { format!("{word}:*") } else { format!("\"{word}\"*") })
        .collect();
    (!words.is_empty()).then(|| words.join(if postgres { " & " } else { " " }))
}

/// What rows must fulfil, with its values; `None` when nothing can. The first value is the workspace.
pub(super) fn conditions(
    db: &impl Db,
    workspace: WorkspaceId,
    filter: &ExecutionFilter,
    after: Option<[u8; 16]>,
) -> Option<(String, Vec<Value>)> {
    let mut values: Vec<Value> = vec![key_value(workspace)];
    let mut conditions = String::from("e.workspace_id = $1");
    if !filter.ids.is_empty() {
        values.extend(filter.ids.iter().map(|id| key_value(*id)));
        let places: Vec<_> = (2..=values.len()).map(|place| format!("${place}")).collect();
        conditions = format!("{conditions} and e.id in ({})", places.join(", "));
    }
    let mut also = |condition: &str, value: Value| {
        values.push(value);
        conditions.push_str(" and ");
        conditions.push_str(&condition.replace('?', &format!("${}", values.len())));
    };
    if let Some(after) = after {
        also("e.id < ?", Uuid::from_bytes(after).into());
    }
    if let Some(agent) = filter.agent {
        also("e.agent_id = ?", key_value(agent));
    }
    if let Some(from) = filter.from {
        also("e.id >= ?", floor(from).into());
    }
    if let Some(to) = filter.to {
        also("e.id < ?", floor(to).into());
    }
    if let Some(text) = &filter.text {
        let postgres = db::is_postgres(db);
        let query = text_query(text, postgres)?;
        if postgres {
            also("e.text_index @@ to_tsquery('simple', ?)", query.into());
        } else {
            also("e.seq in (select rowid from executions_text where executions_text match ?)", query.into());
        }
    }
    Some((conditions, values))
}

/// How many executions fit a filter, counted up to `most`.
pub async fn count(
    db: &impl Db,
    workspace: WorkspaceId,
    filter: &ExecutionFilter,
    most: u32,
) -> Result<u64, Error> {
    let Some((conditions, values)) = conditions(db, workspace, filter, None) else { return Ok(0) };
    let states: Vec<_> = filter.status.iter().map(|status| format!("'{status}'")).collect();
    let states =
        if states.is_empty() { String::new() } else { format!(" and e.status in ({})", states.join(", ")) };
    let sql = format!(
        "select count(*) as n from (select e.id from executions e where {conditions}{states} limit {most}) as counted"
    );
    let row = db::one(db, &sql, values).await?.ok_or(Error::corrupt("count"))?;
    big("count", column(&row, "n")?)
}

/// A page of executions, newest first, one row more than asked for when there is a next page.
pub async fn list(
    db: &impl Db,
    workspace: WorkspaceId,
    filter: &ExecutionFilter,
    page: PageRequest,
) -> Result<Vec<ExecutionRow>, Error> {
    let Some((conditions, values)) = conditions(db, workspace, filter, page.after) else {
        return Ok(Vec::new());
    };
    let limit = page.limit + 1;
    let select = |state: &str| {
        format!(
            "select {COLUMNS} from executions e join agents a on a.id = e.agent_id \
             where {conditions}{state} order by e.id desc limit {limit}"
        )
    };
    let sql = match filter.status.as_slice() {
        [] => select(""),
        [one] => select(&format!(" and e.status = '{one}'")),
        several => {
            let parts: Vec<_> = several
                .iter()
                .map(|status| {
                    format!("select * from ({}) as part", select(&format!(" and e.status = '{status}'")))
                })
                .collect();
            format!("select * from ({}) as merged order by id desc limit {limit}", parts.join(" union all "))
        }
    };
    db::all(db, &sql, values).await?.iter().map(read).collect()
}

/// The newest executions in any of the given states.
pub async fn latest_in(
    db: &impl Db,
    workspace: WorkspaceId,
    status: &[Status],
    limit: u32,
) -> Result<Vec<ExecutionRow>, Error> {
    let filter = ExecutionFilter { status: status.to_vec(), ..ExecutionFilter::default() };
    let mut rows = list(db, workspace, &filter, PageRequest { after: None, limit }).await?;
    rows.truncate(limit as usize);
    Ok(rows)
}

/// How many executions a workspace has by state since a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub Vec<(Status, u64)>);

impl Counts {
    /// The count of one state.
    pub fn of(&self, status: Status) -> u64 {
        self.0.iter().filter(|(of, _)| *of == status).map(|(_, n)| n).sum()
    }

    /// The count of all states.
    pub fn all(&self) -> u64 {
        self.0.iter().map(|(_, n)| n).sum()
    }
}

/// Executions created since a moment, by state.
pub async fn counts(db: &impl Db, workspace: WorkspaceId, since: Timestamp) -> Result<Counts, Error> {
    let sql =
        "select status, count(*) as n from executions where workspace_id = $1 and id >= $2 group by status";
    let rows = db::all(db, sql, vec![key_value(workspace), floor(since).into()]).await?;
    let read = |row: &QueryResult| {
        Ok((word("status", &column::<String>(row, "status")?)?, big("count", column(row, "n")?)?))
    };
    Ok(Counts(rows.iter().map(read).collect::<Result<_, Error>>()?))
}

/// How many executions of a workspace are in one of the given states now.
pub async fn count_in(db: &impl Db, workspace: WorkspaceId, status: &[Status]) -> Result<u64, Error> {
    let words: Vec<_> = status.iter().map(|status| format!("'{status}'")).collect();
    let sql = format!(
        "select count(*) as n from executions where workspace_id = $1 and status in ({})",
        words.join(", ")
    );
    let row = db::one(db, &sql, vec![key_value(workspace)]).await?;
    row.map_or(Ok(0), |row| big("count", column(&row, "n")?))
}
