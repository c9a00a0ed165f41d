//! A simulator with an address of its own, and the handle to look into it and to stop it.

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use serde_json::Value;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::DropGuard;

use crate::{journal, options::Options, requests::RequestRecord, routes, state::State};

/// How long shutdown waits for connections to close by themselves.
const GRACE: Duration = Duration::from_secs(2);

/// One simulated service. Clones look at the same one.
#[derive(Clone)]
pub struct Simulator {
    state: State,
}

impl Simulator {
    /// A service without an address; give [`Simulator::router`] to a server.
    pub fn new(options: Options) -> Self {
        Self { state: State::new(options) }
    }

    /// Starts on a free port of 127.0.0.1. Must be called inside a Tokio runtime.
    pub async fn start(options: Options) -> io::Result<Handle> {
        Self::start_at(options, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts on the given address. Fails if it cannot be bound, or the journal cannot be opened.
    pub async fn start_at(options: Options, address: SocketAddr) -> io::Result<Handle> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let simulator = Self::new(options);
        journal::restore(&simulator.state)?;
        let stop = simulator.state.stop().clone();
        let server = axum::serve(listener, simulator.router())
            .with_graceful_shutdown(async move { stop.cancelled().await });
        simulator.state.tasks().spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(error = &error as &dyn std::error::Error, "simulator stopped");
            }
        });
        tracing::info!(%address, "simulator listens");
        Ok(Handle { address, stop_on_drop: simulator.state.stop().clone().drop_guard(), simulator })
    }

    /// The routes of this service.
    pub fn router(&self) -> Router {
        routes::router(self.state.clone())
    }

    /// The requests so far, oldest first.
    pub fn log(&self) -> Vec<RequestRecord> {
        self.state.lock().requests.records()
    }

    /// The stored agents as their owner would read them, oldest first.
    pub fn agents(&self) -> Vec<Value> {
        self.state.lock().agents.all()
    }

    /// How many runs have been started, turns of the same conversation not counted.
    pub fn runs(&self) -> u64 {
        self.state.lock().runs.started()
    }

    /// How many answers are being streamed now. One whose reader is gone is not.
    pub fn open_streams(&self) -> u64 {
        self.state.open_streams()
    }
}

/// A running simulator. Dropping it stops it without waiting.
pub struct Handle {
    address: SocketAddr,
    simulator: Simulator,
    stop_on_drop: DropGuard,
}

impl Handle {
    /// Such as `http://127.0.0.1:49152`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service behind the address.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The requests so far, oldest first.
    pub fn log(&self) -> Vec<RequestRecord> {
        self.simulator.log()
    }

    /// The stored agents as their owner would read them, oldest first.
    pub fn agents(&self) -> Vec<Value> {
        self.simulator.agents()
    }

    /// How many runs have been started, turns of the same conversation not counted.
    pub fn runs(&self) -> u64 {
        self.simulator.runs()
    }

    /// How many answers are being streamed now. One whose reader is gone is not.
    pub fn open_streams(&self) -> u64 {
        self.simulator.open_streams()
    }

    /// Ends open answers, stops listening and waits until everything is quiet.
    pub async fn shutdown(self) {
        let Self { simulator, stop_on_drop, .. } = self;
        drop(stop_on_drop);
        let tasks = simulator.state.tasks();
        tasks.close();
        // A client that keeps its connection open must not keep us.
        if timeout(GRACE, tasks.wait()).await.is_err() {
            tracing::debug!("simulator left connections open");
        }
    }
}
