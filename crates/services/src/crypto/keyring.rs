//! One key per purpose, derived from the master key with HKDF-SHA256.
//!
//! A key that leaks, or a flaw in one use, says nothing about the others. The master key itself is
//! not kept.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::secrets::SecretText;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::master::MasterKeyError;

/// The least length of a master key in characters: 32 random bytes in base64 have 43.
const MIN_MASTER: usize = 32;

/// A derived key.
type Key = Zeroizing<[u8; 32]>;

/// The derived keys. Cheap to clone; shows nothing.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    jwt: Key,
    refresh: Key,
    encryption: Key,
    links: Key,
    moment: Key,
    check: Key,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// Derives the keys from a master key as typed by an administrator, which must have at least
    /// 32 characters.
    pub fn parse(master: &SecretText) -> Result<Self, MasterKeyError> {
        if master.expose().trim().chars().count() < MIN_MASTER {
            return Err(MasterKeyError::TooShort);
        }
        Ok(Self::from_master(master))
    }

    /// Derives the keys from a master key that is known to be long enough. White space around it
    /// does not count, so that a line end in a key file does no harm.
    pub fn from_master(master: &SecretText) -> Self {
        super::jwt::install_jwt_provider();
        let hkdf = Hkdf::<Sha256>::new(Some(b"shopfloor master key"), master.expose().trim().as_bytes());
        Self(Arc::new(Keys {
            jwt: derive(&hkdf, "access tokens"),
            refresh: derive(&hkdf, "refresh tokens"),
            encryption: derive(&hkdf, "stored secrets"),
            links: derive(&hkdf, "one-time links"),
            moment: derive(&hkdf, "values shown once"),
            check: derive(&hkdf, "check value"),
        }))
    }

    /// A text that tells master keys apart and says nothing about them.
    pub fn check_value(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.check.as_slice())
    }

    pub(super) fn jwt_key(&self) -> &[u8] {
        self.0.jwt.as_slice()
    }

    pub(super) fn encryption_key(&self) -> &[u8; 32] {
        &self.0.encryption
    }

    pub(super) fn moment_key(&self) -> &[u8; 32] {
        &self.0.moment
    }

    pub(super) fn refresh_mac(&self) -> Hmac<Sha256> {
        hmac_sha256(self.0.refresh.as_slice())
    }

    pub(super) fn links_mac(&self) -> Hmac<Sha256> {
        hmac_sha256(self.0.links.as_slice())
    }
}

fn derive(hkdf: &Hkdf<Sha256>, purpose: &str) -> Key {
    let mut key = Zeroizing::new([0_u8; 32]);
    hkdf.expand(purpose.as_bytes(), key.as_mut_slice()).expect("32 bytes are within what HKDF-SHA256 gives");
    key
}

/// An HMAC that has heard nothing yet.
pub(super) fn hmac_sha256(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use hmac::Mac as _;

    use super::*;

    fn keyring(text: &str) -> Keyring {
        Keyring::from_master(&SecretText::new(text))
    }

    #[test]
    fn the_same_master_gives_the_same_keys_and_another_gives_others() {
        let (a, b) =
            (keyring("one master key of enough letters"), keyring("two master key of enough letters"));
        assert_eq!(a.check_value(), keyring("one master key of enough letters\n").check_value());
        assert_ne!(a.check_value(), b.check_value());
        assert_ne!(a.jwt_key(), a.encryption_key());
        assert_ne!(a.refresh_mac().finalize().into_bytes(), a.links_mac().finalize().into_bytes());
    }

    #[test]
    fn a_short_master_is_refused_and_nothing_is_shown() {
        assert!(matches!(Keyring::parse(&SecretText::new("x".repeat(31))), Err(MasterKeyError::TooShort)));
        let shown = format!("{:?}", keyring("one master key of enough letters"));
        assert_eq!(shown, "Keyring");
    }
}
