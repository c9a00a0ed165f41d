//! Random tokens and what is stored of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Entropy;
use hmac::Mac as _;
use sha2::{Digest as _, Sha256};

use super::Keyring;

/// 32 random bytes as 43 characters.
pub(crate) fn random_text(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256. Enough for tokens of 256 random bits, which nobody can guess from it.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes.as_ref()).into()
}

impl Keyring {
    /// What is stored of a link's token.
    pub(crate) fn link_hash(&self, token: &str) -> [u8; 32] {
        self.links_mac().chain_update(token.as_bytes()).finalize().into_bytes().into()
    }
}
