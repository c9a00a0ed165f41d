//! What every handler can reach.

use std::sync::Arc;
use std::time::Duration;

use app::server_context::CookiePolicy;
use axum::extract::FromRef;
use engine::Engine;
use leptos::config::LeptosOptions;
use services::Services;
use tokio_util::sync::CancellationToken;

use crate::kept::KeptForms;
use crate::limits::RateLimits;
use crate::site::Site;

/// What every handler can reach. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The door to behaviour.
    pub services: Services,
    /// The workers of this process, if it has any.
    pub engine: Option<Engine>,
    /// How pages are put together.
    pub leptos: LeptosOptions,
    /// How cookies are set.
    pub cookies: CookiePolicy,
    /// Who asked how often.
    pub limits: Arc<RateLimits>,
    /// Ends open streams at shutdown.
    pub stop: CancellationToken,
    /// Forms that failed without a script.
    pub kept: Arc<KeptForms>,
    /// The files of the site.
    pub site: Arc<Site>,
    /// How long a request's body may take to arrive.
    pub body_time: Duration,
    /// How often an open stream asks whether its reader may go on.
    #[from_ref(skip)]
    pub ask_again: Duration,
    /// Proxies in front of this server that are trusted.
    pub trusted_proxies: usize,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppState")
    }
}
