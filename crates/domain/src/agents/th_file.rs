//! Toolhouse's th files: YAML that describes one agent.
//!
//! Import keeps every key it does not map, and of `prompt` and `message` the one that Toolhouse would
//! not use, so that export gives them back. Values of `vars` are texts, as Toolhouse has them. The file's `id` names
//! an agent that lives at Toolhouse: it is kept for export and never becomes a push target.

use serde_json::{Map, Value};

use super::{AgentConfig, AgentDraft};
use crate::problem::Problem;

/// The largest file read, in bytes.
pub(crate) const MAX_BYTES: usize = 262_144;

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ThFile {
    /// What maps to an agent of ours.
    pub draft: AgentDraft,
    /// Keys that do not map, as they were.
    pub kept: Map<String, Value>,
}

/// Keys that map to fields of ours and are written anew on export.
const MAPPED: &[&str] = &["title", "system_prompt", "prompt", "message", "vars", "model"];

fn refuse(message: impl Into<String>) -> Problem {
    Problem::field("file", message)
}

/// Reads a th file.
pub fn import(yaml: &str) -> Result<ThFile, Problem> {
    if yaml.len() > MAX_BYTES {
        return Err(refuse(format!("A th file may have at most {MAX_BYTES} bytes.")));
    }
    let value: Value = serde_saphyr::from_str(yaml).map_err(|error| {
        let place = error.location().map(|at| format!(" at line {}", at.line())).unwrap_or_default();
        refuse(format!("The file is not readable YAML{place}."))
    })?;
    let Value::Object(mut keys) = value else {
        return Err(refuse("A th file is a list of keys and values, such as `title: My agent`."));
    };
    let text = |keys: &Map<String, Value>, key: &str| -> Result<String, Problem> {
        match keys.get(key) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(value) => scalar(value).ok_or_else(|| refuse(format!("The key {key} must be a text."))),
        }
    };
    let instructions = text(&keys, "system_prompt")?;
    // Beside a system prompt a run begins with `message`, else with `prompt`. The other one is not used
    // by Toolhouse, but it is the file's own.
    let (used, unused) = if !instructions.is_empty() {
        ("message", Some("prompt"))
    } else if text(&keys, "prompt")?.is_empty() {
        ("message", None)
    } else {
        ("prompt", Some("message"))
    };
    let mut draft = AgentDraft {
        title: text(&keys, "title")?,
        instructions,
        message: text(&keys, used)?,
        model: text(&keys, "model")?,
        runtime: "toolhouse".to_owned(),
        ..AgentDraft::default()
    };
    match keys.get("vars") {
        None | Some(Value::Null) => {}
        Some(Value::Object(vars)) => {
            for (name, value) in vars {
                let value = if value.is_null() { Some(String::new()) } else { scalar(value) };
                draft.variables.insert(
                    name.clone(),
                    value.ok_or_else(|| refuse(format!("The variable {name} must be a text.")))?,
                );
            }
        }
        Some(_) => return Err(refuse("The key vars must be names with values.")),
    }
    keys.retain(|key, _| Some(key.as_str()) == unused || !MAPPED.contains(&key.as_str()));
    Ok(ThFile { draft, kept: keys })
}

/// Writes a th file from a configuration and the keys an import kept.
pub fn export(config: &AgentConfig, kept: &Map<String, Value>) -> Result<String, Problem> {
    let mut keys = kept.clone();
    let mut set = |key: &str, value: Value| drop(keys.insert(key.to_owned(), value));
    set("title", config.title.clone().into());
    if config.instructions.is_empty() {
        set("prompt", config.message.clone().into());
    } else {
        set("system_prompt", config.instructions.clone().into());
        set("message", config.message.clone().into());
    }
    if !config.variables.is_empty() {
        set(
            "vars",
            config
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.clone())))
                .collect::<Map<_, _>>()
                .into(),
        );
    }
    if let Some(model) = &config.model {
        set("model", model.clone().into());
    }
    if let Some(id) = &config.toolhouse_agent_id {
        set("id", id.clone().into());
    }
    serde_saphyr::to_string(&keys).map_err(|_| refuse("The agent cannot be written as a th file."))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "id: 6f0c6a6e-6a55-4b0e-9a52-0d0f2d3f5a11\ntitle: News digest\nsystem_prompt: |\n  You are a digest of {topic}.\n  Be short.\nmessage: Go\nvars:\n  topic: ai\n  count: 3\npublic: false\nrag: folder_a\nmcp_servers:\n  - https://mcp.example.com/mcp\nx_unknown:\n  deep: [1, two]\n";

    #[test]
    fn nothing_is_lost_between_import_and_export() {
        let file = import(FILE).expect("reads");
        assert_eq!(file.draft.variables["count"], "3");
        let config = file.draft.parse().expect("parses");
        assert_eq!(config.toolhouse_agent_id, None, "a file's id is never a push target");
        let written = export(&config, &file.kept).expect("writes");
        let again = import(&written).expect("reads again");
        assert_eq!(again.kept, file.kept);
        assert_eq!(again.draft, file.draft);
        assert_eq!(again.kept["id"], "6f0c6a6e-6a55-4b0e-9a52-0d0f2d3f5a11");
        assert_eq!(again.kept["x_unknown"]["deep"][1], "two");
    }

    #[test]
    fn a_prompt_alone_becomes_the_message() {
        let file = import("title: T\nprompt: Find a fact\n").expect("reads");
        assert_eq!((file.draft.message.as_str(), file.draft.instructions.as_str()), ("Find a fact", ""));
    }

    #[test]
    fn a_prompt_without_a_system_prompt_comes_before_a_message() {
        let file = import("title: T\nprompt: Find a fact\nmessage: Go\n").expect("reads");
        assert_eq!((file.draft.message.as_str(), &file.kept["message"]), ("Find a fact", &"Go".into()));
        let written = export(&file.draft.parse().expect("parses"), &file.kept).expect("writes");
        let keys: Value = serde_saphyr::from_str(&written).expect("reads");
        assert_eq!((&keys["prompt"], &keys["message"]), (&"Find a fact".into(), &"Go".into()), "{written}");
    }

    #[test]
    fn rubbish_is_refused_with_its_place() {
        for bad in ["- a\n- b", "title: [unclosed", "vars: text\ntitle: T", "just text"] {
            assert!(import(bad).is_err(), "{bad}");
        }
    }

    /// A file with some of the mapped keys, each with a text that is like no other value of YAML.
    fn any_file() -> impl Strategy<Value = Map<String, Value>> {
        let word = || "w[a-z]{0,8}( w[a-z]{1,8}){0,2}";
        let some = proptest::collection::vec(proptest::option::of(word()), MAPPED.len());
        let unknown = proptest::collection::btree_map("x_[a-z]{1,6}", word(), 0..3);
        (word(), some, unknown, any::<i64>()).prop_map(|(title, some, unknown, number)| {
            let mut keys = Map::new();
            for (key, text) in MAPPED.iter().zip(some) {
                let Some(text) = text else { continue };
                let value = if *key == "vars" {
                    serde_json::json!({ "topic": text, "count": number })
                } else {
                    text.into()
                };
                keys.insert((*key).to_owned(), value);
            }
            keys.insert("title".to_owned(), title.into());
            keys.extend(unknown.into_iter().map(|(key, text)| (key, text.into())));
            keys
        })
    }

    proptest! {
        #[test]
        fn import_export_import_gives_the_same(keys in any_file()) {
            let first = import(&serde_saphyr::to_string(&keys).expect("writes")).expect("reads");
            let written = export(&first.draft.parse().expect("parses"), &first.kept).expect("exports");
            let again = import(&written).expect("reads again");
            prop_assert_eq!(&again, &first, "{}", written);
            // Every text of the file is still there, used or not.
            let now: Value = serde_saphyr::from_str(&written).expect("reads");
            for (key, value) in &keys {
                let place = if key == "message" && now.get("message").is_none() { "prompt" } else { key.as_str() };
                if key != "vars" {
                    prop_assert_eq!(&now[place], value, "{} in {}", key, written);
                }
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "(?s).{0,200}") {
            let _ = import(&text);
        }
    }
}
