//! Making an API key. Its value is shown once: in the answer to the form, or, where a browser without
//! a script posted it, on the page that comes next.

use domain::Permission;
use leptos::prelude::*;

use crate::browser;
use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::checkbox::Checkbox;
use crate::components::code_block::CodeText;
use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::field::{Field, FieldIds};
use crate::components::icon::{Icon, IconSize};
use crate::components::panel::Panel;
use crate::components::select::{Select, SelectOption};
use crate::components::text_input::TextInput;
use crate::once::once;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::api_keys::{CreateApiKey, NewKey, take_new_key};

const FIELDS: &[&str] = &["name", "scopes", "expires_in_days", "requests_per_minute"];
const CREATED: &str = "created-key";

const fn words(scope: Permission) -> &'static str {
    match scope {
        Permission::AgentsRead => "List and read agents",
        Permission::AgentsWrite => "Create, edit, publish and archive agents",
        Permission::ExecutionsRead => "List and read executions",
        Permission::ExecutionsWrite => "Start and cancel executions",
        Permission::SchedulesRead => "List and read schedules",
        Permission::SchedulesWrite => "Create, change, pause and delete schedules",
        Permission::ToolsRead => "List and read tools",
        Permission::ToolsWrite => "Create, change, test and archive tools",
        Permission::SecretsWrite => "Set secrets and use them in tools",
        Permission::ApprovalsWrite => "Answer the questions of executions that wait",
        Permission::PayloadsRead => "See inputs and outputs",
        Permission::KeysWrite => "Manage API keys",
        Permission::AuditRead => "Read the audit log",
        Permission::DataWrite => "See sizes and set retention",
        Permission::MembersRead => "List members",
        Permission::MembersWrite => "Manage members",
        Permission::SettingsWrite => "Change settings",
    }
}

/// What a program that starts executions needs.
fn is_usual(scope: Permission) -> bool {
    matches!(
        scope,
        Permission::AgentsRead
            | Permission::ExecutionsRead
            | Permission::ExecutionsWrite
            | Permission::PayloadsRead
    )
}

/// The form.
#[component]
pub fn NewKeyForm(action: ServerAction<CreateApiKey>, slug: StoredValue<String>) -> impl IntoView {
    let problem = problem_of(action);
    let scopes = wrong(problem, "scopes");
    let boxes = Permission::for_keys()
        .map(|scope| {
            view! {
                <Checkbox
                    label=format!("{} ({scope})", words(scope))
                    name="draft[scopes][]"
                    id=format!("scope-{}", scope.scope().replace(':', "-"))
                    value=scope.scope()
                    checked=Signal::stored(is_usual(scope))
                />
            }
        })
        .collect_view();
    let lives = vec![
        SelectOption::new("30", "30 days"),
        SelectOption::new("90", "90 days"),
        SelectOption::new("365", "1 year"),
        SelectOption::new("", "No expiry"),
    ];
    view! {
        <Panel id="new-key" title="New key">
            <div class="p-3.5">
                <FormProblem title="The key was not made" problem=problem fields=FIELDS />
                <ActionForm action=action attr:class="grid gap-4 max-w-[560px]">
                    <input type="hidden" name="workspace" value=slug.get_value() />
                    <TextInput
                        name="draft[name]"
                        id="key-name"
                        label="Name"
                        hint="What will use it, such as CI or Warehouse sync."
                        error=wrong(problem, "name")
                        maxlength=80_u32
                        required=true
                    />
                    <fieldset aria-describedby="scopes-error">
                        <legend class="label">"Scopes"</legend>
                        <div class="grid gap-0.5">{boxes}</div>
                        <div id="scopes-error">
                            {move || {
                                scopes
                                    .get()
                                    .map(|text| {
                                        view! {
                                            <p class="err">
                                                <Icon name="circle-alert" size=IconSize::Small />
                                                <span>{text}</span>
                                            </p>
                                        }
                                    })
                            }}
                        </div>
                    </fieldset>
                    <Select
                        name="draft[expires_in_days]"
                        id="key-life"
                        label="Expires after"
                        options=Signal::stored(lives)
                        value=Signal::stored("90".to_owned())
                        error=wrong(problem, "expires_in_days")
                    />
                    <TextInput
                        name="draft[requests_per_minute]"
                        id="key-limit"
                        label="Requests per minute"
                        mark="optional"
                        input_type="number"
                        min="1"
                        max="1000000"
                        hint="Leave empty for no limit."
                        error=wrong(problem, "requests_per_minute")
                    />
                    <div>
                        <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=action.pending()>
                            {move || if action.pending().get() { "Creating key" } else { "Create key" }}
                        </Button>
                    </div>
                </ActionForm>
            </div>
        </Panel>
    }
}

/// The new key with its value, until it is put away.
#[component]
pub fn Created(action: ServerAction<CreateApiKey>, slug: StoredValue<String>) -> impl IntoView {
    let left = Resource::new(|| (), move |()| take_new_key(slug.get_value()));
    let put_away = RwSignal::new(0_usize);
    let (version, value) = (action.version(), action.value());
    let origin = RwSignal::new("https://shopfloor.example.com".to_owned());
    // The address of this server as the person sees it, for an example that works as it is.
    Effect::new(move |_| {
        if let Ok(here) = window().location().origin() {
            origin.set(here);
        }
    });
    let made = Memo::new(move |_| {
        if version.get() == put_away.get() {
            return None;
        }
        value.with(|value| {
            value.as_ref()?.as_ref().ok().map(|NewKey { key, text }| (key.name.clone(), text.clone()))
        })
    });
    Effect::new(move |_| {
        if made.read().is_some() {
            browser::focus(CREATED);
        }
    });
    let left = move || {
        Suspend::new(async move {
            let (name, text) = left.await.ok().flatten()?;
            Some(shown(&name, text, origin, None))
        })
    };
    let made = move || {
        let (name, text) = made.get()?;
        let put_away = Callback::new(move |()| put_away.set(version.get_untracked()));
        Some(shown(&name, text, origin, Some(put_away)))
    };
    view! {
        <Suspense>{once(left)}</Suspense>
        {made}
    }
}

/// A key with its value, and a button that puts it away where there is a script to do so.
fn shown(name: &str, text: String, origin: RwSignal<String>, put_away: Option<Callback<()>>) -> AnyView {
    let ids = FieldIds::new("key-value".to_owned());
    let example = Signal::derive({
        let text = text.clone();
        move || format!("curl {}/api/v1/me \\\n  -H \"Authorization: Bearer {text}\"", origin.read())
    });
    view! {
        <section class="panel mb-4 p-3.5" id=CREATED tabindex="-1" aria-labelledby="created-title">
            <h2 id="created-title" class="font-semibold">{format!("Key “{name}” created")}</h2>
            <p class="text-muted mt-0.5 mb-3">
                "Copy it now. This is the only time it is shown; Shopfloor keeps a hash of it."
            </p>
            <Field ids=ids.clone() label="API key">
                <div class="flex gap-2 max-sm:flex-col max-w-[640px]">
                    <input id=ids.control.clone() class="input input-mono" readonly=true value=text.clone() />
                    <CopyButton text=Signal::stored(text) what="API key" style=CopyStyle::Button />
                </div>
            </Field>
            <p class="font-medium mt-4 mb-1.5">"Try it"</p>
            <CodeText label="curl example" code=example />
            {put_away.map(|put_away| view! {
                <div class="mt-4">
                    <Button on_press=move |()| put_away.run(())>"I have stored the key"</Button>
                </div>
            })}
        </section>
    }
    .into_any()
}
