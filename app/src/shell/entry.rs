//! The frame round sign-in and setup: the form at the left, on wide screens a picture of what the
//! product does at the right.

use leptos::prelude::*;

use super::theme_menu::ThemeMenu;
use crate::components::icon::Mark;

/// Bars of the picture: place, length, class.
const BARS: [(&str, &str, &str); 11] = [
    ("0%", "96%", "wf-bar"),
    ("2%", "13%", "wf-bar model"),
    ("15%", "5%", "wf-bar tool"),
    ("21%", "12%", "wf-bar tool fail"),
    ("33%", "8%", "wf-bar wait"),
    ("41%", "7%", "wf-bar tool"),
    ("41.5%", "14%", "wf-bar tool"),
    ("43%", "10%", "wf-bar tool"),
    ("56%", "16%", "wf-bar model"),
    ("73%", "6%", "wf-bar tool"),
    ("80%", "16%", "wf-bar model"),
];

/// The frame; children are the heading and the form.
#[component]
pub fn EntryFrame(
    /// Where the theme form comes back to.
    #[prop(into)]
    next: Signal<String>,
    #[prop(optional, into)] version: MaybeProp<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="min-h-dvh grid lg:grid-cols-[46.5%_minmax(0,1fr)]">
            <main id="main" class="main flex flex-col px-6 py-6 sm:px-12 bg-surface" tabindex="-1">
                <div class="flex items-center gap-2.5 font-semibold text-base tracking-tight">
                    <Mark />
                    "Shopfloor"
                    <span class="ml-auto"><ThemeMenu next=next /></span>
                </div>
                <div class="my-auto w-full max-w-[360px] mx-auto py-10">{children()}</div>
                <p class="text-subtle">{move || version.get().map(|version| format!("v{version}"))}</p>
            </main>
            <aside
                class="hidden lg:flex flex-col justify-center bg-sunken border-l border-line px-14 overflow-hidden"
                aria-label="About Shopfloor"
            >
                <p class="text-3xl font-semibold tracking-tight max-w-[17ch] text-balance">
                    "See every step your agents take."
                </p>
                <p class="text-muted text-lg mt-3 max-w-[44ch]">
                    "One server, your data. Define agents, watch them work and find out why an execution failed."
                </p>
                <div class="panel rounded-xl mt-10 -mr-24 p-5 pr-24 shadow-2" aria-hidden="true">
                    <p class="flex gap-2 mb-4">
                        <span class="font-medium">"Support triage"</span>
                        <span class="text-muted">"exe_7f3k9q"</span>
                        <span class="ml-auto text-muted num">"14.2 s"</span>
                    </p>
                    <svg class="block w-full" height="230">{bars()}</svg>
                </div>
            </aside>
        </div>
    }
}

fn bars() -> impl IntoView {
    BARS.into_iter()
        .enumerate()
        .map(|(row, (x, width, class))| {
            let y = (row * 21).to_string();
            // The waterfall's hatch is not on this page; a plain violet bar is enough here.
            let class = if class == "wf-bar wait" { "fill-wait" } else { class };
            view! { <rect class=class x=x y=y width=width height="12" rx="3"></rect> }
        })
        .collect_view()
}
