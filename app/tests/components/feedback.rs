//! What tells a person how things stand: states, notes, errors, waiting, toasts.

use app::components::{
    badge::{Badge, BadgeTone, Tag},
    empty_state::EmptyState,
    error_panel::ErrorPanel,
    note::{Note, NoteTone},
    panel::{PageHead, Panel},
    skeleton::{SkeletonRows, SkeletonText},
    status::{Status, StatusPill},
    toast::{Toast, ToastAction, ToastHost, provide_toasts},
};
use leptos::prelude::*;

use super::page::{has, html, lacks, tag};

#[test]
fn every_status_is_told_by_icon_and_word() {
    for status in Status::ALL {
        let page = html(|| view! { <StatusPill status=status /> });
        has(
            &page,
            &[
                &format!("class=\"pill pill-{}\"", status.as_str()),
                &format!("#i-{}\"", status.icon()),
                status.label(),
            ],
        );
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
}

#[test]
fn pill_takes_another_word_and_a_number() {
    let page = html(|| {
        view! { <StatusPill status=Status::Retrying label="Retrying in 4 s" detail="try 2" large=true title="429" /> }
    });
    has(&page, &["Retrying in 4 s", "try 2", "pill-lg", "title=\"429\""]);
}

#[test]
fn only_running_states_turn() {
    for status in Status::ALL {
        let page = html(|| view! { <StatusPill status=status /> });
        let turns = matches!(status, Status::Running | Status::Cancelling);
        assert_eq!(page.contains("spin"), turns, "{status:?}");
        assert!(!(turns && status.is_final()));
    }
}

#[test]
fn badges_and_tags() {
    let badge = html(|| view! { <Badge tone=BadgeTone::Ok icon="circle-check">"Live v14"</Badge> });
    has(&badge, &["class=\"badge badge-ok\"", "Live v14"]);
    let tags = html(|| {
        let remove = Callback::new(|()| ());
        view! { <Tag text="agents:run" /> <Tag text="<b>" on_remove=remove /> }
    });
    has(&tags, &["agents:run", "&lt;b&gt;", "<button"]);
    assert_eq!(tags.matches("<button").count(), 1);
    lacks(&tags, &["<b>"]);
}

#[test]
fn notes_speak_up_only_when_asked() {
    let quiet = html(|| view! { <Note title="Connected again">"12 events were fetched."</Note> });
    has(&quiet, &["note note-info", "#i-info", "12 events were fetched."]);
    lacks(&quiet, &["role=\"alert\""]);
    let loud =
        html(|| view! { <Note tone=NoteTone::Danger title="E-mail or password is wrong" alert=true /> });
    has(&loud, &["note note-danger", "role=\"alert\""]);
}

#[test]
fn error_panel_says_what_to_do_and_has_a_reference() {
    let page = html(|| {
        let retry = Callback::new(|()| ());
        view! {
            <ErrorPanel
                title="The executions could not be loaded"
                message="The server did not answer. Your filters are kept."
                reference="req_01jv8m2q4t"
                on_retry=retry
            />
        }
    });
    has(
        &page,
        &[
            "role=\"alert\"",
            "The executions could not be loaded",
            "Your filters are kept.",
            "Try again",
            "aria-label=\"Copy reference req_01jv8m2q4t\"",
        ],
    );
}

#[test]
fn error_panel_without_retry_has_no_button_for_it() {
    let page = html(|| view! { <ErrorPanel title="Not found" message="Deleted by retention." /> });
    lacks(&page, &["Try again", "<button"]);
}

#[test]
fn empty_state_names_the_one_thing_to_do() {
    let page = html(|| {
        view! {
            <EmptyState icon="bot" title="No agents yet" text="An agent answers with a model.">
                <a href="/new">"New agent"</a>
            </EmptyState>
        }
    });
    has(&page, &["class=\"empty\"", "<h3", "No agents yet", "href=\"/new\""]);
}

#[test]
fn skeletons_tell_one_status_and_hide_the_rest() {
    let page = html(|| {
        view! { <SkeletonRows label="Loading executions" rows=9 /> <SkeletonText label="Loading output" block=true /> }
    });
    has(&page, &["role=\"status\"", ">Loading executions</p>", ">Loading output</p>", "aria-busy=\"true\""]);
    assert_eq!(page.matches("skel-row").count(), 9);
}

#[test]
fn panel_is_named_by_its_head() {
    let page = html(|| {
        view! {
            <Panel id="live" title="Live now" head=ViewFn::from(|| view! { <Badge>"7"</Badge> }) busy=true>"rows"</Panel>
        }
    });
    has(tag(&page, "<section"), &["aria-labelledby=\"live-title\"", "aria-busy=\"true\"", "stale"]);
    has(&page, &["<h2 id=\"live-title\">Live now</h2>", "class=\"badge\""]);
}

#[test]
fn page_head_has_the_one_heading() {
    let page = html(
        || view! { <PageHead title="Agents" actions=ViewFn::from(|| view! { <a href="/new">"New agent"</a> }) /> },
    );
    assert_eq!(page.matches("<h1").count(), 1);
    has(&page, &["Agents</h1>", "href=\"/new\""]);
}

#[test]
fn toasts_are_three_at_most_and_errors_stay() {
    let page = html(|| {
        let toasts = provide_toasts();
        toasts.show(Toast::error("Not cancelled").with_text("It had already <b>ended</b>."));
        toasts.show(Toast::success("First"));
        toasts.show(Toast::success("Second"));
        let open = ToastAction::Link("Open agent".to_owned(), "/w/halden/agents/a".to_owned());
        toasts.show(Toast::success("Version 15 is live").with_action(open));
        assert_eq!(toasts.len(), 3);
        view! { <ToastHost /> }
    });
    has(
        &page,
        &["role=\"status\"", "role=\"alert\"", "Not cancelled", "&lt;b&gt;", "Second", "Version 15 is live"],
    );
    has(&page, &["href=\"/w/halden/agents/a\"", "aria-label=\"Dismiss\""]);
    lacks(&page, &["First"]);
}

#[test]
fn dismissed_toast_is_gone() {
    html(|| {
        let toasts = provide_toasts();
        toasts.show(Toast::success("Saved"));
        toasts.dismiss(0);
        assert!(toasts.is_empty());
        view! { <ToastHost /> }
    });
}
