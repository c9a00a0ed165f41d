//! Keys, passwords and tokens. Everything secret that the server makes or checks goes through here.
//!
//! `keyring` derives one key per purpose from the master key, `master` ties the database to that
//! master key, `jwt` signs access tokens, `refresh` makes refresh tokens, `one_time` the tokens of
//! links, `seal` encrypts stored secrets, `passwords` hashes what people type.

mod jwt;
mod keyring;
mod master;
mod one_time;
mod passwords;
mod refresh;
mod seal;

pub use jwt::{Claims, TokenFault, install_jwt_provider};
pub use keyring::Keyring;
pub use master::{MasterKeyError, check_master};
pub(crate) use one_time::{random_text, sha256};
pub use passwords::Passwords;
pub(crate) use refresh::RefreshToken;
pub use seal::{SealFault, SealedValue};
