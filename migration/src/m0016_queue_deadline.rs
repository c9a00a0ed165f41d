//! How long an execution may wait for a worker, so that the wait can begin anew after each answer of a
//! person.

crate::dialect::step!("m0016_queue_deadline", up: &[
    "alter table executions add column queue_deadline_s integer not null default 3600",
    "update executions set queue_deadline_s = (queue_deadline - created_at) / 1000 where status = 'waiting'",
], tables: &[]);
