//! Tabs. Those of a page are links, so each has an address; those inside a panel are a tab list
//! with arrow keys.

use leptos::{ev, html, prelude::*};

use crate::browser::{self, Step};

/// One tab of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageTab {
    pub label: String,
    pub href: String,
    pub is_current: bool,
    /// A number after the label.
    pub count: Option<String>,
}

impl PageTab {
    /// A tab with its address.
    pub fn new(label: impl Into<String>, href: impl Into<String>, is_current: bool) -> Self {
        Self { label: label.into(), href: href.into(), is_current, count: None }
    }

    /// Adds a number after the label.
    #[must_use]
    pub fn with_count(mut self, count: impl Into<String>) -> Self {
        self.count = Some(count.into());
        self
    }
}

/// The tabs of a page.
#[component]
pub fn PageTabs(#[prop(into)] label: String, #[prop(into)] tabs: Signal<Vec<PageTab>>) -> impl IntoView {
    let links = move || {
        tabs.get()
            .into_iter()
            .map(|tab| {
                let count = tab.count.map(|count| view! { <span class="n">{count}</span> });
                view! {
                    <a class="tab" href=tab.href aria-current=tab.is_current.then_some("page")>
                        {tab.label}
                        {count}
                    </a>
                }
            })
            .collect_view()
    };
    view! { <nav class="tabs mb-4" aria-label=label>{links}</nav> }
}

/// One tab inside a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelTab {
    /// Unique on the page; its panel is `{id}-panel`.
    pub id: String,
    pub label: String,
    pub count: Option<String>,
}

impl PanelTab {
    /// A tab without a number.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), count: None }
    }
}

/// The tab list of a panel. Show the chosen content in a [`TabPanel`].
#[component]
pub fn PanelTabs(
    #[prop(into)] label: String,
    #[prop(into)] tabs: Signal<Vec<PanelTab>>,
    /// The id of the chosen tab.
    selected: RwSignal<String>,
) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let key = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" => Step::Next,
            "ArrowLeft" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            _ => return,
        };
        event.prevent_default();
        if let Some(list) = list.get_untracked() {
            browser::focus_step(&list, "[role=tab]", step);
        }
    };
    let buttons = move || {
        tabs.get()
            .into_iter()
            .map(|tab| {
                let (own, id, clicked) = (tab.id.clone(), tab.id.clone(), tab.id.clone());
                let is_on = Signal::derive(move || selected.read() == own);
                let count = tab.count.map(|count| view! { <span class="n">{count}</span> });
                view! {
                    <button
                        type="button"
                        class="tab"
                        role="tab"
                        id=tab.id.clone()
                        aria-selected=move || if is_on.get() { "true" } else { "false" }
                        aria-controls=move || is_on.get().then(|| format!("{}-panel", tab.id))
                        tabindex=move || if is_on.get() { "0" } else { "-1" }
                        on:focus=move |_| selected.set(id.clone())
                        on:click=move |_| selected.set(clicked.clone())
                    >
                        {tab.label}
                        {count}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <div class="tabs px-1.5" role="tablist" aria-label=label node_ref=list on:keydown=key>
            {buttons}
        </div>
    }
}

/// The content of one tab, hidden while another is chosen.
#[component]
pub fn TabPanel(
    /// The id of its tab.
    #[prop(into)]
    tab: String,
    #[prop(into)] selected: Signal<String>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let own = tab.clone();
    view! {
        <div
            class=class
            role="tabpanel"
            id=format!("{tab}-panel")
            aria-labelledby=tab
            tabindex="0"
            hidden=move || selected.read() != own
        >
            {children()}
        </div>
    }
}
