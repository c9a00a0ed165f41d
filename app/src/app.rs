//! The application: contexts and the table of pages.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::browser::mark_hydrated;
use crate::kept::provide_kept;
use crate::pages::{
    agents, audit, batches, executions, home, not_found, overview, queue, schedules, settings, sign_in,
    tools, workspace,
};
use crate::shell::context::provide_interface;

/// The whole application. Pages are rendered completely before they are sent, so that they read
/// without JavaScript and carry the right status.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_interface();
    provide_kept();
    mark_hydrated();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Shopfloor".to_owned() } else { format!("{title} · Shopfloor") } />
        <Router>
            <Routes fallback=not_found::NotFoundPage>
                <Route path=path!("/") view=home::HomePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=sign_in::SetupPage ssr=SsrMode::Async />
                <Route path=path!("/invitation") view=sign_in::InvitationPage ssr=SsrMode::Async />
                <Route path=path!("/reset") view=sign_in::ResetPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/w/:workspace") view=workspace::WorkspaceFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=overview::OverviewPage ssr=SsrMode::Async />
                    <Route path=path!("agents") view=agents::AgentsPage ssr=SsrMode::Async />
                    <Route path=path!("agents/new") view=agents::NewAgentPage ssr=SsrMode::Async />
                    <Route path=path!("agents/:slug/:tab") view=agents::AgentPage ssr=SsrMode::Async />
                    <Route path=path!("executions") view=executions::ExecutionsPage ssr=SsrMode::Async />
                    <Route path=path!("executions/bulk") view=executions::BulkActionsPage ssr=SsrMode::Async />
                    <Route path=path!("executions/bulk/new") view=executions::ConfirmBulkPage ssr=SsrMode::Async />
                    <Route path=path!("executions/bulk/:id") view=executions::BulkPage ssr=SsrMode::Async />
                    <Route path=path!("executions/compare") view=executions::ComparePage ssr=SsrMode::Async />
                    <Route path=path!("executions/:id/rerun") view=executions::RerunPage ssr=SsrMode::Async />
                    <Route path=path!("executions/:id") view=executions::ExecutionPage ssr=SsrMode::Async />
                    <Route path=path!("tools") view=tools::ToolsPage ssr=SsrMode::Async />
                    <Route path=path!("tools/new") view=tools::NewToolPage ssr=SsrMode::Async />
                    <Route path=path!("tools/:id") view=tools::ToolPage ssr=SsrMode::Async />
                    <Route path=path!("tools/:id/edit") view=tools::EditToolPage ssr=SsrMode::Async />
                    <Route path=path!("queue") view=queue::QueuePage ssr=SsrMode::Async />
                    <Route path=path!("schedules") view=schedules::SchedulesPage ssr=SsrMode::Async />
                    <Route path=path!("schedules/new") view=schedules::NewSchedulePage ssr=SsrMode::Async />
                    <Route path=path!("schedules/:id") view=schedules::SchedulePage ssr=SsrMode::Async />
                    <Route path=path!("schedules/:id/edit") view=schedules::EditSchedulePage ssr=SsrMode::Async />
                    <Route path=path!("batches") view=batches::BatchesPage ssr=SsrMode::Async />
                    <Route path=path!("batches/new") view=batches::NewBatchPage ssr=SsrMode::Async />
                    <Route path=path!("batches/:id") view=batches::BatchPage ssr=SsrMode::Async />
                    <Route path=path!("audit") view=audit::AuditPage ssr=SsrMode::Async />
                    <Route path=path!("settings/:section?") view=settings::SettingsPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
