//! Schedules and the log of their firings.

mod firings;
mod records;

pub use firings::{
    NewFiring, add_firing, busy, count_waiting, decide, firings, next_waiting, waiting, withdraw_waiting,
};
pub use records::{advance, delete, due, get, insert, list, lock, next_due, set_state, update};
