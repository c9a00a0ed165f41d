//! Saved filters over the list: links that apply them, a form that keeps the filter of the address, and
//! a way to delete them. All of it works without a script.

use domain::Permission;
use domain::executions::FilterDraft;
use domain::saved_filters::SavedFilter;
use leptos::prelude::*;

use super::address::with_query;
use super::list::Asked;
use crate::components::button::{Button, ButtonKind, ButtonSize};
use crate::components::checkbox::Checkbox;
use crate::components::icon::{Icon, IconSize};
use crate::components::text_input::TextInput;
use crate::once::once;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::pages::workspace::here::may;
use crate::server_fns::saved_filters::{DeleteSavedFilter, SaveFilter, list_saved_filters};

/// The list with a filter.
pub fn href(workspace: &str, filter: &FilterDraft) -> String {
    with_query(&format!("/w/{workspace}/executions"), &filter.parts())
}

/// Saved filters, to apply, keep and delete.
#[component]
pub fn SavedFilters(asked: Asked, workspace: Memo<String>) -> impl IntoView {
    let save = ServerAction::<SaveFilter>::new();
    let delete = ServerAction::<DeleteSavedFilter>::new();
    let found = Resource::new(
        move || (workspace.get(), save.version().get(), delete.version().get()),
        |(workspace, ..)| list_saved_filters(workspace),
    );
    let problem = problem_of(save);
    view! {
        <Transition fallback=|| ()>
            {once(move || Suspend::new(async move {
                // The list works without them; what is wrong with it is told there.
                let found = found.await.unwrap_or_default();
                view! { <Found found=found asked=asked workspace=workspace delete=delete /> }
            }))}
        </Transition>
        <FormProblem title="The filter was not saved" problem=problem fields=&["name"] />
        <FormProblem title="The filter was not deleted" problem=problem_of(delete) />
        <Keep asked=asked workspace=workspace save=save />
    }
}

#[component]
fn Found(
    found: Vec<SavedFilter>,
    asked: Asked,
    workspace: Memo<String>,
    delete: ServerAction<DeleteSavedFilter>,
) -> impl IntoView {
    if found.is_empty() {
        return None;
    }
    let slug = workspace.get_untracked();
    let links = found
        .iter()
        .map(|saved| {
            let filter = saved.filter.clone();
            let current = move || (asked.filter() == filter).then_some("true");
            let href = href(&slug, &saved.filter);
            let icon = if saved.shared { "users" } else { "bookmark" };
            let whose = if saved.shared { "Shared with the workspace" } else { "Only you see it" };
            view! {
                <a class="chip chip-on" href=href aria-current=current title=whose>
                    <Icon name=icon size=IconSize::Small />
                    {saved.name.clone()}
                </a>
            }
        })
        .collect_view();
    let may_share = may(Permission::ExecutionsWrite);
    let rows = found
        .into_iter()
        .filter(|saved| may_share || !saved.shared)
        .map(|saved| {
            let (label, slug) = (format!("Delete {}", saved.name), slug.clone());
            view! {
                <li class="flex items-center gap-2">
                    <span class="min-w-0 truncate">{saved.name}</span>
                    <ActionForm action=delete>
                        <input type="hidden" name="workspace" value=slug />
                        <input type="hidden" name="filter" value=saved.id.to_string() />
                        <Button kind=ButtonKind::Submit size=ButtonSize::IconSmall icon="trash-2" label=label />
                    </ActionForm>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let manage = (!rows.is_empty()).then(|| {
        view! {
            <details>
                <summary class="text-subtle cursor-pointer w-fit">"Delete saved filters"</summary>
                <ul class="mt-2 grid gap-1">{rows}</ul>
            </details>
        }
    });
    Some(view! {
        <div class="flex flex-wrap items-center gap-2 mb-3">
            <nav class="flex flex-wrap items-center gap-2" aria-label="Saved filters">{links}</nav>
            {manage}
        </div>
    })
}

/// The form that keeps the filter of the address, while it leaves something out.
#[component]
fn Keep(asked: Asked, workspace: Memo<String>, save: ServerAction<SaveFilter>) -> impl IntoView {
    let may_share = may(Permission::ExecutionsWrite);
    let name_error = wrong(problem_of(save), "name");
    move || {
        let filter = asked.filter();
        (!filter.is_empty()).then(|| {
            let hidden = filter
                .parts()
                .map(|(name, text)| (format!("filter[{name}]"), text.to_owned()))
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(name, text)| view! { <input type="hidden" name=name value=text /> })
                .collect_view();
            view! {
                <details class="mb-3">
                    <summary class="text-subtle cursor-pointer w-fit">"Save this filter"</summary>
                    <ActionForm action=save>
                        <div class="flex flex-wrap items-end gap-3 mt-2">
                            <input type="hidden" name="workspace" value=workspace.get_untracked() />
                            {hidden}
                            <TextInput name="name" id="saved-filter-name" label="Name" error=name_error class="w-60 max-md:w-full" />
                            {may_share.then(|| view! { <Checkbox name="shared" value="true" label="Share it with the workspace" /> })}
                            <Button kind=ButtonKind::Submit icon="bookmark" busy=save.pending()>"Save"</Button>
                        </div>
                    </ActionForm>
                </details>
            }
        })
    }
}
