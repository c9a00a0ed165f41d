//! What is shown of executions. Fields that hold payloads are `Option`, absent for readers who
//! may not see them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Input, Reason, Status};
use crate::agents::Runtime;
use crate::approvals::Approval;
use crate::clock::Timestamp;
use crate::ids::{AgentId, ExecutionId, WorkerId};

/// What set an execution off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person pressed the button.
    Person,
    /// A program called the API.
    Api,
    /// A schedule was due.
    Schedule,
    /// A batch reached its row.
    Batch,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: &'static [Self] = &[Self::Person, Self::Api, Self::Schedule, Self::Batch];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Api => "api",
            Self::Schedule => "schedule",
            Self::Batch => "batch",
        }
    }
}

impl FromStr for Trigger {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|trigger| trigger.word() == text)
            .ok_or_else(|| "Use one of: person, api, schedule, batch.".to_owned())
    }
}

/// Which goes first when many wait. Within a priority agents take turns. Sent as its number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "i32", try_from = "i32")]
pub enum Priority {
    /// Before everything else.
    High,
    /// What people and programs start.
    #[default]
    Normal,
    /// When nothing else waits: batches, for example.
    Low,
}

impl Priority {
    /// Every priority, the first to go first.
    pub const ALL: &'static [Self] = &[Self::High, Self::Normal, Self::Low];

    /// The number stored and sent: 1 goes first.
    pub const fn number(self) -> i32 {
        match self {
            Self::High => 1,
            Self::Normal => 2,
            Self::Low => 3,
        }
    }

    /// What it means, for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::High => "High: before everything else",
            Self::Normal => "Normal",
            Self::Low => "Low: when nothing else waits",
        }
    }
}

impl From<Priority> for i32 {
    fn from(priority: Priority) -> Self {
        priority.number()
    }
}

impl TryFrom<i32> for Priority {
    type Error = String;
    fn try_from(number: i32) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|priority| priority.number() == number);
        found.ok_or_else(|| "Use 1 (high), 2 (normal) or 3 (low).".to_owned())
    }
}

impl FromStr for Priority {
    type Err = String;
    /// Reads a number as typed; nothing is normal.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Ok(Self::default()),
            typed => Self::try_from(typed.parse::<i32>().unwrap_or_default()),
        }
    }
}

impl utoipa::PartialSchema for Priority {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .description(Some("1 is high, 2 normal, 3 low."))
            .minimum(Some(1))
            .maximum(Some(3))
            .into()
    }
}

impl utoipa::ToSchema for Priority {}

/// The agent of an execution, as it is called now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentRef {
    /// Identifier.
    pub id: AgentId,
    /// Part of page addresses.
    pub slug: String,
    /// Title.
    pub title: String,
}

/// An execution as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExecutionRow {
    /// Identifier.
    pub id: ExecutionId,
    /// State.
    pub status: Status,
    /// Why it ended other than well.
    pub reason: Option<Reason>,
    /// One sentence about that.
    pub message: Option<String>,
    /// First line of the input; absent for readers without the payload right.
    pub title: Option<String>,
    /// Which agent.
    pub agent: AgentRef,
    /// Which version; absent for the draft.
    pub version: Option<u32>,
    /// What set it off.
    pub trigger: Trigger,
    /// Who set it off.
    pub created_by: String,
    /// Which goes first when many wait.
    pub priority: Priority,
    /// True when the simulator answered.
    pub simulated: bool,
    /// The current or last attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// How many attempts there may be.
    pub max_attempts: u32,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When the first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// While queued: the earliest time of the next attempt.
    pub not_before: Option<Timestamp>,
    /// True when a stop was asked for and is not confirmed yet.
    pub cancelling: bool,
    /// The execution it runs again, if it does.
    pub rerun_of: Option<ExecutionId>,
    /// What the cache of results had to do with it; absent where the agent has none.
    pub cache: Option<CacheUse>,
    /// The execution whose result it copies, if the cache answered.
    pub copied_from: Option<ExecutionId>,
}

/// What the cache of results did for an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheUse {
    /// It answered.
    Hit,
    /// It had nothing, or nothing fresh; the result is kept.
    Miss,
    /// The caller did not want an earlier result; the new one is kept.
    Bypass,
}

impl CacheUse {
    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

impl FromStr for CacheUse {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Hit, Self::Miss, Self::Bypass]
            .into_iter()
            .find(|word| word.word() == text)
            .ok_or_else(|| "Use one of: hit, miss, bypass.".to_owned())
    }
}

/// A process that runs executions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkerRow {
    /// Identifier; new with each start.
    pub id: WorkerId,
    /// Machine and process, for people.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// How many executions it can run at the same time.
    pub slots: u32,
    /// How many it runs.
    pub busy: u32,
    /// Late writes of this process that were refused.
    pub refused_writes: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it last said that it lives.
    pub seen_at: Timestamp,
}

/// One go at an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// State; queued stands for "handed back".
    pub status: Status,
    /// Why it ended other than well.
    pub reason: Option<Reason>,
    /// One sentence about that.
    pub message: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Its effect may have begun.
    Started,
    /// It did what it should.
    Finished,
    /// It did not.
    Failed,
}

impl StepState {
    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }
}

/// Tokens that a call of a model used, as its provider counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Usage {
    /// Tokens of what it was told.
    pub input_tokens: u64,
    /// Tokens of what it said.
    pub output_tokens: u64,
}

/// One journalled effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Step {
    /// From 1, across attempts.
    pub number: u32,
    /// In which attempt.
    pub attempt: u32,
    /// What kind: `toolhouse_run`, `model_call`, `tool_call` or `approval`.
    pub kind: String,
    /// For people.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// The upstream's run, once known.
    pub run_id: Option<String>,
    /// Where in the work of the runtime `model` it stands, such as `tool:2:0`.
    pub place: Option<String>,
    /// What went in: arguments of a tool; absent for readers without the payload right.
    pub input: Option<serde_json::Value>,
    /// What came out; absent for readers without the payload right, and before there is any.
    pub result: Option<serde_json::Value>,
    /// Tokens it used, if it is a call of a model whose provider tells.
    pub usage: Option<Usage>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Everything about one execution but its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExecutionDetail {
    /// The row.
    #[serde(flatten)]
    pub row: ExecutionRow,
    /// What went in; absent for readers without the payload right.
    pub input: Option<Input>,
    /// What came out; absent for readers without the payload right, and before there is any.
    pub output: Option<String>,
    /// Attempts in order.
    pub tries: Vec<Attempt>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Questions to people, in order.
    pub approvals: Vec<Approval>,
    /// Number of the last event stored.
    pub last_event: u64,
    /// Runtime word.
    #[schema(value_type = Runtime)]
    pub runtime: String,
    /// Seconds the execution may run.
    pub run_deadline_s: u32,
    /// The first execution of the conversation, if this one continues another.
    pub conversation: Option<ExecutionId>,
    /// Executions of the same conversation, oldest first, this one included.
    pub turns: Vec<ExecutionId>,
    /// Executions that run this one again, newest first, at most 20.
    pub reruns: Vec<ExecutionId>,
    /// False when the reader may not see payloads.
    pub payloads_visible: bool,
}
