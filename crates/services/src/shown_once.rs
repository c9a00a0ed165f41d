//! Values that are shown once, on their way from a form that a browser posted without a script to
//! the page it comes to next: sealed, for the session that made them, for two minutes.
//!
//! Nothing is stored. Whoever reads the sealed text learns nothing, and another session cannot open
//! it; the browser is told to forget it when the page has shown it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::Id as _;
use domain::secrets::SecretText;
use domain::{Actor, Problem, Timestamp};

use crate::{Fault as _, Services};

/// How long the next page may take to come.
pub const LIFE: Duration = Duration::from_mins(2);
/// Bytes that hold the end of this life.
const TIME: usize = 8;

impl Services {
    /// Values on their way to the page that shows them.
    pub fn shown_once(&self) -> ShownOnce<'_> {
        ShownOnce(self)
    }
}

/// Values on their way to the page that shows them.
#[derive(Debug, Clone, Copy)]
pub struct ShownOnce<'a>(&'a Services);

impl ShownOnce<'_> {
    /// Seals a value for the next page of the person. `what` tells kinds of values apart.
    pub fn seal(&self, actor: &Actor, what: &str, value: &SecretText) -> Result<SecretText, Problem> {
        let services = self.0;
        let mut plain = services.now().plus(LIFE).millis().to_be_bytes().to_vec();
        plain.extend_from_slice(value.expose().as_bytes());
        let bound = bound_to(actor, what)?;
        let sealed = services.keyring().seal_for_a_moment(services.entropy(), &bound, &plain);
        Ok(SecretText::new(URL_SAFE_NO_PAD.encode(sealed.or_internal("seal a value")?)))
    }

    /// Opens a value that was sealed for the person and is still young.
    pub fn open(&self, actor: &Actor, what: &str, sealed: &str) -> Option<SecretText> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = self.0.keyring().open_of_a_moment(&bound_to(actor, what).ok()?, &sealed).ok()?;
        let (end, value) = plain.split_at_checked(TIME)?;
        let end = Timestamp::from_millis(i64::from_be_bytes(end.try_into().ok()?));
        let value = std::str::from_utf8(value).ok().filter(|_| end > self.0.now())?;
        Some(SecretText::new(value))
    }
}

fn bound_to(actor: &Actor, what: &str) -> Result<Vec<u8>, Problem> {
    let (_, session, _) = actor.person()?;
    Ok([&actor.workspace.bytes()[..], &session.bytes()[..], what.as_bytes()].concat())
}
