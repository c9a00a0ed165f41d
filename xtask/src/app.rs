//! Building the application: the site first, then the server that carries it.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use crate::child;
use crate::place::Place;

/// All packages but the browser's entry, whose feature `hydrate` must never meet `ssr` in one build; `app` is not a
/// default member and its own tests need `ssr`. One selection for lints, tests and the server under test, so that
/// features, and with them compiled crates, are the same in all three. `server/sabotage` is for the drills; what ships
/// is built by [`release`], from features named in the workspace's manifest, and a test keeps it out of there.
pub(crate) const HOST: [&str; 5] = [
    "--profile=ci",
    "--workspace",
    "--exclude=frontend",
    "--features=app/ssr,server/embed,server/sabotage",
    "--locked",
];

/// The binary people ship. cargo-leptos compresses the site before it compiles the server, so both are in it.
pub(crate) fn release(place: &Place, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    let mut build = place.command("cargo-leptos");
    build.args(["leptos", "build", "--release", "--precompress"]);
    Ok(child::run(&mut build, out)?.then(|| place.built("release").join("shopfloor")))
}

/// The site as the browser tests want it: the release build of cargo-leptos with its cost turned down by variables,
/// since cargo-leptos takes its profiles from its metadata only.
pub(crate) fn site_for_tests(place: &Place, out: &mut dyn Write) -> Result<bool> {
    let mut site = place.command("cargo-leptos");
    site.args(["leptos", "build", "--release", "--precompress", "--frontend-only"])
        .env("CARGO_PROFILE_WASM_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_WASM_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_WASM_RELEASE_CODEGEN_UNITS", "16")
        .env("LEPTOS_WASM_OPT_FEATURES", "-O1,--enable-bulk-memory,--enable-nontrapping-float-to-int");
    child::run(&mut site, out)
}

/// The server that carries that site, in profile `ci`.
///
/// Asked of `cargo test`, which compiles a package's program for its integration tests: `cargo build` leaves the
/// features of dev-dependencies out and would compile fifty crates (SeaORM and Leptos among them) a second time.
pub(crate) fn server_for_tests(place: &Place, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    let mut server = place.command("cargo");
    server.arg("test").args(HOST).args(["--no-run", "--test=house"]);
    Ok(child::run(&mut server, out)?.then(|| place.built("ci").join("shopfloor")))
}
