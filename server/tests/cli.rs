//! The binary as somebody at a terminal uses it: what stands on which output, and the exit code.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const EMAIL: &str = "you@example.com";
const PASSWORD: &str = "a long enough password";

/// A folder with a database of its own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shopfloor"));
        command.args(arguments).current_dir(self.0.path()).env_clear().env("RUST_LOG", "error");
        command.env("DATABASE_URL", format!("sqlite://{}/shopfloor.db", self.0.path().display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        // A command that reads nothing may have ended before it is written to.
        let _ = child.stdin.take().expect("an input").write_all(input.as_bytes());
        child.wait_with_output().expect("ends")
    }

    /// What a command that has to succeed wrote.
    fn told(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The words on standard error of a command that has to fail.
    fn refused(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).expect("text")
    }

    fn create_user(&self) -> String {
        let arguments = ["user", "create", "--email", EMAIL, "--role", "owner", "--password-stdin"];
        self.told(&arguments, PASSWORD)
    }
}

fn key<'a>(workspace: &'a str, scopes: &'a str) -> [&'a str; 10] {
    ["key", "create", "--workspace", workspace, "--name", "laptop", "--expires", "30d", "--scopes", scopes]
}

#[test]
fn an_account_a_workspace_and_a_key_are_made_without_a_browser() {
    let folder = Folder::new();
    assert_eq!(
        folder.create_user(),
        "Created you@example.com as owner of My workspace (my-workspace).\n",
        "the documents count on this slug"
    );
    let made = folder.told(&["workspace", "create", "--name", "Night Shift", "--owner", EMAIL], "");
    assert_eq!(made, "night-shift\n");
    for workspace in ["my-workspace", "night-shift"] {
        let told = folder.told(&key(workspace, "agents:read,executions:write"), "");
        let value = told.strip_suffix('\n').expect("a line");
        assert!(value.starts_with("sf_") && value.len() > 60, "nothing but the key: {told:?}");
        assert!(value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{told:?}");
    }
    let link = folder.told(&["user", "reset", "--email", EMAIL], "");
    let token = link.trim_end().strip_prefix("http://127.0.0.1:3000/reset?token=").expect("a link");
    assert!(token.len() > 40 && link.ends_with('\n') && link.lines().count() == 1, "{link}");
}

#[test]
fn what_cannot_be_done_is_told_on_standard_error_and_by_the_exit_code() {
    let folder = Folder::new();
    let weak = ["user", "create", "--email", EMAIL, "--role", "owner", "--password-stdin"];
    let said = folder.refused(&weak, "short");
    assert!(said.starts_with("shopfloor: ") && said.contains("at least 10 characters"), "{said}");
    let odd = ["user", "create", "--email", EMAIL, "--role", "king", "--password-stdin"];
    assert!(folder.refused(&odd, PASSWORD).contains("king"));
    folder.create_user();
    let said = folder.refused(&weak, PASSWORD);
    assert!(said.starts_with("shopfloor: "), "the address is taken: {said}");
    for arguments in [
        &key("nowhere", "agents:read")[..],
        &key("my-workspace", "agents:everything")[..],
        &["user", "reset", "--email", "eve@example.com"],
        &["workspace", "create", "--name", "Night Shift", "--owner", "eve@example.com"],
    ] {
        let said = folder.refused(arguments, "");
        assert!(said.starts_with("shopfloor: ") && said.trim_end().len() > 20, "{arguments:?}: {said}");
    }
}

#[test]
fn the_readme_calls_only_addresses_that_exist() {
    const README: &str = include_str!("../../README.md");
    let section = README.split("## The same with curl").nth(1).expect("the section");
    let block = section.split("```sh").nth(1).and_then(|rest| rest.split("```").next()).expect("the block");
    let lines = block.replace("\\\n", " ");
    let document = serde_json::to_value(server::api::open_api()).expect("JSON");
    let mut calls = 0;
    for line in lines.lines().filter(|line| !line.starts_with('#') && line.contains("curl ")) {
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("$API/")).expect(line);
        let parts = address.split('/').map(|part| if part.starts_with('$') { "{id}" } else { part });
        let path = format!("/api/v1/{}", parts.collect::<Vec<_>>().join("/"));
        let method = if line.contains("-X POST") || line.contains(" -d '") { "post" } else { "get" };
        assert_ne!(document["paths"][&path][method], Value::Null, "{method} {path}");
        calls += 1;
    }
    assert!(calls >= 5, "{calls} calls were found");
}
