//! Operations against a real database, with a fixed clock and seeded randomness.

mod it {
    mod accounts;
    mod api_keys;
    mod secrets;
    mod sessions;
    pub(crate) mod support;
    mod workspaces;
}
