//! Bad input around schedules, batches, questions and many executions: each is refused with its own
//! code and its own sentence, and changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Permission;
use domain::workspaces::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::desk::Desk;
use super::shop::all_scopes;
use super::support::{Ask, Reply};

impl Desk {
    fn schedule(&self, change: &Value) -> Ask {
        let mut draft =
            json!({"name": "Hourly", "agent": self.agent, "cron": "0 * * * *", "message": "Report."});
        for (name, value) in change.as_object().expect("fields") {
            draft[name] = value.clone();
        }
        self.ask("POST", "/schedules").json(&draft)
    }

    fn batch(&self, data: String) -> Ask {
        let path = format!("/batches?agent={}", self.agent);
        self.ask("POST", &path).header("content-type", "text/csv").body(data)
    }

    /// Everything that a refused call could have changed.
    async fn state(&self) -> Value {
        let mut state = BTreeMap::new();
        for list in ["agents", "executions", "audit", "schedules", "batches", "bulk-actions"] {
            state.insert(list, self.ask("GET", &format!("/{list}?limit=200")).send().await.json(200));
        }
        json!(state)
    }

    /// An execution that waits for a person of the role admin.
    async fn waiting(&self, expires_s: u32) -> String {
        let path = format!("/agents/{}", self.agent);
        let ask = json!({"question": "Go on?", "roles": ["admin"], "expires_s": expires_s});
        self.change(json!({"ask_before_start": ask})).await;
        let start = self.ask("POST", &format!("{path}/executions")).json(&json!({"message": "Hi"}));
        let id = start.send().await.json(202)["id"].as_str().expect("an id").to_owned();
        self.until(&id, "waiting").await;
        id
    }

    async fn until(&self, id: &str, status: &str) {
        let path = format!("/executions/{id}");
        let waiting = async {
            while self.ask("GET", &path).send().await.json(200)["status"] != status {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect(status);
    }

    fn answer(&self, id: &str) -> Ask {
        self.ask("POST", &format!("/executions/{id}/answer")).json(&json!({"decision": "approve"}))
    }
}

/// What a refusal says: its field, where it has one, and its sentence.
fn words(reply: &Reply, status: u16, code: &str) -> String {
    let problem = reply.problem(status, code);
    let error = &problem["errors"][0];
    format!("{} {} {}", problem["detail"], error["field"], error["message"])
}

#[tokio::test]
async fn each_has_its_own_words_and_changes_nothing() {
    let desk = Desk::new().await;
    let limits = json!({"title": "Late", "instructions": "Hi.", "limits": {"run_deadline_s": -5}});
    let key = format!("/agents/{}/executions", desk.agent);
    let blind = desk.shop.key("home", &[Permission::AgentsRead]).await;
    let before = desk.state().await;
    let invalid = (422, "invalid_input");
    let replies = [
        ("a cron that never fires", invalid, desk.schedule(&json!({"cron": "0 0 30 2 *"}))),
        ("a zone that does not exist", invalid, desk.schedule(&json!({"zone": "Mars/Olympus"}))),
        ("a ragged row", invalid, desk.batch("message,who\nHi,Ada\nHi\n".to_owned())),
        ("60,000 rows", invalid, desk.batch(format!("message\n{}", "Hi\n".repeat(60_000)))),
        ("a negative deadline", invalid, desk.ask("POST", "/agents").json(&limits)),
        (
            "a key with a control character",
            invalid,
            desk.ask("POST", &key).header("idempotency-key", "a\tb").json(&json!({})),
        ),
        (
            "no right to start",
            (403, "forbidden"),
            desk.shop.ask("POST", &format!("/api/v1{key}")).bearer(&blind).json(&json!({})),
        ),
    ];
    let mut seen = BTreeMap::new();
    for (what, (status, code), ask) in replies {
        let said = words(&ask.send().await, status, code);
        if let Some(other) = seen.insert(said.clone(), what) {
            panic!("{what} and {other} are told the same: {said}");
        }
    }
    assert_eq!(desk.state().await, before);
}

#[tokio::test]
async fn a_key_with_a_newline_starts_nothing() {
    let desk = Desk::new().await;
    let before = desk.state().await;
    // HTTP itself has no such header: what comes after the newline is another line, and a wrong one.
    let address = desk.shop.listen().await;
    for newline in ["\n", "\r\n ", "\r"] {
        let head = format!(
            "POST /api/v1/agents/{}/executions HTTP/1.1\r\nhost: 127.0.0.1:3000\r\n\
             authorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
             idempotency-key: one{newline}two\r\n\r\n{{}}",
            desk.agent, desk.key
        );
        let mut line = tokio::net::TcpStream::connect(address).await.expect("connects");
        line.write_all(head.as_bytes()).await.expect("sends");
        let mut answer = vec![0; 12];
        let read = tokio::time::timeout(Duration::from_secs(20), line.read_exact(&mut answer)).await;
        read.expect("an answer").expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 4"), "{newline:?}: {}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(desk.state().await, before);
    let said = domain::executions::parse_idempotency_key("one\ntwo").expect_err("refused");
    assert_eq!(said.fields[0].field, "Idempotency-Key");
}

#[tokio::test]
async fn an_answer_needs_the_right_and_the_time_and_comes_first_or_not_at_all() {
    let desk = Desk::new().await;
    let id = desk.waiting(600).await;
    let before = desk.state().await;

    // Without the scope, and without the role.
    let scopes: Vec<_> =
        all_scopes().into_iter().filter(|scope| *scope != Permission::ApprovalsWrite).collect();
    let weak = desk.shop.key("home", &scopes).await;
    let path = format!("/api/v1/executions/{id}/answer");
    let yes = json!({"decision": "approve"});
    let refused = desk.shop.ask("POST", &path).bearer(&weak).json(&yes).send().await;
    let no_scope = words(&refused, 403, "forbidden");
    let member = desk.shop.add("member@example.com", Role::Member, "home").await;
    let form = format!("workspace=home&execution={id}&answer[decision]=approve");
    let refused = desk.shop.call("executions/answer_approval", Some(&member), &form).send().await;
    let no_role = refused.refusal(403, "forbidden")["message"].to_string();
    assert!(no_role.contains("admin"), "who may is named: {no_role}");
    assert_ne!(no_scope, no_role);
    let after = desk.state().await;
    assert_eq!(after["executions"], before["executions"], "it still waits");

    // Two at once: one wins, the other is told so.
    let (one, two) = futures::join!(desk.answer(&id).send(), desk.answer(&id).send());
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text(), two.text());
    let late = if one.status == 409 { one } else { two };
    assert!(words(&late, 409, "conflict").contains("already approved"), "{}", late.text());
    desk.until(&id, "succeeded").await;

    // After its time.
    let id = desk.waiting(30).await;
    desk.shop.clock.advance(Duration::from_secs(31));
    let late = desk.answer(&id).send().await;
    let expired = words(&late, 409, "conflict");
    assert!(expired.contains("time to answer is over"), "{expired}");
    desk.until(&id, "timed_out").await;
    let ended = desk.ask("GET", &format!("/executions/{id}")).send().await.json(200);
    assert_eq!(ended["error"]["code"], "approval_expired", "the late answer did nothing: {ended}");
}

#[tokio::test]
async fn many_executions_of_another_workspace_are_out_of_reach() {
    let desk = Desk::new().await;
    desk.shop.run(&desk.key, &desk.agent, "Mine").await;
    let before = desk.state().await;
    desk.shop.add("stranger@example.com", Role::Owner, "away").await;
    let stranger = desk.shop.key("away", &all_scopes()).await;
    let ask = |path: &str, body: &Value| {
        desk.shop.ask("POST", &format!("/api/v1/bulk-actions{path}")).bearer(&stranger).json(body)
    };
    let filter = json!({"agent": desk.agent, "status": "succeeded"});
    let start = json!({"kind": "rerun", "filter": filter, "version": "original"});
    // A filter by somebody else's agent is one by an agent that is not there: nothing fits it.
    assert_eq!(ask("/preview", &filter).send().await.json(200)["count"], 0);
    let said = words(&ask("", &start).send().await, 409, "conflict");
    assert!(said.contains("No execution fits"), "{said}");
    assert_eq!(desk.state().await, before);
    let page = desk.shop.ask("GET", "/api/v1/bulk-actions").bearer(&stranger).send().await.json(200);
    assert_eq!(page["items"], json!([]));
}
