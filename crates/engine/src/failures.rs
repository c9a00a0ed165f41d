//! What each failure of an upstream becomes. Two tables stand in `docs/toolhouse.md`: what a person
//! sees, walked with the simulator, and what each error of the client becomes, walked below.

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use toolhouse::{Client, Endpoints, Error as E, Limit, Timeouts};
    use url::Url;

    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/toolhouse.md");

    /// What the document says of a run and of a push: the code, and whether it is repeated.
    type Row = [(String, bool); 2];

    fn rows() -> BTreeMap<String, Row> {
        let table = DOCUMENT.split("| what the client saw |").nth(1).expect("the table");
        let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        lines
            .map(|line| {
                let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
                let told =
                    |place: usize| (cells[place].trim_matches('`').to_owned(), cells[place + 1] == "yes");
                (cells[0].to_owned(), [told(1), told(3)])
            })
            .collect()
    }

    /// The row that an error belongs to. A new kind of error has to be given one.
    fn row(error: &E) -> &'static str {
        match error {
            E::Connect(_) => "no connection; nothing was sent",
            E::Silence { .. } => "no answer in time",
            E::Lost(_) => "connection lost before the answer",
            E::Status { status, .. } => match status {
                401 | 403 => "status 401, 403",
                402 => "status 402",
                404 => "status 404",
                408 | 425 | 429 | 503 => "status 408, 425, 429, 503",
                500 | 502 | 504 | 520..=529 => "status 500, 502, 504, 520 to 529",
                505 | 599 => "status 505 and other errors of a server",
                _ => "status 302, 400, 422, 501 and others",
            },
            E::Cut(_) => "answer cut off",
            E::Idle { .. } => "answer that stopped coming",
            E::Deadline { .. } => "answer not complete within the limit",
            E::Reported { .. } => "error told inside the answer",
            E::TooLarge { .. } => "answer larger than any real one",
            E::Decode { .. } => "answer nobody can understand",
            E::BadKey => "key no header can carry",
            E::BadEndpoint(_) | E::BadRunId | E::Prepare(_) => {
                "wrong address, wrong run id, request not built"
            }
        }
    }

    /// An error with a source of the HTTP library in it: nobody listens where it asks.
    async fn refused() -> E {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", free.local_addr().expect("an address"));
        drop(free);
        let endpoints = Endpoints::at(&Url::parse(&address).expect("an address"));
        let client = Client::new(endpoints, "th-key".into(), Timeouts::default()).expect("a client");
        client.me().await.expect_err("nobody listens")
    }

    /// The source of an error of connecting, in another kind of error.
    macro_rules! sourced {
        ($kind:ident) => {{
            let E::Connect(source) = refused().await else { panic!("something listens") };
            E::$kind(source)
        }};
    }

    fn status(status: u16) -> E {
        let retry_after = (status == 429).then_some(Duration::from_secs(7));
        E::Status { status, detail: "No.".to_owned(), details: None, retry_after }
    }

    /// Every kind of error, and statuses from every row.
    async fn errors() -> Vec<E> {
        let limit = Duration::from_secs(1);
        let mut errors = vec![
            refused().await,
            sourced!(Lost),
            sourced!(Cut),
            sourced!(Prepare),
            E::Silence { limit: Limit::FirstByte, waited: limit },
            E::Silence { limit: Limit::Unary, waited: limit },
            E::Idle { waited: limit },
            E::Deadline { limit },
            E::Reported { detail: "No.".to_owned() },
            E::TooLarge { limit_bytes: 1 },
            E::Decode { what: "a run", source: None },
            E::BadKey,
            E::BadEndpoint("api"),
            E::BadRunId,
        ];
        let statuses = [302, 400, 401, 402, 403, 404, 406, 408, 422, 425, 429].into_iter();
        errors.extend(statuses.chain(500..=505).chain(520..=529).chain([599]).map(status));
        errors
    }

    #[tokio::test]
    async fn every_error_of_the_client_becomes_what_the_document_says() {
        let rows = rows();
        let mut seen: Vec<&str> = Vec::new();
        for error in errors().await {
            let name = row(&error);
            let expected = rows.get(name).unwrap_or_else(|| panic!("the document has no row {name:?}"));
            let became = [toolhouse_failure(&error), push_failure(&error)]
                .map(|failure| (failure.reason.word().to_owned(), failure.repeatable));
            assert_eq!(&became, expected, "{error:?}");
            seen.push(name);
        }
        let unseen: Vec<_> = rows.keys().filter(|name| !seen.contains(&name.as_str())).collect();
        assert!(unseen.is_empty(), "rows without an error: {unseen:?}");
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept() {
        for failure in [toolhouse_failure(&status(429)), push_failure(&status(429))] {
            assert_eq!(failure.retry_after, Some(Duration::from_secs(7)));
        }
    }
}
