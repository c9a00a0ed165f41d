//! The dialogs of an agent that only ask or show: archive and export. The address opens them, so
//! they also work before the page is alive.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::detail::Here;
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::code_block::CodeText;
use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::dialog::{Dialog, DialogShape};
use crate::components::skeleton::SkeletonText;
use crate::components::toast::{Toast, use_toasts};
use crate::once::once;
use crate::pages::executions::address::use_query_value;
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::server_fns::agents::{ArchiveAgent, export_agent, get_agent};

/// A dialog that `?dialog=name` opens: the signal for it, and how to leave.
pub fn addressed(name: &'static str) -> (RwSignal<bool>, Callback<()>) {
    let asked = use_query_value("dialog");
    let open = RwSignal::new(asked.get_untracked() == name);
    // The dialog writes the signal when it is closed by key; the address opens it again later.
    Effect::new(move |_| open.set(asked.read().as_str() == name));
    let path = use_location().pathname;
    let navigate = use_navigate();
    let leave = Callback::new(move |()| {
        if asked.get_untracked() == name {
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&path.get_untracked(), options);
        }
    });
    (open, leave)
}

/// Reads the agent again after a change.
pub fn read_again(here: Here) {
    leptos::task::spawn_local(async move {
        let (workspace, slug) = (here.workspace.get_value(), here.agent.get_untracked().slug);
        if let Ok(agent) = get_agent(workspace, slug).await {
            here.agent.try_set(agent);
        }
    });
}

/// Asks before an agent is taken out of use.
#[component]
pub fn ArchiveDialog(here: Here) -> impl IntoView {
    let (open, leave) = addressed("archive");
    let archive = ServerAction::<ArchiveAgent>::new();
    let value = archive.value();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if matches!(*value.read(), Some(Ok(()))) {
            toasts.show(Toast::success("Agent archived"));
            read_again(here);
            leave.run(());
        }
    });
    let path = use_location().pathname;
    view! {
        <Dialog
            id="archive"
            open=open
            title="Archive this agent?"
            description="It takes no new executions and can no longer be changed. Executions that go on finish. Its versions and history stay."
            on_close=leave
        >
            <ActionForm action=archive>
                <input type="hidden" name="workspace" value=here.workspace.get_value() />
                <input type="hidden" name="agent" value=here.agent.get_untracked().id.to_string() />
                <div class="mt-3">
                    <FormProblem title="The agent was not archived" problem=problem_of(archive) />
                </div>
                <div class="dialog-foot">
                    <LinkButton href=path>"Keep agent"</LinkButton>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::DangerSolid busy=archive.pending()>
                        "Archive agent"
                    </Button>
                </div>
            </ActionForm>
        </Dialog>
    }
}

/// Text as a link that downloads it.
fn data_address(text: &str) -> String {
    use std::fmt::Write as _;
    let mut address = String::from("data:text/yaml;charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// The agent as a th file, to copy or to keep.
#[component]
pub fn ExportDialog(here: Here) -> impl IntoView {
    let (open, leave) = addressed("export");
    let asked = use_query_value("dialog");
    let file = Resource::new(
        move || {
            (asked.read().as_str() == "export")
                .then(|| (here.workspace.get_value(), here.agent.get_untracked().id))
        },
        |wanted| async move {
            match wanted {
                Some((workspace, agent)) => export_agent(workspace, agent).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let retry = Callback::new(move |()| file.refetch());
    let name = move || format!("{}.th.yaml", here.agent.read_untracked().slug);
    let path = use_location().pathname;
    view! {
        <Dialog id="export" open=open title="Th file" shape=DialogShape::Wide on_close=leave>
            <Transition fallback=|| view! { <SkeletonText label="Writing the file" /> }>
                {once(move || Suspend::new(async move {
                    match file.await {
                        Ok(None) => view! { <SkeletonText label="Writing the file" /> }.into_any(),
                        Ok(Some(text)) => {
                            let href = data_address(&text);
                            view! {
                                <div class="mt-3 clip"><CodeText label="Th file" code=text.clone() /></div>
                                <div class="dialog-foot">
                                    <LinkButton href=path>"Close"</LinkButton>
                                    <CopyButton text=text what="th file" style=CopyStyle::Button />
                                    <a class="btn btn-primary" href=href download=name() rel="external">"Download"</a>
                                </div>
                            }
                            .into_any()
                        }
                        Err(error) => view! {
                            <div class="mt-3">
                                <LoadFailed title="The file could not be written" error=error on_retry=retry />
                            </div>
                        }
                        .into_any(),
                    }
                }))}
            </Transition>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::data_address;

    #[test]
    fn a_file_survives_as_an_address() {
        assert_eq!(data_address("a: \"ä\"\n"), "data:text/yaml;charset=utf-8,a%3A%20%22%C3%A4%22%0A");
    }
}
