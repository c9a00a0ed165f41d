//! The shell round every page: landmarks, places, forms that work without a script.

use app::{
    pages::workspace::signed_out::SignedOutDialog,
    shell::{
        context::{Connection, provide_interface, use_connection},
        data::{ShellData, WorkspaceLink},
        entry::EntryFrame,
        frame::Shell,
        leaving::LeaveGuard,
    },
    theme::{Theme, use_appearance},
};
use leptos::prelude::*;
use leptos_router::{components::Router, location::RequestUrl};

use super::page::{has, html, lacks, tag, tag_with};

fn data() -> ShellData {
    let link = |name: &str, slug: &str| WorkspaceLink {
        name: name.to_owned(),
        slug: slug.to_owned(),
        href: format!("/w/{slug}"),
    };
    ShellData {
        workspace_name: "Halden Supply".to_owned(),
        workspace_slug: "halden".to_owned(),
        workspaces: vec![link("Halden Supply", "halden"), link("Lab", "lab")],
        user_name: "Mara Kessel".to_owned(),
        user_email: "mara@halden.example".to_owned(),
        can_see_audit: true,
        live_count: Some(7),
        version: "0.1.0".to_owned(),
    }
}

fn page_at(path: &str, data: ShellData, before: impl FnOnce()) -> String {
    html(|| {
        provide_context(RequestUrl::new(path));
        provide_interface();
        before();
        view! {
            <Router>
                <Shell data=data sign_out="/fn/accounts/sign_out">
                    <h1>"Agents"</h1>
                </Shell>
            </Router>
        }
    })
}

#[test]
fn shell_has_landmarks_and_a_skip_link_first() {
    let page = page_at("/w/halden/agents", data(), || ());
    has(tag(&page, "<a"), &["href=\"#main\"", "skip"]);
    has(tag(&page, "<main"), &["id=\"main\"", "tabindex=\"-1\""]);
    has(&page, &["<aside", "<header", "aria-label=\"Main\"", "aria-label=\"Breadcrumb\"", "<h1>Agents</h1>"]);
    assert_eq!(page.matches("<h1").count(), 1);
    lacks(&page, &["style="]);
}

#[test]
fn sidebar_has_the_places_that_exist_and_marks_one() {
    let page = page_at("/w/halden/agents/support-triage", data(), || ());
    for (label, path) in [
        ("Overview", ""),
        ("Agents", "/agents"),
        ("Tools", "/tools"),
        ("Executions", "/executions"),
        ("Queue", "/queue"),
        ("Schedules", "/schedules"),
        ("Batches", "/batches"),
        ("Audit log", "/audit"),
        ("Settings", "/settings"),
    ] {
        let link = tag_with(&page, "<a ", &format!("title=\"{label}\""));
        has(link, &["class=\"navlink\"", &format!("href=\"/w/halden{path}\"")]);
    }
    has(tag_with(&page, "<a ", "title=\"Agents\""), &["aria-current=\"page\""]);
    lacks(tag_with(&page, "<a ", "title=\"Overview\""), &["aria-current"]);
    has(&page, &["7 live", "v0.1.0"]);
    lacks(&page, &["Webhooks", "Monitoring", "Alerts"]);
}

#[test]
fn quiet_workspace_shows_no_count_and_no_audit_to_whom_may_not_see_it() {
    let data = ShellData { can_see_audit: false, live_count: Some(0), ..data() };
    let page = page_at("/w/halden", data, || ());
    lacks(&page, &["Audit log</span>", " live<"]);
    has(tag_with(&page, "<a ", "title=\"Overview\""), &["aria-current=\"page\""]);
}

#[test]
fn breadcrumbs_are_in_the_first_html() {
    let page = page_at("/w/halden/agents/support-triage", data(), || ());
    has(
        &page,
        &["<a href=\"/w/halden/agents\">Agents</a>", "<span aria-current=\"page\">support-triage</span>"],
    );
}

#[test]
fn account_and_theme_work_as_forms() {
    let page = page_at("/w/halden/agents?q=a", data(), || ());
    has(
        &page,
        &["action=\"/fn/accounts/sign_out\"", "method=\"post\"", "action=\"/appearance\"", "Sign out"],
    );
    has(&page, &["name=\"next\"", "value=\"/w/halden/agents?q=a\""]);
    has(&page, &["name=\"theme\" value=\"dark\"", "name=\"nav\"", "value=\"rail\""]);
    has(&page, &["Mara Kessel", "mara@halden.example", ">MK</span>", "href=\"/w/lab\""]);
}

#[test]
fn connection_is_mentioned_only_when_it_is_bad() {
    let fine = page_at("/w/halden", data(), || ());
    lacks(&fine, &["Reconnecting", "Offline"]);
    let lost = page_at("/w/halden", data(), || use_connection().set(Connection::Reconnecting));
    has(&lost, &["Reconnecting", "class=\"conn\""]);
}

#[test]
fn chosen_theme_is_checked() {
    let page = page_at("/w/halden", data(), || use_appearance().theme.set(Theme::Dark));
    let dark = tag_with(&page, "<button", "value=\"dark\"");
    has(dark, &["aria-checked=\"true\""]);
}

#[test]
fn names_in_the_shell_are_escaped() {
    let data =
        ShellData { workspace_name: "<img src=x>".to_owned(), user_name: "\"><b>".to_owned(), ..data() };
    let page = page_at("/w/halden", data, || ());
    lacks(&page, &["<img", "\"><b>"]);
}

#[test]
fn entry_frame_has_main_and_the_theme_form() {
    let page = html(|| {
        provide_interface();
        view! { <EntryFrame next="/sign-in" version="0.1.0"><h1>"Sign in"</h1></EntryFrame> }
    });
    has(&page, &["<main", "<h1>Sign in</h1>", "action=\"/appearance\"", "v0.1.0", "aria-hidden=\"true\""]);
    lacks(&page, &["style="]);
}

#[test]
fn leaving_asks_in_a_dialog_that_starts_closed() {
    let page = html(|| {
        provide_context(RequestUrl::new("/w/halden"));
        provide_interface();
        view! { <Router><LeaveGuard unsaved=Signal::stored(true) /></Router> }
    });
    lacks(tag(&page, "<dialog"), &[" open"]);
    has(&page, &["Leave without saving?", "Leave page", "Stay"]);
}

#[test]
fn ended_session_is_told_in_a_dialog_that_starts_closed() {
    let page = html(|| {
        provide_context(RequestUrl::new("/w/halden/agents?archived=true"));
        provide_interface();
        view! { <Router><SignedOutDialog email="mara@halden.example".to_owned() /></Router> }
    });
    lacks(tag(&page, "<dialog"), &[" open"]);
    // No password field on every page: the form comes with the dialog.
    lacks(&page, &["type=\"password\""]);
    has(&page, &["You were signed out", "/sign-in?next=/w/halden/agents%3Farchived%3Dtrue"]);
}
