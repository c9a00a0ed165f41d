//! The browser under test: the system's Chromium, installed from its packages when that is possible.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use crate::child;
use crate::place::{Place, is_root, variable};

/// A Chromium to drive, if this machine has one or can get one.
pub(crate) fn find_or_install(place: &Place, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    if let Some(browser) = find(place) {
        return Ok(Some(browser));
    }
    if !is_root() || place.which("apt-get").is_none() {
        return Ok(None);
    }
    writeln!(out, "Chromium is missing: installing the system's package.")?;
    let mut update = place.command("apt-get");
    update.args(["update", "-qq"]);
    let mut install = place.command("apt-get");
    install
        .args(["install", "-y", "-qq", "--no-install-recommends", "chromium"])
        .env("DEBIAN_FRONTEND", "noninteractive");
    if !(child::run(&mut update, out)? && child::run(&mut install, out)?) {
        return Ok(None);
    }
    Ok(find(place))
}

fn find(place: &Place) -> Option<PathBuf> {
    if let Some(chosen) = variable("SHOPFLOOR_CHROMIUM") {
        return Some(PathBuf::from(chosen));
    }
    ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| place.which(name))
}
