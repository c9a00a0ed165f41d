//! Access tokens: JSON Web Tokens signed with HMAC-SHA256.
//!
//! The library's signature backend is ours, because its own one brings an RSA implementation with
//! a known flaw. Only HS256 exists here, so a token cannot choose its algorithm. The end of a token
//! is compared with the [`domain::Clock`], not with the system's.

use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::secrets::SecretText;
use hmac::Mac as _;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Keyring;
use super::keyring::hmac_sha256;

const ISSUER: &str = "shopfloor";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: UserId,
    /// In which session.
    pub sid: SessionId,
    /// When it was made, in seconds.
    pub iat: i64,
    /// When it ends, in seconds.
    pub exp: i64,
    /// Who made it.
    pub iss: String,
    /// For which server.
    pub aud: String,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not made here, or not for this.
    #[error("the token was not made here")]
    Invalid,
    /// Past its end.
    #[error("the token has expired")]
    Expired,
}

impl Keyring {
    /// Signs an access token that lives from `now` for the given seconds.
    pub(crate) fn access_token(
        &self,
        audience: &str,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        life_s: i64,
    ) -> Result<(SecretText, Timestamp), Error> {
        let iat = now.millis().div_euclid(1000);
        let exp = iat + life_s;
        let claims =
            Claims { sub: user, sid: session, iat, exp, iss: ISSUER.to_owned(), aud: audience.to_owned() };
        let key = EncodingKey::from_secret(self.jwt_key());
        let token = encode(&Header::new(Algorithm::HS256), &claims, &key)?;
        Ok((SecretText::new(token), Timestamp::from_millis(exp * 1000)))
    }

    /// Reads an access token: made here, for this audience, and not past its end.
    pub(crate) fn read_access_token(
        &self,
        audience: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, TokenFault> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[audience]);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.validate_exp = false;
        let key = DecodingKey::from_secret(self.jwt_key());
        let claims: Claims = decode(token, &key, &rules).map_err(|_| TokenFault::Invalid)?.claims;
        if now.millis() >= claims.exp.saturating_mul(1000) { Err(TokenFault::Expired) } else { Ok(claims) }
    }
}

/// Makes the process sign and check tokens with this file's HMAC. May be called any number of
/// times; the first call counts.
pub fn install_jwt_provider() {
    let _ = PROVIDER.install_default();
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        only_hs256(*algorithm)?;
        Ok(Box::new(Hs256(Zeroizing::new(key.as_bytes().to_vec()))))
    },
    verifier_factory: |algorithm, key| {
        only_hs256(*algorithm)?;
        Ok(Box::new(Hs256(Zeroizing::new(key.try_get_as_bytes()?.to_vec()))))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn only_hs256(algorithm: Algorithm) -> Result<(), Error> {
    if algorithm == Algorithm::HS256 { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

struct Hs256(Zeroizing<Vec<u8>>);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(hmac_sha256(&self.0).chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], given: &Vec<u8>) -> Result<(), signature::Error> {
        hmac_sha256(&self.0).chain_update(message).verify_slice(given).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use domain::ids::Id as _;

    use super::*;

    const HERE: &str = "http://127.0.0.1:3000";
    const NOW: Timestamp = Timestamp::from_millis(1_768_441_583_568);

    fn keyring(master: &str) -> Keyring {
        Keyring::from_master(&SecretText::new(master))
    }

    fn token(keyring: &Keyring) -> String {
        let (user, session) = (UserId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let (token, _) = keyring.access_token(HERE, user, session, NOW, 600).expect("signs");
        token.expose().to_owned()
    }

    #[test]
    fn a_token_is_read_back_until_its_end() {
        let keyring = keyring("one master key of enough letters");
        let token = token(&keyring);
        let claims = keyring.read_access_token(HERE, &token, NOW).expect("valid");
        assert_eq!(claims.sid, SessionId::from_bytes([2; 16]));
        let end = Timestamp::from_millis(claims.exp * 1000);
        assert_eq!(keyring.read_access_token(HERE, &token, end), Err(TokenFault::Expired));
    }

    #[test]
    fn forged_tokens_are_refused() {
        let keyring = keyring("one master key of enough letters");
        let good = token(&keyring);
        let other = token(&self::keyring("two master key of enough letters"));
        let mut parts = good.split('.');
        let (_, body) = (parts.next(), parts.next().expect("body"));
        let none = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#));
        let hs512 = format!(
            "{}.{body}.{}",
            URL_SAFE_NO_PAD.encode(br#"{"alg":"HS512"}"#),
            good.rsplit('.').next().expect("signature")
        );
        for forged in [other.as_str(), &none, &hs512, "", "a.b.c", &good[..good.len() - 2]] {
            assert_eq!(keyring.read_access_token(HERE, forged, NOW), Err(TokenFault::Invalid), "{forged}");
        }
        assert_eq!(keyring.read_access_token("http://elsewhere", &good, NOW), Err(TokenFault::Invalid));
    }
}
