//! What a server function finds around it: the services, who calls, and how to answer.
//!
//! There is no "current workspace" kept anywhere: a server function is given the workspace of the
//! page's address, and [`enter`] checks membership each time, so two tabs cannot write to each
//! other's tenant.

mod cookies;

use domain::paging::{List, PageRequest};
use domain::secrets::SecretText;
use domain::{Actor, Kind, Problem};
use http::StatusCode;
use http::request::Parts;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use services::Services;
use services::accounts::{Origin, Person, SignedIn};

use crate::address::safe_path;
use crate::error::AppError;

pub use cookies::CookiePolicy;

/// Server functions live below this path.
pub const SERVER_FN_PREFIX: &str = "/fn/";

/// Who calls, as the session's cookies say.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The signed-in person, if there is one.
    pub person: Option<Person>,
    /// Where the request comes from.
    pub origin: Origin,
}

/// The services; the host puts them into every context.
pub fn services() -> Result<Services, AppError> {
    use_context::<Services>()
        .ok_or_else(|| AppError(Problem::new(Kind::Internal, "The services are missing.")))
}

/// Who calls.
pub fn caller() -> Caller {
    use_context::<Caller>().unwrap_or_else(|| Caller { person: None, origin: Origin::default() })
}

/// The services and the signed-in person; refuses everybody else.
pub fn person() -> Result<(Services, Person), AppError> {
    let person = caller().person.ok_or_else(|| Problem::new(Kind::Unauthenticated, "Sign in to go on."));
    Ok((services()?, reply(person)?))
}

/// The services and the person as an actor in a workspace; 404 for those who are no members.
pub async fn enter(workspace: &str) -> Result<(Services, Actor), AppError> {
    let (services, person) = person()?;
    let origin = caller().origin;
    let actor = services.accounts().enter(&person, workspace, &origin).await;
    Ok((services, reply(actor)?))
}

/// The way out of every server function. Sets the status of the answer when the request is a call
/// of a server function; while a page is rendered the page's own status stays, and a
/// form posted without JavaScript is sent back to its page, which shows the problem.
pub fn reply<T>(result: Result<T, Problem>) -> Result<T, AppError> {
    result.map_err(|problem| {
        let mut problem = problem;
        if problem.kind.status() >= 500 && problem.reference.is_none() {
            problem.reference = caller().origin.request_id;
        }
        let is_call =
            use_context::<Parts>().is_some_and(|parts| parts.uri.path().starts_with(SERVER_FN_PREFIX));
        if is_call
            && !is_form()
            && let Some(response) = use_context::<ResponseOptions>()
            && let Ok(status) = StatusCode::from_u16(problem.kind.status())
        {
            response.set_status(status);
        }
        AppError(problem)
    })
}

/// Reads the cursor of a list.
pub fn page(list: List, cursor: Option<&str>) -> Result<PageRequest, AppError> {
    reply(PageRequest::parse(list, cursor, None))
}

/// Sets the status of the page that is being rendered, for a thing that is not there.
pub fn page_status(kind: Kind) {
    let is_call = use_context::<Parts>().is_some_and(|parts| parts.uri.path().starts_with(SERVER_FN_PREFIX));
    if !is_call
        && let Some(response) = use_context::<ResponseOptions>()
        && let Ok(status) = StatusCode::from_u16(kind.status())
    {
        response.set_status(status);
    }
}

/// Puts a session's cookies into the answer.
pub fn keep_session(signed_in: &SignedIn) {
    if let (Some(response), Some(policy)) = (use_context::<ResponseOptions>(), use_context::<CookiePolicy>())
    {
        for cookie in policy.set(signed_in) {
            response.append_header(http::header::SET_COOKIE, cookie);
        }
    }
}

/// Takes a session's cookies away.
pub fn drop_session() {
    if let (Some(response), Some(policy)) = (use_context::<ResponseOptions>(), use_context::<CookiePolicy>())
    {
        for cookie in policy.clear() {
            response.append_header(http::header::SET_COOKIE, cookie);
        }
    }
}

/// Sends the browser to a path of ours. Anything else, such as `//elsewhere`, becomes `/`.
pub fn go_to(path: &str) {
    leptos_axum::redirect(&safe_path(path));
}

/// Where a form that was posted without JavaScript goes when it has succeeded. Calls from the browser's
/// side of the application stay where they are.
pub fn after_form(path: &str) {
    if is_form() {
        go_to(path);
    }
}

/// Takes a value that is shown once to the next page, where a browser without script posted the
/// form: that browser never sees the answer, and neither addresses nor logs may hold the value.
pub fn show_once(services: &Services, actor: &Actor, what: &str, value: &str) -> Result<(), AppError> {
    if let (true, Some(response), Some(policy)) =
        (is_form(), use_context::<ResponseOptions>(), use_context::<CookiePolicy>())
    {
        let sealed = reply(services.shown_once().seal(actor, what, &SecretText::new(value)))?;
        response.append_header(http::header::SET_COOKIE, policy.set_once(&sealed));
    }
    Ok(())
}

/// The value that the form before this page left, if it left one for this person; the browser
/// forgets it with this answer.
pub fn shown_once(services: &Services, actor: &Actor, what: &str) -> Option<String> {
    let (parts, policy) = (use_context::<Parts>()?, use_context::<CookiePolicy>()?);
    let sealed = policy.read_once(&parts.headers)?;
    let value = services.shown_once().open(actor, what, &sealed)?;
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(http::header::SET_COOKIE, policy.clear_once());
    }
    Some(value.expose().to_owned())
}

/// True for a form that a browser posted by itself, which follows redirects and shows pages.
fn is_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    })
}
