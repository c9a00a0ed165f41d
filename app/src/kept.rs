//! What was typed into a form that failed without a script, for the page that shows the form again.
//!
//! The server keeps the form and gives it to the next page, which sends it on to the browser, so that
//! both render the same first frame. Passwords and keys are never among it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The name under which the server finds it again, as a parameter of the address.
pub const KEPT: &str = "__kept";

/// A form as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptForm {
    /// The server function it was sent to.
    pub path: String,
    /// Its fields, encoded as forms are.
    pub body: String,
}

/// What this page was given.
#[derive(Clone)]
struct Kept(Option<KeptForm>);

/// Makes the kept form known; `App` calls it once.
pub fn provide_kept() {
    let kept = SharedValue::new(use_context::<KeptForm>);
    provide_context(Kept(kept.into_inner()));
}

/// What was typed into the form of this server function, if that is the form that has just failed.
pub fn kept<S: ServerFn + DeserializeOwned>() -> Option<S> {
    let Kept(form) = use_context()?;
    let form = form.filter(|form| form.path == S::PATH)?;
    // The address names the form that failed; after the next step it names none.
    let is_fresh = use_query_map().read_untracked().get_str("__path") == Some(S::PATH);
    is_fresh.then(|| decode(&form.body)).flatten()
}

/// Reads a form as the server function itself would.
fn decode<S: DeserializeOwned>(body: &str) -> Option<S> {
    serde_qs::Config::new(5, false).deserialize_str(body).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::server_fns::agents::UpdateAgent;

    #[test]
    fn a_form_is_read_as_it_was_sent() {
        let id: domain::ids::AgentId = domain::ids::Id::from_bytes([7; 16]);
        let body = format!(
            "workspace=main&agent={id}&revision=3&draft%5Btitle%5D=A+%26+B&draft%5Bvariables%5D%5Bwho%5D=me&variable-name-0=who"
        );
        let form: UpdateAgent = decode(&body).expect("reads");
        assert_eq!((form.revision, form.draft.title.as_str()), (3, "A & B"));
        assert_eq!(form.draft.variables.get("who").map(String::as_str), Some("me"));
        assert!(decode::<UpdateAgent>("workspace=main").is_none());
    }
}
