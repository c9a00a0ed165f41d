//! What one execution's stored story says, held against the promises.

use domain::Timestamp;
use domain::events::{Event, EventBody};
use domain::executions::Status;

/// What is wrong with a story.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Numbers missing or doubled.
    pub gaps: u64,
    /// Writes that came from a worker which no longer held the execution: something after the end, a
    /// second end, or text that does not add up to the stored output.
    pub late: u64,
}

/// Reads a story. `last` is the number of events that the execution's row counts.
pub fn faults(events: &[Event], last: u64, status: Status, output: Option<&str>) -> Faults {
    let mut faults = Faults::default();
    let mut text = String::new();
    for (number, event) in (1..).zip(events) {
        faults.gaps += u64::from(event.number != number);
        match &event.body {
            EventBody::Output { text: Some(more) } => text.push_str(more),
            EventBody::OutputReplaced { text: Some(whole) } => whole.clone_into(&mut text),
            _ => {}
        }
    }
    faults.gaps += last.abs_diff(u64::try_from(events.len()).unwrap_or(u64::MAX));
    let ends = events.iter().filter(|event| matches!(event.body, EventBody::Finished { .. })).count();
    let ends_last = matches!(events.last().map(|event| &event.body), Some(EventBody::Finished { .. }));
    if status.is_final() {
        faults.late += u64::from(ends != 1 || !ends_last);
    }
    if status == Status::Succeeded {
        faults.late += u64::from(output != Some(text.as_str()));
    }
    faults
}

/// When a story went on after a moment at which its server was killed: `None` when the execution
/// was not the killed server's, because its worker simply continued.
pub fn recovered(events: &[Event], at: Timestamp) -> Option<Timestamp> {
    let asked = |event: &&Event| matches!(event.body, EventBody::CancelRequested { .. });
    let mut later = events.iter().filter(|event| event.at > at && !asked(event));
    let first = later.next()?;
    match first.body {
        EventBody::AttemptStarted { .. } | EventBody::Finished { .. } => Some(first.at),
        EventBody::Requeued { .. } => later
            .find(|event| matches!(event.body, EventBody::AttemptStarted { .. } | EventBody::Finished { .. }))
            .map(|event| event.at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(bodies: Vec<EventBody>) -> Vec<Event> {
        let event = |(number, body)| Event {
            number,
            at: Timestamp::from_millis(1_000 + i64::try_from(number).unwrap_or(0)),
            body,
        };
        (1..).zip(bodies).map(event).collect()
    }

    fn end(status: Status) -> EventBody {
        EventBody::Finished { status, reason: None, message: None }
    }

    fn text(text: &str) -> EventBody {
        EventBody::Output { text: Some(text.to_owned()) }
    }

    #[test]
    fn a_sound_story_has_no_faults() {
        let events = story(vec![EventBody::Queued, text("a"), text("b"), end(Status::Succeeded)]);
        assert_eq!(faults(&events, 4, Status::Succeeded, Some("ab")), Faults::default());
    }

    #[test]
    fn gaps_second_ends_and_foreign_text_are_found() {
        let mut events = story(vec![EventBody::Queued, text("a"), end(Status::Succeeded)]);
        events[2].number = 4;
        assert_eq!(faults(&events, 4, Status::Succeeded, Some("a")), Faults { gaps: 2, late: 0 });
        let events = story(vec![text("a"), end(Status::Succeeded), end(Status::Failed)]);
        assert_eq!(faults(&events, 3, Status::Failed, None), Faults { gaps: 0, late: 1 });
        let events = story(vec![text("a"), text("a"), end(Status::Succeeded)]);
        assert_eq!(faults(&events, 3, Status::Succeeded, Some("a")), Faults { gaps: 0, late: 1 });
    }

    #[test]
    fn only_what_was_taken_over_has_recovered() {
        let at = Timestamp::from_millis(1_001);
        let went_on = story(vec![EventBody::Queued, text("a"), end(Status::Succeeded)]);
        assert_eq!(recovered(&went_on, at), None);
        let reason = domain::executions::Reason::LeaseLost;
        let again = EventBody::AttemptStarted { attempt: 2, of: 4 };
        let taken = story(vec![EventBody::Queued, EventBody::Requeued { reason }, again]);
        assert_eq!(recovered(&taken, at), Some(Timestamp::from_millis(1_003)));
    }
}
