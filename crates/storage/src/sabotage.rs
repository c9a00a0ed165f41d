//! Takes a protection out, so that the drill can show that it would notice. Compiled only under the
//! feature `sabotage`, which no build for use turns on.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// What can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Late workers' writes are refused. Without it leases are not renewed either: there have to be late workers.
    Fence,
    /// Steps are journalled before their effect.
    Journal,
    /// Lost leases are looked for.
    Reaper,
}

static TAKEN_OUT: OnceLock<Protection> = OnceLock::new();

/// Takes a protection out of this process, for good.
pub fn take_out(protection: Protection) {
    // A second choice is not wanted; the first one holds.
    let _ = TAKEN_OUT.set(protection);
}

/// Whether a protection was taken out.
pub(crate) fn without(protection: Protection) -> bool {
    TAKEN_OUT.get() == Some(&protection)
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fence => "fence",
            Self::Journal => "journal",
            Self::Reaper => "reaper",
        })
    }
}

impl FromStr for Protection {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Fence, Self::Journal, Self::Reaper]
            .into_iter()
            .find(|protection| protection.to_string() == text)
            .ok_or_else(|| "use fence, journal or reaper".to_owned())
    }
}
