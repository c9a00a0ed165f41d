//! `cargo xtask serve`: from a fresh clone to a running server.

use std::io::Write;
use std::os::unix::process::CommandExt;

use anyhow::{Result, bail};

use crate::place::{Place, in_dotenv, variable};
use crate::{app, tools};

/// Builds the release binary, then becomes it. Everything in the environment reaches the server.
pub(crate) fn serve(place: &Place, args: &[String], out: &mut dyn Write) -> Result<bool> {
    tools::ensure_all(place, out)?;
    let Some(binary) = app::release(place, out)? else {
        return Ok(false);
    };
    let mut server = place.command(&binary);
    // Builds are over: the server gets the folder setting only if the caller had it.
    match variable("CARGO_TARGET_DIR") {
        Some(dir) => server.env("CARGO_TARGET_DIR", dir),
        None => server.env_remove("CARGO_TARGET_DIR"),
    };
    server.arg("serve");
    let key = "TOOLHOUSE_API_KEY";
    let args = args.iter().filter(|arg| *arg != "--release");
    let chosen = args.clone().any(|arg| arg == "--simulator");
    if !chosen && variable(key).is_none() && !in_dotenv(&place.root, key) {
        writeln!(out, "{key} is not set: agents run on the simulator.")?;
        server.arg("--simulator");
    }
    server.args(args);
    out.flush()?;
    // Replaces this process, so that signals and the exit code are the server's own.
    let error = server.exec();
    bail!("cannot start {}: {error}", binary.display())
}
