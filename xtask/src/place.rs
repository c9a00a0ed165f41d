//! Where things are: the workspace, the cache of tools and the build folder; and the commands started from there.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The folders every command works in.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) root: PathBuf,
    pub(crate) cache: PathBuf,
    target: PathBuf,
}

impl Place {
    pub(crate) fn find() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().context("xtask lies in the workspace root")?.to_path_buf();
        let cache = match variable("SHOPFLOOR_CACHE") {
            Some(dir) => root.join(dir),
            None => PathBuf::from(variable("HOME").context("HOME or SHOPFLOOR_CACHE must be set")?)
                .join(".cache/shopfloor"),
        };
        let target = root.join("target");
        Ok(Self { root, cache, target }.with_target_from_environment())
    }

    /// The same place, building into the cache unless the caller chose a folder. Test builds are kept apart from a
    /// developer's own: other profiles, and a fresh clone finds them warm.
    pub(crate) fn with_target_in_cache(mut self) -> Self {
        self.target = self.cache.join("target");
        self.with_target_from_environment()
    }

    fn with_target_from_environment(mut self) -> Self {
        if let Some(dir) = variable("CARGO_TARGET_DIR") {
            self.target = self.root.join(dir);
        }
        self
    }

    /// Where a profile's finished programs lie.
    pub(crate) fn built(&self, profile: &str) -> PathBuf {
        self.target.join(profile)
    }

    /// Root of what `cargo install` put here.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// A command in the workspace root that finds our tools before anyone else's.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.path()).env("CARGO_TARGET_DIR", &self.target);
        // What cargo told *this* program about itself is not true of the builds it starts.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    fn path(&self) -> OsString {
        let ours = [self.tools().join("bin"), self.root.join("node_modules/.bin")];
        let theirs = env::var_os("PATH").unwrap_or_default();
        env::join_paths(ours.into_iter().chain(env::split_paths(&theirs))).unwrap_or(theirs)
    }

    /// The file a program's name stands for, looked up as a child would.
    pub(crate) fn which(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.path()).map(|dir| dir.join(program)).find(|file| file.is_file())
    }
}

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

/// Whether this process may install system packages.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Whether `.env` gives a variable a value; the server reads that file too.
pub(crate) fn in_dotenv(root: &Path, name: &str) -> bool {
    std::fs::read_to_string(root.join(".env")).is_ok_and(|text| {
        text.lines().any(|line| {
            let line = line.trim().trim_start_matches("export ");
            line.split_once('=').is_some_and(|(key, value)| {
                key.trim() == name && !value.trim().trim_matches(['"', '\'']).is_empty()
            })
        })
    })
}
