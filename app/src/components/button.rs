//! Buttons, and links that look like buttons.
//! A busy or disabled button stays focusable and says why; it only ignores the press.

use leptos::{ev, prelude::*};
use tailwind_fuse::{
    AsTailwindClass, IntoBuilder, IntoTailwindClass, TailwindFuse, TailwindMerge, TwClass, TwVariant,
};

use super::icon::{Icon, IconSize};

/// What a press means.
#[derive(Debug, PartialEq, Eq, TwVariant)]
pub enum ButtonVariant {
    #[tw(default, class = "btn-secondary")]
    Secondary,
    /// The one main action of a view.
    #[tw(class = "btn-primary")]
    Primary,
    #[tw(class = "btn-ghost")]
    Ghost,
    #[tw(class = "btn-danger")]
    Danger,
    /// Only inside the dialog that confirms.
    #[tw(class = "btn-danger-solid")]
    DangerSolid,
}

/// How tall, and whether it is a square with only an icon.
#[derive(Debug, PartialEq, Eq, TwVariant)]
pub enum ButtonSize {
    #[tw(default, class = "")]
    Medium,
    #[tw(class = "btn-sm")]
    Small,
    #[tw(class = "btn-lg")]
    Large,
    #[tw(class = "btn-icon")]
    Icon,
    #[tw(class = "btn-icon btn-sm")]
    IconSmall,
}

/// The classes of a button.
#[derive(Debug, TwClass)]
#[tw(class = "btn")]
pub struct ButtonClass {
    pub variant: ButtonVariant,
    pub size: ButtonSize,
}

/// What the button does in a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    #[default]
    Button,
    Submit,
    Reset,
}

impl ButtonKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Submit => "submit",
            Self::Reset => "reset",
        }
    }
}

fn tooltip(text: Option<String>, shortcut: Option<&'static str>) -> Option<String> {
    match (text, shortcut) {
        (Some(text), Some(shortcut)) => Some(format!("{text}  {shortcut}")),
        (text, None) => text,
        (None, Some(shortcut)) => Some(shortcut.to_owned()),
    }
}

/// A button. Give `label` when it shows only an icon.
#[component]
pub fn Button(
    #[prop(optional)] variant: ButtonVariant,
    #[prop(optional)] size: ButtonSize,
    #[prop(optional)] kind: ButtonKind,
    /// A sprite name, shown before the text.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// Accessible name and tooltip of a button without text.
    #[prop(optional, into)]
    label: Option<String>,
    /// Work is going on: spinner, `aria-busy`, presses are ignored.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Why it cannot be pressed now; nothing means it can.
    #[prop(optional, into)]
    disabled_reason: MaybeProp<String>,
    /// For toggles: whether it is on.
    #[prop(optional, into)]
    pressed: MaybeProp<bool>,
    /// The key that does the same, such as `R`.
    #[prop(optional, into)]
    shortcut: Option<&'static str>,
    /// Form field sent with a submit.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    /// Id of the form it submits, when it stands outside.
    #[prop(optional, into)]
    form: MaybeProp<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let classes = ButtonClass { variant, size }.with_class(class);
    let is_blocked = move || busy.get() || disabled_reason.read().is_some();
    let title = {
        let label = label.clone();
        move || disabled_reason.get().or_else(|| tooltip(label.clone(), shortcut))
    };
    // A press that comes before the page answers to the script is made again afterwards; see `document.rs`.
    let is_repeated = kind == ButtonKind::Button && on_press.is_some();
    let press = move |event: ev::MouseEvent| {
        if untrack(is_blocked) {
            event.prevent_default();
            event.stop_propagation();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=kind.as_str()
            class=classes
            id=id
            name=name
            value=value
            form=move || form.get()
            autofocus=autofocus
            title=title
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || disabled_reason.read().is_some().then_some("true")
            aria-pressed=move || pressed.get().map(|on| if on { "true" } else { "false" })
            aria-keyshortcuts=shortcut
            data-press=is_repeated.then_some("true")
            on:click=press
        >
            {move || {
                let spinning = busy.get();
                let name = if spinning { Some("loader-circle") } else { icon };
                name.map(|name| view! { <Icon name=name size=IconSize::Small spin=spinning /> })
            }}
            {children.map(|children| children())}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] variant: ButtonVariant,
    #[prop(optional)] size: ButtonSize,
    #[prop(optional, into)] icon: Option<&'static str>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] shortcut: Option<&'static str>,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let classes = ButtonClass { variant, size }.with_class(class);
    let title = tooltip(label.clone(), shortcut);
    view! {
        <a class=classes href=move || href.get() title=title aria-label=label aria-keyshortcuts=shortcut>
            {icon.map(|name| view! { <Icon name=name size=IconSize::Small /> })}
            {children.map(|children| children())}
        </a>
    }
}
