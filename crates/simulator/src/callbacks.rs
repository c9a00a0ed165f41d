//! Call-backs: one POST when a run ends, not signed and never repeated, as the service does it.
//!
//! Only plain HTTP to this machine: a simulator has no business anywhere else.

use std::{io, net::IpAddr, time::Duration};

use http::Uri;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends one call-back; a failure is only noted.
pub(crate) async fn send(url: &str, body: &Value) {
    let sent = timeout(PATIENCE, post(url, body)).await;
    match sent {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "call-back failed"),
        Err(_elapsed) => tracing::warn!("call-back was not answered in time"),
    }
}

async fn post(url: &str, body: &Value) -> io::Result<()> {
    let refused = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
    let uri: Uri = url.parse().map_err(|_invalid| refused("not an address"))?;
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here = bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if uri.scheme_str() != Some("http") || !here {
        return Err(refused("the simulator calls back only to this machine, by plain HTTP"));
    }
    let port = uri.port_u16().unwrap_or(80);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect((bare, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    // Read to the end, so that the receiver is not cut off while it answers.
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(())
}
