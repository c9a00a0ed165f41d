//! What each failure of an upstream becomes. The table stands in `docs/toolhouse.md`; a test walks
//! it.

use domain::executions::{Failure, Reason};

/// A failure of Toolhouse before a run id is known, or of a stream whose run cannot be read again.
pub fn toolhouse_failure(error: &toolhouse::Error) -> Failure {
    use toolhouse::Error as E;
    let said = |reason: Reason, detail: &str| {
        Failure::failed(reason).with_message(format!("{} It said: {detail}", reason.sentence()))
    };
    match error {
        E::Connect(_) => Failure::failed(Reason::UpstreamUnreachable).repeatable(None),
        E::BadKey => Failure::failed(Reason::UpstreamUnauthorised),
        E::BadEndpoint(_) | E::Prepare(_) | E::BadRunId => Failure::failed(Reason::Internal),
        E::Silence { .. } | E::Lost(_) => Failure::failed(Reason::UpstreamInDoubt),
        E::Status { status, detail, retry_after, .. } => match status {
            401 | 403 => said(Reason::UpstreamUnauthorised, detail),
            402 => Failure::failed(Reason::OutOfCredits),
            404 => Failure::failed(Reason::UpstreamNotFound),
            408 | 425 | 429 | 503 => Failure::failed(Reason::UpstreamBusy).repeatable(*retry_after),
            // 520 to 529 come from the edge in front of Toolhouse, which may have passed the request on.
            500 | 502 | 504 | 520..=529 => Failure::failed(Reason::UpstreamInDoubt)
                .with_message(format!("Toolhouse answered {status}. {}", Reason::UpstreamInDoubt.sentence())),
            _ => Failure::failed(Reason::UpstreamStatus)
                .with_message(format!("Toolhouse answered {status}: {detail}")),
        },
        E::Cut(_) | E::Idle { .. } | E::Deadline { .. } => Failure::failed(Reason::StreamCut),
        E::Reported { detail } => said(Reason::UpstreamFailed, detail),
        E::TooLarge { .. } | E::Decode { .. } => Failure::failed(Reason::UpstreamUnreadable),
    }
}

/// A failure of pushing a copy. The same push has the same effect however often it is sent, so
/// everything that may pass is repeated.
pub(crate) fn push_failure(error: &toolhouse::Error) -> Failure {
    let failure = toolhouse_failure(error);
    if !error.in_doubt() {
        return failure;
    }
    // What is in doubt for a run is not for a push: it was not confirmed, and is sent again.
    let what = match error.status() {
        Some(status) => format!("Toolhouse answered {status} when the agent was sent to it."),
        None => "Toolhouse did not answer when the agent was sent to it.".to_owned(),
    };
    let reason = match error {
        toolhouse::Error::Status { .. } => Reason::UpstreamStatus,
        toolhouse::Error::TooLarge { .. } | toolhouse::Error::Decode { .. } => {
            return failure.repeatable(None);
        }
        _ => Reason::UpstreamUnreachable,
    };
    Failure::failed(reason).with_message(what).repeatable(error.retry_after())
}

/// A failure of a model provider. A model call may be repeated: it changes nothing but the bill.
pub fn chat_failure(error: &outbound::chat::Error) -> Failure {
    use outbound::chat::Error as E;
    match error {
        E::Connect(_) => Failure::failed(Reason::UpstreamUnreachable).repeatable(None),
        E::Silence | E::Idle => Failure::failed(Reason::UpstreamBusy).repeatable(None),
        E::Cut(_) => Failure::failed(Reason::StreamCut).repeatable(None),
        E::Unreadable => Failure::failed(Reason::UpstreamUnreadable)
            .with_message("The model provider answered something that is no stream of a chat completion."),
        E::Reported(said) => Failure::failed(Reason::UpstreamFailed).with_message(format!(
            "The model provider broke off and said: {}",
            domain::text::headline(said, 300)
        )),
        E::Status { status, retry_after } => {
            let message = format!("The model provider answered {status}.");
            match status {
                401 | 403 => Failure::failed(Reason::UpstreamUnauthorised).with_message(message),
                402 => Failure::failed(Reason::OutOfCredits).with_message(message),
                404 => Failure::failed(Reason::UpstreamNotFound).with_message(message),
                408 | 425 | 429 | 500 | 502..=504 | 520..=529 => {
                    Failure::failed(Reason::UpstreamBusy).with_message(message).repeatable(*retry_after)
                }
                _ => Failure::failed(Reason::UpstreamStatus).with_message(message),
            }
        }
    }
}
