//! Many ended executions at once, to measure with.

use domain::ids::{AgentId, WorkspaceId};

use crate::db;
use crate::row::key_value;
use crate::{Error, Store};

/// Rows written in one transaction.
const STEP: u32 = 10_000;
/// The moment of the first execution; one follows every ten seconds.
const FIRST_MS: i64 = 1_700_000_000_000;

/// Stores executions that ended, one in twenty of them failed, each with an attempt, a step and
/// seven events.
pub async fn fill(store: &Store, workspace: WorkspaceId, agent: AgentId, count: u32) -> Result<(), Error> {
    for from in (0..count).step_by(usize::try_from(STEP).unwrap_or(1)) {
        let to = count.min(from + STEP);
        let tx = store.begin().await?;
        for sql in statements(store.is_shared(), from, to) {
            db::execute(&tx, &sql, vec![key_value(workspace), key_value(agent)]).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn statements(postgres: bool, from: u32, to: u32) -> [String; 4] {
    let numbers =
        format!("with recursive n(i) as (select {from} union all select i + 1 from n where i + 1 < {to})");
    let at = format!("({FIRST_MS} + cast(i as bigint) * 10000)");
    let id = if postgres {
        format!("cast(lpad(to_hex({at}), 12, '0') || lpad(to_hex(i), 20, '0') as uuid)")
    } else {
        format!("unhex(printf('%012x', {at}) || printf('%020x', i))")
    };
    let no = if postgres { "false" } else { "0" };
    // Every value is used in each statement, so that all of them take the same two.
    let agent = if postgres { "cast($2 as uuid)" } else { "$2" };
    let mine = format!("{agent} is not null");
    [
        format!(
            "insert into executions (id, workspace_id, agent_id, version, runtime, status, reason, message, title, \
             input, output, trigger_kind, created_by, simulated, conversation_id, priority, agent_concurrency, attempt, \
             max_attempts, step_count, last_event, queue_deadline, run_deadline_s, run_deadline, fence, created_at, \
             started_at, finished_at) {numbers} select {id}, $1, {agent}, 1, 'toolhouse', \
             case when i % 20 = 0 then 'failed' else 'succeeded' end, \
             case when i % 20 = 0 then 'upstream_status' end, \
             case when i % 20 = 0 then 'The upstream service answered with an error.' end, \
             case when i % 997 = 0 then 'My parcel is late, order ' else 'Where is my order ' end || i, \
             '{{\"message\":\"Where is my order ' || i || '?\",\"vars\":{{}}}}', \
             'The order left our house yesterday and should be with you within two days.', \
             'api', 'bench', {no}, {id}, 2, 128, 1, 3, 1, 7, {at} + 3600000, 900, {at} + 900000, 1, {at}, {at} + 5, \
             {at} + 900 from n"
        ),
        format!(
            "insert into attempts (execution_id, number, workspace_id, worker, status, started_at, finished_at) {numbers} \
             select {id}, 1, $1, {id}, case when i % 20 = 0 then 'failed' else 'succeeded' end, {at} + 5, {at} + 900 \
             from n where {mine}"
        ),
        format!(
            "insert into steps (execution_id, number, workspace_id, attempt, kind, name, state, started_at, finished_at) \
             {numbers} select {id}, 1, $1, 1, 'toolhouse_run', 'Toolhouse run', \
             case when i % 20 = 0 then 'failed' else 'finished' end, {at} + 8, {at} + 890 from n where {mine}"
        ),
        format!(
            "insert into events (execution_id, number, workspace_id, at, body) {numbers}, \
             e(number, after, body) as (values (1, 0, '{{\"kind\":\"queued\"}}'), \
               (2, 5, '{{\"kind\":\"attempt_started\",\"attempt\":1,\"of\":3}}'), \
               (3, 8, '{{\"kind\":\"step_started\",\"step\":1,\"name\":\"Toolhouse run\"}}'), \
               (4, 20, '{{\"kind\":\"run_identified\",\"run_id\":\"4b1d8f3e-65a1-4c55-9c0f-2f6f6f0b7a11\"}}'), \
               (5, 700, '{{\"kind\":\"output\",\"text\":\"The order left our house yesterday and should be with you within two days.\"}}'), \
               (6, 890, '{{\"kind\":\"step_finished\",\"step\":1,\"ok\":true}}'), \
               (7, 900, '{{\"kind\":\"finished\",\"status\":\"succeeded\",\"reason\":null,\"message\":null}}')) \
             select {id}, e.number, $1, {at} + e.after, e.body from n cross join e where {mine}"
        ),
    ]
}
