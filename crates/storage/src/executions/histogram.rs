//! Executions by the time they were accepted.

use domain::executions::{Bar, ExecutionFilter, Status};
use domain::ids::WorkspaceId;

use super::list::{conditions, floor};
use crate::row::{big, column, word};
use crate::{Db, Error, db};

/// Counts into each bar what fits the filter. One walk of an index for each bar and state: identifiers
/// begin with the time, so the index by state holds all that is asked.
pub async fn fill_bars(
    db: &impl Db,
    workspace: WorkspaceId,
    filter: &ExecutionFilter,
    bars: &mut [Bar],
) -> Result<(), Error> {
    // The bars say from when to when.
    let rest = ExecutionFilter { from: None, to: None, ..filter.clone() };
    let Some((conditions, mut values)) = conditions(db, workspace, &rest, None) else { return Ok(()) };
    let mut places = Vec::with_capacity(bars.len());
    for (number, bar) in bars.iter().enumerate() {
        values.extend([floor(bar.from).into(), floor(bar.to).into()]);
        places.push(format!("({number}, ${}, ${})", values.len() - 1, values.len()));
    }
    let wanted = if filter.status.is_empty() { Status::ALL } else { filter.status.as_slice() };
    let wanted: Vec<_> = wanted.iter().map(|status| format!("'{status}'")).collect();
    // On SQLite a cross join keeps its order: each bar looks into the index, and not the index into all bars.
    let sql = format!(
        "with bars (number, low, high) as (values {}) \
         select bars.number, e.status, count(*) as n from bars cross join executions e \
         where {conditions} and e.id >= bars.low and e.id < bars.high and e.status in ({}) \
         group by bars.number, e.status",
        places.join(", "),
        wanted.join(", ")
    );
    for row in db::all(db, &sql, values).await? {
        let number = big("bar", i64::from(column::<i32>(&row, "number")?))?;
        let status = word("status", &column::<String>(&row, "status")?)?;
        let bar = usize::try_from(number).ok().and_then(|number| bars.get_mut(number));
        bar.ok_or(Error::corrupt("bar"))?.add(status, big("count", column(&row, "n")?)?);
    }
    Ok(())
}
