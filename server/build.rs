//! Tells the server where the built site is, so that feature `embed` can put it into the binary.
//!
//! Always sets `SHOPFLOOR_SITE_DIR` (absolute). Sets `cfg(site_embedded)` and writes `site.rs` into `OUT_DIR`
//! only when the feature is on *and* the site was built: a plain `cargo build` must not need a browser build first.
//! cargo-leptos finishes the site (hashed names and compressed copies included) before it compiles the server,
//! because `hash-files` is on; by hand, build the site first.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const SITE_PACKAGE_DIR: &str = "pkg";

fn main() -> io::Result<()> {
    let site = site_dir();
    let mut directives = vec![
        "rustc-check-cfg=cfg(site_embedded)".to_owned(),
        "rerun-if-changed=build.rs".to_owned(),
        "rerun-if-env-changed=LEPTOS_SITE_ROOT".to_owned(),
        format!("rustc-env=SHOPFLOOR_SITE_DIR={}", site.display()),
    ];
    if env::var_os("CARGO_FEATURE_EMBED").is_some() {
        // Cargo looks at every file below; a folder that is not there counts as changed each time.
        directives.push(format!("rerun-if-changed={}", site.display()));
        if is_finished(&site) {
            fs::write(set_by_cargo("OUT_DIR").join("site.rs"), embedding(&site))?;
            directives.push("rustc-cfg=site_embedded".to_owned());
        } else {
            directives.push(format!(
                "warning=`embed` is on but {} is not built: the binary carries no site",
                site.display()
            ));
        }
    }
    directives.extend(linking().iter().map(|arg| format!("rustc-link-arg-bins={arg}")));
    let lines =
        directives.iter().fold(String::new(), |text, directive| text + &format!("cargo::{directive}\n"));
    io::Write::write_all(&mut io::stdout(), lines.as_bytes())
}

/// What the linker is told for the program people ship. Half of it is the same few functions for other types of view:
/// lld, the default linker on this platform, keeps one of each. Cargo forgets `strip` of a profile for a package with
/// settings of its own, so symbols are left out here.
fn linking() -> &'static [&'static str] {
    let ships = set_by_cargo("PROFILE") == Path::new("release");
    let lld = set_by_cargo("TARGET") == Path::new("x86_64-unknown-linux-gnu");
    if ships && lld { &["-Wl,--strip-all", "-Wl,--icf=all"] } else { &[] }
}

/// Whether the browser's program is there; a build that failed leaves at most the style behind.
fn is_finished(site: &Path) -> bool {
    let entries = fs::read_dir(site.join(SITE_PACKAGE_DIR)).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|file| file.extension().is_some_and(|ending| ending == "wasm"))
}

/// The folder is an attribute of the derive, so it can follow a variable only by being written here.
///
/// The browser's program is carried compressed only; the server unpacks it for who cannot.
fn embedding(site: &Path) -> String {
    let entries = fs::read_dir(site.join(SITE_PACKAGE_DIR)).into_iter().flatten().flatten();
    let compressed =
        entries.map(|entry| entry.path()).any(|file| file.to_string_lossy().ends_with(".wasm.gz"));
    format!(
        "/// The built site: files by their path below the site root.\n\
         #[derive(rust_embed::RustEmbed)]\n#[folder = {:?}]\n{}pub(crate) struct Site;\n",
        site.display().to_string(),
        if compressed { "#[exclude = \"*.wasm\"]\n" } else { "" }
    )
}

/// `LEPTOS_SITE_ROOT` as cargo-leptos reads it (relative to the workspace root), or `target/site` there.
fn site_dir() -> PathBuf {
    let package = set_by_cargo("CARGO_MANIFEST_DIR");
    let workspace = package.parent().unwrap_or(&package);
    let root = env::var_os("LEPTOS_SITE_ROOT").unwrap_or_else(|| "target/site".into());
    workspace.join(root)
}

fn set_by_cargo(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).expect("cargo sets this for every build script"))
}
