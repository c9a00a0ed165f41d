//! Ties a database to the master key it was made with.

use storage::Store;
use subtle::ConstantTimeEq as _;

use super::Keyring;

/// Under which name the check value is kept.
const FACT: &str = "master_key_check";

/// Why the server must not start with this master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Too easy to guess.
    #[error("use a master key of at least 32 characters")]
    TooShort,
    /// The database belongs to another master key.
    #[error("this database was made with another master key; start with the one it was made with")]
    Mismatch,
    /// The database cannot be asked.
    #[error("compare the master key with the database")]
    Store(#[source] storage::Error),
}

impl From<storage::Error> for MasterKeyError {
    fn from(error: storage::Error) -> Self {
        Self::Store(error)
    }
}

/// Writes the check value at the first start and compares it at every later one.
pub async fn check_master(store: &Store, keyring: &Keyring) -> Result<(), MasterKeyError> {
    let expected = keyring.check_value();
    let stored = if let Some(stored) = storage::instance::get(store, FACT).await? {
        stored
    } else {
        let tx = store.begin().await?;
        storage::instance::set_once(&tx, FACT, &expected).await?;
        // Another process may have been first.
        let stored = storage::instance::get(&tx, FACT).await?.ok_or(MasterKeyError::Mismatch)?;
        tx.commit().await?;
        stored
    };
    if bool::from(stored.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(())
    } else {
        Err(MasterKeyError::Mismatch)
    }
}
