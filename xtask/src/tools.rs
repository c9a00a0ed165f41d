//! The pinned build tools: what is missing is installed into the cache, what is there costs a few milliseconds.
//! cargo-leptos takes its helpers from PATH and never upgrades them, so each version is checked here.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::child;
use crate::place::Place;

const CARGO_LEPTOS: &str = "0.3.10";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Everything needed to build the application.
pub(crate) fn ensure_all(place: &Place, out: &mut dyn Write) -> Result<()> {
    ensure_wasm_target(place, out)?;
    ensure_node_packages(place, out)?;
    ensure_cargo_leptos(place, out)?;
    ensure_wasm_bindgen(place, out)
}

/// The standard library for the browser, which lints need too.
pub(crate) fn ensure_wasm_target(place: &Place, out: &mut dyn Write) -> Result<()> {
    let sysroot = child::output(place.command("rustc").args(["--print", "sysroot"]))
        .context("rustc does not run; install Rust with rustup first")?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).exists() {
        return Ok(());
    }
    writeln!(out, "The {WASM_TARGET} target is missing: adding it.")?;
    let added = child::run(place.command("rustup").args(["target", "add", WASM_TARGET]), out)?;
    ensure!(added, "rustup could not add {WASM_TARGET}");
    Ok(())
}

/// Stylesheet compiler, WebAssembly optimiser and browser tests, exactly as locked.
pub(crate) fn ensure_node_packages(place: &Place, out: &mut dyn Write) -> Result<()> {
    let lock = fs::read_to_string(place.root.join("package-lock.json"))?;
    // npm keeps its own notes beside the packages, in another form; a copy of the lock is the simplest proof.
    let proof = place.root.join("node_modules/.installed-lock.json");
    if fs::read_to_string(&proof).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if place.which("npm").is_none() {
        bail!("npm is missing; install Node.js 20 or newer");
    }
    writeln!(out, "Installing the locked npm packages.")?;
    let installed =
        child::run(place.command("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]), out)?;
    ensure!(installed, "npm could not install the locked packages");
    fs::write(proof, lock)?;
    Ok(())
}

fn ensure_cargo_leptos(place: &Place, out: &mut dyn Write) -> Result<()> {
    let version = child::output(place.command("cargo-leptos").arg("--version"));
    if version.is_some_and(|text| is_version(&text, CARGO_LEPTOS)) {
        return Ok(());
    }
    writeln!(out, "cargo-leptos {CARGO_LEPTOS} is missing: compiling it, once, for about ten minutes.")?;
    let package = format!("cargo-leptos@{CARGO_LEPTOS}");
    // Without downloads of its own: every helper comes from PATH, at our version.
    cargo_install(place, &[&package, "--locked", "--features", "no_downloads"], out)
}

/// The command must be of the very version the crate was compiled with; they share a private format.
fn ensure_wasm_bindgen(place: &Place, out: &mut dyn Write) -> Result<()> {
    let lock = fs::read_to_string(place.root.join("Cargo.lock"))?;
    let wanted = locked_version(&lock, "wasm-bindgen").context("Cargo.lock does not name wasm-bindgen")?;
    let version = child::output(place.command("wasm-bindgen").arg("--version"));
    if version.is_some_and(|text| is_version(&text, wanted)) {
        return Ok(());
    }
    writeln!(out, "wasm-bindgen {wanted} is missing: compiling it, once, for about two minutes.")?;
    // Not `--locked`: the lock published with 0.2.130 names a withdrawn package.
    cargo_install(place, &[&format!("wasm-bindgen-cli@{wanted}")], out)
}

fn cargo_install(place: &Place, args: &[&str], out: &mut dyn Write) -> Result<()> {
    let installed = child::run(
        place
            .command("cargo")
            .arg("install")
            .args(args)
            .arg("--force")
            .arg("--root")
            .arg(place.tools())
            // A folder of its own, so that a tool's build never disturbs the workspace's.
            .env("CARGO_TARGET_DIR", place.cache.join("tools-target"))
            // As published (one unit, linked as a whole) cargo-leptos alone costs twenty minutes of processor time.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false"),
        out,
    )?;
    ensure!(installed, "cargo install {} failed", args.join(" "));
    Ok(())
}

/// Whether `name 1.2.3 (more)` names this version.
fn is_version(text: &str, version: &str) -> bool {
    text.split_whitespace().nth(1) == Some(version)
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| **line != *name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::{is_version, locked_version};

    #[test]
    fn lock_file_names_the_version_of_a_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "absent"), None);
    }

    #[test]
    fn version_must_match_whole() {
        assert!(is_version("wasm-bindgen 0.2.130", "0.2.130"));
        assert!(is_version("cargo-leptos 0.3.10 (abc)", "0.3.10"));
        assert!(!is_version("cargo-leptos 0.3.1", "0.3.10"));
    }
}
