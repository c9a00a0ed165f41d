//! The binary `shopfloor`: reads the command line and hands over to the library.

#![recursion_limit = "512"]

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    server::cli::run().await
}
