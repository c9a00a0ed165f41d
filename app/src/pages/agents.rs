//! Being written.
use leptos::prelude::*;
#[component]
pub fn AgentsPage() -> impl IntoView {}
#[component]
pub fn NewAgentPage() -> impl IntoView {}
#[component]
pub fn AgentPage() -> impl IntoView {}
