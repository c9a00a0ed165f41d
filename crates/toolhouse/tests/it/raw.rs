//! A server that reads a request and then says exactly the bytes it was given.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

/// What the server does with one connection after it read the request.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// Sent piece by piece.
    pub(crate) pieces: Vec<Vec<u8>>,
    /// Between two pieces.
    pub(crate) pause: Duration,
    /// Keeps the connection open and silent instead of closing it.
    pub(crate) hold: bool,
}

impl Script {
    /// Says this and closes.
    pub(crate) fn say(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![bytes.into()], pause: Duration::ZERO, hold: false }
    }

    /// Says this and then nothing more.
    pub(crate) fn then_silence(bytes: impl Into<Vec<u8>>) -> Self {
        Self { hold: true, ..Self::say(bytes) }
    }
}

/// A whole response with a length.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> Script {
    let head =
        format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    Script::say(format!("{head}{headers}\r\n{body}"))
}

/// A whole response in JSON.
pub(crate) fn json(status: u16, body: &str) -> Script {
    response(status, "content-type: application/json\r\n", body)
}

/// A response to a run, each piece a chunk of its own.
pub(crate) fn chunked(headers: &str, pieces: &[&[u8]]) -> Vec<u8> {
    let head =
        "HTTP/1.1 200 OK\r\nx-toolhouse-run-id: run-1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n";
    let mut all = format!("{head}{headers}\r\n").into_bytes();
    for piece in pieces {
        all.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        all.extend_from_slice(piece);
        all.extend_from_slice(b"\r\n");
    }
    all.extend_from_slice(b"0\r\n\r\n");
    all
}

/// Answers connection after connection; the last script also answers all later ones.
pub(crate) struct Raw {
    pub(crate) base: Url,
    requests: Arc<Mutex<Vec<String>>>,
    // Dropping it ends the server.
    _tasks: JoinSet<()>,
}

impl Raw {
    pub(crate) async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut held = Vec::new();
            let mut scripts = scripts.into_iter().peekable();
            let mut last = None;
            while let Ok((stream, _)) = listener.accept().await {
                last = scripts.next().or(last);
                let script = last.clone().expect("at least one script");
                held.push(answer(stream, script, &log).await);
            }
        });
        Self { base: format!("http://{address}").parse().expect("a valid address"), requests, _tasks: tasks }
    }

    /// The requests so far, heads and bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("nobody panicked").clone()
    }
}

/// Gives the connection back when it is to stay open.
async fn answer(mut stream: TcpStream, script: Script, log: &Mutex<Vec<String>>) -> Option<TcpStream> {
    let request = request(&mut stream).await;
    log.lock().expect("nobody panicked").push(request);
    for (number, piece) in script.pieces.iter().enumerate() {
        if number > 0 && !script.pause.is_zero() {
            tokio::time::sleep(script.pause).await;
        }
        // A client that has heard enough leaves.
        if stream.write_all(piece).await.is_err() || stream.flush().await.is_err() {
            return None;
        }
    }
    script.hold.then_some(stream)
}

/// Reads one request to its end, so that closing afterwards is a clean close.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned)
            });
            body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
        });
        if whole || read == 0 {
            return text;
        }
    }
}
