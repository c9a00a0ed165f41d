//! Being written.
use leptos::prelude::*;
#[component]
pub fn SignInPage() -> impl IntoView {}
#[component]
pub fn SetupPage() -> impl IntoView {}
#[component]
pub fn InvitationPage() -> impl IntoView {}
#[component]
pub fn ResetPage() -> impl IntoView {}
