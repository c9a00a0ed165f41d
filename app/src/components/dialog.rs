//! Dialogs, on the native element: the browser traps focus, closes on Esc and gives focus back.
//! `open` is the truth; closing in any way writes it back. A dialog the server prints open (its
//! signal starts true) shows without a script too.

use leptos::{ev, html, prelude::*};

use super::button::{Button, ButtonKind, ButtonVariant};
use crate::browser;

/// The shape of a dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialogShape {
    /// 440 px, for a question or up to three fields.
    #[default]
    Small,
    /// 640 px.
    Wide,
    /// 560 px at the right edge, for a look at a row; a bottom sheet on phones.
    Side,
    /// The command palette.
    Palette,
}

impl DialogShape {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "dialog",
            Self::Wide => "dialog dialog-wide",
            Self::Side => "side",
            Self::Palette => "dialog palette",
        }
    }
}

/// A dialog without a look of its own; [`Dialog`] and [`ConfirmDialog`] are built on it.
#[component]
pub fn DialogFrame(
    #[prop(into)] id: String,
    open: RwSignal<bool>,
    #[prop(optional)] shape: DialogShape,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] labelled_by: Option<String>,
    #[prop(optional, into)] described_by: Option<String>,
    /// There is text that would be lost: Esc and a press outside do not close.
    #[prop(optional, into)]
    unsaved: Signal<bool>,
    #[prop(optional, into)] on_close: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let is_open = open.get();
        let Some(dialog) = node.get() else { return };
        if is_open {
            browser::open_dialog(&dialog);
        } else {
            browser::close_dialog(&dialog);
        }
    });
    let closed = move |_: ev::Event| {
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    };
    let cancelled = move |event: ev::Event| {
        if unsaved.get_untracked() {
            event.prevent_default();
        }
    };
    // The element itself is pressed only where its content is not: on the scrim or its padding.
    let pressed = move |event: ev::MouseEvent| {
        let Some(dialog) = node.get_untracked() else { return };
        let edge = dialog.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let is_outside = x < edge.left() || x > edge.right() || y < edge.top() || y > edge.bottom();
        let is_pointer = event.detail() > 0;
        if is_outside && is_pointer && !unsaved.get_untracked() {
            open.set(false);
        }
    };
    view! {
        <dialog
            node_ref=node
            id=id
            class=shape.class()
            open=open.get_untracked()
            aria-label=label
            aria-labelledby=labelled_by
            aria-describedby=described_by
            on:close=closed
            on:cancel=cancelled
            on:click=pressed
        >
            {children()}
        </dialog>
    }
}

/// A dialog with a title; the rest is up to the children. End them with a `.dialog-foot`.
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] description: MaybeProp<String>,
    #[prop(optional)] shape: DialogShape,
    #[prop(optional, into)] unsaved: Signal<bool>,
    #[prop(optional, into)] on_close: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let described = format!("{id}-text");
    view! {
        <DialogFrame
            id=id
            open=open
            shape=shape
            labelled_by=title_id.clone()
            described_by=described.clone()
            unsaved=unsaved
            on_close=move |()| {
                if let Some(on_close) = on_close {
                    on_close.run(());
                }
            }
        >
            <h2 class="dialog-title" id=title_id>{move || title.get()}</h2>
            <div id=described>
                {move || description.get().map(|text| view! { <p class="text-muted mt-1.5">{text}</p> })}
            </div>
            {children()}
        </DialogFrame>
    }
}

/// Asks before something is destroyed. Focus starts on the safe button. With `form` the confirming
/// button submits that form; with `on_confirm` it calls back.
#[component]
pub fn ConfirmDialog(
    #[prop(into)] id: String,
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// What goes, what stays, whether it can be undone.
    #[prop(into)]
    message: Signal<String>,
    /// Verb and object: "Delete agent".
    #[prop(into)]
    confirm: Signal<String>,
    /// The way back: "Keep agent".
    #[prop(into)]
    keep: Signal<String>,
    /// A word that must be typed first, such as the slug.
    #[prop(optional, into)]
    type_to_confirm: MaybeProp<String>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Ink instead of red, when nothing is destroyed.
    #[prop(optional)]
    harmless: bool,
    #[prop(optional, into)] form: Option<String>,
    #[prop(optional, into)] on_confirm: Option<Callback<()>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let field = format!("{id}-typed");
    let missing = Signal::derive(move || {
        let wanted = type_to_confirm.get()?;
        (typed.read().trim() != wanted).then(|| format!("Type {wanted} first"))
    });
    let ask = move || {
        let field = field.clone();
        type_to_confirm.get().map(|wanted| {
            view! {
                <label class="label mt-4" for=field.clone()>
                    <span>"Type " <span class="mono">{wanted}</span> " to confirm"</span>
                </label>
                <input
                    id=field
                    class="input"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
            }
        })
    };
    let submits = form.is_some();
    let variant = if harmless { ButtonVariant::Primary } else { ButtonVariant::DangerSolid };
    view! {
        <Dialog id=id open=open title=title description=message on_close=move |()| typed.set(String::new())>
            {children.map(|children| children())}
            {ask}
            <div class="dialog-foot">
                <Button autofocus=true on_press=move |()| open.set(false)>
                    {move || keep.get()}
                </Button>
                <Button
                    variant=variant
                    kind=if submits { ButtonKind::Submit } else { ButtonKind::Button }
                    form=form
                    busy=busy
                    disabled_reason=MaybeProp::derive(move || missing.get())
                    on_press=move |()| {
                        if let Some(on_confirm) = on_confirm {
                            on_confirm.run(());
                        }
                    }
                >
                    {move || confirm.get()}
                </Button>
            </div>
        </Dialog>
    }
}
