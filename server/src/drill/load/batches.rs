//! A caller who runs one batch after the other, pauses some and cancels some.
//!
//! Making a batch has no idempotency key. One whose answer was lost may be there or not; it is not
//! made again, and what is there has to come to its end all the same.

use serde_json::{Value, json};

use super::super::calls::{Kind, Other};
use super::super::dice::Dice;
use super::super::upstream::token;
use super::{AGAIN, Load};

/// Rows of one batch.
const ROWS: u64 = 12;
/// Rows of it in the queue at the same time.
const AT_ONCE: &str = "4";

impl Load {
    /// Runs one batch after the other and sees each through.
    pub(super) async fn run_batches(self, caller: u64, mut dice: Dice) {
        while self.pause(dice.pause(300, 1_500)).await {
            let mut lines = vec!["message".to_owned()];
            let mut first = None;
            for _ in 0..ROWS {
                let number = self.number();
                first.get_or_insert(number);
                self.calls.lock().others.insert(number, Other::Row);
                let kind = if dice.below(6) == 0 { Kind::Slow } else { Kind::Stream };
                lines.push(kind.message(number));
            }
            let number = first.unwrap_or_default();
            let draft = json!({
                "name": format!("From {}", token(number)),
                "agent": self.agents[usize::from(dice.below(2) == 0)],
                "format": "csv",
                "rows_at_once": AT_ONCE,
                "data": lines.join("\n"),
            });
            self.calls.waits(caller, format!("the answer about the batch from {}", token(number)));
            let (_, base) = self.addresses.pick(number);
            let answer = match self.peer.post(&format!("{base}/api/v1/batches"), &draft, &[]).await {
                Ok(answer) if answer.status == 201 => answer,
                Ok(_) | Err(_) => {
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            };
            let Some(id) = answer.body["id"].as_str().map(str::to_owned) else { continue };
            self.calls.lock().batches.insert(id.clone());
            self.calls.waits(caller, format!("the end of {id}"));
            self.disturb(number, &id, &mut dice).await;
            let has_ended = |batch: &Value| batch["finished_at"].is_string();
            self.ask(number, &format!("/api/v1/batches/{id}"), has_ended).await;
        }
    }

    /// Leaves a batch alone, pauses it for a moment, or cancels it.
    async fn disturb(&self, number: u64, id: &str, dice: &mut Dice) {
        let order = |verb: &str| format!("/api/v1/batches/{id}/{verb}");
        match dice.below(4) {
            0 => {
                tokio::time::sleep(dice.pause(0, 800)).await;
                // Noted before it is sent: a cancel whose answer was lost may have happened.
                self.calls.lock().cancelled_batches.insert(id.to_owned());
                self.post(number, &order("cancel"), &Value::Null).await;
            }
            1 => {
                tokio::time::sleep(dice.pause(0, 500)).await;
                self.post(number, &order("pause"), &Value::Null).await;
                tokio::time::sleep(dice.pause(100, 600)).await;
                self.post(number, &order("resume"), &Value::Null).await;
            }
            _ => {}
        }
    }
}
