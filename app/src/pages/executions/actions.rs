//! What can be done with an execution: stop it, run it again, go on with the conversation. All are
//! forms, so they work before the page is alive.

use domain::Permission;
use domain::executions::Status;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::keys::on_key;
use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::icon::{Icon, IconSize};
use crate::components::menu::{Menu, MenuAlign, MenuItem, MenuLink};
use crate::components::panel::Panel;
use crate::components::text_area::TextArea;
use crate::live::LiveExecution;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::pages::workspace::here::may;
use crate::server_fns::executions::{CancelExecution, FollowUp, RerunExecution};

/// Asks for a stop while there is something to stop.
#[component]
pub fn CancelButton(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let is_allowed = may(Permission::ExecutionsWrite);
    let cancel = ServerAction::<CancelExecution>::new();
    let value = cancel.value();
    // The answer is a newer state of what the stream tells; reading again keeps one way in.
    Effect::new(move |_| {
        if value.read().is_some() {
            live.read_again();
        }
    });
    let is_active = Memo::new(move |_| live.is_active());
    let is_cancelling =
        Signal::derive(move || live.shown.read().detail.row.cancelling || cancel.pending().get());
    let id = live.shown.read_untracked().detail.row.id.to_string();
    on_key("c", "[data-key=cancel] button");
    let why = Signal::derive(move || is_cancelling.get().then(|| "It is asked to stop already.".to_owned()));
    let form = move || {
        let (workspace, id) = (workspace.clone(), id.clone());
        (is_allowed && is_active.get()).then(|| {
            view! {
                <div data-key="cancel">
                    <ActionForm action=cancel>
                        <input type="hidden" name="workspace" value=workspace />
                        <input type="hidden" name="execution" value=id />
                        <Button
                            kind=ButtonKind::Submit
                            variant=ButtonVariant::Danger
                            icon="square"
                            shortcut="C"
                            busy=cancel.pending()
                            disabled_reason=why
                        >
                            {move || if is_cancelling.get() { "Cancelling" } else { "Cancel" }}
                        </Button>
                    </ActionForm>
                </div>
            }
        })
    };
    view! {
        {form}
        <FormProblem title="It was not cancelled" problem=problem_of(cancel) />
    }
}

/// Runs the same input again, with the version that ran or the one that is published now, or leads to
/// the page where the input is edited first.
#[component]
pub fn RunAgainButton(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    if !may(Permission::ExecutionsWrite) {
        return None;
    }
    let detail = live.shown.get_untracked().detail;
    let rerun = ServerAction::<RerunExecution>::new();
    let value = rerun.value();
    go_to_started(workspace.clone(), move || {
        value.get().and_then(Result::ok).map(|detail| detail.row.id.to_string())
    });
    on_key("r", "[data-key=run-again] button");
    let edit = format!("/w/{workspace}/executions/{}/rerun", detail.row.id);
    let original = detail.row.version.map_or_else(|| "its draft".to_owned(), |number| format!("v{number}"));
    let chevron = ViewFn::from(|| view! { <Icon name="chevron-down" size=IconSize::Small /> });
    Some(view! {
        <div data-key="run-again">
            <ActionForm action=rerun>
                <input type="hidden" name="workspace" value=workspace />
                <input type="hidden" name="execution" value=detail.row.id.to_string() />
                <div class="flex items-center gap-1">
                    <Button
                        kind=ButtonKind::Submit
                        variant=if detail.row.status.is_trouble() { ButtonVariant::Primary } else { ButtonVariant::Secondary }
                        icon="rotate-cw"
                        shortcut="R"
                        busy=rerun.pending()
                        name="rerun[version]"
                        value="original"
                    >
                        {move || if rerun.pending().get() { "Starting" } else { "Run again" }}
                    </Button>
                    <Menu label="More ways to run again" button=chevron align=MenuAlign::End>
                        <MenuItem
                            label=format!("Same input, {original}")
                            icon="rotate-cw"
                            name="rerun[version]"
                            value="original"
                        />
                        <MenuItem
                            label="Same input, published version"
                            icon="tag"
                            name="rerun[version]"
                            value="current"
                        />
                        {detail.payloads_visible.then(|| view! { <MenuLink label="Edit the input first" icon="pencil" href=edit /> })}
                    </Menu>
                </div>
            </ActionForm>
        </div>
        <FormProblem title="It was not started" problem=problem_of(rerun) />
    })
}

/// Goes to the execution that was started.
pub fn go_to_started(workspace: String, started: impl Fn() -> Option<String> + 'static) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(id) = started() {
            navigate(&format!("/w/{workspace}/executions/{id}"), leptos_router::NavigateOptions::default());
        }
    });
}

/// The next message of the conversation, once this one went well.
#[component]
pub fn FollowUpForm(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let follow = ServerAction::<FollowUp>::new();
    let value = follow.value();
    go_to_started(workspace.clone(), move || {
        value.get().and_then(Result::ok).map(|detail| detail.row.id.to_string())
    });
    let text = RwSignal::new(String::new());
    let is_allowed = may(Permission::ExecutionsWrite);
    let is_open = Memo::new(move |_| {
        let shown = live.shown.read();
        is_allowed && shown.detail.row.status == Status::Succeeded && shown.detail.payloads_visible
    });
    let id = live.shown.read_untracked().detail.row.id;
    let problem = problem_of(follow);
    let field = wrong(problem, "message");
    move || {
        let (workspace, sent) = (workspace.clone(), workspace.clone());
        is_open.get().then(|| {
            view! {
                <Panel id="follow-up" title="Continue the conversation">
                    <ActionForm action=follow>
                        <div class="p-3.5 grid gap-2.5">
                            <input type="hidden" name="workspace" value=workspace />
                            <input type="hidden" name="execution" value=id.to_string() />
                            <TextArea
                                name="message"
                                id="follow-up-message"
                                label="Message"
                                rows=3
                                bind=text
                                error=field
                                on_submit=move |()| {
                                    follow.dispatch(FollowUp {
                                        workspace: sent.clone(),
                                        execution: id,
                                        message: text.get_untracked(),
                                        form: String::new(),
                                    });
                                }
                            />
                            <div class="flex justify-end">
                                <Button kind=ButtonKind::Submit icon="send" shortcut="Control+Enter" busy=follow.pending()>
                                    {move || if follow.pending().get() { "Sending" } else { "Send" }}
                                </Button>
                            </div>
                            <FormProblem title="The message was not sent" problem=problem fields=&["message"] />
                        </div>
                    </ActionForm>
                </Panel>
            }
        })
    }
}
