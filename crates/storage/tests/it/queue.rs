//! Claiming, fences and group commits, on both databases.

use std::time::Duration;

use domain::agents::{AgentConfig, AgentDraft};
use domain::events::EventBody;
use domain::executions::{Input, Priority, Reason, Status, Trigger};
use domain::ids::{AgentId, ExecutionId, Id as _, WorkerId, WorkspaceId};
use storage::executions::NewExecution;
use storage::queue::{Asking, Begin, End, Job, StepEnd, Taken, Versions};
use storage::{Error, Store};

use super::support::{NOW, nth, person, workspace};

both!(
    a_flood_of_one_agent_does_not_hold_up_another,
    what_cannot_be_read_is_in_nobodys_way,
    an_agents_limit_holds_with_claims_at_the_same_time,
    a_late_write_names_what_it_found,
    a_retry_waits_and_is_in_nobodys_way,
    writes_that_share_a_commit_stand_or_fall_alone,
    a_question_holds_no_worker_and_is_answered_once,
    a_result_is_found_until_it_is_old_or_purged,
);

pub(super) struct Floor {
    pub(super) store: Store,
    pub(super) workspace: WorkspaceId,
    config: AgentConfig,
}

impl Floor {
    pub(super) async fn new(store: Store, concurrency: u32) -> Self {
        let owner = person(&store, 1).await;
        let workspace = workspace(&store, 1, owner).await;
        let mut draft = AgentDraft { title: "Flood".to_owned(), ..AgentDraft::default() };
        draft.instructions.push_str("Help.");
        draft.limits.concurrency = concurrency.to_string();
        Self { store, workspace, config: draft.parse().expect("parses") }
    }

    pub(super) async fn agent(&self, n: u8) -> AgentId {
        let id: AgentId = nth(n);
        let slug = format!("agent-{n}");
        let new = storage::agents::NewAgent {
            id,
            slug: &slug,
            config: &self.config,
            imported: &serde_json::Map::new(),
            at: NOW,
            by: "ada",
        };
        let tx = self.store.begin().await.expect("begins");
        storage::agents::insert(&tx, self.workspace, &new).await.expect("inserts");
        tx.commit().await.expect("commits");
        id
    }

    pub(super) async fn add(&self, agent: AgentId, from: u32, count: u32) -> Vec<ExecutionId> {
        self.add_of(agent, None, from, count).await
    }

    async fn add_of(&self, agent: AgentId, version: Option<u32>, from: u32, count: u32) -> Vec<ExecutionId> {
        let mut ids = Vec::new();
        let input = Input { message: "Hello".to_owned(), ..Input::default() };
        let tx = self.store.begin().await.expect("begins");
        for n in from..from + count {
            let mut bytes = agent.bytes();
            bytes[8..12].copy_from_slice(&n.to_be_bytes());
            let id = ExecutionId::from_bytes(bytes);
            let new = NewExecution {
                id,
                agent,
                version,
                config: &self.config,
                input: &input,
                title: "Hello",
                trigger: Trigger::Api,
                priority: Priority::Normal,
                by: "ada",
                simulated: true,
                rerun_of: None,
                cache: None,
                continues: None,
                at: NOW,
            };
            storage::executions::insert(&tx, self.workspace, &new).await.expect("inserts");
            ids.push(id);
        }
        tx.commit().await.expect("commits");
        ids
    }

    pub(super) async fn claim(&self, slots: u32, last: Option<AgentId>, at: domain::Timestamp) -> Vec<Job> {
        self.take(slots, last, at).await.jobs
    }

    async fn take(&self, slots: u32, last: Option<AgentId>, at: domain::Timestamp) -> Taken {
        let asking = Asking {
            worker: WorkerId::from_bytes([7; 16]),
            slots,
            last,
            now: at,
            lease_until: at.plus(Duration::from_secs(30)),
        };
        let versions = Versions::default();
        let taken = self.store.write(move |tx| {
            let versions = versions.clone();
            Box::pin(async move { storage::queue::claim(tx, asking, &versions).await })
        });
        taken.await.expect("claims")
    }

    pub(super) async fn end(&self, job: &Job) {
        let tx = self.store.begin().await.expect("begins");
        storage::queue::finish(&tx, job.claim, Status::Running, &success(), &[], None, NOW)
            .await
            .expect("ends");
        tx.commit().await.expect("commits");
    }

    async fn status(&self, id: ExecutionId) -> Status {
        storage::executions::get(&self.store, self.workspace, id)
            .await
            .expect("reads")
            .expect("is there")
            .row
            .status
    }

    async fn story(&self, id: ExecutionId) -> Vec<EventBody> {
        let events = storage::events::after(&self.store, self.workspace, id, 0, 1000).await.expect("reads");
        let numbers: Vec<_> = events.iter().map(|event| event.number).collect();
        assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>(), "no gaps");
        events.into_iter().map(|event| event.body).collect()
    }
}

fn success() -> End {
    End { status: Status::Succeeded, reason: None, message: None, output: Some("done".to_owned()) }
}

async fn a_flood_of_one_agent_does_not_hold_up_another(store: Store) {
    let floor = Floor::new(store, 16).await;
    let (many, other) = (floor.agent(1).await, floor.agent(2).await);
    floor.add(many, 0, 2_000).await;
    let running = floor.claim(64, None, NOW).await;
    assert_eq!(running.len(), 16, "the agent's limit, with slots to spare");
    let alone = floor.add(other, 0, 1).await;
    // One slot at a time becomes free; the other agent is at most a round away.
    let mut last = Some(many);
    let mut begun_before = 0;
    for job in running.iter().take(10) {
        floor.end(job).await;
        let taken = floor.claim(1, last, NOW).await;
        last = taken.last().map(|job| job.agent);
        if taken.iter().any(|job| job.claim.execution == alone[0]) {
            break;
        }
        begun_before += taken.len();
    }
    assert!(begun_before < 10, "{begun_before} of the flood began first");
    assert_eq!(floor.status(alone[0]).await, Status::Running);
}

async fn what_cannot_be_read_is_in_nobodys_way(store: Store) {
    let floor = Floor::new(store, 10).await;
    let agent = floor.agent(1).await;
    // The version it names was never stored.
    let broken = floor.add_of(agent, Some(99), 0, 1).await;
    let whole = floor.add(agent, 1, 1).await;
    let taken = floor.take(10, None, NOW).await;
    assert_eq!(taken.jobs.iter().map(|job| job.claim.execution).collect::<Vec<_>>(), whole);
    assert_eq!(taken.broken.iter().map(|(claim, _)| claim.execution).collect::<Vec<_>>(), broken);
    let claim = taken.broken[0].0;
    let tx = floor.store.begin().await.expect("begins");
    let end = End { status: Status::Crashed, reason: Some(Reason::Internal), message: None, output: None };
    storage::queue::finish(&tx, claim, Status::Running, &end, &[], None, NOW).await.expect("ends");
    tx.commit().await.expect("commits");
    assert_eq!(floor.story(broken[0]).await.len(), 3, "accepted, begun, ended");
}

async fn an_agents_limit_holds_with_claims_at_the_same_time(store: Store) {
    let floor = Floor::new(store, 5).await;
    let agent = floor.agent(1).await;
    floor.add(agent, 0, 40).await;
    let claims = futures_join((0..6).map(|_| floor.claim(4, None, NOW))).await;
    let taken: Vec<_> = claims.into_iter().flatten().collect();
    assert_eq!(taken.len(), 5, "never more than the limit");
    let mut ids: Vec<_> = taken.iter().map(|job| job.claim.execution).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5, "nothing was taken twice");
    for id in ids {
        assert_eq!(floor.story(id).await.len(), 2, "queued, attempt started");
    }
}

/// Waits for all of them at the same time.
async fn futures_join<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        let mut open = false;
        for (one, result) in &mut all {
            if result.is_none() {
                match one.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *result = Some(value),
                    std::task::Poll::Pending => open = true,
                }
            }
        }
        if open { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    all.into_iter().map(|(_, result)| result.expect("is ready")).collect()
}

async fn a_late_write_names_what_it_found(store: Store) {
    let floor = Floor::new(store, 5).await;
    let agent = floor.agent(1).await;
    let id = floor.add(agent, 0, 1).await[0];
    let late = floor.claim(1, None, NOW).await.remove(0);
    let tx = floor.store.begin().await.expect("begins");
    let event = EventBody::Requeued { reason: Reason::LeaseLost };
    storage::queue::requeue(&tx, late.claim, event, None, true, NOW).await.expect("goes back");
    tx.commit().await.expect("commits");
    let now = floor.claim(1, None, NOW).await.remove(0);
    assert!(now.claim.fence > late.claim.fence);
    let before = floor.story(id).await;
    let claim = late.claim;
    let refused = floor.store.write(move |tx| {
        Box::pin(async move {
            storage::queue::append(tx, claim, NOW, &[EventBody::Output { text: Some("late".to_owned()) }])
                .await
        })
    });
    let refused = refused.await.expect_err("is refused");
    let fence = now.claim.fence;
    assert!(
        matches!(refused, Error::Moved { found: Status::Running, fence: found } if found == fence),
        "{refused:?}"
    );
    assert_eq!(floor.story(id).await, before);
    floor.end(&now).await;
    let tx = floor.store.begin().await.expect("begins");
    let again = storage::queue::finish(&tx, now.claim, Status::Running, &success(), &[], None, NOW).await;
    assert!(matches!(again, Err(Error::Moved { found: Status::Succeeded, .. })), "{again:?}");
}

async fn a_retry_waits_and_is_in_nobodys_way(store: Store) {
    let floor = Floor::new(store, 50).await;
    let agent = floor.agent(1).await;
    let ids = floor.add(agent, 0, 30).await;
    let first = floor.claim(20, None, NOW).await;
    assert_eq!(first.len(), 20);
    let later = NOW.plus(Duration::from_mins(1));
    for job in &first {
        let event = EventBody::RetryScheduled {
            attempt: 1,
            reason: Reason::UpstreamBusy,
            message: "busy".to_owned(),
            not_before: later,
        };
        let tx = floor.store.begin().await.expect("begins");
        storage::queue::requeue(&tx, job.claim, event, Some(later), false, NOW).await.expect("goes back");
        tx.commit().await.expect("commits");
    }
    let stored = storage::executions::get(&floor.store, floor.workspace, ids[0]).await.expect("reads");
    assert_eq!(stored.expect("is there").row.not_before, Some(later), "the next attempt's time is shown");
    assert_eq!(floor.claim(50, None, NOW).await.len(), 10, "those whose time has come");
    let lanes = storage::queue::lanes(&floor.store).await.expect("looks");
    assert_eq!((lanes.len(), lanes[0].next_at, lanes[0].running), (1, later, 10));
    assert_eq!(floor.claim(50, None, later).await.len(), 20);
}

async fn writes_that_share_a_commit_stand_or_fall_alone(store: Store) {
    let floor = Floor::new(store, 50).await;
    let agent = floor.agent(1).await;
    floor.add(agent, 0, 20).await;
    let jobs = floor.claim(20, None, NOW).await;
    // Every fourth writes under a fence that is not its own.
    let writes = jobs.iter().enumerate().map(|(place, job)| {
        let mut claim = job.claim;
        claim.fence += i64::from(place % 4 == 0);
        floor.store.write(move |tx| {
            Box::pin(async move {
                storage::queue::start_step(tx, claim, &Begin::plain("model_call", "Call"), &[], NOW).await
            })
        })
    });
    let results = futures_join(writes).await;
    for (place, (result, job)) in results.iter().zip(&jobs).enumerate() {
        let events = floor.story(job.claim.execution).await;
        if place % 4 == 0 {
            assert!(matches!(result, Err(Error::Moved { .. })), "{result:?}");
            assert_eq!(events.len(), 2);
        } else {
            assert_eq!(result.as_ref().expect("is stored"), &1);
            assert_eq!(events.len(), 3, "written once");
            let tx = floor.store.begin().await.expect("begins");
            let step = Some((1, StepEnd::Finished));
            storage::queue::finish(&tx, job.claim, Status::Running, &success(), &[], step, NOW)
                .await
                .expect("ends");
            tx.commit().await.expect("commits");
        }
    }
}

async fn a_question_holds_no_worker_and_is_answered_once(store: Store) {
    let floor = Floor::new(store, 1).await;
    let agent = floor.agent(1).await;
    let ids = floor.add(agent, 0, 2).await;
    let job = floor.claim(1, None, NOW).await.remove(0);
    let question = storage::queue::Pause {
        place: "start".to_owned(),
        question: "Go?".to_owned(),
        data: serde_json::json!({ "message": "Hello" }),
        fields: domain::approvals::FieldSchema::default(),
        roles: Vec::new(),
        expires_at: NOW.plus(Duration::from_mins(1)),
    };
    let tx = floor.store.begin().await.expect("begins");
    let step = storage::queue::pause(&tx, job.claim, &question, NOW).await.expect("pauses");
    tx.commit().await.expect("commits");
    assert_eq!(floor.status(ids[0]).await, Status::Waiting);
    let next = floor.claim(1, None, NOW).await;
    assert_eq!(next[0].claim.execution, ids[1], "the slot is free");
    floor.end(&next[0]).await;
    let yes = domain::approvals::AnswerDraft { decision: "approve".to_owned(), ..Default::default() };
    let yes = yes.parse(&question.fields).expect("fits");
    let answer = || async {
        let tx = floor.store.begin().await.expect("begins");
        let won = storage::approvals::answer(&tx, floor.workspace, ids[0], step, &yes, "ada", NOW).await;
        let won = won.expect("asks");
        if let Some(claim) =
            storage::approvals::waiting(&tx, floor.workspace, ids[0]).await.expect("looks").filter(|_| won)
        {
            let body = EventBody::ApprovalAnswered { step, approved: true, by: "ada".to_owned() };
            storage::queue::resume(&tx, claim, step, body, NOW).await.expect("resumes");
        }
        tx.commit().await.expect("commits");
        won
    };
    assert!(answer().await);
    assert!(!answer().await, "the first answer wins");
    let again = floor.claim(1, None, NOW).await.remove(0);
    assert_eq!(again.claim.execution, ids[0]);
    let found = storage::approvals::approved(&floor.store, floor.workspace, ids[0], "start").await;
    assert_eq!(found.expect("looks"), Some(serde_json::Map::new()));
    assert!(
        storage::queue::overslept(&floor.store, NOW.plus(Duration::from_secs(90)))
            .await
            .expect("looks")
            .is_empty()
    );
}

async fn a_result_is_found_until_it_is_old_or_purged(store: Store) {
    let floor = Floor::new(store, 5).await;
    let agent = floor.agent(1).await;
    let input = Input { message: "Hello".to_owned(), ..Input::default() };
    let cache = storage::executions::Cached {
        used: domain::executions::CacheUse::Hit,
        key: vec![1, 2, 3],
        copy: Some((nth(9), "earlier".to_owned())),
    };
    let miss =
        storage::executions::Cached { copy: None, used: domain::executions::CacheUse::Miss, ..cache.clone() };
    for (n, cache) in [(1, &miss), (2, &cache)] {
        let new = NewExecution {
            id: nth(n),
            agent,
            version: None,
            config: &floor.config,
            input: &input,
            title: "Hello",
            trigger: Trigger::Api,
            priority: Priority::Normal,
            by: "ada",
            simulated: true,
            rerun_of: None,
            cache: Some(cache),
            continues: None,
            at: NOW,
        };
        let tx = floor.store.begin().await.expect("begins");
        storage::executions::insert(&tx, floor.workspace, &new).await.expect("inserts");
        tx.commit().await.expect("commits");
    }
    assert_eq!(floor.status(nth(2)).await, Status::Succeeded, "a hit has ended when it is accepted");
    assert_eq!(floor.story(nth(2)).await.len(), 4);
    let job = floor.claim(1, None, NOW).await.remove(0);
    assert_eq!(job.claim.execution, nth(1));
    floor.end(&job).await;
    let find = |since| storage::executions::cached(&floor.store, floor.workspace, agent, &[1, 2, 3], since);
    assert_eq!(find(NOW).await.expect("looks"), Some((nth(1), "done".to_owned())), "a hit is no source");
    assert_eq!(find(NOW.plus(Duration::from_millis(1))).await.expect("looks"), None);
    let tx = floor.store.begin().await.expect("begins");
    storage::executions::purge(&tx, floor.workspace, agent, NOW).await.expect("purges");
    tx.commit().await.expect("commits");
    assert_eq!(find(NOW).await.expect("looks"), None);
}
