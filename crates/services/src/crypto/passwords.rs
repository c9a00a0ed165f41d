//! Passwords: Argon2id with the library's recommended cost, off the async threads and at most two
//! at a time, so that a flood of sign-ins takes neither all memory nor all processors.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use domain::Problem;
use domain::secrets::SecretText;
use tokio::sync::Semaphore;

use crate::Fault as _;
use crate::accounts::InMemory;

/// How many passwords are hashed at the same time.
const AT_ONCE: usize = 2;

/// Checked against when there is no account, so that the answer takes as long.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| make(&SecretText::new("nobody has this password")).ok());

/// The bounded pool that hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    in_memory: InMemory,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), in_memory: InMemory::default() }
    }
}

impl Passwords {
    /// Hashes a password with a fresh salt, into PHC form.
    pub async fn hash(&self, password: SecretText) -> Result<String, Problem> {
        self.aside(move || make(&password)).await?.or_internal("hash a password")
    }

    /// True when the password is the one behind the hash. Without a hash it does the same work and
    /// is false.
    pub async fn verify(&self, password: SecretText, phc: Option<String>) -> Result<bool, Problem> {
        let known = phc.is_some();
        let matches = self.aside(move || matches(&password, phc.or_else(|| NOBODY.clone()))).await?;
        Ok(matches.or_internal("check a password")? && known)
    }

    /// Attempts to sign in that are not counted in the database.
    pub(crate) fn in_memory(&self) -> &InMemory {
        &self.in_memory
    }

    /// Runs slow work on the blocking pool, when it is its turn.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit =
            Arc::clone(&self.permits).acquire_owned().await.or_internal("wait to hash a password")?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even when the caller has gone away.
            let _permit = permit;
            work()
        });
        done.await.or_internal("wait for a password's hash")
    }
}

fn make(password: &SecretText) -> Result<String, password_hash::Error> {
    Ok(Argon2::default().hash_password(password.expose().as_bytes())?.to_string())
}

fn matches(password: &SecretText, phc: Option<String>) -> Result<bool, password_hash::Error> {
    let Some(phc) = phc else { return Ok(false) };
    match Argon2::default().verify_password(password.expose().as_bytes(), &PasswordHash::new(&phc)?) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_matches_and_nothing_else() {
        let passwords = Passwords::default();
        let phc = passwords.hash(SecretText::new("correct horse")).await.expect("hashes");
        assert!(phc.starts_with("$argon2id$"));
        let verify = |text: &str, phc: Option<String>| passwords.verify(SecretText::new(text), phc);
        assert_eq!(verify("correct horse", Some(phc.clone())).await, Ok(true));
        assert_eq!(verify("wrong horse", Some(phc)).await, Ok(false));
        assert_eq!(verify("nobody has this password", None).await, Ok(false));
    }
}
