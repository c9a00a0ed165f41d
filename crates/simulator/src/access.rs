//! Who is asking. Any key that begins with `th-` is an account of its own.

use std::fmt::Write;

use http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};

use crate::refusals::{self, Refusal};

/// An account, known by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) key: String,
}

/// The account behind the key; `None` without one. A key of the wrong form is refused.
pub(crate) fn account(headers: &HeaderMap) -> Result<Option<Account>, Refusal> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let key = header
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|key| key.strip_prefix("th-").is_some_and(|rest| !rest.is_empty()))
        .ok_or_else(refusals::bad_key)?;
    Ok(Some(Account { user_id: user_id(key), key: key.to_owned() }))
}

/// As [`account`], but a key is required.
pub(crate) fn required(headers: &HeaderMap) -> Result<Account, Refusal> {
    account(headers)?.ok_or_else(refusals::no_key)
}

fn user_id(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(6).fold("user_".to_owned(), |mut id, byte| {
        // Writing to a string cannot fail.
        let _: std::fmt::Result = write!(id, "{byte:02x}");
        id
    })
}
