//! The command line. Each command writes to the writer it is given; problems end with exit code 1
//! and one sentence on standard error.

pub mod drill;
pub mod key;
pub mod transfer;
pub mod user;
pub mod workspace;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{self, Config};
use crate::host::{self, Role};

/// A self-hosted control plane for AI agents.
#[derive(Debug, Parser)]
#[command(name = "shopfloor", version)]
struct Cli {
    /// Take a protection out of this process.
    #[cfg(feature = "sabotage")]
    #[arg(long, hide = true)]
    without: Option<storage::sabotage::Protection>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and the API, and run executions.
    Serve {
        /// Answer with the local simulator where no Toolhouse key is connected; `SHOPFLOOR_SIMULATOR=true` is
        /// the same.
        #[arg(long)]
        simulator: bool,
        /// Leave executions to other processes (PostgreSQL only).
        #[arg(long)]
        no_worker: bool,
    },
    /// Run executions without serving pages or the API (PostgreSQL only).
    Worker {
        /// Answer with a local simulator where no Toolhouse key is connected.
        #[arg(long)]
        simulator: bool,
    },
    /// Bring the database's schema up to date and stop.
    Migrate,
    /// Serve the simulator alone.
    Simulator {
        /// Address to listen on.
        #[arg(long, default_value = "127.0.0.1:3900")]
        listen: SocketAddr,
        /// File in which agents and runs are kept; without it they are gone with the process.
        #[arg(long, value_name = "FILE")]
        journal: Option<PathBuf>,
    },
    /// Create people and help them back in.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Create API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Create workspaces.
    #[command(subcommand)]
    Workspace(workspace::WorkspaceCommand),
    /// Move a whole instance to another database.
    Transfer(transfer::TransferCommand),
    /// Kill a server again and again under load, and say whether a promise was broken.
    Drill(drill::DrillCommand),
    /// Write the OpenAPI document.
    Openapi,
    /// Write the paths of all pages, one a line, for tests that look at each.
    #[command(hide = true)]
    Pages,
}

/// Reads the command line and does what it says.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    log();
    #[cfg(feature = "sabotage")]
    if let Some(protection) = cli.without {
        let is_scratch =
            Config::read().is_ok_and(|config| config.database_url.contains(crate::drill::place::SCRATCH));
        if !is_scratch {
            let _ = writeln!(
                std::io::stderr(),
                "shopfloor: --without works only on the scratch database of a drill"
            );
            return ExitCode::FAILURE;
        }
        storage::sabotage::take_out(protection);
    }
    let mut out = std::io::stdout();
    match dispatch(cli.command.unwrap_or(Command::Serve { simulator: false, no_worker: false }), &mut out)
        .await
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "shopfloor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Log lines go to standard error, so that a command's own output stays clean.
fn log() {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(config::log_filter()))
        .with_writer(std::io::stderr);
    if config::json_logs() { builder.json().init() } else { builder.init() }
}

async fn dispatch(command: Command, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    let mut input = std::io::stdin();
    match command {
        Command::Serve { simulator, no_worker } => {
            let role = if no_worker { Role::Pages } else { Role::Everything };
            host::serve(Config::read()?, role, simulator, out, stopped()).await
        }
        Command::Worker { simulator } => {
            host::serve(Config::read()?, Role::Worker, simulator, out, stopped()).await
        }
        Command::Migrate => {
            host::services(&Config::read()?, None).await?;
            writeln!(out, "The schema is up to date.")?;
            Ok(())
        }
        Command::Simulator { listen, journal } => {
            let options = simulator::Options { journal, ..simulator::Options::default() };
            let handle = simulator::Simulator::start_at(options, listen).await?;
            writeln!(out, "The simulator listens on {}", handle.base_url())?;
            stopped().await;
            handle.shutdown().await;
            Ok(())
        }
        Command::User(command) => {
            let services = host::services(&Config::read()?, None).await?;
            Ok(command.run(&services, out, &mut input as &mut (dyn Read + Send)).await?)
        }
        Command::Key(command) => {
            let services = host::services(&Config::read()?, None).await?;
            Ok(command.run(&services, out, &mut input as &mut (dyn Read + Send)).await?)
        }
        Command::Workspace(command) => {
            let services = host::services(&Config::read()?, None).await?;
            Ok(command.run(&services, out, &mut input as &mut (dyn Read + Send)).await?)
        }
        Command::Transfer(command) => command.run(out).await,
        Command::Drill(command) => command.run(out).await,
        Command::Openapi => {
            writeln!(out, "{}", crate::api::open_api().to_pretty_json()?)?;
            Ok(())
        }
        Command::Pages => {
            for page in crate::router::pages() {
                writeln!(out, "{}", page.path())?;
            }
            Ok(())
        }
    }
}

/// Ready at Ctrl-C or SIGTERM.
async fn stopped() {
    let interrupt = async { tokio::signal::ctrl_c().await.is_ok() };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = interrupt => {}
        _ = terminate => {}
    }
}
