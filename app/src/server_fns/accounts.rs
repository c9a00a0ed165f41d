//! Signing in and out, one-time links, the signed-in person's profile and sessions.

use domain::accounts::{LinkInfo, Place, Session, User};
use domain::ids::SessionId;
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;
#[cfg(feature = "ssr")]
use domain::secrets::SecretText;

/// Where the caller belongs.
#[server(prefix = "/fn", endpoint = "accounts/home")]
pub async fn home() -> Result<Place, AppError> {
    let services = server_context::services()?;
    let person = server_context::caller().person;
    server_context::reply(services.accounts().place_of(person.as_ref()).await)
}

/// Signs in and goes to `next`.
#[server(prefix = "/fn", endpoint = "accounts/sign_in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] keep_signed_in: bool,
    next: Option<String>,
) -> Result<(), AppError> {
    let services = server_context::services()?;
    let origin = server_context::caller().origin;
    let stay = services::accounts::Stay::chosen(keep_signed_in);
    let password = SecretText::new(password);
    let signed_in =
        server_context::reply(services.accounts().sign_in(&email, password, stay, &origin).await)?;
    server_context::keep_session(&signed_in);
    server_context::go_to(next.as_deref().unwrap_or("/"));
    Ok(())
}

/// Signs out.
#[server(prefix = "/fn", endpoint = "accounts/sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    let server_context::Caller { person, origin } = server_context::caller();
    if let Some(person) = person {
        let services = server_context::services()?;
        server_context::reply(services.accounts().sign_out(person.session, &origin).await)?;
    }
    server_context::drop_session();
    server_context::go_to("/sign-in");
    Ok(())
}

/// What the link with this token is for.
#[server(prefix = "/fn", endpoint = "accounts/link")]
pub async fn link(token: String) -> Result<LinkInfo, AppError> {
    let services = server_context::services()?;
    server_context::reply(services.accounts().link_info(&token).await)
}

/// Makes the first account and its workspace.
#[server(prefix = "/fn", endpoint = "accounts/setup")]
pub async fn setup(
    token: String,
    email: String,
    name: String,
    password: String,
    workspace: String,
) -> Result<(), AppError> {
    let services = server_context::services()?;
    let draft = domain::accounts::AccountDraft { email, name, password: SecretText::new(password) };
    let origin = server_context::caller().origin;
    let signed_in =
        server_context::reply(services.accounts().setup(&token, draft, &workspace, &origin).await)?;
    server_context::keep_session(&signed_in);
    server_context::go_to("/");
    Ok(())
}

/// Accepts an invitation with a new account.
#[server(prefix = "/fn", endpoint = "accounts/accept_invitation")]
pub async fn accept_invitation(
    token: String,
    email: String,
    name: String,
    password: String,
) -> Result<(), AppError> {
    let services = server_context::services()?;
    let draft = domain::accounts::AccountDraft { email, name, password: SecretText::new(password) };
    let origin = server_context::caller().origin;
    let signed_in =
        server_context::reply(services.accounts().accept_invitation(&token, draft, &origin).await)?;
    server_context::keep_session(&signed_in);
    server_context::go_to("/");
    Ok(())
}

/// Accepts an invitation as the person who is signed in.
#[server(prefix = "/fn", endpoint = "accounts/join")]
pub async fn join(token: String) -> Result<(), AppError> {
    let (services, person) = server_context::person()?;
    let origin = server_context::caller().origin;
    let workspace = server_context::reply(services.accounts().join(&person, &token, &origin).await)?;
    server_context::go_to(&format!("/w/{}", workspace.slug));
    Ok(())
}

/// Sets a new password with a reset link.
#[server(prefix = "/fn", endpoint = "accounts/reset_password")]
pub async fn reset_password(token: String, password: String) -> Result<(), AppError> {
    let services = server_context::services()?;
    let origin = server_context::caller().origin;
    server_context::reply(
        services.accounts().reset_password(&token, SecretText::new(password), &origin).await,
    )?;
    server_context::go_to("/sign-in");
    Ok(())
}

/// Who is signed in.
#[server(prefix = "/fn", endpoint = "accounts/profile")]
pub async fn profile() -> Result<User, AppError> {
    let (_, person) = server_context::person()?;
    std::future::ready(Ok(person.user)).await
}

/// Changes the name on screen.
#[server(prefix = "/fn", endpoint = "accounts/update_profile")]
pub async fn update_profile(name: String) -> Result<User, AppError> {
    let (services, person) = server_context::person()?;
    let origin = server_context::caller().origin;
    server_context::reply(services.accounts().update_profile(&person, &name, &origin).await)
}

/// Changes the password and ends the person's other sessions.
#[server(prefix = "/fn", endpoint = "accounts/change_password")]
pub async fn change_password(current: String, new: String) -> Result<(), AppError> {
    let (services, person) = server_context::person()?;
    let (current, new, origin) =
        (SecretText::new(current), SecretText::new(new), server_context::caller().origin);
    server_context::reply(services.accounts().change_password(&person, current, new, &origin).await)
}

/// The person's sessions.
#[server(prefix = "/fn", endpoint = "accounts/sessions")]
pub async fn sessions() -> Result<Vec<Session>, AppError> {
    let (services, person) = server_context::person()?;
    server_context::reply(services.sessions().list(&person).await)
}

/// Ends one session of the person.
#[server(prefix = "/fn", endpoint = "accounts/revoke_session")]
pub async fn revoke_session(session: SessionId) -> Result<(), AppError> {
    let (services, person) = server_context::person()?;
    server_context::reply(
        services.sessions().revoke(&person, session, &server_context::caller().origin).await,
    )
}

/// Ends the person's other sessions.
#[server(prefix = "/fn", endpoint = "accounts/revoke_other_sessions")]
pub async fn revoke_other_sessions() -> Result<usize, AppError> {
    let (services, person) = server_context::person()?;
    server_context::reply(services.sessions().revoke_others(&person, &server_context::caller().origin).await)
}
