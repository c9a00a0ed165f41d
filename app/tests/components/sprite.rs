//! Every icon that is asked for exists in the sprite.

use std::{
    fs,
    path::{Path, PathBuf},
};

use app::components::status::Status;

fn sprite() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style/assets/icons.svg");
    fs::read_to_string(path).expect("the sprite is in style/assets")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The words that follow `start` up to the next quote.
fn words<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn icons_named_in_views_are_in_the_sprite() {
    let sprite = sprite();
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut missing = Vec::new();
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        for start in ["<Icon name=\"", " icon=\"", " icon: \""] {
            for name in words(&text, start) {
                seen += 1;
                if !sprite.contains(&format!("id=\"i-{name}\"")) {
                    missing.push(format!("{}: {name}", file.display()));
                }
            }
        }
    }
    assert!(seen > 20, "the search still finds icons");
    assert!(missing.is_empty(), "not in style/assets/icons.svg: {missing:#?}");
}

#[test]
fn icons_of_states_are_in_the_sprite() {
    let sprite = sprite();
    for status in Status::ALL {
        assert!(sprite.contains(&format!("id=\"i-{}\"", status.icon())), "{status:?}");
    }
}
