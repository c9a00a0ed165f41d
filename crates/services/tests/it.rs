//! Operations against a real database, SQLite and PostgreSQL, with a fixed clock and seeded randomness.

mod it {
    #[macro_use]
    #[path = "../../../storage/tests/it/both.rs"]
    mod both;
    #[path = "../../../storage/tests/it/scratch.rs"]
    mod scratch;
    #[path = "../../../storage/tests/it/scratch_bytes.rs"]
    mod scratch_bytes;
    pub(crate) mod support;

    mod accounts;
    mod api_keys;
    mod idempotency;
    mod pruning;
    mod secrets;
    mod sessions;
    mod starts;
    mod toolhouse;
    mod upkeep;
    mod workspaces;
}
