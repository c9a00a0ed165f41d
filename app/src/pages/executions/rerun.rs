//! Running an execution again with an edited input: message, variables, and which version. The version
//! is in the address, so choosing it works without a script; what is typed stays while it changes.

use std::collections::BTreeMap;

use domain::Problem;
use domain::executions::{RerunChoices, RerunVersion};
use domain::ids::ExecutionId;
use leptos::prelude::*;
use leptos_meta::Title;

use super::actions::go_to_started;
use super::address::{use_part, use_query_value, use_workspace, with_query};
use super::failure::LoadFailed;
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::checkbox::Checkbox;
use crate::components::panel::{PageHead, Panel};
use crate::components::segmented::{Segment, Segmented};
use crate::components::skeleton::SkeletonText;
use crate::components::text_area::TextArea;
use crate::error::AppError;
use crate::kept::kept;
use crate::once::once;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::executions::{RerunExecution, get_rerun_choices};
use crate::shell::context::name_page;

/// Loads what can be chosen.
#[component]
pub fn RerunPage() -> impl IntoView {
    let (workspace, id) = (use_workspace(), use_part("id"));
    let loaded = Resource::new(
        move || (workspace.get(), id.get()),
        |(workspace, id)| async move {
            let id = id.parse::<ExecutionId>().map_err(|_| AppError(Problem::not_found("execution")))?;
            get_rerun_choices(workspace, id).await
        },
    );
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Title text="Run again" />
        <Transition fallback=|| view! { <SkeletonText label="Loading the input" block=true /> }>
            {once(move || Suspend::new(async move {
                match loaded.await {
                    Ok(choices) => {
                        view! { <RerunForm workspace=workspace.get_untracked() choices=choices /> }.into_any()
                    }
                    Err(error) => {
                        let back = (format!("/w/{}/executions", workspace.get_untracked()), "All executions");
                        view! {
                            <PageHead title="Run again" />
                            <LoadFailed title="The input could not be loaded" error=error on_retry=retry back=back />
                        }
                        .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

fn version_label(words: &str, version: &RerunVersion) -> String {
    version.number.map_or_else(|| format!("{words}, draft"), |number| format!("{words}, v{number}"))
}

/// The form with the input as it was.
#[component]
pub fn RerunForm(#[prop(into)] workspace: String, choices: RerunChoices) -> impl IntoView {
    name_page(|| Some("Run again".to_owned()));
    let asked = use_query_value("version");
    let rerun = ServerAction::<RerunExecution>::new();
    let value = rerun.value();
    go_to_started(workspace.clone(), move || {
        value.get().and_then(Result::ok).map(|detail| detail.row.id.to_string())
    });
    let problem = problem_of(rerun);
    let RerunChoices { execution, title, message, original, current } = choices;
    let kept = kept::<RerunExecution>().filter(|kept| kept.execution == execution).map(|kept| kept.rerun);
    let typed_vars = kept.as_ref().and_then(|kept| kept.vars.clone()).unwrap_or_default();
    let text = kept.and_then(|kept| kept.message).unwrap_or(message);
    let path = format!("/w/{workspace}/executions/{execution}");
    let here = format!("{path}/rerun");
    let has_current = current.is_some();
    let mut segments = vec![Segment::link("original", version_label("Original", &original), here.clone())];
    if let Some(current) = &current {
        let href = with_query(&here, &[("version", "current")]);
        segments.push(Segment::link("current", version_label("Published", current), href));
    }
    let chosen = Memo::new(move |_| {
        if has_current && asked.read().as_str() == "current" { "current" } else { "original" }.to_owned()
    });
    // One signal for each name that either version knows: what is typed stays while the version changes.
    let mut values: BTreeMap<String, RwSignal<String>> = BTreeMap::new();
    let names = |version: &RerunVersion| version.vars.keys().cloned().collect::<Vec<_>>();
    let (in_original, in_current) = (names(&original), current.as_ref().map(names).unwrap_or_default());
    for (name, value) in
        current.into_iter().flat_map(|current| current.vars).chain(original.vars).chain(typed_vars)
    {
        values.insert(name, RwSignal::new(value));
    }
    let fields = move || {
        let names = if chosen.read().as_str() == "current" { &in_current } else { &in_original };
        names
            .iter()
            .enumerate()
            .filter_map(|(index, name)| Some((index, name.clone(), *values.get(name)?)))
            .map(|(index, name, bind)| view! { <Variable index=index name=name bind=bind problem=problem /> })
            .collect_view()
    };
    let above = Signal::derive(move || problem.get().filter(|problem| problem.fields.is_empty()));
    let original_path = path.clone();
    let meta = ViewFn::from(move || {
        let (path, title) = (original_path.clone(), title.clone());
        view! { <span>"Input of " <a class="link" href=path>{if title.is_empty() { execution.to_string() } else { title }}</a></span> }
    });
    view! {
        <PageHead title="Run again" meta=meta />
        <ActionForm action=rerun>
            <Panel id="rerun" title="Input">
                <div class="p-3.5 grid gap-4 max-w-3xl">
                    <FormProblem title="It was not started" problem=above />
                    <input type="hidden" name="workspace" value=workspace />
                    <input type="hidden" name="execution" value=execution.to_string() />
                    <input type="hidden" name="rerun[version]" value=move || chosen.get() />
                    <div>
                        <p class="label">"Version"</p>
                        <Segmented label="Version" options=segments selected=chosen />
                    </div>
                    <TextArea
                        name="rerun[message]"
                        id="rerun-message"
                        label="Message"
                        rows=8
                        value=text
                        error=wrong(problem, "message")
                    />
                    {fields}
                    <Checkbox
                        name="rerun[no_cache]"
                        id="rerun-no-cache"
                        label="Use no earlier result"
                        value="true"
                        hint="Matters only where the agent uses results again."
                    />
                    <div class="flex flex-wrap gap-2">
                        <Button
                            kind=ButtonKind::Submit
                            variant=ButtonVariant::Primary
                            icon="play"
                            busy=rerun.pending()
                        >
                            {move || if rerun.pending().get() { "Starting" } else { "Run again" }}
                        </Button>
                        <LinkButton href=path>"Back to the execution"</LinkButton>
                    </div>
                </div>
            </Panel>
        </ActionForm>
    }
}

#[component]
fn Variable(
    index: usize,
    name: String,
    bind: RwSignal<String>,
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let path = format!("vars.{name}");
    let error =
        Signal::derive(move || problem.with(|problem| problem.as_ref()?.for_field(&path).map(str::to_owned)));
    view! {
        <TextArea
            name=format!("rerun[vars][{name}]")
            id=format!("rerun-variable-{index}")
            label=name
            mark="variable"
            rows=2
            bind=bind
            error=error
        />
    }
}
