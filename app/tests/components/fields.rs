//! What a person types into: labels, hints, errors, and text that must stay text.

use app::components::{
    field::{Field, FieldIds},
    select::{Select, SelectOption},
    text_area::TextArea,
    text_input::{PasswordInput, TextInput},
};
use leptos::prelude::*;

use super::page::{has, html, lacks, tag};

#[test]
fn field_has_label_hint_and_no_error_at_rest() {
    let page = html(|| {
        view! { <TextInput name="name" label="Name" value="Support triage" mark="required" hint="Shown in lists." required=true /> }
    });
    has(tag(&page, "<label"), &["for=\"name\"", "class=\"label\""]);
    let input = tag(&page, "<input");
    has(
        input,
        &[
            "id=\"name\"",
            "name=\"name\"",
            "value=\"Support triage\"",
            "aria-describedby=\"name-hint\"",
            " required",
        ],
    );
    lacks(&page, &["aria-invalid", "name-error"]);
    has(&page, &["<span class=\"opt\">required</span>", "id=\"name-hint\"", "Shown in lists."]);
}

#[test]
fn wrong_field_points_to_its_error_and_keeps_what_was_typed() {
    let page = html(|| {
        view! {
            <TextInput
                name="timeout"
                label="Timeout"
                value="1200"
                hint="In seconds"
                error="The longest timeout is 900 s. Enter 900 or less."
            />
        }
    });
    has(
        tag(&page, "<input"),
        &["aria-invalid=\"true\"", "aria-describedby=\"timeout-error timeout-hint\"", "value=\"1200\""],
    );
    has(&page, &["id=\"timeout-error\"", "#i-circle-alert", "Enter 900 or less."]);
}

#[test]
fn values_of_fields_are_escaped() {
    let page = html(|| view! { <TextInput name="name" label="Name" value="\"><script>alert(1)</script>" /> });
    lacks(&page, &["\"><script>"]);
    has(&page, &["&quot;"]);
}

#[test]
fn bound_field_starts_with_the_signal() {
    let page = html(|| {
        let slug = RwSignal::new("support-triage".to_owned());
        view! { <TextInput name="slug" label="Slug" bind=slug readonly=true hide_label=true /> }
    });
    has(tag(&page, "<input"), &["value=\"support-triage\"", " readonly"]);
    has(tag(&page, "<label"), &["class=\"sr-only\""]);
}

#[test]
fn password_is_hidden_and_can_be_shown() {
    let page = html(|| view! { <PasswordInput name="password" label="Password" error="Too short" /> });
    has(
        tag(&page, "<input"),
        &["type=\"password\"", "autocomplete=\"current-password\"", "aria-invalid=\"true\""],
    );
    has(
        tag(&page, "<button"),
        &[
            "aria-label=\"Show password\"",
            "aria-pressed=\"false\"",
            "aria-controls=\"password\"",
            "type=\"button\"",
        ],
    );
    lacks(tag(&page, "<input"), &["value="]);
}

#[test]
fn select_marks_the_chosen_option() {
    let page = html(|| {
        let options = vec![SelectOption::new("eur", "Euro"), SelectOption::new("usd", "US dollar")];
        view! { <Select name="currency" label="Currency" options=options value="usd" hint="For costs" /> }
    });
    has(tag(&page, "<select"), &["id=\"currency\"", "aria-describedby=\"currency-hint\""]);
    has(tag(&page, "<option value=\"usd\""), &[" selected"]);
    lacks(tag(&page, "<option value=\"eur\""), &[" selected"]);
}

#[test]
fn text_area_never_lets_text_become_markup() {
    let page = html(|| {
        view! { <TextArea name="instructions" label="Instructions" value="</textarea><script>alert(1)</script> & more" /> }
    });
    lacks(&page, &["<script"]);
    has(&page, &["&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</textarea>"]);
    assert_eq!(page.matches("</textarea>").count(), 1);
}

#[test]
fn text_area_escapes_a_bound_signal_too() {
    let page = html(|| {
        let text = RwSignal::new("<b>bold</b>".to_owned());
        view! { <TextArea name="input" label="Input" bind=text error="Say more" /> }
    });
    has(&page, &["&lt;b&gt;bold&lt;/b&gt;</textarea>"]);
    has(
        tag(&page, "<textarea"),
        &["aria-invalid=\"true\"", "aria-describedby=\"input-error\"", "rows=\"4\""],
    );
}

#[test]
fn text_area_keeps_a_leading_line_break() {
    let page = html(|| view! { <TextArea name="t" label="T" value="\nsecond line" /> });
    has(&page, &[">\n\nsecond line</textarea>"]);
}

#[test]
fn a_control_of_ones_own_is_labelled_and_described() {
    let page = html(|| {
        let ids = FieldIds::new("link".to_owned());
        let described = ids.described_by(true, true);
        view! {
            <Field ids=ids.clone() label="Invitation link" hint="Works once." error="It has ended." hide_label=true>
                <input id=ids.control.clone() aria-describedby=described />
            </Field>
        }
    });
    has(tag(&page, "<label"), &["for=\"link\"", "class=\"sr-only\""]);
    has(tag(&page, "<input"), &["id=\"link\"", "aria-describedby=\"link-error link-hint\""]);
    has(&page, &["id=\"link-error\"", "It has ended.", "id=\"link-hint\"", "Works once."]);
    assert_eq!(FieldIds::new("link".to_owned()).described_by(false, false), None);
}
