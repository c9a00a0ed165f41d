//! What the command palette offers besides the pages: agents, the latest executions, actions.
//! Loaded once the page is alive, because nobody opens the palette before.

use domain::Permission;
use domain::executions::ExecutionFilter;
use leptos::prelude::*;

use super::here::{may, use_slug};
use crate::components::palette::PaletteItem;
use crate::server_fns::agents::list_agents;
use crate::server_fns::executions::list_executions;

/// Items of the workspace in the address.
pub fn palette_items() -> Signal<Vec<PaletteItem>> {
    let slug = use_slug();
    let can_write = may(Permission::AgentsWrite);
    let can_schedule = may(Permission::SchedulesWrite);
    let can_run = may(Permission::ExecutionsWrite);
    let load = Action::new(|slug: &String| things(slug.clone()));
    Effect::new(move |_| {
        load.dispatch(slug.get());
    });
    let value = load.value();
    Signal::derive(move || {
        let mut items = value.get().unwrap_or_default();
        if can_write {
            items.push(PaletteItem {
                label: "New agent".to_owned(),
                hint: "Action".to_owned(),
                href: format!("/w/{}/agents/new", slug.read()),
                icon: "plus",
                group: "Actions".to_owned(),
            });
        }
        let may_start = [(can_schedule, "New schedule", "schedules"), (can_run, "New batch", "batches")];
        for (_, label, path) in may_start.into_iter().filter(|(may, ..)| *may) {
            items.push(PaletteItem {
                label: label.to_owned(),
                hint: "Action".to_owned(),
                href: format!("/w/{}/{path}/new", slug.read()),
                icon: "plus",
                group: "Actions".to_owned(),
            });
        }
        items
    })
}

/// A list that fails is left out; the palette has no place for a reason, the pages have.
async fn things(slug: String) -> Vec<PaletteItem> {
    let agents = list_agents(slug.clone(), false, None).await.map(|page| page.items).unwrap_or_default();
    let executions = list_executions(slug.clone(), ExecutionFilter::default(), None).await;
    let executions = executions.map(|page| page.items).unwrap_or_default();
    let agents = agents.into_iter().map(|agent| PaletteItem {
        href: format!("/w/{slug}/agents/{}/playground", agent.slug),
        label: agent.title,
        hint: agent.slug,
        icon: "bot",
        group: "Agents".to_owned(),
    });
    let executions = executions.into_iter().take(20).map(|row| PaletteItem {
        label: row.title.unwrap_or_else(|| row.agent.title.clone()),
        hint: row.id.to_string(),
        href: format!("/w/{slug}/executions/{}", row.id),
        icon: "list-tree",
        group: "Recent executions".to_owned(),
    });
    agents.chain(executions).collect()
}
