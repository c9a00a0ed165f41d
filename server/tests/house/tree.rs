//! The tree as the house rules see it: every text file, by its path below the root.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders nobody writes in.
const NOT_OURS: [&str; 8] =
    [".git", "target", "node_modules", "data", "test-results", "playwright-report", "shots", "results"];

pub(crate) struct File {
    /// Below the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| own == extension)
    }

    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// Lines that are not comments, numbered from 1.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Lines of the program itself: none of a test file, nothing from the first `#[cfg(test)]` on.
    pub(crate) fn program(&self) -> impl Iterator<Item = (usize, &str)> {
        let test = self.is_test();
        self.code().take_while(move |(_, line)| !test && !line.trim_start().starts_with("#[cfg(test)]"))
    }

    pub(crate) fn at(&self, line: usize, why: &str) -> String {
        format!("{}:{line}: {}", self.path, why.trim())
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("server lies in the root").to_path_buf()
}

/// Every text file of the tree.
pub(crate) fn files() -> Vec<File> {
    let root = root();
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the tree can be read") {
            let entry = entry.expect("an entry of the tree can be read");
            let kind = entry.file_type().expect("an entry has a type");
            let path = entry.path();
            if kind.is_dir() && !NOT_OURS.contains(&&*entry.file_name().to_string_lossy()) {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(&path)
            {
                let below = path.strip_prefix(&root).expect("found below the root");
                found.push(File { path: below.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

pub(crate) fn rust_files() -> Vec<File> {
    files().into_iter().filter(|file| file.is("rs")).collect()
}
