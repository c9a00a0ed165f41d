//! Stored secrets: XChaCha20-Poly1305, bound to the workspace and the row they belong to, so that
//! a ciphertext moved to another row or another tenant does not open.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::Entropy;
use domain::ids::{Id as _, SecretId, WorkspaceId};
use domain::secrets::SecretText;
use zeroize::Zeroizing;

use super::Keyring;

/// An encrypted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// 24 random bytes, used once.
    pub nonce: Vec<u8>,
    /// The encrypted value with its tag.
    pub ciphertext: Vec<u8>,
}

/// A value that cannot be sealed or opened; says no more, because more would help an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("seal or open a stored secret")]
pub struct SealFault;

impl Keyring {
    /// Encrypts a value for one row of one workspace.
    pub fn seal(
        &self,
        entropy: &dyn Entropy,
        workspace: WorkspaceId,
        secret: SecretId,
        plaintext: &SecretText,
    ) -> Result<SealedValue, SealFault> {
        let mut nonce = [0_u8; 24];
        entropy.fill(&mut nonce);
        let aad = bound_to(workspace, secret);
        let payload = Payload { msg: plaintext.expose().as_bytes(), aad: &aad };
        let ciphertext = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SealFault)?;
        Ok(SealedValue { nonce: nonce.to_vec(), ciphertext })
    }

    /// Encrypts a value that is not stored, bound to what is given: its nonce, then its ciphertext.
    pub(crate) fn seal_for_a_moment(
        &self,
        entropy: &dyn Entropy,
        bound_to: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealFault> {
        let mut nonce = [0_u8; 24];
        entropy.fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new(self.moment_key().into());
        let payload = Payload { msg: plaintext, aad: bound_to };
        let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealFault)?;
        Ok([&nonce[..], &ciphertext].concat())
    }

    /// Decrypts what [`Keyring::seal_for_a_moment`] made for the same.
    pub(crate) fn open_of_a_moment(
        &self,
        bound_to: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let (nonce, ciphertext) = sealed.split_at_checked(24).ok_or(SealFault)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| SealFault)?;
        let cipher = XChaCha20Poly1305::new(self.moment_key().into());
        let payload = Payload { msg: ciphertext, aad: bound_to };
        cipher.decrypt(&XNonce::from(nonce), payload).map(Zeroizing::new).map_err(|_| SealFault)
    }

    /// Decrypts what [`Keyring::seal`] made for the same row of the same workspace.
    pub fn open(
        &self,
        workspace: WorkspaceId,
        secret: SecretId,
        sealed: &SealedValue,
    ) -> Result<SecretText, SealFault> {
        let nonce: [u8; 24] = sealed.nonce.as_slice().try_into().map_err(|_| SealFault)?;
        let aad = bound_to(workspace, secret);
        let payload = Payload { msg: &sealed.ciphertext, aad: &aad };
        let plain =
            Zeroizing::new(self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| SealFault)?);
        std::str::from_utf8(&plain).map(SecretText::new).map_err(|_| SealFault)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.encryption_key().into())
    }
}

fn bound_to(workspace: WorkspaceId, secret: SecretId) -> [u8; 32] {
    let mut aad = [0; 32];
    aad[..16].copy_from_slice(&workspace.bytes());
    aad[16..].copy_from_slice(&secret.bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Count;

    impl Entropy for Count {
        fn fill(&self, buffer: &mut [u8]) {
            for (place, byte) in (0_u8..).zip(buffer) {
                *byte = place;
            }
        }
    }

    #[test]
    fn a_value_opens_only_in_its_place_with_its_key() {
        let keyring = Keyring::from_master(&SecretText::new("one master key of enough letters"));
        let other = Keyring::from_master(&SecretText::new("two master key of enough letters"));
        let (here, there) = (WorkspaceId::from_bytes([1; 16]), WorkspaceId::from_bytes([2; 16]));
        let (row, another) = (SecretId::from_bytes([3; 16]), SecretId::from_bytes([4; 16]));
        let sealed = keyring.seal(&Count, here, row, &SecretText::new("th-very-secret")).expect("seals");
        assert!(!String::from_utf8_lossy(&sealed.ciphertext).contains("very"));
        let opened = keyring.open(here, row, &sealed).expect("opens");
        assert_eq!(opened.expose(), "th-very-secret");
        assert!(keyring.open(there, row, &sealed).is_err());
        assert!(keyring.open(here, another, &sealed).is_err());
        assert!(other.open(here, row, &sealed).is_err());
        let cut = SealedValue { nonce: vec![0; 3], ..sealed };
        assert!(keyring.open(here, row, &cut).is_err());
    }
}
