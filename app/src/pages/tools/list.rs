//! The tools of the workspace: what agents may call.

use domain::Permission;
use domain::tools::ToolRow;
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::table::Th;
use crate::components::time::Time;
use crate::pages::workspace::listing::{ListPage, Things};
use crate::server_fns::tools::list_tools;

/// The list of tools.
#[component]
pub fn ToolsPage() -> impl IntoView {
    let things = Things {
        title: "Tools",
        one: "tool",
        many: "tools",
        about: "A tool is something an agent may call: an HTTP endpoint, or a part of this server.",
        icon: "wrench",
        first: ("plus", "Make the first tool"),
        make: Permission::ToolsWrite,
    };
    view! { <ListPage things=things load=|workspace, cursor| list_tools(workspace, false, cursor) table=table /> }
}

fn table(tools: Vec<ToolRow>, path: &str) -> AnyView {
    let rows = tools
        .into_iter()
        .map(|tool| {
            let href = format!("{path}/{}", tool.id);
            view! { <Row tool=tool href=href /> }
        })
        .collect_view();
    view! {
        <thead>
            <tr>
                <Th label="Tool" />
                <Th label="Kind" />
                <Th label="State" class="max-md:hidden" />
                <Th label="Version" class="max-md:hidden" />
                <Th label="Changed" class="max-lg:hidden" />
            </tr>
        </thead>
        <tbody>{rows}</tbody>
    }
    .into_any()
}

#[component]
fn Row(tool: ToolRow, href: String) -> impl IntoView {
    view! {
        <tr>
            <td class="w-full max-w-0 max-md:py-2">
                <a class="rowlink block truncate mono" href=href>{tool.name}</a>
                <p class="text-xs text-subtle truncate">{tool.description}</p>
            </td>
            <td><Badge>{tool.kind}</Badge></td>
            <td class="max-md:hidden">{tool.state}</td>
            <td class="max-md:hidden num">{format!("v{}", tool.version)}</td>
            <td class="max-lg:hidden"><Time at_ms=tool.updated_at.millis() /></td>
        </tr>
    }
}
