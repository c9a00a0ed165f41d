//! How large the database is, and how long ended executions are kept.

use domain::upkeep::{DataStatus, Retention, Sizes};
use leptos::prelude::*;

use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::checkbox::Checkbox;
use crate::components::panel::Panel;
use crate::components::skeleton::SkeletonText;
use crate::components::table::{Table, Th};
use crate::components::text_input::TextInput;
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done, wrong};
use crate::pages::workspace::load::Load;
use crate::server_fns::upkeep::{SetRetention, describe_data};

/// Fields that show their own message.
const FIELDS: &[&str] = &["executions_days", "events_days"];

/// Retention first, because it can be changed; then the sizes.
#[component]
pub fn DataSection(slug: String) -> impl IntoView {
    let save = ServerAction::<SetRetention>::new();
    toast_when_done(save, "Retention saved");
    let slug = StoredValue::new(slug);
    let status = Resource::new(move || save.version().get(), move |_| describe_data(slug.get_value()));
    view! {
        <Load
            resource=status
            failed="The database could not be measured"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonText label="Measuring the database" />
                    </div>
                }
            }
            ready=move |status: DataStatus| {
                view! {
                    <RetentionForm retention=status.retention slug=slug save=save />
                    <SizePanel sizes=status.sizes />
                }
                    .into_any()
            }
        />
    }
}

#[component]
fn RetentionForm(
    retention: Retention,
    slug: StoredValue<String>,
    save: ServerAction<SetRetention>,
) -> impl IntoView {
    let problem = problem_of(save);
    let typed = |days: Option<u32>| days.map(|days| days.to_string()).unwrap_or_default();
    // What was typed is kept while a removal waits to be confirmed.
    let refused = problem.get_untracked().is_some();
    let sent = save.input().get_untracked().filter(|_| refused);
    let (executions, events) = match sent {
        Some(sent) => (sent.draft.executions_days, sent.draft.events_days),
        None => (typed(retention.executions_days), typed(retention.events_days)),
    };
    view! {
        <Panel id="retention" title="Retention" class="mb-4">
            <ActionForm action=save attr:class="p-3.5 grid gap-4 max-w-[440px]">
                <FormProblem title="Nothing was changed" problem=problem fields=FIELDS />
                <input type="hidden" name="workspace" value=slug.get_value() />
                <TextInput
                    name="draft[executions_days]"
                    id="executions-days"
                    label="Keep ended executions"
                    mark="days"
                    value=executions
                    inputmode="numeric"
                    hint="Empty keeps them for ever. The logs of schedules, the rows of ended batches, and the results of actions on many go after the same time. Executions that have not ended, and the audit log, are never removed."
                    error=wrong(problem, "executions_days")
                />
                <TextInput
                    name="draft[events_days]"
                    id="events-days"
                    label="Keep their event logs"
                    mark="days"
                    value=events
                    inputmode="numeric"
                    hint="Empty keeps them as long as their executions. Input, output and the last event stay."
                    error=wrong(problem, "events_days")
                />
                <Checkbox
                    label="Remove what is older now"
                    name="draft[confirmed]"
                    id="confirmed"
                    value="true"
                    hint="Leave it empty first to be told how much that is."
                />
                <div>
                    <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=save.pending()>
                        "Save retention"
                    </Button>
                </div>
            </ActionForm>
        </Panel>
    }
}

#[component]
fn SizePanel(sizes: Sizes) -> impl IntoView {
    let log =
        sizes.log_bytes.map(|bytes| view! { <dt>"Write-ahead log"</dt><dd class="num">{size(bytes)}</dd> });
    let rows = sizes
        .tables
        .into_iter()
        .map(|table| {
            view! {
                <tr>
                    <td class="mono">{table.name}</td>
                    <td class="r num">{size(table.bytes)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Panel id="sizes" title="Sizes">
            <div class="p-3.5">
                <p class="text-muted max-w-[72ch]">"Of all workspaces on this server together."</p>
                <dl class="dl mt-2">
                    <dt>"Database"</dt>
                    <dd class="num">{size(sizes.database_bytes)}</dd>
                    <dt>"Free in it"</dt>
                    <dd class="num">{size(sizes.free_bytes)}</dd>
                    {log}
                </dl>
            </div>
            <Table label="Tables" class="rounded-b-lg">
                <thead>
                    <tr>
                        <Th label="Table" />
                        <Th label="Size" />
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"];
    let mut whole = bytes;
    let mut rest = 0;
    let mut unit = 0;
    while whole >= 1_000 && unit + 1 < units.len() {
        rest = whole % 1_000 / 100;
        whole /= 1_000;
        unit += 1;
    }
    if unit == 0 || whole >= 100 {
        format!("{whole} {}", units[unit])
    } else {
        format!("{whole}.{rest} {}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_one_digit_after_the_point_at_most() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_550, "1.5 KB"),
            (120_400_000, "120 MB"),
            (2_000_000_000, "2.0 GB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
