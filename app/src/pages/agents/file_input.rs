//! Picks a text file and hands its text on. Only the browser can read it, so the field appears once
//! the page is alive; until then the text is pasted.

use leptos::{ev, prelude::*};

/// Files over this size are no th files.
const MAX_BYTES: f64 = 1_048_576.0;

#[cfg(feature = "hydrate")]
fn read(event: &ev::Event, max_bytes: f64, on_text: Callback<String>) {
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::{JsCast, JsValue};

    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let file = event
        .target()
        .and_then(|input| get(&input, "files"))
        .and_then(|files| get(&files, "0"))
        .filter(JsValue::is_object);
    let Some(file) = file else { return };
    if get(&file, "size").and_then(|size| size.as_f64()).is_none_or(|size| size > max_bytes) {
        return;
    }
    let text = get(&file, "text").and_then(|text| text.dyn_into::<js_sys::Function>().ok());
    let promise = text.and_then(|text| text.call0(&file).ok()?.dyn_into::<js_sys::Promise>().ok());
    let Some(promise) = promise else { return };
    let done = Closure::once(move |text: JsValue| {
        if let Some(text) = text.as_string() {
            on_text.run(text);
        }
    });
    let _ = promise.then(&done);
    // It runs at most once and frees itself then.
    done.forget();
}

#[cfg(not(feature = "hydrate"))]
fn read(_event: &ev::Event, _max_bytes: f64, _on_text: Callback<String>) {}

/// A field that reads a file into `on_text`.
#[component]
pub fn FileInput(
    #[prop(into)] on_text: Callback<String>,
    #[prop(default = "th-file")] id: &'static str,
    #[prop(default = ".yaml,.yml,.th,text/yaml,text/plain")] accept: &'static str,
    /// Larger files are left alone.
    #[prop(default = MAX_BYTES)]
    max_bytes: f64,
) -> impl IntoView {
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| is_alive.set(true));
    move || {
        is_alive.get().then(|| {
            view! {
                <div>
                    <label class="label" for=id>"File" <span class="opt">"or paste its content below"</span></label>
                    <input
                        id=id
                        type="file"
                        class="w-full min-w-0"
                        accept=accept
                        on:change=move |event| read(&event, max_bytes, on_text)
                    />
                </div>
            }
        })
    }
}
