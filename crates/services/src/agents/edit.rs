//! Partial edits, and what is said when an edit came too late.

use domain::agents::{Agent, AgentConfig, AgentDraft};
use domain::audit::AuditRow;
use domain::{FieldError, Kind, Problem};
use serde_json::{Map, Value};

/// The draft with the named fields changed. Objects such as `limits` are merged field by field,
/// `variables` are replaced as a whole, `null` empties a field.
pub(super) fn merge(config: &AgentConfig, fields: Map<String, Value>) -> Result<AgentDraft, Problem> {
    let Ok(Value::Object(mut draft)) = serde_json::to_value(AgentDraft::of(config)) else {
        return Err(Problem::new(Kind::Internal, "The draft cannot be read."));
    };
    for (name, value) in fields {
        match (draft.get_mut(&name), value) {
            (None, _) => {
                let known: Vec<_> = draft.keys().map(String::as_str).collect();
                let message = format!("There is no such field. Fields are: {}.", known.join(", "));
                return Err(Problem::field(domain::text::headline(&name, 60), message));
            }
            (Some(Value::Object(inner)), Value::Object(changes)) if name != "variables" => {
                inner.extend(changes);
            }
            (Some(Value::Object(inner)), Value::Null) => inner.clear(),
            (Some(field), Value::Null) => *field = Value::String(String::new()),
            (Some(field), value) => *field = value,
        }
    }
    domain::misfit::read(Value::Object(draft))
}

/// Names who changed which fields since `revision`, newest last.
pub(super) fn stale_problem(now: &Agent, revision: u64, later: &[AuditRow]) -> Problem {
    let mut fields = Vec::new();
    for row in later.iter().rev() {
        let changed = row.detail["changed"].as_array().map(Vec::as_slice).unwrap_or_default();
        for field in changed.iter().filter_map(Value::as_str) {
            fields.push(FieldError {
                field: field.to_owned(),
                message: format!("Changed by {} at {}.", row.actor, row.at),
            });
        }
    }
    let mut problem = Problem::new(
        Kind::StaleRevision,
        format!(
            "Your edit is based on revision {revision}, but the draft is at {}: {} changed it at {}. Load it again and repeat your change.",
            now.revision, now.updated_by, now.updated_at
        ),
    );
    problem.fields = fields;
    problem
}
