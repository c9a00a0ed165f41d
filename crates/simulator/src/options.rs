//! What a simulator can be told before it starts.

use std::path::PathBuf;
use std::time::Duration;

/// How the simulator behaves. `Options::default()` is right for a person; tests set
/// [`Options::instant`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The pause before each piece of an answer.
    pub chunk_delay: Duration,
    /// The plan of every account.
    pub tier: Tier,
    /// Decides run ids and the wording of answers.
    pub seed: u64,
    /// Time-stamps end in `Z`; otherwise they carry no zone, as the service's often do.
    pub zulu_times: bool,
    /// Call-backs arrive as `{"data": …}` instead of flat.
    pub wrapped_callbacks: bool,
    /// How many requests the log keeps; older ones are forgotten.
    pub log_limit: usize,
    /// How many runs are remembered; older ones are forgotten.
    pub run_limit: usize,
    /// The file in which a started simulator keeps agents and runs. The next one that is given the
    /// file knows them, and ends at their time the runs that were under way. One process at a time.
    pub journal: Option<PathBuf>,
}

/// A plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tier {
    /// Refuses private agents.
    Sandbox,
    /// Allows everything.
    #[default]
    Pro,
}

impl Tier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Pro => "pro",
        }
    }
}

impl Options {
    /// The defaults without any pause.
    pub fn instant() -> Self {
        Self { chunk_delay: Duration::ZERO, ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            chunk_delay: Duration::from_millis(40),
            tier: Tier::default(),
            seed: 0,
            zulu_times: false,
            wrapped_callbacks: false,
            log_limit: 5_000,
            run_limit: 20_000,
            journal: None,
        }
    }
}
