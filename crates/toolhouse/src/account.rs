//! Whose key this is. Doubles as the test whether a key works.

use reqwest::Method;
use serde_json::Value;

use crate::{client::Client, error::Error};

/// The account behind the key. The answer also repeats the key; that part is dropped unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The service's own id for the account.
    pub user_id: String,
    /// The plan, such as `sandbox` or `pro`. Empty when the service does not say.
    pub tier: String,
}

impl Client {
    /// Asks whose key this is. [`Error::is_unauthorised`] is true for a key that does not work.
    pub async fn me(&self) -> Result<Me, Error> {
        const WHAT: &str = "the account";
        let value = unwrap_data(self.unary(WHAT, self.api(Method::GET, &["me"])).await?);
        let text = |field| value.get(field).and_then(Value::as_str).map(str::to_owned);
        Ok(Me {
            user_id: text("user_id").ok_or(Error::Decode { what: WHAT, source: None })?,
            tier: text("tier").unwrap_or_default(),
        })
    }
}

/// Some endpoints wrap their answer in `{"data": …}` and some do not.
pub(crate) fn unwrap_data(value: Value) -> Value {
    match value {
        Value::Object(mut object) if !object.contains_key("id") => match object.remove("data") {
            Some(data) => data,
            None => Value::Object(object),
        },
        other => other,
    }
}
