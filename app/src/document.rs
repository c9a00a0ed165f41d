//! The HTML document around the application, as the server renders it.

use leptos::config::LeptosOptions;
use leptos::hydration::AutoReload;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::App;
use crate::theme::Appearance;

/// The names under which pages load their script and style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteFiles {
    /// Path of the script.
    pub script: Option<String>,
    /// Path of the WebAssembly module.
    pub module: Option<String>,
    /// Path of the style sheet.
    pub style: Option<String>,
}

impl SiteFiles {
    /// Chooses among the names in the package folder, oldest first: the latest `name.ending` or
    /// `name.hash.ending`. Earlier builds leave files of other hashes behind.
    pub fn choose(package: &str, name: &str, names: &[String]) -> Self {
        let find = |ending: &str| {
            names
                .iter()
                .rev()
                .find(|file| {
                    file.strip_prefix(name).and_then(|rest| rest.strip_suffix(ending)).is_some_and(|middle| {
                        middle.is_empty() || (middle.starts_with('.') && !middle[1..].contains('.'))
                    })
                })
                .map(|file| format!("/{package}/{file}"))
        };
        Self { script: find(".js"), module: find(".wasm"), style: find(".css") }
    }

    /// True when the path is one of these and carries a hash of its content.
    pub fn is_hashed(&self, path: &str) -> bool {
        [&self.script, &self.module, &self.style].into_iter().flatten().any(|file| {
            file.trim_start_matches('/') == path
                && file.rsplit('/').next().is_some_and(|name| name.split('.').count() > 2)
        })
    }
}

/// Remembers the last press of a button that only the script answers, and makes it again once the page does.
const FIRST_PRESS: &str = r#"(() => {
  let pressed;
  const note = (event) => { pressed = event.target.closest("[data-press]") ?? pressed; };
  const answers = (_, watcher) => {
    watcher.disconnect();
    removeEventListener("click", note, true);
    if (pressed?.isConnected) setTimeout(() => pressed.click());
  };
  addEventListener("click", note, true);
  new MutationObserver(answers).observe(document.documentElement, { attributeFilter: ["data-hydrated"] });
})();"#;

/// The document. Theme and density are rendered by the server, so nothing flashes.
#[expect(non_snake_case, reason = "named like the component it stands for")]
pub fn Document(options: &LeptosOptions, files: &SiteFiles) -> impl IntoView + use<> {
    let appearance = Appearance::current();
    let nonce = use_nonce();
    let files = files.clone();
    let start = files.script.as_ref().zip(files.module.as_ref()).map(|(script, module)| {
        format!("import start, {{ hydrate }} from \"{script}\"; start({{ module_or_path: \"{module}\" }}).then(hydrate);")
    });
    let first_press = start.is_some().then(|| {
        let nonce = nonce.clone();
        view! { <script nonce=nonce inner_html=FIRST_PRESS></script> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=appearance.theme.attribute() data-density=appearance.density.as_str() data-nav=appearance.nav.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/geist-latin-wght-normal.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                {files.style.map(|style| view! { <link rel="stylesheet" href=style /> })}
                {files.script.map(|script| view! { <link rel="modulepreload" href=script /> })}
                {files.module.map(|module| view! { <link rel="preload" href=module r#as="fetch" r#type="application/wasm" crossorigin="" /> })}
                {first_press}
                <AutoReload options=options.clone() />
                <MetaTags />
            </head>
            <body>
                <App />
                {start.map(|start| view! { <script type="module" nonce=nonce inner_html=start></script> })}
            </body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::SiteFiles;

    #[test]
    fn the_latest_names_are_chosen() {
        let names = [
            "shopfloor.js",
            "shopfloor.Longer-than-the-latest.js",
            "shopfloor.Ab3.js",
            "shopfloor.Ab3.wasm",
            "shopfloor.Ab3.css",
            "shopfloor.Ab3.js.br",
            "other.js",
        ];
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let files = SiteFiles::choose("pkg", "shopfloor", &names);
        assert_eq!(files.script.as_deref(), Some("/pkg/shopfloor.Ab3.js"));
        assert_eq!(files.module.as_deref(), Some("/pkg/shopfloor.Ab3.wasm"));
        assert!(files.is_hashed("pkg/shopfloor.Ab3.css") && !files.is_hashed("pkg/shopfloor.css"));
    }
}
