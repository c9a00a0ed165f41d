//! The list of shortcuts, opened with `?`.

use leptos::prelude::*;

use super::{
    button::Button,
    dialog::{Dialog, DialogShape},
    kbd::Kbd,
};

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    pub keys: &'static str,
    pub what: &'static str,
}

const EVERYWHERE: [Shortcut; 15] = [
    Shortcut { keys: "Ctrl K", what: "Search or jump to" },
    Shortcut { keys: "?", what: "This list" },
    Shortcut { keys: "/", what: "Search on this page" },
    Shortcut { keys: "J K", what: "Next and previous row; Enter opens it" },
    Shortcut { keys: "[", what: "Fold the sidebar" },
    Shortcut { keys: "G O", what: "Go to Overview" },
    Shortcut { keys: "G A", what: "Go to Agents" },
    Shortcut { keys: "G E", what: "Go to Executions" },
    Shortcut { keys: "G Q", what: "Go to Queue" },
    Shortcut { keys: "G S", what: "Go to Schedules" },
    Shortcut { keys: "G B", what: "Go to Batches" },
    Shortcut { keys: "G U", what: "Go to Audit log" },
    Shortcut { keys: "G ,", what: "Go to Settings" },
    Shortcut { keys: "Ctrl Enter", what: "Submit or run" },
    Shortcut { keys: "Esc", what: "Close or clear" },
];

fn list(rows: Vec<Shortcut>) -> impl IntoView {
    rows.into_iter()
        .map(|row| {
            view! {
                <div class="flex items-center justify-between gap-4 py-1">
                    <dt>{row.what}</dt>
                    <dd><Kbd keys=row.keys /></dd>
                </div>
            }
        })
        .collect_view()
}

/// The dialog. `here` adds the shortcuts of the page.
#[component]
pub fn ShortcutsDialog(
    open: RwSignal<bool>,
    #[prop(optional, into)] here: Signal<Vec<Shortcut>>,
) -> impl IntoView {
    let page = move || {
        let rows = here.get();
        (!rows.is_empty()).then(|| {
            view! {
                <h3 class="font-medium mt-4 mb-1">"On this page"</h3>
                <dl>{list(rows)}</dl>
            }
        })
    };
    view! {
        <Dialog
            id="shortcuts"
            open=open
            title="Keyboard shortcuts"
            description="Single keys are off while you type. On a Mac, use Cmd for Ctrl."
            shape=DialogShape::Small
        >
            <h3 class="font-medium mt-4 mb-1">"Everywhere"</h3>
            <dl>{list(EVERYWHERE.to_vec())}</dl>
            {page}
            <div class="dialog-foot">
                <Button on_press=move |()| open.set(false)>"Close"</Button>
            </div>
        </Dialog>
    }
}
