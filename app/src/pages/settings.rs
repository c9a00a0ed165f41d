//! Settings of the person and of the workspace: a list at the left, one section at a time.

pub mod api_keys;
pub mod appearance;
pub mod confirm;
pub mod data;
pub mod device;
pub mod members;
pub mod new_key;
pub mod profile;
pub mod sections;
pub mod sessions;
pub mod toolhouse;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_params_map;

use self::sections::{Section, SectionList};
use super::not_found::NotFound;
use super::workspace::here::use_slug;

/// `/settings/:section`.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let slug = use_slug();
    let params = use_params_map();
    let section = Memo::new(move |_| params.read().get("section").unwrap_or_default());
    move || {
        let slug = slug.get();
        let word = section.get();
        match Section::parse(&word) {
            Some(section) => view! { <Shown section=section slug=slug /> }.into_any(),
            None if word.is_empty() => view! { <Redirect path=Section::Profile.href(&slug) /> }.into_any(),
            None => view! { <NotFound home=format!("/w/{slug}") /> }.into_any(),
        }
    }
}

#[component]
fn Shown(section: Section, slug: String) -> impl IntoView {
    let body = match section {
        Section::Profile => view! { <profile::ProfileSection /> }.into_any(),
        Section::Sessions => view! { <sessions::SessionsSection /> }.into_any(),
        Section::Appearance => view! { <appearance::AppearanceSection /> }.into_any(),
        Section::Members => view! { <members::MembersSection slug=slug.clone() /> }.into_any(),
        Section::ApiKeys => view! { <api_keys::ApiKeysSection slug=slug.clone() /> }.into_any(),
        Section::Toolhouse => view! { <toolhouse::ToolhouseSection slug=slug.clone() /> }.into_any(),
        Section::Data => view! { <data::DataSection slug=slug.clone() /> }.into_any(),
    };
    view! {
        <Title text=section.label() />
        <div class="grid grid-cols-[minmax(0,1fr)] gap-6 lg:grid-cols-[192px_minmax(0,1fr)]">
            <SectionList current=section slug=slug />
            <div class="min-w-0">
                <div class="mb-4">
                    <h1 class="page-title">{section.label()}</h1>
                    <p class="text-muted mt-0.5">{section.about()}</p>
                </div>
                {body}
            </div>
        </div>
    }
}
