//! Menus. The root is a `details` element, so a menu opens without a script; with one it gets
//! arrow keys, type-ahead, Esc and a place where no scrolling table clips it.

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast, web_sys};
use tailwind_fuse::IntoTailwindClass as _;

use super::{
    button::{ButtonClass, ButtonSize, ButtonVariant},
    icon::{Icon, IconSize},
    kbd::Kbd,
};
use crate::browser::{self, Step};

const ITEMS: &str = "[role^=menuitem]:not([aria-disabled=true])";

/// Which edge of the button the menu keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MenuAlign {
    #[default]
    Start,
    End,
}

fn contains(root: &web_sys::Element, target: Option<web_sys::EventTarget>) -> bool {
    target
        .and_then(|target| target.dyn_into::<web_sys::Node>().ok())
        .is_some_and(|node| root.contains(Some(&node)))
}

/// A menu; children are [`MenuItem`], [`MenuLink`] and [`MenuLine`]. `button` is what stands on
/// its button.
#[component]
pub fn Menu(
    /// Names the menu, and the button when that shows only an icon.
    #[prop(into)]
    label: String,
    /// The content of the button.
    #[prop(into)]
    button: ViewFn,
    #[prop(default = ButtonVariant::Secondary)] variant: ButtonVariant,
    #[prop(default = ButtonSize::Medium)] size: ButtonSize,
    #[prop(optional)] align: MenuAlign,
    /// The content of the button reads as its name already.
    #[prop(optional)]
    is_labelled: bool,
    /// Above the items: who is signed in, what the menu is about.
    #[prop(optional, into)]
    head: Option<ViewFn>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let root = NodeRef::<html::Details>::new();
    let panel = NodeRef::<html::Div>::new();
    let close = move |give_focus_back: bool| {
        let Some(root) = root.get_untracked() else { return };
        root.set_open(false);
        if give_focus_back {
            browser::focus_first(&root, "summary");
        }
    };
    let toggled = move |_: ev::Event| {
        let (Some(root), Some(panel)) = (root.get_untracked(), panel.get_untracked()) else {
            return;
        };
        if root.open() {
            browser::place_menu(&root, &panel);
            browser::focus_first(&panel, ITEMS);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let Some(root) = root.get_untracked().filter(leptos::web_sys::HtmlDetailsElement::open) else {
            return;
        };
        let step = match event.key().as_str() {
            "ArrowDown" => Step::Next,
            "ArrowUp" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                return close(true);
            }
            "Tab" => return close(false),
            letter => {
                if letter.chars().count() == 1 && !event.ctrl_key() && !event.meta_key() {
                    event.stop_propagation();
                    browser::focus_typed(&root, ITEMS, letter);
                }
                return;
            }
        };
        event.prevent_default();
        browser::focus_step(&root, ITEMS, step);
    };
    let left = move |event: ev::FocusEvent| {
        let Some(root) = root.get_untracked().filter(leptos::web_sys::HtmlDetailsElement::open) else {
            return;
        };
        if !contains(&root, event.related_target()) {
            close(false);
        }
    };
    let chosen = move |event: ev::MouseEvent| {
        let item = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest(ITEMS).ok().flatten());
        if item.is_some() {
            close(true);
        }
    };
    let pop = match align {
        MenuAlign::Start => "pop menu-pop",
        MenuAlign::End => "pop menu-pop menu-pop-end",
    };
    let name = (!is_labelled).then(|| label.clone());
    view! {
        <details class=format!("menu-root {class}") node_ref=root on:toggle=toggled on:keydown=key on:focusout=left>
            <summary
                class=ButtonClass { variant, size }.with_class("")
                aria-haspopup="menu"
                aria-label=name.clone()
                title=name
            >
                {button.run()}
            </summary>
            <div class=pop node_ref=panel tabindex="-1" on:click=chosen>
                {head.map(|head| view! { <div class="menu-head">{head.run()}</div> })}
                <div class="menu" role="menu" aria-label=label>
                    {children()}
                </div>
            </div>
        </details>
    }
}

fn face(
    icon: Option<&'static str>,
    label: String,
    shortcut: Option<&'static str>,
    is_checked: bool,
) -> impl IntoView {
    view! {
        {icon.map(|name| view! { <Icon name=name size=IconSize::Small /> })}
        <span class="flex-1">{label}</span>
        {is_checked.then(|| view! { <Icon name="check" size=IconSize::Small /> })}
        {shortcut.map(|keys| view! { <Kbd keys=keys /> })}
    }
}

/// An item that does something. With `name` and `value` it submits the form round it, so that it
/// works without a script; the callback then prevents that.
#[component]
pub fn MenuItem(
    #[prop(into)] label: String,
    #[prop(optional, into)] icon: Option<&'static str>,
    #[prop(optional, into)] shortcut: Option<&'static str>,
    /// Red, for what destroys; stands last, after a line.
    #[prop(optional)]
    danger: bool,
    /// Why it cannot be chosen now.
    #[prop(optional, into)]
    disabled_reason: MaybeProp<String>,
    /// For one of several: whether it is the chosen one.
    #[prop(optional, into)]
    checked: MaybeProp<bool>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let is_form = name.is_some() || (on_press.is_none());
    let role = if checked.get_untracked().is_some() { "menuitemradio" } else { "menuitem" };
    let press = move |event: ev::MouseEvent| {
        if disabled_reason.read_untracked().is_some() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            event.prevent_default();
            on_press.run(());
        }
    };
    view! {
        <button
            type=if is_form { "submit" } else { "button" }
            role=role
            class:danger=danger
            name=name
            value=value
            title=move || disabled_reason.get()
            aria-disabled=move || disabled_reason.read().is_some().then_some("true")
            aria-checked=move || checked.get().map(|on| if on { "true" } else { "false" })
            on:click=press
        >
            {move || face(icon, label.clone(), shortcut, checked.get() == Some(true))}
        </button>
    }
}

/// An item that leads somewhere.
#[component]
pub fn MenuLink(
    #[prop(into)] label: String,
    #[prop(into)] href: String,
    #[prop(optional, into)] icon: Option<&'static str>,
    #[prop(optional, into)] shortcut: Option<&'static str>,
    /// The place one is at.
    #[prop(optional)]
    current: bool,
) -> impl IntoView {
    view! {
        <a role="menuitem" href=href aria-current=current.then_some("true")>
            {face(icon, label, shortcut, current)}
        </a>
    }
}

/// A line between groups of items.
#[component]
pub fn MenuLine() -> impl IntoView {
    view! { <hr /> }
}
