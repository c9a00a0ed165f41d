//! Pages that load: what the server does for them, and how often.

use std::sync::atomic::{AtomicUsize, Ordering};

use app::once::once;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use super::page::has;

static MADE: AtomicUsize = AtomicUsize::new(0);
static LOADED: AtomicUsize = AtomicUsize::new(0);

/// An answer that does not come at once.
async fn answer(of: &'static str) -> String {
    tokio::task::yield_now().await;
    LOADED.fetch_add(1, Ordering::Relaxed);
    of.to_owned()
}

#[component]
fn Page(name: &'static str, children: ChildrenFn) -> impl IntoView {
    let loaded = Resource::new(|| (), move |()| answer(name));
    view! {
        <Transition fallback=|| "waiting">
            {once(move || {
                let children = children.clone();
                Suspend::new(async move {
                    let name = loaded.await;
                    MADE.fetch_add(1, Ordering::Relaxed);
                    view! { <p>{name}</p> {children()} }
                })
            })}
        </Transition>
    }
    .into_any()
}

/// Two loads in a row and a third inside the second, as the page of an agent has them.
#[tokio::test]
async fn content_is_made_once_however_deep_it_stands() {
    let document = || {
        view! {
            <!DOCTYPE html>
            <html>
                <head><MetaTags /></head>
                <body>
                    <Page name="frame">
                        <Page name="agent">
                            <Page name="versions">"end"</Page>
                        </Page>
                    </Page>
                </body>
            </html>
        }
    };
    // Starts what runs loads, as the server does when it lists its pages.
    let _ = leptos_axum::generate_route_list(|| ());
    let render = leptos_axum::render_app_async(document);
    let request = http::Request::builder().uri("/").body(axum::body::Body::empty()).expect("request");
    let body = axum::body::to_bytes(render(request).await.into_body(), usize::MAX).await.expect("body");
    let page = String::from_utf8(body.to_vec()).expect("text");
    has(&page, &["<p>frame</p>", "<p>agent</p>", "<p>versions</p>", "end"]);
    assert_eq!(MADE.load(Ordering::Relaxed), 3, "{page}");
    assert_eq!(LOADED.load(Ordering::Relaxed), 3, "{page}");
    // The numbers that the browser counts to: each load and each `Transition` has one, from the outside in.
    let numbers: Vec<_> = page
        .match_indices("__RESOLVED_RESOURCES[")
        .map(|(at, found)| {
            let rest = &page[at + found.len()..];
            rest[..rest.find(']').expect("closes")].to_owned()
        })
        .collect();
    assert_eq!(numbers, ["0", "2", "4"], "{page}");
}

/// Every page keeps to it: content that waits stands inside `once`.
#[test]
fn no_content_waits_outside_of_once() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages"))];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("reads").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let waiting = text.matches("Suspend::new(").count();
            let once = text.matches("{once(").count();
            assert_eq!(waiting, once, "{}", path.display());
            seen += waiting;
        }
    }
    assert!(seen > 0);
}
