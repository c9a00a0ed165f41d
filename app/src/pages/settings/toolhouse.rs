//! The connection to Toolhouse: who answers, the key, and ending it. The key is write-only.

use domain::toolhouse::ConnectionStatus;
use leptos::prelude::*;

use super::confirm::ConfirmedSubmit;
use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::panel::Panel;
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::PasswordInput;
use crate::components::time::Time;
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done, wrong};
use crate::pages::workspace::load::Load;
use crate::server_fns::toolhouse::{ConnectToolhouse, DisconnectToolhouse, toolhouse_status};

/// Status, key and disconnect.
#[component]
pub fn ToolhouseSection(slug: String) -> impl IntoView {
    let connect = ServerAction::<ConnectToolhouse>::new();
    let disconnect = ServerAction::<DisconnectToolhouse>::new();
    toast_when_done(connect, "Toolhouse connected");
    toast_when_done(disconnect, "Toolhouse disconnected");
    let slug = StoredValue::new(slug);
    let status = Resource::new(
        move || (connect.version().get(), disconnect.version().get()),
        move |_| toolhouse_status(slug.get_value()),
    );
    let key = RwSignal::new(String::new());
    let value = connect.value();
    // An accepted key does not stay in the field.
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(())))) {
            key.set(String::new());
        }
    });
    view! {
        <FormProblem title="Toolhouse is still connected" problem=problem_of(disconnect) />
        <Load
            resource=status
            failed="The connection could not be checked"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonText label="Checking the connection" />
                    </div>
                }
            }
            ready=move |status| {
                view! { <Status status=status slug=slug disconnect=disconnect /> }.into_any()
            }
        />
        <KeyForm slug=slug connect=connect key=key />
    }
}

#[component]
fn Status(
    status: ConnectionStatus,
    slug: StoredValue<String>,
    disconnect: ServerAction<DisconnectToolhouse>,
) -> impl IntoView {
    let (tone, word, text) = match &status {
        ConnectionStatus::Connected { from_environment: true, .. } => (
            BadgeTone::Ok,
            "Connected",
            "The key comes from the server's environment and serves every workspace without a key of its own.",
        ),
        ConnectionStatus::Connected { from_environment: false, .. } => {
            (BadgeTone::Ok, "Connected", "This workspace uses a key of its own. Executions run on Toolhouse.")
        }
        ConnectionStatus::Simulated => (
            BadgeTone::Warn,
            "Simulated",
            "The built-in simulator answers. Nothing reaches Toolhouse, nothing is charged, and every execution says that it was simulated.",
        ),
        ConnectionStatus::NotConnected => (
            BadgeTone::Neutral,
            "Not connected",
            "Nobody answers. Executions on Toolhouse fail at once. Add a key below.",
        ),
    };
    let (tier, set_at, own) = match status {
        ConnectionStatus::Connected { tier, set_at, from_environment } => (tier, set_at, !from_environment),
        ConnectionStatus::Simulated | ConnectionStatus::NotConnected => (None, None, false),
    };
    let end = own.then(|| {
        view! {
            <ActionForm action=disconnect attr:id="disconnect" attr:class="mt-3.5">
                <input type="hidden" name="workspace" value=slug.get_value() />
                <ConfirmedSubmit
                    form="disconnect".to_owned()
                    label="Disconnect"
                    name="Disconnect Toolhouse".to_owned()
                    title="Disconnect Toolhouse?".to_owned()
                    message="The key is forgotten. Executions that are running go on; new ones need another key.".to_owned()
                    confirm="Disconnect"
                    keep="Keep connected"
                    busy=disconnect.pending()
                />
            </ActionForm>
        }
    });
    view! {
        <Panel id="connection" title="Connection" class="mb-4">
            <div class="p-3.5">
                <p role="status">
                    <Badge tone=tone>{word}</Badge>
                </p>
                <p class="text-muted mt-2 max-w-[72ch]">{text}</p>
                <dl class="dl mt-2">
                    {tier.map(|tier| view! { <dt>"Plan"</dt><dd>{tier}</dd> })}
                    {set_at
                        .map(|at| view! { <dt>"Key"</dt><dd>"Set " <Time at_ms=at.millis() /></dd> })}
                </dl>
                {end}
            </div>
        </Panel>
    }
}

#[component]
fn KeyForm(
    slug: StoredValue<String>,
    connect: ServerAction<ConnectToolhouse>,
    key: RwSignal<String>,
) -> impl IntoView {
    let problem = problem_of(connect);
    view! {
        <Panel id="key-panel" title="Toolhouse key">
            <ActionForm action=connect attr:class="p-3.5 grid gap-4 max-w-[440px]">
                <FormProblem title="The key was not saved" problem=problem fields=&["key"] />
                <input type="hidden" name="workspace" value=slug.get_value() />
                <PasswordInput
                    name="key"
                    label="API key"
                    autocomplete="off"
                    input_class="input-mono"
                    bind=key
                    hint="Checked with Toolhouse, then stored encrypted. It is never shown again; a new key replaces the old one."
                    error=wrong(problem, "key")
                    required=true
                />
                <div>
                    <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=connect.pending()>
                        {move || if connect.pending().get() { "Checking key" } else { "Save key" }}
                    </Button>
                </div>
            </ActionForm>
        </Panel>
    }
}
