//! Connections: taking them, with a time limit for what comes before a request, and ending them well.
//!
//! axum's own loop sets no time limit, so that a caller who never finishes the head of a request
//! would hold a connection for as long as they like. This speaks HTTP/1.1; a proxy in front of it
//! may speak anything with browsers.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long to wait when no connection can be taken, for example because too many are open.
const BREATH: Duration = Duration::from_millis(500);

/// Serves until `stop`, then until the open requests are answered. `head_time` is how long the head
/// of a request may take, and how long a connection may wait for its next one.
pub async fn serve(listener: TcpListener, app: Router, head_time: Duration, stop: CancellationToken) {
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time);
    let (open, tasks) = (GracefulShutdown::new(), TaskTracker::new());
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            () = stop.cancelled() => break,
        };
        match taken {
            Ok((stream, address)) => {
                tasks.spawn(connection(builder.clone(), stream, address, app.clone(), open.watcher()));
            }
            Err(error) => {
                tracing::warn!(%error, "could not take a connection");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    open.shutdown().await;
    tasks.wait().await;
}

async fn connection(builder: Builder, stream: TcpStream, address: SocketAddr, app: Router, watcher: Watcher) {
    // Only slower without it.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        app.clone().oneshot(request.map(Body::new))
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
