//! Forms that failed without a script, kept for the page that shows them again.
//!
//! What was typed cannot travel in the address: it is long, and addresses are written down on the way.
//! It stays in memory for a few minutes, under a name nobody can guess, for the session that sent it.
//! Another process of the same installation does not have it; then the page shows what is stored.
//! Passwords and keys are never kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use app::kept::{KEPT, KeptForm};
use domain::ids::SessionId;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded;

/// How many forms are kept, of everybody together.
const MOST: usize = 64;
/// The longest form that is kept, in bytes.
const LARGEST: usize = 256 * 1024;
/// How long a form is kept.
const LONGEST: Duration = Duration::from_mins(10);
/// Fields that are emptied before a form is kept.
const SECRETS: &[&str] = &["password", "current", "new", "key", "token"];

#[derive(Debug)]
struct Entry {
    name: String,
    owner: Option<SessionId>,
    at: Instant,
    form: KeptForm,
}

/// The forms that are kept.
#[derive(Debug, Default)]
pub struct KeptForms(Mutex<VecDeque<Entry>>);

impl KeptForms {
    /// Keeps a form under the given name.
    pub fn keep(&self, name: String, owner: Option<SessionId>, path: &str, body: &[u8]) {
        if body.len() > LARGEST {
            return;
        }
        let form = KeptForm { path: path.to_owned(), body: without_secrets(body) };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while entries.len() >= MOST || entries.front().is_some_and(|entry| entry.at.elapsed() > LONGEST) {
            entries.pop_front();
        }
        entries.push_back(Entry { name, owner, at: Instant::now(), form });
    }

    /// The form of this name, for the session that sent it.
    pub fn find(&self, name: &str, owner: Option<SessionId>) -> Option<KeptForm> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.iter().find(|entry| entry.name == name && entry.owner == owner);
        found.filter(|entry| entry.at.elapsed() <= LONGEST).map(|entry| entry.form.clone())
    }
}

fn without_secrets(body: &[u8]) -> String {
    let fields = form_urlencoded::parse(body).map(|(name, value)| {
        let is_secret = SECRETS.contains(&name.as_ref());
        (name, if is_secret { "".into() } else { value })
    });
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The address that a failed form goes back to, with the name of what is kept; nothing for an address
/// that tells of no failure.
pub fn name_in_address(address: &str, name: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(key, _)| key != KEPT).collect();
    pairs.iter().find(|(key, _)| key == "__err")?;
    url.query_pairs_mut().clear().extend_pairs(pairs).append_pair(KEPT, name);
    Some(url.into())
}

/// The name in a query.
pub fn name_in_query(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(key, _)| key == KEPT).map(|(_, name)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_by_its_sender_only_and_without_secrets() {
        let (kept, owner) = (KeptForms::default(), domain::ids::Id::from_bytes([1; 16]));
        kept.keep("name".to_owned(), Some(owner), "/fn/x", b"email=a%40b&password=secret");
        let form = kept.find("name", Some(owner)).expect("kept");
        assert_eq!(form.body, "email=a%40b&password=");
        assert_eq!(kept.find("name", None), None);
        assert_eq!(kept.find("other", Some(owner)), None);
    }

    #[test]
    fn few_forms_are_kept_and_no_large_one() {
        let kept = KeptForms::default();
        for number in 0..=MOST {
            kept.keep(number.to_string(), None, "/fn/x", b"a=b");
        }
        assert!(kept.find("0", None).is_none() && kept.find("1", None).is_some());
        kept.keep("large".to_owned(), None, "/fn/x", &vec![b'a'; LARGEST + 1]);
        assert!(kept.find("large", None).is_none());
    }

    #[test]
    fn only_the_address_of_a_failure_gets_a_name() {
        let failed = "http://shop.example/setup?token=1&__path=%2Ffn%2Fx&__err=e&__kept=old";
        let named = name_in_address(failed, "new").expect("named");
        assert_eq!(named, "http://shop.example/setup?token=1&__path=%2Ffn%2Fx&__err=e&__kept=new");
        assert_eq!(name_in_query(named.split_once('?').map(|(_, query)| query)).as_deref(), Some("new"));
        assert_eq!(name_in_address("http://shop.example/w/main", "new"), None);
    }
}
