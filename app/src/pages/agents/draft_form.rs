//! The configuration as it is being typed: one signal for each field, and the draft they make.

use domain::Problem;
use domain::agents::{AgentDraft, LimitsDraft, ParametersDraft, placeholders};
use domain::approvals::AskDraft;
use leptos::prelude::*;

/// A variable being typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VariableRow {
    pub id: u64,
    pub name: RwSignal<String>,
    pub value: RwSignal<String>,
}

/// The limits being typed.
#[derive(Debug, Clone, Copy)]
pub struct LimitFields {
    pub run_deadline_s: RwSignal<String>,
    pub queue_deadline_s: RwSignal<String>,
    pub attempts: RwSignal<String>,
    pub retry_base_ms: RwSignal<String>,
    pub retry_cap_ms: RwSignal<String>,
    pub accept_repeat: RwSignal<bool>,
    pub concurrency: RwSignal<String>,
    pub output_bytes: RwSignal<String>,
    pub step_deadline_s: RwSignal<String>,
    pub steps: RwSignal<String>,
    pub retry_factor: RwSignal<String>,
    pub retry_jitter_percent: RwSignal<String>,
    pub retry_on: RwSignal<String>,
    pub budget_tokens: RwSignal<String>,
    pub cache_ttl_s: RwSignal<String>,
}

/// The question before the start, being typed.
#[derive(Debug, Clone, Copy)]
pub struct AskFields {
    pub question: RwSignal<String>,
    pub fields: RwSignal<String>,
    pub roles: RwSignal<String>,
    pub expires_s: RwSignal<String>,
}

/// Every field of the form.
#[derive(Debug, Clone, Copy)]
pub struct DraftFields {
    pub title: RwSignal<String>,
    pub description: RwSignal<String>,
    pub instructions: RwSignal<String>,
    pub message: RwSignal<String>,
    pub variables: RwSignal<Vec<VariableRow>>,
    pub runtime: RwSignal<String>,
    pub toolhouse_agent_id: RwSignal<String>,
    pub model: RwSignal<String>,
    pub temperature: RwSignal<String>,
    pub max_output_tokens: RwSignal<String>,
    pub tools: RwSignal<String>,
    pub limits: LimitFields,
    pub ask: AskFields,
    /// Whether hints are shown: from the first blur on.
    pub is_checked: RwSignal<bool>,
    next_row: StoredValue<u64>,
}

fn text() -> RwSignal<String> {
    RwSignal::new(String::new())
}

impl DraftFields {
    /// Fields that show the given draft.
    pub fn of(draft: AgentDraft) -> Self {
        let limits = LimitFields {
            run_deadline_s: text(),
            queue_deadline_s: text(),
            attempts: text(),
            retry_base_ms: text(),
            retry_cap_ms: text(),
            accept_repeat: RwSignal::new(false),
            concurrency: text(),
            output_bytes: text(),
            step_deadline_s: text(),
            steps: text(),
            retry_factor: text(),
            retry_jitter_percent: text(),
            retry_on: text(),
            budget_tokens: text(),
            cache_ttl_s: text(),
        };
        let ask = AskFields { question: text(), fields: text(), roles: text(), expires_s: text() };
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
            tools: text(),
            limits,
            ask,
            is_checked: RwSignal::new(false),
            next_row: StoredValue::new(0),
        };
        fields.show(draft);
        fields
    }

    /// Replaces what is typed.
    pub fn show(self, draft: AgentDraft) {
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
        self.tools.set(draft.tools);
        self.limits.run_deadline_s.set(draft.limits.run_deadline_s);
        self.limits.queue_deadline_s.set(draft.limits.queue_deadline_s);
        self.limits.attempts.set(draft.limits.attempts);
        self.limits.retry_base_ms.set(draft.limits.retry_base_ms);
        self.limits.retry_cap_ms.set(draft.limits.retry_cap_ms);
        self.limits.accept_repeat.set(draft.limits.accept_repeat == "true");
        self.limits.concurrency.set(draft.limits.concurrency);
        self.limits.output_bytes.set(draft.limits.output_bytes);
        self.limits.step_deadline_s.set(draft.limits.step_deadline_s);
        self.limits.steps.set(draft.limits.steps);
        self.limits.retry_factor.set(draft.limits.retry_factor);
        self.limits.retry_jitter_percent.set(draft.limits.retry_jitter_percent);
        self.limits.retry_on.set(draft.limits.retry_on);
        self.limits.budget_tokens.set(draft.limits.budget_tokens);
        self.limits.cache_ttl_s.set(draft.limits.cache_ttl_s);
        self.ask.question.set(draft.ask_before_start.question);
        self.ask.fields.set(draft.ask_before_start.fields);
        self.ask.roles.set(draft.ask_before_start.roles);
        self.ask.expires_s.set(draft.ask_before_start.expires_s);
        self.is_checked.set(false);
    }

    /// The draft as typed. Rows without a name and a value are no variables.
    pub fn draft(self) -> AgentDraft {
        let rows = self.variables.get();
        let variables = rows.into_iter().map(|row| (row.name.get().trim().to_owned(), row.value.get()));
        AgentDraft {
            title: self.title.get(),
            slug: String::new(),
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
            tools: self.tools.get(),
            limits: LimitsDraft {
                run_deadline_s: self.limits.run_deadline_s.get(),
                queue_deadline_s: self.limits.queue_deadline_s.get(),
                attempts: self.limits.attempts.get(),
                retry_base_ms: self.limits.retry_base_ms.get(),
                retry_cap_ms: self.limits.retry_cap_ms.get(),
                accept_repeat: self.limits.accept_repeat.get().to_string(),
                concurrency: self.limits.concurrency.get(),
                output_bytes: self.limits.output_bytes.get(),
                step_deadline_s: self.limits.step_deadline_s.get(),
                steps: self.limits.steps.get(),
                retry_factor: self.limits.retry_factor.get(),
                retry_jitter_percent: self.limits.retry_jitter_percent.get(),
                retry_on: self.limits.retry_on.get(),
                budget_tokens: self.limits.budget_tokens.get(),
                cache_ttl_s: self.limits.cache_ttl_s.get(),
            },
            ask_before_start: AskDraft {
                question: self.ask.question.get(),
                fields: self.ask.fields.get(),
                roles: self.ask.roles.get(),
                expires_s: self.ask.expires_s.get(),
            },
        }
    }

    /// Adds a row.
    pub fn add_variable(self, name: String, value: String) {
        let id = self.next_row.get_value();
        self.next_row.set_value(id + 1);
        let row = VariableRow { id, name: RwSignal::new(name), value: RwSignal::new(value) };
        self.variables.update(|rows| rows.push(row));
    }

    /// Takes a row away.
    pub fn remove_variable(self, id: u64) {
        self.variables.update(|rows| rows.retain(|row| row.id != id));
    }

    /// What is wrong with what is typed; nothing before the first blur.
    pub fn hints(self) -> Option<Problem> {
        if self.is_checked.get() { self.draft().parse().err() } else { None }
    }

    /// Names that the texts use and nobody defines.
    pub fn undefined(self) -> Vec<String> {
        let draft = self.draft();
        let mut names: Vec<String> = Vec::new();
        for (name, _) in [&draft.instructions, &draft.message].into_iter().flat_map(|text| placeholders(text))
        {
            if !draft.variables.contains_key(&name) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
