//! Parts of the pages outside a workspace.

use domain::Problem;
use domain::accounts::MIN_PASSWORD;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use leptos::web_sys::FormData;
use leptos_meta::Title;
use serde::de::DeserializeOwned;

use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant};
use crate::components::code_block::CodeText;
use crate::components::note::{Note, NoteTone};
use crate::components::text_input::{PasswordInput, TextInput};
use crate::error::AppError;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::pages::workspace::here::use_address;
use crate::server_fns::accounts::SignOut;
use crate::shell::entry::EntryFrame;

/// A heading, a sentence, and what the page is for.
#[component]
pub fn EntryPage(
    title: &'static str,
    #[prop(optional, into)] text: Option<String>,
    children: Children,
) -> impl IntoView {
    // Erased, because the type of a whole page is too deep for the compiler.
    let frame = view! {
        <EntryFrame next=use_address()>
            <h1 class="text-2xl font-semibold tracking-tight">{title}</h1>
            {text.map(|text| view! { <p class="text-muted mt-1">{text}</p> })}
            <div class="mt-6">{children()}</div>
        </EntryFrame>
    }
    .into_any();
    view! {
        <Title text=title />
        {frame}
    }
    .into_any()
}

/// What went wrong with the last try of an entry form, for its fields.
pub type Tried = Signal<Option<Problem>>;

/// A form of these pages: what went wrong, the fields, one button.
#[component]
pub fn EntryForm<S, Answer>(
    action: ServerAction<S>,
    /// "You are not signed in".
    failed: &'static str,
    /// The fields that show their own message.
    #[prop(default = &[])]
    fields: &'static [&'static str],
    /// Verb and object.
    button: &'static str,
    /// The same while it goes on.
    busy: &'static str,
    /// The fields.
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Protocol = Http<PostUrl, Answer>, Error = AppError>
        + DeserializeOwned
        + Clone
        + Send
        + Sync
        + 'static,
    S::Output: Send + Sync + 'static,
    S::Client: Client<AppError>,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<FormData>,
    Answer: 'static,
{
    let pending = action.pending();
    view! {
        <FormProblem title=failed problem=problem_of(action) fields=fields />
        <ActionForm action=action attr:class="grid gap-4">
            {children()}
            <Button
                variant=ButtonVariant::Primary
                size=ButtonSize::Large
                kind=ButtonKind::Submit
                busy=pending
                class="w-full"
            >
                {move || if pending.get() { busy } else { button }}
            </Button>
        </ActionForm>
    }
}

/// The address one signs in with.
#[component]
pub fn EmailField(
    #[prop(optional, into)] tried: Option<Tried>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let error = tried.map(|tried| wrong(tried, "email"));
    view! {
        <TextInput
            name="email"
            label="E-mail"
            input_type="email"
            value=value.unwrap_or_default()
            autocomplete="username"
            input_class="input-lg"
            spellcheck_off=true
            hint=hint
            error=MaybeProp::derive(move || error?.get())
            required=true
            readonly=readonly
            autofocus=autofocus
        />
    }
}

/// The name others see.
#[component]
pub fn NameField(tried: Tried, #[prop(optional, into)] value: Option<String>) -> impl IntoView {
    view! {
        <TextInput
            name="name"
            label="Your name"
            value=value.unwrap_or_default()
            autocomplete="name"
            input_class="input-lg"
            error=wrong(tried, "name")
            maxlength=80_u32
            autofocus=true
        />
    }
}

/// A password that is being chosen.
#[component]
pub fn NewPasswordField(
    tried: Tried,
    #[prop(default = "Password")] label: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <PasswordInput
            name="password"
            label=label
            autocomplete="new-password"
            input_class="input-lg"
            hint=format!("At least {MIN_PASSWORD} characters. A sentence you remember works well.")
            error=wrong(tried, "password")
            required=true
            autofocus=autofocus
        />
    }
}

/// A link that does not work any more, why, and what to do about it.
#[component]
pub fn Ended(title: &'static str, #[prop(into)] message: String, children: Children) -> impl IntoView {
    view! {
        <EntryPage title=title>
            <Note tone=NoteTone::Warn class="mb-4">
                {message}
            </Note>
            {children()}
        </EntryPage>
    }
}

/// Nobody has an account yet: how to get the link that makes the first.
#[component]
pub fn SetupNeeded() -> impl IntoView {
    view! {
        <EntryPage
            title="Set up Shopfloor"
            text="This server has no account yet. It printed a setup link when it started; open that link to make the owner's account."
        >
            <SetupHint />
        </EntryPage>
    }
}

/// Where the setup link comes from.
#[component]
pub fn SetupHint() -> impl IntoView {
    view! {
        <p class="text-muted">
            "The link stands in the server's log and works once, for a day. For a new one, restart the server:"
        </p>
        <div class="mt-2">
            <CodeText label="Command that prints a new link" code=Signal::stored("shopfloor serve".to_owned()) />
        </div>
    }
}

/// Signs out and comes to the sign-in page; a plain form, because the whole page changes.
#[component]
pub fn SignOutForm(label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=SignOut::url()>
            <Button kind=ButtonKind::Submit icon="log-out">
                {label}
            </Button>
        </form>
    }
}
