//! Callers who make schedules: some with a due time each minute, and one after the other with a
//! single due time a moment ahead.
//!
//! Making a schedule has no idempotency key. One whose answer was lost may be there or not; it is
//! made again under another number, and what is there is held against the log of its due times.

use std::time::Duration;

use domain::{Clock as _, Timestamp};
use serde_json::{Value, json};

use super::super::calls::{Kind, Other};
use super::super::dice::Dice;
use super::super::upstream::token;
use super::{AGAIN, Load};
use crate::system::SystemClock;

/// The policies of the schedules with a due time each minute.
const POLICIES: [&str; 3] = ["skip", "queue", "cancel"];
/// The part of a minute in which those are stopped: no due time is near, so it is certain which were due.
const CALM_MS: std::ops::Range<i64> = 10_000..55_000;

impl Load {
    /// Makes schedules that are due each minute, and pauses them when the load ends.
    pub(super) async fn repeat_by_the_minute(self, caller: u64) {
        let mut made = Vec::new();
        for (agent, overlap) in (0..).zip(POLICIES) {
            let number = self.number();
            self.calls.lock().others.insert(number, Other::Cron);
            let draft = json!({
                "name": format!("Each minute, {overlap}"),
                "agent": self.agents[agent % 2],
                "cron": "* * * * *",
                "overlap": overlap,
                "missed": "all",
                "missed_limit": "100",
                "message": Kind::Stream.message(number),
            });
            // Until one is accepted: the one before may be there as well, under the same number.
            made.extend(self.make(caller, number, &draft).await);
        }
        self.stop.cancelled().await;
        self.calls.waits(caller, "a calm moment to pause the schedules".to_owned());
        while !CALM_MS.contains(&(SystemClock.now().millis() % 60_000)) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let mut after = None;
        loop {
            // From the list and not from what was answered: none may stay behind.
            let path = format!("/api/v1/schedules?limit=200{}", after.unwrap_or_default());
            let page = self.ask(0, &path, Value::is_object).await;
            for schedule in page["items"].as_array().into_iter().flatten() {
                if let (Some("active"), Some(id), Some("cron")) =
                    (schedule["state"].as_str(), schedule["id"].as_str(), schedule["kind"].as_str())
                {
                    self.calls.waits(caller, format!("the pause of {id}"));
                    // Refused when an earlier call, whose answer was lost, has done it already.
                    self.post(0, &format!("/api/v1/schedules/{id}/pause"), &Value::Null).await;
                }
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => after = Some(format!("&cursor={cursor}")),
                None => return,
            }
        }
    }

    /// Makes one schedule after the other with a single due time, and sees each execution through.
    pub(super) async fn schedule_once(self, caller: u64, mut dice: Dice) {
        while self.pause(dice.pause(200, 1_200)).await {
            let number = self.number();
            self.calls.lock().others.insert(number, Other::Once);
            let wait = dice.pause(1_200, 3_500);
            let at = Timestamp::from_millis(SystemClock.now().millis()).plus(wait);
            let draft = json!({
                "name": format!("Once, {}", token(number)),
                "agent": self.agents[usize::from(dice.below(2) == 0)],
                "at": at.to_string(),
                "missed": "all",
                "message": Kind::Stream.message(number),
            });
            let Some(id) = self.make(caller, number, &draft).await else { continue };
            self.calls.waits(caller, format!("the due time of {id} ({})", token(number)));
            let has_fired = |page: &Value| {
                let firing = &page["items"][0];
                firing["execution"].is_string() || firing["outcome"] == "skipped"
            };
            let page = self.ask(number, &format!("/api/v1/schedules/{id}/firings"), has_fired).await;
            let Some(execution) = page["items"][0]["execution"].as_str().map(str::to_owned) else { continue };
            self.calls.waits(caller, format!("the end of {execution} ({}, scheduled)", token(number)));
            let has_ended = |execution: &Value| execution["finished_at"].is_string();
            self.ask(number, &format!("/api/v1/executions/{execution}"), has_ended).await;
        }
    }

    /// Sends a schedule until it is answered. None when its time has passed meanwhile.
    async fn make(&self, caller: u64, number: u64, draft: &Value) -> Option<String> {
        self.calls.waits(caller, format!("the answer about the schedule of {}", token(number)));
        for go in 0.. {
            let (_, base) = self.addresses.pick(number + go);
            match self.peer.post(&format!("{base}/api/v1/schedules"), draft, &[]).await {
                Ok(answer) if answer.status == 201 => {
                    let id = answer.body["id"].as_str()?.to_owned();
                    self.calls.lock().schedules.insert(id.clone());
                    return Some(id);
                }
                Ok(answer) if answer.status < 500 => return None,
                // It may be there: another one under this number would be due as well.
                Ok(_) | Err(_) if draft["at"].is_string() => {
                    tokio::time::sleep(AGAIN).await;
                    return None;
                }
                Ok(_) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
        None
    }
}
