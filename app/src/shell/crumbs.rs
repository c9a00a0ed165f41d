//! Breadcrumbs, read from the address, so that the server prints them before any data is loaded.

use leptos::prelude::*;

use super::{
    context::PageCrumb,
    data::{PLACES, SETTINGS},
};

/// One step of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    pub label: String,
    /// Nothing for the page one is on.
    pub href: Option<String>,
}

/// `/w/halden/agents/support-triage` as "Agents" and "support-triage".
pub fn crumbs(path: &str, slug: &str, page_name: Option<&str>) -> Vec<Crumb> {
    let home = format!("/w/{slug}");
    let rest = path.strip_prefix(&home).unwrap_or_default();
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let Some((first, deeper)) = parts.split_first() else {
        return vec![Crumb { label: "Overview".to_owned(), href: None }];
    };
    let place = PLACES.iter().find(|place| place.path == *first);
    let mut href = format!("{home}/{first}");
    let mut list =
        vec![Crumb { label: place.map_or(*first, |place| place.label).to_owned(), href: Some(href.clone()) }];
    for (index, part) in deeper.iter().enumerate() {
        href = format!("{href}/{part}");
        // The second step is the thing; its page may know the name. What follows are its tabs.
        let is_part = *first == SETTINGS.path || ["new", "bulk"].contains(part);
        let is_thing = !is_part && (index == 0 || deeper[index - 1] == "bulk");
        let label = match page_name.filter(|_| is_thing) {
            Some(name) => name.to_owned(),
            None if is_thing => (*part).to_owned(),
            None => spoken(part),
        };
        list.push(Crumb { label, href: Some(href.clone()) });
    }
    if let Some(last) = list.last_mut() {
        last.href = None;
    }
    list
}

/// The word of a tab or section as it stands on the page: "api-keys" is "API keys".
fn spoken(part: &str) -> String {
    let words = part.replace('-', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(_) if words.starts_with("api ") => format!("API{}", &words[3..]),
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

/// The breadcrumbs of the top bar.
#[component]
pub fn Breadcrumbs(#[prop(into)] path: Signal<String>, #[prop(into)] slug: Signal<String>) -> impl IntoView {
    let page_crumb = use_context::<PageCrumb>();
    let list = move || {
        let page_name = page_crumb.and_then(|PageCrumb(name)| name.get());
        crumbs(&path.read(), &slug.read(), page_name.as_deref())
            .into_iter()
            .map(|crumb| {
                let label = match crumb.href {
                    Some(href) => view! { <a href=href>{crumb.label}</a> }.into_any(),
                    None => view! { <span aria-current="page">{crumb.label}</span> }.into_any(),
                };
                view! {
                    <li>
                        <span class="sep" aria-hidden="true">"/"</span>
                        {label}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <nav aria-label="Breadcrumb" class="min-w-0">
            <ol class="crumbs">{list}</ol>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(path: &str, name: Option<&str>) -> Vec<String> {
        let label = |crumb: Crumb| match crumb.href {
            Some(href) => format!("{}={href}", crumb.label),
            None => crumb.label,
        };
        crumbs(path, "halden", name).into_iter().map(label).collect()
    }

    #[test]
    fn paths_become_steps() {
        assert_eq!(labels("/w/halden", None), ["Overview"]);
        assert_eq!(labels("/w/halden/agents", None), ["Agents"]);
        assert_eq!(
            labels("/w/halden/agents/support-triage/versions", Some("Support triage")),
            ["Agents=/w/halden/agents", "Support triage=/w/halden/agents/support-triage", "Versions"]
        );
        assert_eq!(labels("/w/halden/agents/new", None), ["Agents=/w/halden/agents", "New"]);
        assert_eq!(
            labels("/w/halden/executions/bulk/blk_1", Some("Cancel 3 executions")),
            ["Executions=/w/halden/executions", "Bulk=/w/halden/executions/bulk", "Cancel 3 executions"]
        );
        assert_eq!(
            labels("/w/halden/settings/api-keys", Some("left over")),
            ["Settings=/w/halden/settings", "API keys"]
        );
    }
}
