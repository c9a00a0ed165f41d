//! The audit log: who did what to which thing, when and from where.

pub mod words;

use domain::audit::{AuditFilter, AuditRow};
use domain::paging::Page;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::words::{actor_icon, words};
use super::workspace::here::use_slug;
use super::workspace::load::Load;
use crate::address::escape;
use crate::components::button::{Button, ButtonKind, LinkButton};
use crate::components::copy::CopyButton;
use crate::components::empty_state::EmptyState;
use crate::components::icon::{Icon, IconSize};
use crate::components::json_view::JsonView;
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Pager, Table, Th};
use crate::components::text_input::TextInput;
use crate::components::time::{Time, TimeStyle};
use crate::server_fns::audit::list_audit;

/// `?action=&actor=&target=&cursor=`: filters and page live in the address.
#[component]
pub fn AuditPage() -> impl IntoView {
    let slug = use_slug();
    let query = use_query_map();
    let given = move |name: &str| query.read().get(name).filter(|text| !text.trim().is_empty());
    let filter = Memo::new(move |_| AuditFilter {
        action: given("action"),
        actor: given("actor"),
        target: given("target"),
    });
    let cursor = Memo::new(move |_| given("cursor"));
    let rows = Resource::new(
        move || (slug.get(), filter.get(), cursor.get()),
        |(slug, filter, cursor)| list_audit(slug, filter, cursor),
    );
    view! {
        <Title text="Audit log" />
        <PageHead
            title="Audit log"
            meta=ViewFn::from(|| view! { <span>"Who changed what, newest first"</span> })
        />
        <Filters filter=filter slug=slug />
        <Load
            resource=rows
            failed="The audit log could not be loaded"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonRows label="Loading the audit log" rows=10 />
                    </div>
                }
            }
            ready=move |page| view! { <Rows page=page filter=filter cursor=cursor slug=slug /> }.into_any()
        />
    }
}

#[component]
fn Filters(filter: Memo<AuditFilter>, slug: Memo<String>) -> impl IntoView {
    let is_filtered = move || *filter.read() != AuditFilter::default();
    let first = filter.get_untracked();
    view! {
        <form method="get" action=move || address(&slug.read()) class="flex flex-wrap items-end gap-3 mb-4" role="search">
            <TextInput
                name="action"
                label="Action"
                value=first.action.unwrap_or_default()
                placeholder="agent.publish"
                spellcheck_off=true
                class="w-52 max-sm:w-full"
            />
            <TextInput
                name="actor"
                label="Actor"
                value=first.actor.unwrap_or_default()
                placeholder="ada@example.com"
                spellcheck_off=true
                class="w-60 max-sm:w-full"
            />
            <Button kind=ButtonKind::Submit icon="list-filter">
                "Filter"
            </Button>
            {move || {
                is_filtered().then(|| view! { <a class="link py-1.5" href=address(&slug.read())>"Clear filters"</a> })
            }}
        </form>
    }
}

fn address(slug: &str) -> String {
    format!("/w/{slug}/audit")
}

/// The address of this list with these filters, and the page if one is given.
fn page_address(slug: &str, filter: &AuditFilter, cursor: Option<&str>) -> String {
    let pairs = [
        ("action", filter.action.as_deref()),
        ("actor", filter.actor.as_deref()),
        ("target", filter.target.as_deref()),
        ("cursor", cursor),
    ];
    let query: Vec<_> =
        pairs.iter().filter_map(|(name, value)| Some(format!("{name}={}", escape((*value)?)))).collect();
    if query.is_empty() { address(slug) } else { format!("{}?{}", address(slug), query.join("&")) }
}

#[component]
fn Rows(
    page: Page<AuditRow>,
    filter: Memo<AuditFilter>,
    cursor: Memo<Option<String>>,
    slug: Memo<String>,
) -> impl IntoView {
    let (slug, filter, cursor) = (slug.get_untracked(), filter.get_untracked(), cursor.get_untracked());
    if page.items.is_empty() {
        return view! {
            <div class="panel">
                <EmptyState icon="scroll-text" title="No entries match" text="Nothing was recorded that fits these filters.">
                    <LinkButton href=address(&slug)>"Clear filters"</LinkButton>
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let older = page.next_cursor.map(|next| page_address(&slug, &filter, Some(&next)));
    let newest = cursor.map(|_| page_address(&slug, &filter, None));
    view! {
        <section class="panel" aria-label="Entries">
            <Table label="Audit log" class="rounded-t-lg">
                <thead>
                    <tr>
                        <Th label="Time" />
                        <Th label="Actor" />
                        <Th label="Action" />
                        <Th label="Target" />
                        <Th label="Address" class="max-md:hidden" />
                    </tr>
                </thead>
                <tbody>{page.items.into_iter().map(|row| view! { <Row row=row /> }).collect_view()}</tbody>
            </Table>
            <Pager newer=Signal::stored(newest) older=Signal::stored(older) />
        </section>
    }
    .into_any()
}

#[component]
fn Row(row: AuditRow) -> impl IntoView {
    let (icon, kind) = actor_icon(&row.actor_kind);
    let has_name = !row.target_name.is_empty() && row.target_name != row.target;
    view! {
        <tr>
            <td class="num text-muted">
                <Time at_ms=row.at.millis() style=TimeStyle::Local />
            </td>
            <td>
                <span class="inline-flex items-center gap-2">
                    <Icon name=icon size=IconSize::Small label=kind class="text-subtle" />
                    {row.actor}
                </span>
            </td>
            <td class="whitespace-normal min-w-72">
                <details>
                    <summary class="cursor-pointer min-h-6">
                        {words(&row.action)} " " <span class="mono text-subtle">{row.action.clone()}</span>
                    </summary>
                    <div class="py-2 grid gap-2 max-w-[640px]">
                        <dl class="dl">
                            <dt>"Target"</dt>
                            <dd><CopyButton text=row.target.clone() what="identifier" /></dd>
                            {row
                                .address
                                .clone()
                                .map(|address| view! { <dt>"Address"</dt><dd class="mono">{address}</dd> })}
                            {row
                                .request_id
                                .map(|id| {
                                    view! { <dt>"Request"</dt><dd><CopyButton text=id what="request id" /></dd> }
                                })}
                        </dl>
                        <JsonView value=Signal::stored(row.detail) label="Detail" />
                    </div>
                </details>
            </td>
            <td>
                {if has_name {
                    view! { <span>{row.target_name}</span> }.into_any()
                } else {
                    view! { <span class="mono">{row.target}</span> }.into_any()
                }}
            </td>
            <td class="mono text-muted max-md:hidden">{row.address.unwrap_or_else(|| "this server".to_owned())}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_page_are_kept_in_the_address() {
        let filter = AuditFilter { actor: Some("a b".to_owned()), ..AuditFilter::default() };
        assert_eq!(page_address("main", &filter, Some("u1")), "/w/main/audit?actor=a%20b&cursor=u1");
        assert_eq!(page_address("main", &AuditFilter::default(), None), "/w/main/audit");
    }
}
