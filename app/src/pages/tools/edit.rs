//! The pages that make and change a tool.

use domain::ids::ToolId;
use domain::tools::{Tool, ToolDraft};
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::form::ToolFields;
use crate::components::note::{Note, NoteTone};
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::kept::kept;
use crate::once::once;
use crate::pages::executions::address::{use_part, use_workspace};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::problem_of;
use crate::pages::workspace::here::may;
use crate::server_fns::tools::{CreateTool, ShownTool, UpdateTool, get_tool};
use crate::shell::context::name_page;

fn go_to_saved(workspace: String, saved: impl Fn() -> Option<ToolId> + 'static) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(id) = saved() {
            navigate(&format!("/w/{workspace}/tools/{id}"), NavigateOptions::default());
        }
    });
}

/// The page with an empty form.
#[component]
pub fn NewToolPage() -> impl IntoView {
    let workspace = use_workspace().get_untracked();
    let create = ServerAction::<CreateTool>::new();
    let value = create.value();
    go_to_saved(workspace.clone(), move || value.get().and_then(Result::ok).map(|tool| tool.id));
    let draft = kept::<CreateTool>().map(|typed| typed.draft).unwrap_or_default();
    let shown = if may(Permission::ToolsWrite) {
        view! {
            <ActionForm action=create>
                <input type="hidden" name="workspace" value=workspace.clone() />
                <ToolFields
                    draft=draft
                    problem=problem_of(create)
                    pending=create.pending().into()
                    words=("Create tool", "Creating tool")
                    back=format!("/w/{workspace}/tools")
                />
            </ActionForm>
        }
        .into_any()
    } else {
        view! { <Note tone=NoteTone::Warn title="You may not make tools" icon="lock">"Members of the workspace can."</Note> }
            .into_any()
    };
    view! {
        <Title text="New tool" />
        <PageHead title="New tool" />
        {shown}
    }
}

async fn load(workspace: String, id: String) -> Result<ShownTool, AppError> {
    let id = id.parse::<ToolId>().map_err(|_| AppError(Problem::not_found("tool")))?;
    get_tool(workspace, id).await
}

/// The page with the form of one tool.
#[component]
pub fn EditToolPage() -> impl IntoView {
    let (workspace, id) = (use_workspace(), use_part("id"));
    let loaded = Resource::new(move || (workspace.get(), id.get()), |(workspace, id)| load(workspace, id));
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Title text="Change a tool" />
        <PageHead title="Change a tool" />
        <Transition fallback=|| view! { <SkeletonText label="Loading the tool" block=true /> }>
            {once(move || Suspend::new(async move {
                let workspace = workspace.get_untracked();
                match loaded.await {
                    Ok(shown) => view! { <ChangeForm workspace=workspace tool=shown.tool /> }.into_any(),
                    Err(error) => {
                        let back = (format!("/w/{workspace}/tools"), "All tools");
                        view! { <LoadFailed title="The tool could not be loaded" error=error on_retry=retry back=back /> }
                            .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

#[component]
fn ChangeForm(workspace: String, tool: Tool) -> impl IntoView {
    let update = ServerAction::<UpdateTool>::new();
    let value = update.value();
    go_to_saved(workspace.clone(), move || value.get().and_then(Result::ok).map(|tool| tool.id));
    let (id, version, name) = (tool.id, tool.version, tool.config.name.clone());
    name_page(move || Some(name.clone()));
    let typed = kept::<UpdateTool>().filter(|typed| typed.tool == id);
    let draft = typed.map_or_else(|| ToolDraft::of(&tool.config), |typed| typed.draft);
    view! {
        <ActionForm action=update>
            <input type="hidden" name="workspace" value=workspace.clone() />
            <input type="hidden" name="tool" value=id.to_string() />
            <input type="hidden" name="version" value=version.to_string() />
            <ToolFields
                draft=draft
                problem=problem_of(update)
                pending=update.pending().into()
                words=("Save as a new version", "Saving")
                back=format!("/w/{workspace}/tools/{id}")
            />
        </ActionForm>
    }
}
