//! API keys: the list, and the way to a new one.

use domain::api_keys::ApiKey;
use domain::ids::ApiKeyId;
use leptos::prelude::*;

use super::confirm::ConfirmedSubmit;
use super::new_key::{Created, NewKeyForm};
use crate::components::badge::{Badge, BadgeTone};
use crate::components::empty_state::EmptyState;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Table, Th};
use crate::components::text;
use crate::components::time::{Time, TimeStyle};
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done};
use crate::pages::workspace::load::Load;
use crate::server_fns::api_keys::{CreateApiKey, RevokeApiKey, list_api_keys};

/// The keys of the workspace.
#[component]
pub fn ApiKeysSection(slug: String) -> impl IntoView {
    let create = ServerAction::<CreateApiKey>::new();
    let revoke = ServerAction::<RevokeApiKey>::new();
    toast_when_done(revoke, "Key revoked");
    let slug = StoredValue::new(slug);
    let keys = Resource::new(
        move || (create.version().get(), revoke.version().get()),
        move |_| list_api_keys(slug.get_value()),
    );
    view! {
        <Created action=create slug=slug />
        <FormProblem title="The key was not revoked" problem=problem_of(revoke) />
        <Load
            resource=keys
            failed="The keys could not be loaded"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonRows label="Loading the keys" rows=3 />
                    </div>
                }
            }
            ready=move |keys| view! { <List keys=keys slug=slug revoke=revoke /> }.into_any()
        />
        <NewKeyForm action=create slug=slug />
    }
}

#[component]
fn List(keys: Vec<ApiKey>, slug: StoredValue<String>, revoke: ServerAction<RevokeApiKey>) -> impl IntoView {
    if keys.is_empty() {
        return view! {
            <div class="panel mb-4">
                <EmptyState
                    icon="key-round"
                    title="No keys yet"
                    text="A program that calls Shopfloor needs a key. Make one below."
                />
            </div>
        }
        .into_any();
    }
    view! {
        <section class="panel mb-4" aria-label="API keys">
            <Table label="API keys" class="rounded-lg">
                <thead>
                    <tr>
                        <Th label="Name" />
                        <Th label="Key" class="max-md:hidden" />
                        <Th label="Scopes" class="max-xl:hidden" />
                        <Th label="Created" class="max-lg:hidden" />
                        <Th label="Last used" class="max-md:hidden" />
                        <Th label="Expires" />
                        <Th label="Actions" hide_label=true />
                    </tr>
                </thead>
                <tbody>
                    {keys.into_iter().map(|key| view! { <Row key_=key slug=slug revoke=revoke /> }).collect_view()}
                </tbody>
            </Table>
        </section>
    }
    .into_any()
}

#[component]
fn Row(key_: ApiKey, slug: StoredValue<String>, revoke: ServerAction<RevokeApiKey>) -> impl IntoView {
    let key = key_;
    let scopes = key.scopes.iter().map(|scope| scope.scope()).collect::<Vec<_>>().join(", ");
    let last_used = match key.last_used_at {
        Some(at) => view! { <Time at_ms=at.millis() /> }.into_any(),
        None => "never".into_any(),
    };
    let limit = key.requests_per_minute.map(|limit| {
        view! { <p class="text-xs text-subtle">{format!("{} requests a minute", text::count(u64::from(limit)))}</p> }
    });
    view! {
        <tr>
            <td>
                <p class="font-medium">{key.name.clone()}</p>
                {limit}
            </td>
            <td class="mono text-muted max-md:hidden">{format!("{}…", key.prefix)}</td>
            <td class="mono text-muted max-xl:hidden whitespace-normal">{scopes}</td>
            <td class="text-muted max-lg:hidden">
                <Time at_ms=key.created_at.millis() /> <p class="text-xs text-subtle">{format!("by {}", key.created_by)}</p>
            </td>
            <td class="text-muted num max-md:hidden">{last_used}</td>
            <td>
                {match (key.revoked_at, key.expires_at) {
                    (Some(_), _) => view! { <Badge>"Revoked"</Badge> }.into_any(),
                    (None, Some(at)) => view! { <Time at_ms=at.millis() style=TimeStyle::Local /> }.into_any(),
                    (None, None) => view! { <Badge tone=BadgeTone::Warn icon="triangle-alert">"No expiry"</Badge> }.into_any(),
                }}
            </td>
            <td class="r">
                {key.revoked_at.is_none().then(|| view! { <Revoke id=key.id name=key.name slug=slug action=revoke /> })}
            </td>
        </tr>
    }
}

#[component]
fn Revoke(
    id: ApiKeyId,
    name: String,
    slug: StoredValue<String>,
    action: ServerAction<RevokeApiKey>,
) -> impl IntoView {
    let form = format!("revoke-{id}");
    let form_id = form.clone();
    view! {
        <ActionForm action=action attr:id=form_id>
            <input type="hidden" name="workspace" value=slug.get_value() />
            <input type="hidden" name="key" value=id.to_string() />
            <ConfirmedSubmit
                form=form
                label="Revoke"
                name=format!("Revoke key {name}")
                title=format!("Revoke key “{name}”?")
                message="Programs that use it are refused from now on. This cannot be undone.".to_owned()
                confirm="Revoke key"
                keep="Keep key"
                busy=action.pending()
            />
        </ActionForm>
    }
}
