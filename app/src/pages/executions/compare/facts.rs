//! The facts of two executions beside each other, and their steps in the order they were taken.

use domain::executions::{ExecutionDetail, Step, StepState};
use leptos::prelude::*;

use crate::components::panel::Panel;
use crate::components::status::StatusPill;
use crate::components::table::{Table, Th};
use crate::components::text;
use crate::components::time::{Time, TimeStyle};
use crate::pages::executions::facts::runtime_name;
use crate::pages::executions::phases::{WaitFor, waited_ms, waits};
use crate::pages::executions::related::short;
use crate::pages::executions::shown::{row_status, trigger};

/// One line: its name and both values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    name: &'static str,
    a: String,
    b: String,
    /// What differs, in words, where it can be counted.
    change: Option<String>,
}

fn words(
    name: &'static str,
    of: impl Fn(&ExecutionDetail) -> String,
    both: (&ExecutionDetail, &ExecutionDetail),
) -> Fact {
    Fact { name, a: of(both.0), b: of(both.1), change: None }
}

fn span(
    name: &'static str,
    of: impl Fn(&ExecutionDetail) -> Option<u64>,
    both: (&ExecutionDetail, &ExecutionDetail),
) -> Fact {
    let shown = |ms: Option<u64>| ms.map_or_else(|| "–".to_owned(), text::duration);
    let (a, b) = (of(both.0), of(both.1));
    let change = a.zip(b).filter(|(a, b)| a != b).map(|(a, b)| {
        let word = if b > a { "longer" } else { "shorter" };
        format!("{} {word}", text::duration(a.abs_diff(b)))
    });
    Fact { name, a: shown(a), b: shown(b), change }
}

fn took(detail: &ExecutionDetail) -> Option<u64> {
    Some(detail.row.finished_at?.millis_since(detail.row.started_at?))
}

fn waited(what: WaitFor) -> impl Fn(&ExecutionDetail) -> Option<u64> {
    move |detail| Some(waited_ms(&waits(detail, &[]), what))
}

/// The facts that are words and numbers.
pub fn facts(a: &ExecutionDetail, b: &ExecutionDetail) -> Vec<Fact> {
    let both = (a, b);
    let cause = |detail: &ExecutionDetail| {
        let row = &detail.row;
        row.message
            .clone()
            .or_else(|| row.reason.map(|reason| reason.sentence().to_owned()))
            .unwrap_or_else(|| "–".to_owned())
    };
    let mut facts = vec![
        words("Agent", |detail| detail.row.agent.title.clone(), both),
        words(
            "Version",
            |detail| detail.row.version.map_or_else(|| "draft".to_owned(), |number| format!("v{number}")),
            both,
        ),
        words("Runtime", |detail| runtime_name(&detail.runtime).to_owned(), both),
        words(
            "Set off by",
            |detail| format!("{} {}", trigger(detail.row.trigger).1, detail.row.created_by),
            both,
        ),
        span("Duration", took, both),
        span("In queue", waited(WaitFor::Worker), both),
        span("Between attempts", waited(WaitFor::Attempt), both),
        span("Waited for a person", waited(WaitFor::Person), both),
        words("Attempts", |detail| format!("{} of {}", detail.row.attempt, detail.row.max_attempts), both),
        words("Steps", |detail| detail.steps.len().to_string(), both),
        words("Cache", |detail| detail.row.cache.map_or("–", |used| used.word()).to_owned(), both),
        words("Error", cause, both),
    ];
    if a.payloads_visible && b.payloads_visible {
        let size = |detail: &ExecutionDetail| {
            let count = detail.output.as_deref().map_or(0, |output| output.chars().count());
            text::plural(u64::try_from(count).unwrap_or(u64::MAX), "character", "characters")
        };
        facts.push(words("Output", size, both));
    }
    facts
}

#[component]
fn Difference(change: Option<String>, differs: bool) -> impl IntoView {
    let words = change.or_else(|| differs.then(|| "differs".to_owned()));
    match words {
        Some(words) => view! { <span class="font-medium">{words}</span> }.into_any(),
        None => view! { <span class="text-subtle">"same"</span> }.into_any(),
    }
}

/// The facts as a table, one column for each execution.
#[component]
pub fn FactsTable(#[prop(into)] workspace: String, a: ExecutionDetail, b: ExecutionDetail) -> impl IntoView {
    let head = |side: &'static str, detail: &ExecutionDetail| {
        let href = format!("/w/{workspace}/executions/{}", detail.row.id);
        let id = detail.row.id;
        view! {
            <th scope="col">
                {side} " " <a class="mono underline underline-offset-3" href=href title=id.to_string()>{short(id)}</a>
            </th>
        }
    };
    let heads = (head("A", &a), head("B", &b));
    let pill = |detail: &ExecutionDetail| {
        let status = row_status(&detail.row);
        view! { <td><StatusPill status=status /></td> }
    };
    let (status_a, status_b) = (row_status(&a.row), row_status(&b.row));
    let accepted = |detail: &ExecutionDetail| {
        view! { <td><Time at_ms=detail.row.created_at.millis() style=TimeStyle::Local /></td> }
    };
    let rows = facts(&a, &b)
        .into_iter()
        .map(|Fact { name, a, b, change }| {
            let differs = a != b;
            view! {
                <tr>
                    <th scope="row" class="text-subtle">{name}</th>
                    <td class="whitespace-normal break-words">{a}</td>
                    <td class="whitespace-normal break-words">{b}</td>
                    <td><Difference change=change differs=differs /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Panel id="facts" title="Facts" class="overflow-hidden">
            <Table label="Facts of both executions">
                <thead>
                    <tr>
                        <Th label="Fact" />
                        {heads.0} {heads.1}
                        <Th label="Difference" />
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row" class="text-subtle">"State"</th>
                        {pill(&a)} {pill(&b)}
                        <td><Difference change=None differs=status_a != status_b /></td>
                    </tr>
                    <tr>
                        <th scope="row" class="text-subtle">"Accepted"</th>
                        {accepted(&a)} {accepted(&b)}
                        <td></td>
                    </tr>
                    {rows}
                </tbody>
            </Table>
        </Panel>
    }
}

fn step_cells(step: Option<&Step>) -> impl IntoView + use<> {
    let Some(step) = step else {
        return view! { <td class="text-subtle">"–"</td> <td class="r num"></td> }.into_any();
    };
    let state = match step.state {
        StepState::Started => " (not finished)",
        StepState::Finished => "",
        StepState::Failed => " (failed)",
    };
    let name = format!("{}{state}", step.name);
    let took = step.finished_at.map(|ended| text::duration(ended.millis_since(step.started_at)));
    view! {
        <td class="whitespace-normal break-words">{name}</td>
        <td class="r num">{took}</td>
    }
    .into_any()
}

/// The steps of both, first beside first.
#[component]
pub fn StepsTable(a: ExecutionDetail, b: ExecutionDetail) -> impl IntoView {
    let count = a.steps.len().max(b.steps.len());
    let rows = (0..count)
        .map(|index| {
            view! {
                <tr>
                    <td class="num">{index + 1}</td>
                    {step_cells(a.steps.get(index))}
                    {step_cells(b.steps.get(index))}
                </tr>
            }
        })
        .collect_view();
    (count > 0).then(|| {
        view! {
            <Panel id="steps" title="Steps" class="overflow-hidden">
                <Table label="Steps of both executions">
                    <thead>
                        <tr>
                            <Th label="Number" hide_label=true />
                            <Th label="A" />
                            <Th label="Duration of A" numeric=true />
                            <Th label="B" />
                            <Th label="Duration of B" numeric=true />
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
        }
    })
}
