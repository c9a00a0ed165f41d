//! Approvals: an execution asks a person before it goes on.
//!
//! A question shows exactly what a yes would set off, may want typed fields filled in, names who may
//! answer, and expires. The first answer wins; an expired question ends its execution by itself.

mod schema;

pub use schema::{Field, FieldKind, FieldSchema, ObjectWord};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::executions::AgentRef;
use crate::ids::ExecutionId;
use crate::problem::{Fields, Problem};
use crate::text;
use crate::workspaces::Role;

/// The longest a question may stay open, in seconds: 30 days.
const LONGEST_S: u32 = 2_592_000;
/// How long it stays open unless told, in seconds: a day.
const USUAL_S: u32 = 86_400;

/// A question that an agent puts to a person before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ask {
    /// The question.
    pub question: String,
    /// Fields to fill in; those named like a variable of the agent replace its value.
    #[serde(default)]
    pub fields: FieldSchema,
    /// Who may answer; empty for everyone who may run agents.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Seconds after which nobody may answer any more.
    pub expires_s: u32,
}

/// A question as typed; without a text there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AskDraft {
    /// The question.
    #[serde(deserialize_with = "any_text")]
    pub question: String,
    /// A JSON Schema of an object with plain properties, as text or as JSON.
    #[serde(deserialize_with = "any_text")]
    pub fields: String,
    /// Roles separated by commas, or a JSON list.
    #[serde(deserialize_with = "any_text")]
    pub roles: String,
    /// Seconds; a day unless given.
    #[serde(deserialize_with = "any_text")]
    pub expires_s: String,
}

/// Takes text as it is, and anything else as the JSON it is.
pub(crate) fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => String::new(),
        Value::String(text) => text,
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    })
}

impl AskDraft {
    /// The question, if there is one; wrong fields are added under `place`.
    pub(crate) fn parse(&self, place: &str, wrong: &mut Fields) -> Option<Ask> {
        if self.question.trim().is_empty() {
            if !(self.fields.trim().is_empty() && self.roles.trim().is_empty()) {
                wrong.add(format!("{place}.question"), "Write the question, or clear its fields and roles.");
            }
            return None;
        }
        let question = wrong
            .take(&format!("{place}.question"), text::paragraphs(self.question.trim(), "question", 1_000))?;
        let fields = wrong.take(&format!("{place}.fields"), FieldSchema::parse(&self.fields))?;
        let roles = wrong.take(&format!("{place}.roles"), parse_roles(&self.roles))?;
        let expires_s = match self.expires_s.trim() {
            "" => USUAL_S,
            typed => wrong.take(
                &format!("{place}.expires_s"),
                text::number(typed, "time to answer in seconds", 1, LONGEST_S),
            )?,
        };
        Some(Ask { question, fields, roles, expires_s })
    }

    /// The draft that parses into this question.
    pub fn of(ask: Option<&Ask>) -> Self {
        ask.map_or_else(Self::default, |ask| Self {
            question: ask.question.clone(),
            fields: ask.fields.text(),
            roles: ask.roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(", "),
            expires_s: ask.expires_s.to_string(),
        })
    }
}

fn parse_roles(typed: &str) -> Result<Vec<Role>, String> {
    let words = typed.trim().trim_start_matches('[').trim_end_matches(']').split(',');
    let mut roles = words
        .map(|word| word.trim().trim_matches('"'))
        .filter(|word| !word.is_empty())
        .map(|word| match word.parse::<Role>()? {
            Role::Viewer => Err("Viewers cannot answer. Choose some of: member, admin, owner.".to_owned()),
            role @ (Role::Member | Role::Admin | Role::Owner) => Ok(role),
        })
        .collect::<Result<Vec<_>, _>>()?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// How a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person said yes; the execution went on.
    Approved,
    /// A person said no; the execution ended.
    Declined,
    /// Nobody answered in time; the execution ended.
    Expired,
    /// The execution was cancelled meanwhile.
    Withdrawn,
}

impl Outcome {
    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl std::str::FromStr for Outcome {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Approved, Self::Declined, Self::Expired, Self::Withdrawn]
            .into_iter()
            .find(|outcome| outcome.word() == text)
            .ok_or_else(|| "Use one of: approved, declined, expired, withdrawn.".to_owned())
    }
}

/// A question as shown. What it is about is absent for readers who may not see payloads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Approval {
    /// The execution that asks.
    pub execution: ExecutionId,
    /// Its step.
    pub step: u32,
    /// The question.
    pub question: Option<String>,
    /// Exactly what is to be approved.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
    /// Fields to fill in, as a JSON Schema.
    pub fields: FieldSchema,
    /// Who may answer; empty for everyone who may run agents.
    pub roles: Vec<Role>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When nobody may answer any more.
    pub expires_at: Timestamp,
    /// How it ended; absent while it is open.
    pub outcome: Option<Outcome>,
    /// What was filled in.
    #[schema(value_type = Option<Object>)]
    pub answer: Option<Map<String, Value>>,
    /// What the person said about it.
    pub note: Option<String>,
    /// When it was answered or closed.
    pub closed_at: Option<Timestamp>,
    /// Who answered.
    pub closed_by: Option<String>,
}

impl Approval {
    /// The same for a reader who may not see payloads.
    #[must_use]
    pub fn without_payload(self) -> Self {
        Self { question: None, data: None, answer: None, note: None, ..self }
    }
}

/// A question that nobody has answered yet, for a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenQuestion {
    /// The execution that asks.
    pub execution: ExecutionId,
    /// Its step.
    pub step: u32,
    /// Its agent.
    pub agent: AgentRef,
    /// First line of its input; absent for readers without the payload right.
    pub title: Option<String>,
    /// The question; absent for readers without the payload right.
    pub question: Option<String>,
    /// Who may answer; empty for everyone who may run agents.
    pub roles: Vec<Role>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When nobody may answer any more.
    pub expires_at: Timestamp,
}

/// An answer as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerDraft {
    /// `approve` or `decline`.
    #[schema(example = "approve")]
    pub decision: String,
    /// The step that asks; the open question when absent.
    pub step: Option<u32>,
    /// Values of the fields.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// A word about it, for the record.
    pub note: String,
}

/// An answer that fits its question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Yes or no.
    pub outcome: Outcome,
    /// What was filled in; empty with a no.
    pub fields: Map<String, Value>,
    /// A word about it.
    pub note: String,
}

impl AnswerDraft {
    /// The answer, or every wrong field. A no needs no fields.
    pub fn parse(&self, schema: &FieldSchema) -> Result<Answer, Problem> {
        let mut wrong = Fields::default();
        let outcome = match self.decision.trim() {
            "approve" => Some(Outcome::Approved),
            "decline" => Some(Outcome::Declined),
            _ => wrong.take("decision", Err("Say approve or decline.".to_owned())),
        };
        let note = wrong.take("note", text::paragraphs(&self.note, "note", 1_000));
        let fields = match outcome {
            Some(Outcome::Approved) => schema.read(&self.fields, &mut wrong),
            _ => Map::new(),
        };
        match (outcome, note) {
            (Some(outcome), Some(note)) if wrong.is_empty() => Ok(Answer { outcome, fields, note }),
            _ => Err(wrong.problem()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(draft: &AskDraft) -> Result<Option<Ask>, Problem> {
        let mut wrong = Fields::default();
        let ask = draft.parse("ask", &mut wrong);
        if wrong.is_empty() { Ok(ask) } else { Err(wrong.problem()) }
    }

    #[test]
    fn a_question_survives_being_typed_again() {
        let draft: AskDraft = serde_json::from_value(json!({
            "question": "Refund it?",
            "fields": {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}}, "required": ["amount"]},
            "roles": ["owner", "admin"],
            "expires_s": 60,
        }))
        .expect("reads");
        let ask = parse(&draft).expect("parses").expect("is there");
        assert_eq!((ask.roles.as_slice(), ask.expires_s), (&[Role::Admin, Role::Owner][..], 60));
        assert_eq!(parse(&AskDraft::of(Some(&ask))), Ok(Some(ask)));
        assert_eq!(parse(&AskDraft::default()), Ok(None));
    }

    #[test]
    fn wrong_questions_are_named() {
        let draft = |change: fn(&mut AskDraft)| {
            let mut draft = AskDraft { question: "Go?".to_owned(), ..AskDraft::default() };
            change(&mut draft);
            parse(&draft).expect_err("refused").fields[0].field.clone()
        };
        assert_eq!(draft(|d| "viewer".clone_into(&mut d.roles)), "ask.roles");
        assert_eq!(draft(|d| "-5".clone_into(&mut d.expires_s)), "ask.expires_s");
        assert_eq!(draft(|d| r#"{"type": "array"}"#.clone_into(&mut d.fields)), "ask.fields");
        assert_eq!(draft(|d| (d.question.clear(), d.roles.push_str("owner")).1), "ask.question");
    }

    #[test]
    fn an_answer_must_fit_and_a_no_needs_no_fields() {
        let schema = FieldSchema::parse(
            r#"{"properties": {"amount": {"type": "integer", "minimum": 1}, "why": {"type": "string"}}, "required": ["amount"]}"#,
        )
        .expect("parses");
        let answer =
            |value: Value| serde_json::from_value::<AnswerDraft>(value).expect("reads").parse(&schema);
        let yes =
            answer(json!({"decision": "approve", "fields": {"amount": "7"}})).expect("typed text is read");
        assert_eq!(yes.fields["amount"], 7);
        assert_eq!(answer(json!({"decision": "decline"})).expect("no").outcome, Outcome::Declined);
        for (field, value) in [
            ("decision", json!({"decision": "maybe"})),
            ("fields.amount", json!({"decision": "approve"})),
            ("fields.amount", json!({"decision": "approve", "fields": {"amount": 0}})),
            ("fields.other", json!({"decision": "approve", "fields": {"amount": 1, "other": 2}})),
        ] {
            assert!(answer(value).expect_err(field).for_field(field).is_some(), "{field}");
        }
    }
}
