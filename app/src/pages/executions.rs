//! Being written.
use leptos::prelude::*;
#[component]
pub fn ExecutionsPage() -> impl IntoView {}
#[component]
pub fn ExecutionPage() -> impl IntoView {}
