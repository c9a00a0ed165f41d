//! Panels: one border, hairlines inside, never a panel in a panel. And the head of a page.

use leptos::prelude::*;

/// A section of a page with a border. With `title` it gets a head and is named by it.
#[component]
pub fn Panel(
    /// Also the base of the id of the heading; must be unique on the page.
    #[prop(into)]
    id: String,
    #[prop(optional, into)] title: Option<String>,
    /// Names a panel without a head.
    #[prop(optional, into)]
    label: Option<String>,
    /// What stands after the title: badge, count, buttons (push them with `ml-auto`).
    #[prop(optional)]
    head: Option<ViewFn>,
    /// Old data stays, dimmed, while new data is loaded.
    #[prop(optional, into)]
    busy: Signal<bool>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled = title.as_ref().map(|_| title_id.clone());
    let head = title.map(|title| {
        view! {
            <PanelHead>
                <h2 id=title_id>{title}</h2>
                {head.map(|head| head.run())}
            </PanelHead>
        }
    });
    view! {
        <section
            class=format!("panel {class}")
            class:stale=move || busy.get()
            id=id
            aria-labelledby=labelled
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
        >
            {head}
            {children()}
        </section>
    }
}

/// The head of a panel, 40 px with a hairline under it.
#[component]
fn PanelHead(children: Children) -> impl IntoView {
    view! { <div class="panel-head">{children()}</div> }
}

/// The head of a page: the one `h1`, what stands beside it, a line of meta, actions at the right.
#[component]
pub fn PageHead(
    #[prop(into)] title: Signal<String>,
    /// Before the title: a status pill.
    #[prop(optional)]
    lead: Option<ViewFn>,
    /// Beside the title; under it where something stands before the title.
    #[prop(optional)]
    meta: Option<ViewFn>,
    /// At most one primary and two secondary buttons, the rest in a menu.
    #[prop(optional)]
    actions: Option<ViewFn>,
) -> impl IntoView {
    let (place, under) = if lead.is_some() {
        ("min-w-0 flex-1 basis-80", "mt-1")
    } else {
        ("min-w-0 flex-1 basis-48 flex flex-wrap items-center gap-x-3 gap-y-1", "")
    };
    view! {
        <div class="page-head">
            <div class=place>
                <div class="flex flex-wrap items-center gap-2.5">
                    {lead.map(|lead| lead.run())}
                    <h1 class="page-title">{move || title.get()}</h1>
                </div>
                {meta.map(|meta| {
                    view! {
                        <div class=format!("flex flex-wrap items-center gap-x-3 gap-y-0.5 text-muted {under}")>{meta.run()}</div>
                    }
                })}
            </div>
            {actions.map(|actions| view! { <div class="flex flex-wrap items-center gap-2">{actions.run()}</div> })}
        </div>
    }
}
