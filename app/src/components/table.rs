//! Parts of a table: the region that scrolls, headers that sort by address, and the pager.
//! Sorting and paging are links, so they work without a script and Back works.

use leptos::prelude::*;

use super::icon::{Icon, IconSize};

/// A table inside a focusable, named region that scrolls sideways by itself. Children are
/// `<thead>` and `<tbody>`.
#[component]
pub fn Table(
    /// Names the region and the table.
    #[prop(into)]
    label: String,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let region = format!("{label} table");
    view! {
        <div class=format!("scroll-x {class}") tabindex="0" role="region" aria-label=region>
            <table class="table">
                <caption class="sr-only">{label}</caption>
                {children()}
            </table>
        </div>
    }
}

/// The direction a column is sorted in now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    Ascending,
    Descending,
}

impl SortOrder {
    const fn aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Ascending => "arrow-up",
            Self::Descending => "arrow-down",
        }
    }
}

/// A column header; with `sort_href` it is a link that sorts.
#[component]
pub fn Th(
    #[prop(into)] label: String,
    /// Where a press leads: this list, sorted by this column.
    #[prop(optional, into)]
    sort_href: MaybeProp<String>,
    /// How the list is sorted by this column now.
    #[prop(optional, into)]
    order: MaybeProp<SortOrder>,
    /// Numbers stand at the right.
    #[prop(optional)]
    numeric: bool,
    /// Keeps the label for assistive technology only.
    #[prop(optional)]
    hide_label: bool,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let inner = move || {
        let label = label.clone();
        let text = if hide_label {
            view! { <span class="sr-only">{label}</span> }.into_any()
        } else {
            label.into_any()
        };
        let arrow = order.get().map(|order| view! { <Icon name=order.icon() size=IconSize::Small /> });
        match sort_href.get() {
            Some(href) => view! { <a href=href>{text} {arrow}</a> }.into_any(),
            None => text,
        }
    };
    view! {
        <th
            scope="col"
            class=format!("{} {class}", if numeric { "r" } else { "" })
            aria-sort=move || order.get().map(SortOrder::aria)
        >
            {inner}
        </th>
    }
}

/// "1 to 50 of about 1,284", Newer and Older. A missing address means there is no such page.
#[component]
pub fn Pager(
    #[prop(optional, into)] text: MaybeProp<String>,
    /// What can be done with chosen rows; stands before the text.
    #[prop(optional)]
    lead: Option<ViewFn>,
    #[prop(optional, into)] newer: MaybeProp<String>,
    #[prop(optional, into)] older: MaybeProp<String>,
) -> impl IntoView {
    let side = |href: Option<String>, label: &'static str, icon: &'static str, why: &'static str| {
        let leads = icon == "chevron-left";
        let mark = move || view! { <Icon name=icon size=IconSize::Small /> };
        let before = leads.then(mark);
        let after = (!leads).then(mark);
        match href {
            Some(href) => {
                let rel = if leads { "prev" } else { "next" };
                view! { <a class="btn btn-secondary btn-sm" href=href rel=rel>{before} {label} {after}</a> }
                    .into_any()
            }
            None => view! {
                <span class="btn btn-secondary btn-sm" role="link" aria-disabled="true" title=why>
                    {before} {label} {after}
                </span>
            }
            .into_any(),
        }
    };
    view! {
        <nav class="dock flex-wrap" aria-label="Pages">
            {lead.map(|lead| lead.run())}
            <span class="text-muted num">{move || text.get()}</span>
            <span class="btn-group ml-auto">
                {move || side(newer.get(), "Newer", "chevron-left", "This is the newest page")}
                {move || side(older.get(), "Older", "chevron-right", "There is nothing older")}
            </span>
        </nav>
    }
}
