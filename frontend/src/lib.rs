//! The browser's entry: brings the server's pages to life.

#![recursion_limit = "512"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the document's script after the module was loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    app::browser::watch_history();
    leptos::mount::hydrate_body(app::App);
}
