//! What a caller sees: requests straight into the router, over real services, a real database, the
//! simulator and workers.

mod it {
    mod accounts;
    mod agents;
    mod authorisation;
    mod bad_input;
    mod bad_tokens;
    mod batches;
    mod executions;
    mod headers;
    mod routes;
    mod schedules;
    pub(crate) mod shop;
    pub(crate) mod support;
}
