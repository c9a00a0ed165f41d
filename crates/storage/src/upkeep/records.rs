//! Records beside executions that go when executions do. They are looked for outside of transactions,
//! and removed by their keys.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::WorkspaceId;
use sea_orm::Value;
use uuid::Uuid;

use crate::db;
use crate::row::{column, key_value};
use crate::{Db, Error, Tx};

/// Records beside executions that go as long after their end as executions do. What they belong to keeps
/// its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// Lines of logs of schedules. Those whose execution goes on are looked for when the next one is due,
    /// and those that wait are still to be dealt with.
    Firings,
    /// Rows of batches that ended.
    BatchRows,
    /// Results of actions on many executions that ended.
    BulkRows,
}

impl Records {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Firings, Self::BatchRows, Self::BulkRows];

    const fn table(self) -> &'static str {
        match self {
            Self::Firings => "schedule_firings",
            Self::BatchRows => "batch_rows",
            Self::BulkRows => "bulk_rows",
        }
    }

    /// The two columns of the key.
    const fn key(self) -> (&'static str, &'static str) {
        match self {
            Self::Firings => ("schedule_id", "due"),
            Self::BatchRows => ("batch_id", "number"),
            Self::BulkRows => ("bulk_id", "number"),
        }
    }

    /// The old ones, of workspace `$1`, before `$2`.
    pub(super) const fn old(self) -> &'static str {
        match self {
            // The cross join has SQLite begin with the schedules, which are few.
            Self::Firings => {
                "from schedules s cross join schedule_firings r left join executions e on e.id = r.execution_id \
                 where s.workspace_id = $1 and r.schedule_id = s.id and r.due < $2 and r.outcome <> 'waiting' \
                 and (e.id is null or e.finished_at is not null)"
            }
            Self::BatchRows => {
                "from batches b join batch_rows r on r.batch_id = b.id \
                 where b.workspace_id = $1 and b.finished_at < $2"
            }
            Self::BulkRows => {
                "from bulk_actions b join bulk_rows r on r.bulk_id = b.id \
                 where b.workspace_id = $1 and b.finished_at < $2"
            }
        }
    }
}

/// One of [`Records`], by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub(crate) owner: Uuid,
    pub(crate) place: i64,
}

/// Old records of a kind, at most `limit`.
pub async fn old_records(
    db: &impl Db,
    workspace: WorkspaceId,
    records: Records,
    before: Timestamp,
    limit: u64,
) -> Result<Vec<Line>, Error> {
    let (owner, place) = records.key();
    let sql = format!(
        "select r.{owner} as owner, cast(r.{place} as bigint) as place {} limit {limit}",
        records.old()
    );
    let rows = db::all(db, &sql, vec![key_value(workspace), before.millis().into()]).await?;
    rows.iter().map(|row| Ok(Line { owner: column(row, "owner")?, place: column(row, "place")? })).collect()
}

/// Removes records that were found to be old, and says how many were still there.
pub async fn remove_records(
    tx: &Tx,
    workspace: WorkspaceId,
    records: Records,
    lines: &[Line],
) -> Result<u64, Error> {
    let ((owner, place), table) = (records.key(), records.table());
    let mut places: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
    for line in lines {
        places.entry(line.owner).or_default().push(line.place);
    }
    let mut removed = 0;
    // By owner, because SQLite looks up one column's list in the key, and reads the whole table for a list of pairs.
    for (of, places) in places {
        let mut values = vec![key_value(workspace), of.into()];
        values.extend(places.into_iter().map(Value::from));
        let list: Vec<_> = (3..=values.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "delete from {table} where workspace_id = $1 and {owner} = $2 and {place} in ({})",
            list.join(", ")
        );
        removed += db::execute(tx, &sql, values).await?;
    }
    Ok(removed)
}
