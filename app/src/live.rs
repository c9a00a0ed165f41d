//! One execution as it happens: what is stored already, then what the event stream brings.
//! Server and browser start from the same [`Story`], so a reload in the middle misses nothing: the
//! page prints what is stored, and the browser goes on after the last number it has.

use domain::events::{Event, EventBody};
use domain::executions::Status;
use domain::ids::ExecutionId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use crate::browser::{self, GuardStorage, StreamEvent, StreamGuard, StreamState};
use crate::error::AppError;
use crate::server_fns::executions::{ShownExecution, get_execution, list_events};
use crate::shell::context::{Connection, use_connection};

/// How many events a server function returns at once.
const PAGE: usize = 1_000;

/// One line of the list of events: an event, or several pieces of output in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How many events it stands for.
    pub pieces: u64,
    /// The last of them; output without its text, which stands in the story.
    pub event: Event,
}

/// The events of an execution so far, and the output they add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Events in order.
    pub lines: Vec<Line>,
    /// The output so far.
    pub text: String,
    /// Number of the last event.
    pub last: u64,
    /// Whether that was the end.
    pub is_over: bool,
}

impl Story {
    /// Takes the next event; false for one that was taken before.
    pub fn add(&mut self, mut event: Event) -> bool {
        if event.number <= self.last {
            return false;
        }
        self.last = event.number;
        match &mut event.body {
            EventBody::Output { text } => {
                self.text.push_str(&text.take().unwrap_or_default());
                if let Some(line) = self.lines.last_mut().filter(|line| is_output(&line.event)) {
                    line.pieces += 1;
                    line.event = event;
                    return true;
                }
            }
            EventBody::OutputReplaced { text } => self.text = text.take().unwrap_or_default(),
            EventBody::Finished { .. } => self.is_over = true,
            EventBody::Queued
            | EventBody::AttemptStarted { .. }
            | EventBody::StepStarted { .. }
            | EventBody::RunIdentified { .. }
            | EventBody::StepFinished { .. }
            | EventBody::RetryScheduled { .. }
            | EventBody::ApprovalRequested { .. }
            | EventBody::ApprovalAnswered { .. }
            | EventBody::Cached { .. }
            | EventBody::Requeued { .. }
            | EventBody::CancelRequested { .. } => {}
        }
        self.lines.push(Line { pieces: 1, event });
        true
    }
}

fn is_output(event: &Event) -> bool {
    matches!(event.body, EventBody::Output { .. })
}

/// Reads an execution with its story. The story comes first, so that the state is never older.
pub async fn load(workspace: String, id: ExecutionId) -> Result<(ShownExecution, Story), AppError> {
    let mut story = Story::default();
    loop {
        let events = list_events(workspace.clone(), id, story.last).await?;
        let is_full = events.len() >= PAGE;
        for event in events {
            story.add(event);
        }
        if !is_full {
            break;
        }
    }
    let shown = get_execution(workspace, id).await?;
    if shown.output_html.is_some() && story.is_over {
        // The rendered output stands in for it; sending both would double the page.
        story.text.clear();
    }
    Ok((shown, story))
}

/// An execution on screen that follows its stream until the end.
#[derive(Debug, Clone, Copy)]
pub struct LiveExecution {
    /// The execution as last read, with the state the events tell.
    pub shown: RwSignal<ShownExecution>,
    /// Its events and output.
    pub story: RwSignal<Story>,
    /// Why the last reading failed.
    pub problem: RwSignal<Option<AppError>>,
    workspace: StoredValue<String>,
    is_reading: StoredValue<bool>,
    is_outdated: StoredValue<bool>,
}

impl LiveExecution {
    /// Shows an execution and follows it while it goes on.
    pub fn follow(workspace: String, shown: ShownExecution, story: Story) -> Self {
        let live = Self {
            shown: RwSignal::new(shown),
            story: RwSignal::new(story),
            problem: RwSignal::new(None),
            workspace: StoredValue::new(workspace),
            is_reading: StoredValue::new(false),
            is_outdated: StoredValue::new(false),
        };
        let connection = use_connection();
        let guard = StoredValue::<_, GuardStorage>::new_with_storage(None::<StreamGuard>);
        Effect::new(move |_| {
            if live.story.read_untracked().is_over {
                return;
            }
            let opened = browser::subscribe(
                &live.address(),
                EventBody::NAMES,
                move |event| live.hear(&event, guard),
                move |state| live.notice(state, connection),
            );
            guard.set_value(opened);
        });
        on_cleanup(move || {
            connection.try_set(Connection::Connected);
        });
        live
    }

    /// Whether more may happen.
    pub fn is_active(self) -> bool {
        !self.shown.read().detail.row.status.is_final()
    }

    /// Reads the execution again; asked twice at once, it reads once more afterwards.
    pub fn read_again(self) {
        let (Some(workspace), Some(is_reading)) =
            (self.workspace.try_get_value(), self.is_reading.try_get_value())
        else {
            return;
        };
        if is_reading {
            self.is_outdated.set_value(true);
            return;
        }
        let Some(id) = self.shown.try_with_untracked(|shown| shown.detail.row.id) else { return };
        self.is_reading.set_value(true);
        spawn_local(async move {
            let result = get_execution(workspace, id).await;
            self.take(result);
            self.is_reading.try_set_value(false);
            if self.is_outdated.try_update_value(std::mem::take) == Some(true) {
                self.read_again();
            }
        });
    }

    /// Takes what a server function said about this execution.
    pub fn take(self, result: Result<ShownExecution, AppError>) {
        match result {
            Ok(shown) => {
                // Events that came meanwhile may be newer than this answer; what follows them is read too.
                let is_over = self.story.try_with_untracked(|story| story.is_over).unwrap_or(true);
                if is_over && !shown.detail.row.status.is_final() {
                    self.is_outdated.try_set_value(true);
                }
                self.shown.try_set(shown);
                self.problem.try_set(None);
            }
            Err(error) => {
                self.problem.try_set(Some(error));
            }
        }
    }

    fn address(self) -> String {
        let id = self.shown.read_untracked().detail.row.id;
        let workspace = self.workspace.get_value();
        format!("/live/executions/{id}?w={workspace}&after={}", self.story.read_untracked().last)
    }

    fn hear(self, event: &StreamEvent, guard: StoredValue<Option<StreamGuard>, GuardStorage>) {
        let Ok(event) = serde_json::from_str::<Event>(&event.data) else { return };
        let body = event.body.clone();
        if self.story.try_update(|story| story.add(event)) != Some(true) {
            return;
        }
        let ends = matches!(body, EventBody::Finished { .. });
        if !matches!(body, EventBody::Output { .. } | EventBody::OutputReplaced { .. }) {
            self.shown.try_update(|shown| apply(shown, &body));
            self.read_again();
        }
        if ends {
            // Dropped later: the line must not be closed from inside its own message.
            set_timeout(
                move || {
                    guard.try_set_value(None);
                },
                std::time::Duration::ZERO,
            );
        }
    }

    fn notice(self, state: StreamState, connection: RwSignal<Connection>) {
        let is_over = self.story.try_with_untracked(|story| story.is_over).unwrap_or(true);
        let now = match state {
            _ if is_over => Connection::Connected,
            StreamState::Connecting | StreamState::Open => Connection::Connected,
            StreamState::Reconnecting => Connection::Reconnecting,
            StreamState::Closed => Connection::Offline,
        };
        connection.try_set(now);
        if state == StreamState::Closed && !is_over {
            self.read_again();
        }
    }
}

/// What an event says about the state, until the execution is read again.
fn apply(shown: &mut ShownExecution, body: &EventBody) {
    let row = &mut shown.detail.row;
    match body {
        EventBody::AttemptStarted { attempt, of } => {
            row.status = Status::Running;
            (row.attempt, row.max_attempts, row.not_before) = (*attempt, *of, None);
        }
        EventBody::RetryScheduled { not_before, .. } => {
            row.status = Status::Queued;
            row.not_before = Some(*not_before);
        }
        EventBody::Requeued { .. } | EventBody::ApprovalAnswered { approved: true, .. } => {
            row.status = Status::Queued;
        }
        EventBody::ApprovalRequested { .. } => row.status = Status::Waiting,
        EventBody::CancelRequested { .. } => row.cancelling = true,
        EventBody::Finished { status, reason, message } => {
            row.status = *status;
            row.cancelling = false;
            (row.reason, row.message) = (*reason, message.clone());
        }
        EventBody::Queued
        | EventBody::Cached { .. }
        | EventBody::ApprovalAnswered { approved: false, .. }
        | EventBody::StepStarted { .. }
        | EventBody::RunIdentified { .. }
        | EventBody::Output { .. }
        | EventBody::OutputReplaced { .. }
        | EventBody::StepFinished { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn told(bodies: Vec<EventBody>) -> Story {
        let mut story = Story::default();
        for (number, body) in (1..).zip(bodies) {
            let event = Event { number, at: Timestamp::from_millis(0), body };
            assert!(story.add(event.clone()));
            assert!(!story.add(event), "an event heard twice counts once");
        }
        story
    }

    fn output(text: &str) -> EventBody {
        EventBody::Output { text: Some(text.to_owned()) }
    }

    #[test]
    fn output_adds_up_and_its_pieces_share_a_line() {
        let story = told(vec![EventBody::Queued, output("a"), output("b"), output("c")]);
        assert_eq!(story.text, "abc");
        assert_eq!(story.lines.iter().map(|line| line.pieces).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(story.last, 4);
    }

    #[test]
    fn replaced_output_replaces_and_the_end_is_noticed() {
        let replaced = EventBody::OutputReplaced { text: Some("whole".to_owned()) };
        let end = EventBody::Finished { status: Status::Succeeded, reason: None, message: None };
        let story = told(vec![output("part"), replaced, output("!"), end]);
        assert_eq!(story.text, "whole!");
        assert!(story.is_over);
    }
}
