//! Output as it arrives. It sticks to the newest line unless the reader scrolled up; then a button
//! leads back. Screen readers are not flooded: the log is silent, the page announces the end.

use leptos::{html, prelude::*};

use super::{
    button::{Button, ButtonSize},
    icon::{Icon, IconSize},
};

const NEAR_END_PX: i32 = 24;

/// Plain text that grows.
#[component]
pub fn LiveOutput(
    #[prop(into)] text: Signal<String>,
    /// Whether more may come: shows the caret.
    #[prop(into)]
    live: Signal<bool>,
    #[prop(default = "Streamed output")] label: &'static str,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let is_stuck = RwSignal::new(true);
    let to_end = move || {
        if let Some(log) = node.get_untracked() {
            log.set_scroll_top(log.scroll_height());
        }
    };
    Effect::new(move |_| {
        text.track();
        if is_stuck.get_untracked() {
            to_end();
        }
    });
    let scrolled = move |_| {
        if let Some(log) = node.get_untracked() {
            let left = log.scroll_height() - log.scroll_top() - log.client_height();
            is_stuck.set(left <= NEAR_END_PX);
        }
    };
    let jump = move || {
        (!is_stuck.get() && live.get()).then(|| {
            view! {
                <div class="live-jump">
                    <Button
                        size=ButtonSize::Small
                        icon="arrow-down"
                        on_press=move |()| {
                            is_stuck.set(true);
                            to_end();
                        }
                    >
                        "Jump to newest"
                    </Button>
                </div>
            }
        })
    };
    view! {
        <div class="live-output">
            <div
                class="live-text"
                role="log"
                aria-live="off"
                aria-label=label
                tabindex="0"
                node_ref=node
                on:scroll=scrolled
            >
                <span>{move || text.get()}</span>
                {move || live.get().then(|| view! { <span class="caret" aria-hidden="true"></span> })}
            </div>
            {jump}
        </div>
    }
}

/// The word beside the title of a stream: "Streaming", until it ends.
#[component]
pub fn StreamingBadge(#[prop(into)] live: Signal<bool>) -> impl IntoView {
    move || {
        live.get().then(|| {
            view! {
                <span class="badge badge-accent">
                    <Icon name="radio" size=IconSize::Small />
                    "Streaming"
                </span>
            }
        })
    }
}
