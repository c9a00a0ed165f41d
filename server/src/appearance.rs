//! Theme and density without JavaScript: a form that sets the cookies the pages are rendered by.

use app::address::safe_path;
use app::theme::{DENSITY_COOKIE, Density, NAV_COOKIE, Nav, THEME_COOKIE, Theme};
use axum::Form;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

/// What the form sends; words that are not known change nothing.
#[derive(Debug, Deserialize)]
pub struct Appearance {
    theme: Option<String>,
    density: Option<String>,
    nav: Option<String>,
    next: Option<String>,
}

/// Sets the cookies and goes back.
pub async fn set(Form(form): Form<Appearance>) -> Response {
    let mut cookies = Vec::new();
    if let Some(theme) = form.theme.as_deref().and_then(Theme::parse) {
        cookies.push((THEME_COOKIE, theme.as_str()));
    }
    if let Some(density) = form.density.as_deref().and_then(Density::parse) {
        cookies.push((DENSITY_COOKIE, density.as_str()));
    }
    if let Some(nav) = form.nav.as_deref().and_then(Nav::parse) {
        cookies.push((NAV_COOKIE, nav.as_str()));
    }
    let mut response = StatusCode::SEE_OTHER.into_response();
    for (name, value) in cookies {
        let cookie = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age=31536000");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    let next = safe_path(form.next.as_deref().unwrap_or("/"));
    response
        .headers_mut()
        .insert(header::LOCATION, HeaderValue::from_str(&next).unwrap_or(HeaderValue::from_static("/")));
    response
}
