//! The cookies of a session: a short access token and a rotating refresh token, unreadable for
//! scripts, sent to this site only.

use domain::secrets::SecretText;
use http::{HeaderMap, HeaderValue, header};
use services::accounts::{SignedIn, Stay};
use services::shown_once::LIFE;

/// How the session's cookies are set; decided by the public address, never by the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookiePolicy {
    /// True when the public address is HTTPS: cookies are `Secure` and carry the `__Host-` prefix.
    pub secure: bool,
}

impl CookiePolicy {
    const fn names(self) -> (&'static str, &'static str) {
        if self.secure { ("__Host-sf_access", "__Host-sf_refresh") } else { ("sf_access", "sf_refresh") }
    }

    /// Without an age the cookie ends with the browser.
    fn cookie(self, name: &str, value: &str, max_age_s: Option<u64>) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let age = max_age_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
        // Tokens are base64url and points, so the text always is a header value.
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The headers that begin or renew a session.
    pub fn set(self, signed_in: &SignedIn) -> [HeaderValue; 2] {
        let (access, refresh) = self.names();
        let life = signed_in.refresh_expires_at.millis_since(signed_in.access_expires_at) / 1000 + 600;
        let life = (signed_in.stay == Stay::Long).then_some(life);
        // The access cookie outlives its token, so that an ended token is told from none.
        [
            self.cookie(access, signed_in.access.expose(), life),
            self.cookie(refresh, signed_in.refresh.expose(), life),
        ]
    }

    /// The headers that end a session.
    pub fn clear(self) -> [HeaderValue; 2] {
        let (access, refresh) = self.names();
        [self.cookie(access, "", Some(0)), self.cookie(refresh, "", Some(0))]
    }

    const fn once(self) -> &'static str {
        if self.secure { "__Host-sf_once" } else { "sf_once" }
    }

    /// The header that takes a value which is shown once to the next page.
    pub(super) fn set_once(self, sealed: &SecretText) -> HeaderValue {
        self.cookie(self.once(), sealed.expose(), Some(LIFE.as_secs()))
    }

    /// The header that ends it.
    pub(super) fn clear_once(self) -> HeaderValue {
        self.cookie(self.once(), "", Some(0))
    }

    /// The sealed value that came with a request.
    pub(super) fn read_once(self, headers: &HeaderMap) -> Option<String> {
        read(headers, self.once())
    }

    /// The access token that came with a request.
    pub fn read_access(self, headers: &HeaderMap) -> Option<String> {
        read(headers, self.names().0)
    }

    /// The refresh token that came with a request.
    pub fn read_refresh(self, headers: &HeaderMap) -> Option<String> {
        read(headers, self.names().1)
    }
}

fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cookie_of_that_name_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; xsf_access=no; sf_access=yes; sf_refresh="),
        );
        let policy = CookiePolicy { secure: false };
        assert_eq!(policy.read_access(&headers).as_deref(), Some("yes"));
        assert_eq!(policy.read_refresh(&headers), None);
        assert_eq!(CookiePolicy { secure: true }.read_access(&headers), None);
    }

    #[test]
    fn cookies_are_bound_to_the_host_over_https() {
        for cookie in (CookiePolicy { secure: true }).clear() {
            let text = cookie.to_str().expect("ascii");
            assert!(
                text.starts_with("__Host-") && text.contains("; Secure") && text.contains("HttpOnly"),
                "{text}"
            );
        }
    }
}
