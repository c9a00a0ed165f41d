//! Starts from forms of pages. A browser sends a form again when a person presses twice, comes back and sends
//! again, or does not see the answer; a run costs money, so the same form starts once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::executions::{ExecutionDetail, StartDraft};
use domain::ids::AgentId;
use domain::{Actor, Problem};
use serde_json::json;

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
        let sent = json!([form, draft.message, draft.vars, draft.version, draft.no_cache]).to_string();
        let key = (!form.is_empty()).then(|| format!("form-{}", URL_SAFE_NO_PAD.encode(sha256(sent))));
        self.start(actor, agent, draft, key.as_deref()).await
    }
}
