//! Starts from forms of pages. A browser sends a form again when a person presses twice, comes back and sends
//! again, or does not see the answer; a run costs money, so the same form starts once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::executions::{ExecutionDetail, StartDraft};
use domain::ids::{AgentId, ExecutionId};
use domain::{Actor, Problem};
use serde_json::{Value, json};

use super::Executions;
use crate::crypto::{random_text, sha256};

impl Executions<'_> {
    /// A name for a form that is about to be shown.
    pub fn form_name(&self, _actor: &Actor) -> String {
        random_text(self.0.entropy())
    }

    /// Accepts what a form asks for. Sent again as it was it gives the first execution; with other fields it is
    /// another wish, and no conflict. A form without a name always starts.
    pub async fn start_from_form(
        &self,
        actor: &Actor,
        agent: AgentId,
        draft: &StartDraft,
        form: &str,
    ) -> Result<ExecutionDetail, Problem> {
        let key =
            key(form, &json!([draft.message, draft.vars, draft.version, draft.no_cache, draft.priority]));
        self.start(actor, agent, draft, key.as_deref()).await
    }

    /// The same for a form that continues a conversation.
    pub async fn follow_up_from_form(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        message: &str,
        form: &str,
    ) -> Result<ExecutionDetail, Problem> {
        let key = key(form, &json!([execution, message]));
        self.follow_up_once(actor, execution, message, key.as_deref()).await
    }
}

/// The idempotency key of a form that has a name, with what was sent in it.
fn key(form: &str, sent: &Value) -> Option<String> {
    let sent = json!([form, sent]).to_string();
    (!form.is_empty()).then(|| format!("form-{}", URL_SAFE_NO_PAD.encode(sha256(sent))))
}
