//! The configuration as it is being typed: one signal for each field, and the draft they make.

use domain::Problem;
use domain::agents::{AgentDraft, LimitsDraft, ParametersDraft, placeholders};
use leptos::prelude::*;

/// A variable being typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct VariableRow {
    pub(super) id: u64,
    pub(super) name: RwSignal<String>,
    pub(super) value: RwSignal<String>,
}

/// The limits being typed.
#[derive(Debug, Clone, Copy)]
pub(super) struct LimitFields {
    pub(super) run_deadline_s: RwSignal<String>,
    pub(super) queue_deadline_s: RwSignal<String>,
    pub(super) attempts: RwSignal<String>,
    pub(super) retry_base_ms: RwSignal<String>,
    pub(super) retry_cap_ms: RwSignal<String>,
    pub(super) accept_repeat: RwSignal<bool>,
    pub(super) concurrency: RwSignal<String>,
    pub(super) output_bytes: RwSignal<String>,
}

/// Every field of the form.
#[derive(Debug, Clone, Copy)]
pub(super) struct DraftFields {
    pub(super) title: RwSignal<String>,
    pub(super) description: RwSignal<String>,
    pub(super) instructions: RwSignal<String>,
    pub(super) message: RwSignal<String>,
    pub(super) variables: RwSignal<Vec<VariableRow>>,
    pub(super) runtime: RwSignal<String>,
    pub(super) toolhouse_agent_id: RwSignal<String>,
    pub(super) model: RwSignal<String>,
    pub(super) temperature: RwSignal<String>,
    pub(super) max_output_tokens: RwSignal<String>,
    pub(super) limits: LimitFields,
    /// Whether hints are shown: from the first blur on.
    pub(super) is_checked: RwSignal<bool>,
    next_row: StoredValue<u64>,
}

fn text() -> RwSignal<String> {
    RwSignal::new(String::new())
}

impl DraftFields {
    /// Fields that show the given draft.
    pub(super) fn of(draft: AgentDraft) -> Self {
        let limits = LimitFields {
            run_deadline_s: text(),
            queue_deadline_s: text(),
            attempts: text(),
            retry_base_ms: text(),
            retry_cap_ms: text(),
            accept_repeat: RwSignal::new(false),
            concurrency: text(),
            output_bytes: text(),
        };
        let fields = Self {
            title: text(),
            description: text(),
            instructions: text(),
            message: text(),
            variables: RwSignal::new(Vec::new()),
            runtime: text(),
            toolhouse_agent_id: text(),
            model: text(),
            temperature: text(),
            max_output_tokens: text(),
            limits,
            is_checked: RwSignal::new(false),
            next_row: StoredValue::new(0),
        };
        fields.show(draft);
        fields
    }

    /// Replaces what is typed.
    pub(super) fn show(self, draft: AgentDraft) {
        self.title.set(draft.title);
        self.description.set(draft.description);
        self.instructions.set(draft.instructions);
        self.message.set(draft.message);
        self.variables.set(Vec::new());
        for (name, value) in draft.variables {
            self.add_variable(name, value);
        }
        self.runtime.set(draft.runtime);
        self.toolhouse_agent_id.set(draft.toolhouse_agent_id);
        self.model.set(draft.model);
        self.temperature.set(draft.parameters.temperature);
        self.max_output_tokens.set(draft.parameters.max_output_tokens);
        self.limits.run_deadline_s.set(draft.limits.run_deadline_s);
        self.limits.queue_deadline_s.set(draft.limits.queue_deadline_s);
        self.limits.attempts.set(draft.limits.attempts);
        self.limits.retry_base_ms.set(draft.limits.retry_base_ms);
        self.limits.retry_cap_ms.set(draft.limits.retry_cap_ms);
        self.limits.accept_repeat.set(draft.limits.accept_repeat == "true");
        self.limits.concurrency.set(draft.limits.concurrency);
        self.limits.output_bytes.set(draft.limits.output_bytes);
        self.is_checked.set(false);
    }

    /// The draft as typed. Rows without a name and a value are no variables.
    pub(super) fn draft(self) -> AgentDraft {
        let rows = self.variables.get();
        let variables = rows.into_iter().map(|row| (row.name.get().trim().to_owned(), row.value.get()));
        AgentDraft {
            title: self.title.get(),
            description: self.description.get(),
            instructions: self.instructions.get(),
            message: self.message.get(),
            variables: variables.filter(|(name, value)| !(name.is_empty() && value.is_empty())).collect(),
            runtime: self.runtime.get(),
            toolhouse_agent_id: self.toolhouse_agent_id.get(),
            model: self.model.get(),
            parameters: ParametersDraft {
                temperature: self.temperature.get(),
                max_output_tokens: self.max_output_tokens.get(),
            },
            limits: LimitsDraft {
                run_deadline_s: self.limits.run_deadline_s.get(),
                queue_deadline_s: self.limits.queue_deadline_s.get(),
                attempts: self.limits.attempts.get(),
                retry_base_ms: self.limits.retry_base_ms.get(),
                retry_cap_ms: self.limits.retry_cap_ms.get(),
                accept_repeat: self.limits.accept_repeat.get().to_string(),
                concurrency: self.limits.concurrency.get(),
                output_bytes: self.limits.output_bytes.get(),
            },
        }
    }

    /// Adds a row.
    pub(super) fn add_variable(self, name: String, value: String) {
        let id = self.next_row.get_value();
        self.next_row.set_value(id + 1);
        let row = VariableRow { id, name: RwSignal::new(name), value: RwSignal::new(value) };
        self.variables.update(|rows| rows.push(row));
    }

    /// Takes a row away.
    pub(super) fn remove_variable(self, id: u64) {
        self.variables.update(|rows| rows.retain(|row| row.id != id));
    }

    /// What is wrong with what is typed; nothing before the first blur.
    pub(super) fn hints(self) -> Option<Problem> {
        if self.is_checked.get() { self.draft().parse().err() } else { None }
    }

    /// Names that the texts use and nobody defines.
    pub(super) fn undefined(self) -> Vec<String> {
        let draft = self.draft();
        let mut names: Vec<String> = Vec::new();
        for (name, _) in [&draft.instructions, &draft.message].into_iter().flat_map(|text| placeholders(text)) {
            if !draft.variables.contains_key(&name) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
