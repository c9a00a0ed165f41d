//! The one table of routes. Tests enumerate it: [`PAGES_EXEMPT`] apart, every route, page and server
//! function has a line in the authorisation test.

use std::error::Error as _;

use app::document::{Document, SiteFiles};
use app::server_context::{Caller, CookiePolicy};
use app::theme::APPEARANCE_PATH;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::SessionId;
use domain::{Kind, Problem};
use http_body_util::LengthLimitError;
use leptos::config::LeptosOptions;
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use services::Services;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::csrf::CsrfLayer;

use crate::reply::problem_response;
use crate::state::AppState;
use crate::{api, appearance, download, health, kept, live, middleware};

/// The largest body anybody may send, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// The largest form with the file of a batch: escaping makes a file up to three times as long.
const MAX_FILE_FORM: usize = 3 * domain::batches::MAX_BYTES;

/// Routes that are neither pages nor part of the API's document, with their methods.
pub const PLAIN_ROUTES: &[(&str, &str)] = &[
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
    ("GET", "/api/docs.css"),
    ("GET", "/live/executions/{id}"),
    ("GET", "/download/batches/{id}"),
    ("GET", "/download/executions/{id}"),
    ("POST", APPEARANCE_PATH),
    ("POST", "/fn/{*name}"),
];

/// Routes and server functions where passwords, refresh tokens and tokens of links are tried: counted
/// per address. A test holds this against the API's document and the functions that anybody may call.
pub const TRIED: &[&str] = &[
    "/auth/sign-in",
    "/auth/refresh",
    "/auth/link",
    "/auth/setup",
    "/auth/invitation",
    "/auth/account/workspaces",
    "/auth/password",
    "/auth/password/reset",
    "/fn/accounts/sign_in",
    "/fn/accounts/link",
    "/fn/accounts/setup",
    "/fn/accounts/accept_invitation",
    "/fn/accounts/join",
    "/fn/accounts/reset_password",
    "/fn/accounts/change_password",
];

/// The pages, as the interface declares them.
pub fn pages() -> Vec<AxumRouteListing> {
    generate_route_list(app::App)
}

/// Puts everything together.
pub fn router(state: AppState) -> Router {
    let (rest, _) = axum_parts(api::api());
    let (auth, _) = axum_parts(api::auth());
    let csrf = CsrfLayer::new();
    let csrf = csrf.clone().add_trusted_origin(state.services.public_url()).unwrap_or(csrf);
    let browser = Router::new()
        .route("/live/executions/{id}", get(live::for_people))
        .route("/download/batches/{id}", get(download::for_people))
        .route("/download/executions/{id}", get(download::payload_for_people))
        .route(APPEARANCE_PATH, post(appearance::set))
        .route("/fn/{*name}", post(server_function))
        .leptos_routes_with_handler(pages(), get(page))
        .merge(auth)
        .layer(axum::middleware::from_fn_with_state(state.clone(), middleware::session))
        .layer(csrf.with_rejection_response(middleware::cross_origin));
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/api/openapi.json", get(api::openapi_json))
        .route("/api/docs", get(api::docs_page))
        .route("/api/docs.css", get(api::docs_css))
        .nest("/api/v1", rest.fallback(api::not_found).method_not_allowed_fallback(api::method_not_allowed))
        .merge(browser)
        .fallback(asset)
        .layer(
            ServiceBuilder::new()
                .layer(axum::middleware::from_fn_with_state(state.clone(), middleware::frame))
                .layer(axum::middleware::from_fn_with_state(state.clone(), middleware::sign_in_limit))
                .layer(CatchPanicLayer::custom(middleware::panicked))
                .layer(
                    CompressionLayer::new().compress_when(
                        DefaultPredicate::new().and(NotForContentType::const_new("font/woff2")),
                    ),
                )
                .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY)),
        )
        .with_state(state)
}

fn axum_parts(
    table: utoipa_axum::router::OpenApiRouter<AppState>,
) -> (Router<AppState>, utoipa::openapi::OpenApi) {
    table.split_for_parts()
}

/// What the interface finds in its context.
fn context(state: &AppState, request: &Request) -> impl Fn() + Clone + Send + Sync + 'static {
    let services: Services = state.services.clone();
    let cookies: CookiePolicy = state.cookies;
    let caller = request.extensions().get::<Caller>().cloned();
    let nonce = request.extensions().get::<Nonce>().cloned();
    let kept = kept::name_in_query(request.uri().query())
        .and_then(|name| state.kept.find(&name, session(caller.as_ref())));
    move || {
        provide_context(services.clone());
        provide_context(cookies);
        if let Some(caller) = caller.clone() {
            provide_context(caller);
        }
        if let Some(nonce) = nonce.clone() {
            provide_context(nonce);
        }
        if let Some(kept) = kept.clone() {
            provide_context(kept);
        }
    }
}

/// The session of a caller, if there is one.
fn session(caller: Option<&Caller>) -> Option<SessionId> {
    caller.and_then(|caller| caller.person.as_ref()).map(|person| person.session)
}

async fn page(State(state): State<AppState>, request: Request) -> Response {
    let context = context(&state, &request);
    let (options, files): (LeptosOptions, SiteFiles) = (state.leptos.clone(), state.site.files.clone());
    let render = leptos_axum::render_app_async_with_context(context, move || Document(&options, &files));
    let mut response = render(request).await;
    // Leptos redirects only those who say that they take HTML.
    if response.status().is_success() && response.headers().contains_key(header::LOCATION) {
        *response.status_mut() = StatusCode::FOUND;
    }
    response
}

async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    if !middleware::is_server_function(path) {
        let message = "There is no such function. The page may be from another version: load it again.";
        return problem_response(Problem::new(Kind::NotFound, message));
    }
    let most = if path.starts_with("/fn/batches/") { MAX_FILE_FORM } else { MAX_BODY };
    let (request, sent) = match whole(request, most).await {
        Ok(whole) => whole,
        Err(problem) => return problem_response(problem),
    };
    let is_form = told(request.headers(), header::ACCEPT).contains("text/html");
    let context = context(&state, &request);
    let path = request.uri().path().to_owned();
    let owner = session(request.extensions().get::<Caller>());
    let mut response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    // A browser without script goes back to its form only on the status of a redirect; the page
    // there tells the problem, which is in the address.
    if is_form && response.headers().contains_key(header::LOCATION) {
        if !response.status().is_redirection() {
            *response.status_mut() = StatusCode::SEE_OTHER;
        }
        let mut random = [0; 16];
        state.services.entropy().fill(&mut random);
        let name = URL_SAFE_NO_PAD.encode(random);
        let back = kept::name_in_address(told(response.headers(), header::LOCATION), &name);
        if let Some(Ok(back)) = back.map(HeaderValue::try_from) {
            state.kept.keep(name, owner, &path, &sent);
            response.headers_mut().insert(header::LOCATION, back);
        }
        return response;
    }
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR { own_status(response).await } else { response }
}

/// The request with a body that has arrived, and that body. What reads forms sets no limit to their size.
async fn whole(request: Request, most: usize) -> Result<(Request, Bytes), Problem> {
    let too_large =
        || Problem::new(Kind::BodyTooLarge, "The form is larger than this server accepts. Send less.");
    let length = told(request.headers(), header::CONTENT_LENGTH).parse::<usize>();
    if length.is_ok_and(|length| length > most) {
        return Err(too_large());
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, most).await {
        Ok(bytes) => Ok((Request::from_parts(parts, Body::from(bytes.clone())), bytes)),
        Err(error) if error.source().is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) => {
            Err(too_large())
        }
        Err(_) => Err(Problem::new(Kind::MalformedBody, "The form did not arrive in full. Send it again.")),
    }
}

/// The text of a header, empty when there is none.
fn told(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Gives a refusal that came before the server function itself, such as of a form that cannot be
/// read, the status of its kind.
async fn own_status(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_BODY).await else {
        return problem_response(Problem::new(
            Kind::Internal,
            "Something went wrong on our side. Try again.",
        ));
    };
    let problem = serde_json::from_slice::<Problem>(&bytes).ok();
    if let Some(status) = problem.and_then(|problem| StatusCode::from_u16(problem.kind.status()).ok()) {
        parts.status = status;
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Files of the site; everything else is a page that says "not found".
async fn asset(State(state): State<AppState>, request: Request) -> Response {
    if let Some(found) = state.site.serve(request.uri().path(), request.headers()) {
        return found;
    }
    if request.uri().path().starts_with("/api/") {
        return api::not_found().await.into_response();
    }
    let mut response = page(State(state), request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
