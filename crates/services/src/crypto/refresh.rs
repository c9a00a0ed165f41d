//! Refresh tokens: session, generation and a MAC over both. Nothing of a token needs storing, and
//! the same generation always has the same token, so parallel tabs can be given the same one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{Id as _, SessionId};
use domain::secrets::SecretText;
use hmac::Mac as _;

use super::Keyring;

/// What a refresh token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    /// The session it continues.
    pub(crate) session: SessionId,
    /// Its place in the row of that session's tokens.
    pub(crate) generation: u64,
}

const NAMED: usize = 24;
const WHOLE: usize = NAMED + 32;

impl Keyring {
    /// Writes a refresh token.
    pub(crate) fn refresh_token(&self, token: RefreshToken) -> SecretText {
        let named = named(token);
        let mac = self.refresh_mac().chain_update(named).finalize().into_bytes();
        let mut whole = named.to_vec();
        whole.extend_from_slice(&mac);
        SecretText::new(URL_SAFE_NO_PAD.encode(whole))
    }

    /// Reads a refresh token that was written here.
    pub(crate) fn read_refresh_token(&self, text: &str) -> Option<RefreshToken> {
        let whole = URL_SAFE_NO_PAD.decode(text).ok().filter(|whole| whole.len() == WHOLE)?;
        let (named, mac) = whole.split_at(NAMED);
        self.refresh_mac().chain_update(named).verify_slice(mac).ok()?;
        let (session, generation) = named.split_at(16);
        Some(RefreshToken {
            session: SessionId::from_bytes(session.try_into().ok()?),
            generation: u64::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

fn named(token: RefreshToken) -> [u8; NAMED] {
    let mut bytes = [0; NAMED];
    bytes[..16].copy_from_slice(&token.session.bytes());
    bytes[16..].copy_from_slice(&token.generation.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_a_changed_one_is_not() {
        let keyring = Keyring::from_master(&SecretText::new("one master key of enough letters"));
        let token = RefreshToken { session: SessionId::from_bytes([9; 16]), generation: 3 };
        let text = keyring.refresh_token(token).expose().to_owned();
        assert_eq!(keyring.read_refresh_token(&text), Some(token));
        for place in [0, 20, 30, 70] {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(keyring.read_refresh_token(&changed), None, "{place}");
        }
        assert_eq!(keyring.read_refresh_token(""), None);
    }
}
