//! Every part of the interface kit has a test that names it.

use std::collections::BTreeSet;

use crate::none;
use crate::tree::rust_files;

/// The identifier at the beginning of a text.
fn identifier(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[test]
fn every_component_is_named_in_the_tests_of_the_kit() {
    let files = rust_files();
    let below = |folder: &'static str| files.iter().filter(move |file| file.path.starts_with(folder));
    let words = below("app/tests/").flat_map(|file| {
        file.code()
            .flat_map(|(_, line)| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
    });
    let named: BTreeSet<&str> = words.collect();
    let (mut seen, mut missing) = (0, Vec::new());
    for file in below("app/src/components/") {
        let mut is_component = false;
        for (number, line) in file.program() {
            if line.starts_with("#[component]") {
                is_component = true;
            } else if is_component && !line.starts_with("#[") {
                is_component = false;
                let Some(name) = line.strip_prefix("pub fn ").map(identifier) else { continue };
                seen += 1;
                if !named.contains(name) {
                    missing.push(file.at(number, name));
                }
            }
        }
    }
    assert!(seen >= 40, "only {seen} components were found");
    none("These components have no test in app/tests:", &missing);
}
