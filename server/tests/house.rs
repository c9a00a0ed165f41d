//! The house rules a machine can check: the arrows between rooms, and where things may be written.
//! Each rule is a test of its own; a failure lists every place that breaks it. Rules read text, not syntax: they
//! look at whole lines, leave out comments, and take code below `#[cfg(test)]` for tests where that matters.

#[path = "house/components.rs"]
mod components;
#[path = "house/papers.rs"]
mod papers;
#[path = "house/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use serde_json::Value;

use crate::tree::{File, files, root, rust_files};

/// Which rooms a room may name. A room that is not here does not exist.
const ARROWS: [(&str, &[&str]); 12] = [
    (
        "server",
        &[
            "app",
            "engine",
            "services",
            "outbound",
            "toolhouse",
            "storage",
            "domain",
            "migration",
            "simulator",
        ],
    ),
    ("app", &["domain", "services"]),
    ("frontend", &["app"]),
    ("engine", &["services", "outbound", "toolhouse", "storage", "domain"]),
    ("services", &["outbound", "toolhouse", "storage", "domain"]),
    ("outbound", &["domain"]),
    ("storage", &["domain", "migration"]),
    ("domain", &[]),
    ("toolhouse", &[]),
    ("simulator", &[]),
    ("migration", &[]),
    ("xtask", &[]),
];

/// What every room's tests may use besides.
const FREE_FOR_TESTS: [&str; 2] = ["migration", "simulator"];

/// Libraries that only some rooms may name outside their tests.
const HOMES: [(&str, &[&str]); 8] = [
    ("sea-orm", &["storage"]),
    ("sea-orm-migration", &["migration"]),
    ("reqwest", &["outbound", "toolhouse"]),
    ("axum", &["server", "simulator", "app"]),
    ("leptos", &["server", "app", "frontend"]),
    ("jsonwebtoken", &["services"]),
    ("argon2", &["services"]),
    ("clap", &["server"]),
];

/// `domain` also runs in the browser: nothing that waits, reads a clock or draws a random number.
const NOT_IN_DOMAIN: [&str; 5] = ["tokio", "futures", "async-trait", "getrandom", "tracing"];

const LONG: usize = 400;
const TOO_LONG: usize = 600;

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo describes the workspace")
}

fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}\n", broken.join("\n  "));
}

#[test]
fn rooms_name_only_rooms_to_their_right() {
    let arrows = BTreeMap::from(ARROWS);
    let mut broken = Vec::new();
    for package in metadata().packages {
        let Some(allowed) = arrows.get(&**package.name) else {
            broken.push(format!("{} is not in the table of rooms", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let name = dependency.name.as_str();
            let free = dependency.kind == DependencyKind::Development && FREE_FOR_TESTS.contains(&name);
            if !free && !allowed.contains(&name) {
                broken.push(format!("{} -> {name} ({:?})", package.name, dependency.kind));
            }
        }
    }
    none("A crate names only the rooms to its right (docs/ARCHITECTURE.md):", &broken);
}

#[test]
fn libraries_stay_in_their_rooms() {
    let homes = BTreeMap::from(HOMES);
    let mut broken = Vec::new();
    for package in metadata().packages {
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let elsewhere = homes.get(name).is_some_and(|homes| !homes.contains(&&**package.name));
            let domain = &**package.name == "domain" && NOT_IN_DOMAIN.contains(&name);
            if (elsewhere || domain) && dependency.kind != DependencyKind::Development {
                broken.push(format!("{} names {name}", package.name));
            }
        }
    }
    for file in rust_files() {
        if file.path.starts_with("crates/storage/") || file.path.starts_with("migration/") {
            continue;
        }
        let word = concat!("sea_", "orm::");
        broken.extend(
            file.code().filter(|(_, line)| line.contains(word)).map(|(number, line)| file.at(number, line)),
        );
    }
    none("These libraries have one home:", &broken);
}

#[test]
fn packages_take_the_workspace_lints() {
    let mut broken = Vec::new();
    for package in metadata().packages {
        let manifest = fs::read_to_string(&package.manifest_path).expect("a manifest can be read");
        if !manifest.contains("[lints]\nworkspace = true\n") {
            broken.push(package.manifest_path.to_string());
        }
    }
    none("Every Cargo.toml has `[lints] workspace = true`:", &broken);
}

#[test]
fn files_say_what_they_are_for() {
    let broken: Vec<_> =
        rust_files().into_iter().filter(|file| !file.text.starts_with("//!")).map(|file| file.path).collect();
    none("Every .rs file starts with `//!`:", &broken);
}

#[test]
fn files_stay_short() {
    let lengths: Vec<_> = files()
        .into_iter()
        .filter(|file| file.is("rs") || file.is("ts"))
        .map(|file| (file.text.lines().count(), file.path))
        .collect();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONG).collect();
    let mut notes = std::io::stderr();
    for (lines, path) in &long {
        writeln!(notes, "note: {path} has {lines} lines").expect("standard error can be written");
    }
    writeln!(notes, "note: {} files of {} are over {LONG} lines", long.len(), lengths.len())
        .expect("standard error can be written");
    let broken: Vec<_> = long
        .iter()
        .filter(|(lines, _)| *lines > TOO_LONG)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    none("No file is longer than 600 lines; split it by meaning:", &broken);
}

#[test]
fn modules_are_named_after_themselves() {
    let broken: Vec<_> =
        rust_files().into_iter().map(|file| file.path).filter(|path| path.ends_with("/mod.rs")).collect();
    none("`agents.rs` beside `agents/`, never `mod.rs`:", &broken);
}

#[test]
fn leptos_toml_equals_the_cargo_metadata() {
    let text = fs::read_to_string(root().join("Leptos.toml")).expect("Leptos.toml can be read");
    let runtime: BTreeMap<String, Value> = config::Config::builder()
        .add_source(config::File::from_str(&text, config::FileFormat::Toml))
        .build()
        .and_then(|all| all.get("package.metadata.leptos"))
        .expect("Leptos.toml has a [package.metadata.leptos] table");
    let metadata = metadata().workspace_metadata;
    let build = metadata["leptos"][0].as_object().expect("Cargo.toml has [[workspace.metadata.leptos]]");
    let mut broken = Vec::new();
    let mut shared = 0;
    for (key, ours) in &runtime {
        let Some(theirs) = build.get(key) else { continue };
        shared += 1;
        if ours != theirs {
            broken.push(format!("{key}: {ours} in Leptos.toml, {theirs} in Cargo.toml"));
        }
    }
    assert!(shared >= 5, "only {shared} keys are in both files; one of them was renamed");
    none("Leptos.toml and Cargo.toml disagree:", &broken);
}

/// What takes protections out is in test builds only: nobody turns it on by default, and what ships does not name it.
#[test]
fn what_ships_has_every_protection() {
    let metadata = metadata();
    let ships = metadata.workspace_metadata["leptos"][0]["bin-features"].to_string();
    assert!(ships.contains("embed"), "the features of the release are named: {ships}");
    assert!(!ships.contains("sabotage"), "the release would carry the feature `sabotage`: {ships}");
    let mut broken = Vec::new();
    for package in &metadata.packages {
        for (feature, turns_on) in &package.features {
            if feature != "sabotage" && turns_on.iter().any(|other| other.contains("sabotage")) {
                broken.push(format!("{}: the feature `{feature}` turns on `sabotage`", package.name));
            }
        }
        for dependency in &package.dependencies {
            if dependency.features.iter().any(|feature| feature == "sabotage") {
                broken.push(format!("{} takes {} with `sabotage`", package.name, dependency.name));
            }
        }
    }
    none("The feature `sabotage` is for the drills of the tests alone:", &broken);
}

/// Lines of the program that contain a piece of text, outside the places where it belongs.
fn found_outside(files: &[File], text: &str, homes: &[&str]) -> Vec<String> {
    files
        .iter()
        .filter(|file| !homes.iter().any(|home| file.path.starts_with(home)))
        .flat_map(|file| {
            file.program()
                .filter(|(_, line)| line.contains(text))
                .map(|(number, line)| file.at(number, line))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn environment_is_read_in_one_place() {
    let homes = ["server/src/config.rs", "server/src/config/", "server/build.rs", "xtask/"];
    let broken = found_outside(&rust_files(), concat!("env::", "var"), &homes);
    none("The environment is read only in server/src/config.rs:", &broken);
}

/// The command line could read variables by itself, past the one place.
#[test]
fn the_command_line_reads_no_environment() {
    let mut broken = Vec::new();
    for package in metadata().packages {
        let reads = |features: &[String]| features.iter().any(|feature| feature == "env");
        let clap = package.dependencies.iter().filter(|dependency| dependency.name == "clap");
        broken.extend(clap.filter(|clap| reads(&clap.features)).map(|_| package.name.to_string()));
    }
    let attributes = rust_files().into_iter().flat_map(|file| {
        let reads = |line: &&str| line.contains("#[arg(") && line.contains("env");
        let lines =
            file.program().filter(|(_, line)| reads(line)).map(|(number, line)| file.at(number, line));
        lines.collect::<Vec<_>>()
    });
    broken.extend(attributes);
    none("Settings come from server/src/config.rs; clap is built without its feature `env`:", &broken);
}

#[test]
fn handlers_ask_services_and_not_the_database() {
    let files: Vec<_> = rust_files()
        .into_iter()
        .filter(|file| file.path.starts_with("server/src/") || file.path.starts_with("app/src/"))
        .collect();
    // Besides the host: commands that look at a whole database from outside, and answer no request.
    let homes = [
        "server/src/host.rs",
        "server/src/cli.rs",
        "server/src/cli/drill.rs",
        "server/src/cli/transfer.rs",
        "server/src/drill/",
    ];
    let broken = found_outside(&files, concat!("stor", "age::"), &homes);
    none("What answers requests goes through services and never names the database:", &broken);
}

#[test]
fn routes_are_in_one_table() {
    let homes = ["server/src/router.rs", "server/src/router/", "crates/simulator/"];
    let broken = found_outside(&rust_files(), concat!(".rou", "te("), &homes);
    none("Routes are added only in server/src/router.rs and below it:", &broken);
}

fn app_files() -> Vec<File> {
    rust_files().into_iter().filter(|file| file.path.starts_with("app/src/")).collect()
}

#[test]
fn pages_hold_no_inline_styles() {
    let mut broken = Vec::new();
    for file in app_files() {
        for (number, line) in file.code() {
            let inline = line.match_indices("style").any(|(start, word)| {
                let before = line[..start].chars().next_back();
                let attribute = before.is_none_or(|letter| letter.is_whitespace() || letter == '<');
                attribute && is_inline_style(&line[start + word.len()..])
            });
            if inline {
                broken.push(file.at(number, line));
            }
        }
    }
    none("The content policy refuses inline styles; use a class or an SVG attribute:", &broken);
}

/// Whether what follows the word makes it an attribute: `="..."`, `=move || ...`, `:width=...`. Not `= ` of a `let`,
/// `: Type` of a field, or `=Name::Value` of a component's own property.
fn is_inline_style(after: &str) -> bool {
    let mut letters = after.chars();
    match (letters.next(), letters.next()) {
        (Some('='), Some(next)) => next != '=' && !next.is_whitespace() && !next.is_ascii_uppercase(),
        (Some(':'), Some(next)) => next.is_ascii_lowercase() || next == '-' || next == '"',
        _ => false,
    }
}

#[test]
fn text_areas_are_the_one_component() {
    let broken = found_outside(&app_files(), concat!("<text", "area"), &["app/src/components/text_area.rs"]);
    none("Leptos does not escape this element's children; use `TextArea`:", &broken);
}

#[test]
fn todos_carry_a_date() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let code = ["rs", "ts", "css", "toml", "yml", "sh", "js"];
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| code.iter().any(|extension| file.is(extension))) {
        for (index, line) in file.text.lines().enumerate() {
            let bare = marks.iter().any(|mark| {
                line.match_indices(mark).any(|(start, _)| {
                    let alone = |letter: Option<char>| {
                        letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_')
                    };
                    let after = &line[start + mark.len()..];
                    alone(line[..start].chars().next_back())
                        && alone(after.chars().next())
                        && !(*mark == marks[0] && is_dated(after))
                })
            });
            if bare {
                broken.push(file.at(index + 1, line));
            }
        }
    }
    none(
        "A note for later says since when, `(2026-03-01): what and why`, and there is one word for it:",
        &broken,
    );
}

/// Whether this starts with `(2026-03-01): `.
fn is_dated(text: &str) -> bool {
    text.get(..14).is_some_and(|start| {
        let shape = start.replace(|letter: char| letter.is_ascii_digit(), "0");
        shape == "(0000-00-00): "
    })
}

#[test]
fn nothing_names_the_place_it_was_written() {
    let words = [
        concat!("../", "shared"),
        concat!("registry.", "npmjs.org"),
        concat!("index.", "crates.io"),
        concat!("static.", "crates.io"),
        concat!("deb.", "debian.org"),
        concat!("pypi", ".org"),
    ];
    let folder = concat!("/wo", "rk/");
    let mut broken = Vec::new();
    for file in files() {
        for (index, line) in file.text.lines().enumerate() {
            // The folder only where a path starts, not inside a longer one.
            let absolute = line.match_indices(folder).any(|(start, _)| {
                let before = line[..start].chars().next_back();
                before.is_none_or(|letter| !letter.is_alphanumeric() && !"._-}*".contains(letter))
            });
            if absolute || words.iter().any(|word| line.contains(word)) {
                broken.push(file.at(index + 1, line));
            }
        }
    }
    none("The tree speaks of a machine or a download server:", &broken);
}
