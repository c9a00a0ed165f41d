//! Hostile addresses, names that change their mind, redirects into the house, and bodies without end.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{any, get};
use futures::future::BoxFuture;

use super::*;

/// Addresses that must never be called, in every disguise.
const HOSTILE: &[&str] = &[
    // The metadata service of clouds.
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254./latest/",
    "http://2852039166/latest/",
    "http://0xa9fea9fe/",
    "http://0xA9.0xFE.0xA9.0xFE/",
    "http://0251.0376.0251.0376/",
    "http://0251.254.0xa9.254/",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:a9fe:a9fe::1]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://%31%36%39.254.169.254/",
    "http://169。254。169。254/",
    "http://169.254.169.254/",
    // This machine.
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254:8080/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://00000177.0.0.1/",
    "http://[::1]/",
    "http://[0000::0001]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[::]/",
    "http://0/",
    "http://0.0.0.0:22/",
    "http://localhost/",
    "http://LOCALHOST./",
    "https://localhost:443/",
    // Private and special networks.
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://012.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.0.1/",
    "http://0xc0a80001/",
    "http://100.64.0.1/",
    "http://192.0.2.7/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.9/",
    "http://224.0.0.1/",
    "http://239.255.255.250:1900/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://192.88.99.1/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fdff:ffff::1]/",
    "http://[ff02::1]/",
    "http://[fec0::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[100::1]/",
    "http://[5f00::1]/",
    // Other schemes and twofold spellings.
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stat",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "ws://example.com/",
    "jar:http://example.com!/",
    "http://user@example.com/",
    "http://user:word@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://:word@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://127.0.0.1\t/",
    "ht\ntp://127.0.0.1/",
    " http://example.com/",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://exa mple.com/",
    "http:///etc/passwd",
    "http://",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://./",
    "http://[::1/",
    "http://[fe80::1%25eth0]/",
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://example.com:99999/",
    "",
];

fn ready() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[tokio::test]
async fn hostile_addresses_are_refused_in_every_spelling() {
    ready();
    assert!(HOSTILE.len() >= 60);
    let guard = Guard::default();
    for url in HOSTILE {
        let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
        let refused = guard.fetch(Request::get(*url), limits).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{url:?}: {refused:?}");
    }
}

#[test]
fn public_addresses_are_let_through() {
    for url in [
        "https://example.com/a?b=c#d",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
        "http://[64:ff9b::808:808]/",
        "http://172.32.0.1/",
        "http://11.0.0.1:8080/",
        "https://xn--bcher-kva.example/",
    ] {
        assert!(check(url, &Allowed::default()).is_ok(), "{url}");
    }
}

#[test]
fn what_is_allowed_is_read_and_nothing_else_becomes_open() {
    let allowed = Allowed::parse("10.1.0.0/16, 127.0.0.1,").expect("reads");
    let permits = |text: &str| allowed.permits(text.parse::<IpAddr>().expect(text));
    assert!(permits("10.1.2.3") && permits("127.0.0.1") && permits("::ffff:127.0.0.1"));
    assert!(!permits("10.2.0.1") && !permits("127.0.0.2") && !permits("169.254.169.254"));
    assert!(Allowed::parse("somewhere").is_err());
    assert_eq!(Allowed::parse("").expect("reads"), Allowed::default());
}

/// Says one thing first and another later.
struct Changing(AtomicUsize, Vec<IpAddr>);

impl Names for Changing {
    fn look_up(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let turn = self.0.fetch_add(1, Ordering::SeqCst).min(self.1.len() - 1);
        let address = SocketAddr::new(self.1[turn], 0);
        Box::pin(std::future::ready(Ok(vec![address])))
    }
}

async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    #[expect(clippy::disallowed_methods, reason = "ends with the test")]
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn loopback() -> Allowed {
    Allowed::parse("127.0.0.1").expect("reads")
}

#[tokio::test]
async fn a_name_that_turns_private_is_not_called() {
    ready();
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let count = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready("inside")
    };
    let address = serve(Router::new().fallback(count)).await;
    let inside: Vec<IpAddr> = vec!["127.0.0.1".parse().expect("an address")];
    let names = || Arc::new(Changing(AtomicUsize::new(0), inside.clone()));
    let url = format!("http://rebind.example:{}/", address.port());
    let refused = Guard::with_names(Allowed::default(), names())
        .fetch(Request::get(&url), Limits::default())
        .await
        .expect_err("refused");
    assert!(matches!(refused, Error::Refused(Refusal::Private)), "{refused:?}");
    assert_eq!(hits.load(Ordering::SeqCst), 0, "not even a connection");
    let answer = Guard::with_names(loopback(), names()).fetch(Request::get(&url), Limits::default()).await;
    assert_eq!(answer.expect("allowed").body, "inside");
}

#[tokio::test]
async fn redirects_are_checked_again_and_end() {
    ready();
    let app = Router::new()
        .route("/inside", get(|| async { Redirect::temporary("http://169.254.169.254/latest/") }))
        .route("/file", get(|| async { Redirect::temporary("file:///etc/passwd") }))
        .route("/round", get(|| async { Redirect::temporary("/round") }))
        .route("/post", any(|| async { Redirect::temporary("http://example.com/") }))
        .route("/good", get(|| async { Redirect::to("/end") }))
        .route("/end", get(|headers: HeaderMap| async move { format!("{:?}", headers.get("x-key")) }));
    let base = format!("http://{}", serve(app).await);
    let guard = Guard::new(loopback());
    let go = |path: &str| guard.fetch(Request::get(format!("{base}{path}")), Limits::default());
    assert!(matches!(go("/inside").await, Err(Error::Refused(Refusal::Private))));
    assert!(matches!(go("/file").await, Err(Error::Refused(Refusal::Scheme))));
    assert!(matches!(go("/round").await, Err(Error::Redirects)));
    let mut keyed = Request::get(format!("{base}/good"));
    keyed.headers.insert("x-key", "k".parse().expect("a header"));
    let kept = guard.fetch(keyed, Limits::default()).await.expect("arrives");
    assert_eq!(kept.body, "Some(\"k\")", "the same origin sees the header");
    let body = Request {
        method: reqwest::Method::POST,
        body: Some("secret".into()),
        ..Request::get(format!("{base}/post"))
    };
    assert!(matches!(guard.fetch(body, Limits::default()).await, Err(Error::Redirects)));
}

#[tokio::test]
async fn headers_stay_with_their_origin() {
    ready();
    let other = serve(Router::new().fallback(|headers: HeaderMap| async move {
        let names: Vec<_> = headers.keys().map(ToString::to_string).collect();
        names.join(" ")
    }))
    .await;
    let there = format!("http://{other}/");
    let first = serve(Router::new().fallback(move || std::future::ready(Redirect::to(&there)))).await;
    let mut request = Request::get(format!("http://{first}/"));
    for name in ["authorization", "x-api-key", "accept"] {
        request.headers.insert(name, "text/plain".parse().expect("a header"));
    }
    let answer = Guard::new(loopback()).fetch(request, Limits::default()).await.expect("arrives");
    let seen = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        seen.contains("accept") && !seen.contains("authorization") && !seen.contains("x-api-key"),
        "{seen}"
    );
}

/// Ten megabytes of zeros in ten kilobytes, as gzip of stored runs would be: made by the flate of Python.
const BOMB: &[u8] = include_bytes!("tests/zeros.gz");

#[tokio::test]
async fn bodies_are_bounded_in_bytes_and_time() {
    ready();
    let endless = || async {
        let pieces = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 1024]));
        axum::body::Body::from_stream(pieces).into_response()
    };
    let silent = || async {
        std::future::pending::<()>().await;
        StatusCode::OK
    };
    let bomb = || async { ([(header::CONTENT_ENCODING, "gzip")], BOMB) };
    let app = Router::new()
        .route("/endless", get(endless))
        .route("/silent", get(silent))
        .route("/bomb", get(bomb))
        .route("/announced", get(|| async { vec![0_u8; 5000] }));
    let base = format!("http://{}", serve(app).await);
    let guard = Guard::new(loopback());
    let limits = Limits { time: Duration::from_millis(1500), bytes: 4096, redirects: 0 };
    for path in ["/endless", "/bomb", "/announced"] {
        let answer = guard.fetch(Request::get(format!("{base}{path}")), limits).await;
        assert!(matches!(answer, Err(Error::TooLarge(4096))), "{path}: {answer:?}");
    }
    let answer = guard.fetch(Request::get(format!("{base}/silent")), limits).await;
    assert!(matches!(answer, Err(Error::Timeout(_))), "{answer:?}");
}
