//! Below HTTP: callers who send slowly, too much, or rubbish get an answer or an end, never silence.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::shop::Shop;

const PATIENCE: Duration = Duration::from_secs(30);

/// A connection and what came over it.
struct Line(TcpStream);

impl Line {
    async fn to(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("connects"))
    }

    async fn send(&mut self, bytes: &[u8]) {
        // Who is cut off in the middle still reads the answer.
        let _ = self.0.write_all(bytes).await;
    }

    /// Reads to the end of the connection.
    async fn rest(mut self) -> String {
        let mut all = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut all)).await;
        read.expect("the connection ends").expect("it is not reset");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads one answer, whose length is announced.
    async fn answer(&mut self) -> String {
        let mut all = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&all).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
                    return text;
                }
            }
            let mut piece = [0; 4096];
            let read = tokio::time::timeout(PATIENCE, self.0.read(&mut piece)).await;
            let read = read.expect("an answer comes").expect("the connection is not reset");
            assert_ne!(read, 0, "the answer ends early: {text}");
            all.extend_from_slice(&piece[..read]);
        }
    }
}

/// The problem at the end of an answer with this status.
fn problem(answer: &str, status: u16) -> Value {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn head(path: &str, key: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:3000\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_that_trickles_is_answered_and_the_connection_ends() {
    let shop = Shop::furnished().await;
    let (key, address) = (shop.full_key().await, shop.listen().await);
    for (path, code) in
        [("/api/v1/agents", "code"), ("/auth/sign-in", "code"), ("/fn/accounts/sign_in", "kind")]
    {
        let mut line = Line::to(address).await;
        line.send(head(path, &key, 1_000).as_bytes()).await;
        let begin = tokio::time::Instant::now();
        let (mut read, mut write) = line.0.split();
        let trickle = async {
            loop {
                if write.write_all(b"{").await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let mut answer = String::new();
        let answered = async {
            let mut bytes = Vec::new();
            while !answer.ends_with('}') {
                let mut piece = [0; 4096];
                let count = read.read(&mut piece).await.expect("not reset");
                assert_ne!(count, 0, "{path} ends without an answer");
                bytes.extend_from_slice(&piece[..count]);
                answer = String::from_utf8_lossy(&bytes).into_owned();
            }
        };
        tokio::select! {
            () = trickle => {}
            done = tokio::time::timeout(PATIENCE, answered) => done.expect("an answer comes"),
        }
        assert!(begin.elapsed() >= Duration::from_millis(400), "not before its time");
        assert_eq!(problem(&answer, 408)[code], "request_timeout", "{path}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_never_ends_ends_the_connection() {
    let shop = Shop::furnished().await;
    let address = shop.listen().await;
    for begin in ["", "P", "GET / HTTP/1.1\r\nhost: x\r\nx-slow"] {
        let mut line = Line::to(address).await;
        line.send(begin.as_bytes()).await;
        let rest = line.rest().await;
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408"), "{begin:?}: {rest}");
    }
}

#[tokio::test]
async fn who_sends_too_much_reads_why_it_was_refused() {
    let shop = Shop::furnished().await;
    let (key, address) = (shop.full_key().await, shop.listen().await);
    let big = vec![b' '; 5 * 1024 * 1024];
    for (path, key, status, code) in [
        ("/api/v1/agents", key.as_str(), 413, "body_too_large"),
        ("/api/v1/agents", "sf_nothing", 401, "invalid_token"),
        ("/api/v1/nothing", key.as_str(), 404, "not_found"),
        ("/fn/nothing/here", key.as_str(), 404, "not_found"),
    ] {
        let mut line = Line::to(address).await;
        line.send(head(path, key, big.len()).as_bytes()).await;
        line.send(&big).await;
        assert_eq!(problem(&line.answer().await, status)["code"], code, "{path}");
    }
}

#[tokio::test]
async fn a_connection_goes_on_after_a_refusal() {
    let shop = Shop::furnished().await;
    let (key, address) = (shop.full_key().await, shop.listen().await);
    let mut line = Line::to(address).await;
    for body in ["{", "[]", "{\"titel\": 1}"] {
        let request = head("/api/v1/agents", &key, body.len()) + body;
        line.send(request.as_bytes()).await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    line.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(line.answer().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn rubbish_is_refused_and_the_server_goes_on() {
    let shop = Shop::furnished().await;
    let address = shop.listen().await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(70_000));
    let heavy = format!("GET / HTTP/1.1\r\nhost: x\r\nx-heavy: {}\r\n\r\n", "x".repeat(900_000));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(500));
    for rubbish in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"HELO mail.example\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"POST /auth/sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"POST /auth/sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello"
            .to_vec(),
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n".to_vec(),
        long.into_bytes(),
        heavy.into_bytes(),
        many.into_bytes(),
    ] {
        let mut line = Line::to(address).await;
        line.send(&rubbish).await;
        // Some of it is refused by what reads HTTP, which answers without a body.
        let mut piece = [0; 16];
        let read =
            tokio::time::timeout(PATIENCE, line.0.read(&mut piece)).await.expect("an answer or an end");
        let begin = String::from_utf8_lossy(&piece[..read.unwrap_or(0)]).into_owned();
        let shown = String::from_utf8_lossy(&rubbish[..rubbish.len().min(60)]).into_owned();
        assert!(begin.is_empty() || begin.starts_with("HTTP/1.1 4"), "{shown:?}: {begin}");
    }
    let mut line = Line::to(address).await;
    line.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(line.answer().await.starts_with("HTTP/1.1 200"));
}
