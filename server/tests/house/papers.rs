//! What the documents name is there: files, and the tests that stand against what people complain of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::none;
use crate::tree::{files, root, rust_files};

#[test]
fn paths_in_the_architecture_exist() {
    let page = root().join("docs/ARCHITECTURE.md");
    let text = fs::read_to_string(&page).expect("docs/ARCHITECTURE.md describes what stands");
    let names: BTreeSet<_> =
        files().iter().filter_map(|file| Some(file.path.rsplit_once('/')?.1.to_owned())).collect();
    let mut broken = Vec::new();
    // Code between single backticks: every second piece, once fenced blocks are gone.
    for block in text.split("```").step_by(2) {
        for name in block.split('`').skip(1).step_by(2).filter(|name| is_path(name)) {
            let there = root().join(name.trim_end_matches('/')).exists();
            if !there && (name.contains('/') || !names.contains(name)) {
                broken.push(name.to_owned());
            }
        }
    }
    none("docs/ARCHITECTURE.md names paths that do not exist:", &broken);
}

/// Whether something in backticks means a file or folder of this tree, rather than a route, a type or a pattern.
fn is_path(name: &str) -> bool {
    const MADE_AT_RUN_TIME: [&str; 3] = ["data", "target", "node_modules"];
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
    let Some(first) = name.split('/').next().filter(|first| plain && !first.is_empty()) else {
        return false;
    };
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    let file = matches!(
        extension,
        Some("rs" | "ts" | "toml" | "md" | "css" | "json" | "svg" | "sql" | "yml" | "sh")
    );
    let below_ours = name.contains('/') && root().join(first).is_dir();
    !MADE_AT_RUN_TIME.contains(&first) && (file || below_ours)
}

#[test]
fn tests_against_complaints_exist() {
    let page = root().join("docs/executions.md");
    let text = fs::read_to_string(&page).expect("docs/executions.md says what is promised");
    let section = text.split("## What people complain of").nth(1).expect("the section is there");
    let table =
        section.split("\n## ").next().unwrap_or_default().lines().filter(|line| line.starts_with('|'));
    // The last cell of a row names tests; a command has a dash or a space in it.
    let named: BTreeSet<_> = table
        .filter_map(|row| row.trim_end_matches('|').rsplit('|').next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'))
        .collect();
    assert!(named.len() >= 15, "the table names only {}: {named:?}", named.len());
    let files = rust_files();
    let tests: BTreeSet<_> = files
        .iter()
        .flat_map(|file| file.code().skip(file.program().count()))
        .filter_map(|(_, line)| line.trim_start().trim_start_matches("async ").strip_prefix("fn "))
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    let broken: Vec<_> = named.difference(&tests).map(|name| (*name).to_owned()).collect();
    none("docs/executions.md names tests that do not exist:", &broken);
}
