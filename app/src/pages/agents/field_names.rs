//! Fields of a configuration in words, for lists of changes.

/// The label of a field's path, such as `limits.attempts`.
pub fn label(field: &str) -> String {
    if let Some(name) = field.strip_prefix("variables.") {
        return format!("Variable {name}");
    }
    let known = match field {
        "title" => "Title",
        "slug" => "Address",
        "description" => "Description",
        "instructions" => "Instructions",
        "message" => "Default message",
        "variables" => "Variables",
        "runtime" => "Runtime",
        "toolhouse_agent_id" => "Toolhouse agent id",
        "model" => "Model",
        "parameters.temperature" => "Temperature",
        "parameters.max_output_tokens" => "Most tokens of an answer",
        "limits.run_deadline_s" => "Time limit, seconds",
        "limits.queue_deadline_s" => "Queue limit, seconds",
        "limits.attempts" => "Attempts",
        "limits.retry_base_ms" => "First wait, milliseconds",
        "limits.retry_cap_ms" => "Longest wait, milliseconds",
        "limits.accept_repeat" => "Repeat in doubt",
        "limits.concurrency" => "At the same time",
        "limits.output_bytes" => "Output, bytes",
        "limits.step_deadline_s" => "Time limit of a step, seconds",
        "limits.steps" => "Steps",
        "limits.retry_factor" => "Factor between waits",
        "limits.retry_jitter_percent" => "Random part of a wait, percent",
        "limits.retry_on" => "Repeat after",
        "tools" => "Tools",
        "limits.budget_tokens" => "Budget of the model, tokens",
        "limits.cache_ttl_s" => "Use results again, seconds",
        "ask_before_start.question" => "Question before the start",
        "ask_before_start.roles" => "Who may answer",
        "ask_before_start.fields" => "Fields of the question",
        "ask_before_start.expires_s" => "Time to answer, seconds",
        other => other,
    };
    known.to_owned()
}
