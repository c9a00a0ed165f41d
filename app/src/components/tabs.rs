//! Tabs of a page: links, so that each has an address.

use leptos::prelude::*;

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
