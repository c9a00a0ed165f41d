//! Clients and short cuts for all tests.

use std::time::Duration;

use futures::StreamExt as _;
use secrecy::SecretString;
use toolhouse::{Chunk, Client, Endpoints, Error, Format, Run, RunRequest, Timeouts};
use url::Url;
use uuid::Uuid;

pub(crate) const KEY: &str = "th-very-secret-key";

pub(crate) const AGENT: Uuid = Uuid::from_u128(0x6f0c_6a6e_6a55_4b0e_9a52_0d0f_2d3f_5a11);

/// Long enough for everything that a test does not expect to run out.
pub(crate) fn patient() -> Timeouts {
    let long = Duration::from_secs(30);
    Timeouts { connect: long, first_byte: long, idle: long, total: Some(long), unary: long }
}

pub(crate) fn client(base: &Url, timeouts: Timeouts) -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(Endpoints::at(base), SecretString::from(KEY), timeouts).expect("a client")
}

pub(crate) fn say(message: &str) -> RunRequest {
    RunRequest { message: Some(message.to_owned()), ..RunRequest::default() }
}

pub(crate) async fn run(client: &Client, message: &str, format: Format) -> Result<Run, Error> {
    client.run(AGENT, &say(message), format).await
}

/// All chunks of an answer and how it ended.
pub(crate) async fn collect(run: Run) -> (Vec<Chunk>, Result<(), Error>) {
    let mut chunks = run.chunks;
    let mut all = Vec::new();
    while let Some(next) = chunks.next().await {
        match next {
            Ok(chunk) => all.push(chunk),
            Err(error) => {
                assert!(chunks.next().await.is_none(), "nothing follows an error");
                return (all, Err(error));
            }
        }
    }
    (all, Ok(()))
}

/// The words of an answer and how it ended.
pub(crate) async fn words(run: Run) -> (String, Result<(), Error>) {
    let (chunks, end) = collect(run).await;
    (text(&chunks), end)
}

pub(crate) fn text(chunks: &[Chunk]) -> String {
    let said = chunks.iter().filter_map(|chunk| match chunk {
        Chunk::Text(text) => Some(text.as_str()),
        Chunk::ToolCall { .. } | Chunk::ToolResult { .. } | Chunk::Finish { .. } | Chunk::Raw(_) => None,
    });
    said.collect()
}
