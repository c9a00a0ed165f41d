//! Building the application: the site first, then the server that carries it.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use crate::child;
use crate::place::Place;

/// The binary people ship. cargo-leptos compresses the site before it compiles the server, so both are in it.
pub(crate) fn release(place: &Place, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    let mut build = place.command("cargo-leptos");
    build.args(["leptos", "build", "--release", "--precompress"]);
    Ok(child::run(&mut build, out)?.then(|| place.built("release").join("shopfloor")))
}

/// The same application, quicker to compile, for the browser tests.
///
/// cargo-leptos takes profiles from its metadata only, so the site is its own release build with the cost turned
/// down by variables, and the server is compiled directly in profile `ci`, reusing what the tests have compiled.
pub(crate) fn for_tests(place: &Place, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    let mut site = place.command("cargo-leptos");
    site.args(["leptos", "build", "--release", "--precompress", "--frontend-only"])
        .env("CARGO_PROFILE_WASM_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_WASM_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_WASM_RELEASE_CODEGEN_UNITS", "16")
        .env("LEPTOS_WASM_OPT_FEATURES", "-O1,--enable-bulk-memory,--enable-nontrapping-float-to-int");
    if !child::run(&mut site, out)? {
        return Ok(None);
    }
    let mut server = place.command("cargo");
    server.args([
        "build",
        "--profile=ci",
        "--package=server",
        "--bin=shopfloor",
        "--no-default-features",
        "--features=embed",
    ]);
    Ok(child::run(&mut server, out)?.then(|| place.built("ci").join("shopfloor")))
}
