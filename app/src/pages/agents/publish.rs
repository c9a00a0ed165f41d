//! Review and publish: what the draft changes against the live version, a note, and the button.

use domain::Kind;
use domain::agents::{Agent, Change};
use domain::ids::AgentId;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::compare::Changes;
use super::detail::Here;
use super::dialogs::{addressed, read_again};
use super::field_names::label;
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::dialog::{Dialog, DialogShape};
use crate::components::note::{Note, NoteTone};
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::TextInput;
use crate::components::toast::{Toast, use_toasts};
use crate::once::once;
use crate::pages::executions::address::use_query_value;
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::agents::{PublishAgent, diff_versions};

/// What the resource is asked for: nothing while the dialog is closed.
type Wanted = Option<(String, AgentId, Option<u32>, u64)>;

/// The dialog.
#[component]
pub fn PublishDialog(here: Here) -> impl IntoView {
    let (open, leave) = addressed("publish");
    let asked = use_query_value("dialog");
    let agent = here.agent;
    let changes = Resource::new(
        move || -> Wanted {
            let agent = agent.read();
            let is_open = asked.read().as_str() == "publish";
            is_open.then(|| (here.workspace.get_value(), agent.id, agent.published_version, agent.revision))
        },
        |wanted: Wanted| async move {
            match wanted {
                Some((workspace, agent, live @ Some(_), _)) => {
                    diff_versions(workspace, agent, live, None).await.map(Some)
                }
                Some((_, _, None, _)) => Ok(Some(Vec::new())),
                None => Ok(None),
            }
        },
    );
    let retry = Callback::new(move |()| changes.refetch());
    let publish = ServerAction::<PublishAgent>::new();
    let value = publish.value();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(version)) = value.get() {
            let toast = Toast::success(format!("v{} is live", version.row.number));
            toasts.show(toast.with_text("New executions use it. Those that go on finish on theirs."));
            read_again(here);
            leave.run(());
        }
    });
    let note = RwSignal::new(String::new());
    let is_typed = Signal::derive(move || !note.read().trim().is_empty());
    let problem = problem_of(publish);
    let path = use_location().pathname;
    view! {
        <Dialog
            id="publish"
            open=open
            title="Review and publish"
            description="New executions use the new version. Executions that go on finish on theirs."
            shape=DialogShape::Wide
            unsaved=is_typed
            on_close=leave
        >
            <Blocked here=here />
            <div class="mt-3 rounded-md border border-line max-h-80 overflow-auto" tabindex="0" role="region" aria-label="Changes">
                <Transition fallback=|| view! { <SkeletonText label="Comparing" /> }>
                    {once(move || Suspend::new(async move {
                        match changes.await {
                            Ok(None) => view! { <SkeletonText label="Comparing" /> }.into_any(),
                            Ok(Some(changes)) => {
                                view! { <Reviewed changes=changes published=agent.get_untracked().published_version /> }.into_any()
                            }
                            Err(error) => view! {
                                <LoadFailed title="The changes could not be loaded" error=error on_retry=retry />
                            }
                            .into_any(),
                        }
                    }))}
                </Transition>
            </div>
            <ActionForm action=publish>
                <input type="hidden" name="workspace" value=here.workspace.get_value() />
                <input type="hidden" name="agent" value=agent.get_untracked().id.to_string() />
                <input type="hidden" name="publish[revision]" value=move || agent.read().revision.to_string() />
                <div class="mt-3 grid gap-3">
                    <TextInput
                        name="publish[note]"
                        id="publish-note"
                        label="Note"
                        mark="optional, what changed"
                        maxlength=200_u32
                        bind=note
                        error=wrong(problem, "note")
                    />
                    <FormProblem title="The draft was not published" problem=problem fields=&["note"] />
                    {move || is_stale(problem.get()).then(|| view! { <ReadAgain here=here /> })}
                </div>
                <div class="dialog-foot">
                    <LinkButton href=path>"Keep as draft"</LinkButton>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary busy=publish.pending()>
                        {move || if publish.pending().get() { "Publishing" } else { "Publish" }}
                    </Button>
                </div>
            </ActionForm>
        </Dialog>
    }
}

fn is_stale(problem: Option<domain::Problem>) -> bool {
    problem.is_some_and(|problem| problem.kind == Kind::StaleRevision)
}

#[component]
fn ReadAgain(here: Here) -> impl IntoView {
    view! { <Button icon="rotate-cw" on_press=move |()| read_again(here)>"Load the new draft"</Button> }
}

/// What stands in the way, before anybody presses the button.
#[component]
fn Blocked(here: Here) -> impl IntoView {
    let missing = move |agent: &Agent| agent.config.ready().err().map(|problem| problem.fields);
    move || {
        let fields = missing(&here.agent.read())?;
        let list = fields
            .into_iter()
            .map(|error| view! { <li>{format!("{}: {}", label(&error.field), error.message)}</li> })
            .collect_view();
        Some(view! {
            <Note tone=NoteTone::Warn class="mt-3" title="The draft is not ready">
                <ul>{list}</ul>
            </Note>
        })
    }
}

#[component]
fn Reviewed(changes: Vec<Change>, published: Option<u32>) -> impl IntoView {
    match (published, changes.is_empty()) {
        (None, _) => view! { <p class="p-3.5 text-muted">"This is the first version. Everything in the draft is new."</p> }.into_any(),
        (Some(number), true) => {
            view! { <p class="p-3.5 text-muted">{format!("The draft is the same as v{number}.")}</p> }.into_any()
        }
        (Some(_), false) => view! { <ul class="rows"><Changes changes=changes /></ul> }.into_any(),
    }
}
