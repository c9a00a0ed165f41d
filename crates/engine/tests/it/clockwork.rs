//! Work that starts by itself: schedules by the clock, batches by their windows, on one process and
//! on two, over a stop and a start.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::agents::Agent;
use domain::batches::{Batch, BatchDraft, BatchState, RowState};
use domain::executions::{CacheUse, ExecutionFilter, Reason, Status, Trigger};
use domain::ids::{BatchId, ScheduleId};
use domain::paging::PageRequest;
use domain::schedules::{Firing, FiringOutcome, ScheduleDraft, ScheduleState, SkipReason};
use domain::{Clock, Timestamp};
use services::Services;

use super::support::Floor;

both!(
    a_schedule_starts_the_published_version_when_its_time_comes,
    two_processes_that_look_at_once_fire_once,
    what_was_missed_is_made_up_for_as_the_policy_says,
    all_that_is_made_up_for_runs_in_turn_whatever_the_overlap_policy,
    overlap_is_skipped_queued_or_cancels_the_running_one,
    a_time_that_waits_starts_when_the_one_before_has_ended,
    a_paused_schedule_does_not_fire_and_goes_on_from_now,
    a_single_time_and_an_end_end_a_schedule,
    an_agent_that_cannot_run_is_told_in_the_log,
    a_batch_runs_every_row_once_over_a_restart_and_on_two_processes,
    the_window_bounds_what_is_in_the_queue,
    a_batch_is_paused_resumed_and_cancelled,
    a_batch_whose_agent_is_archived_is_paused_and_says_why,
    schedules_run_what_is_due_and_batches_use_results_again,
);

/// A clock that stands until it is put.
#[derive(Debug)]
struct Put(AtomicI64);

impl Put {
    fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(Timestamp::parse(text).expect("a time").millis())))
    }

    fn to(&self, text: &str) {
        self.0.store(Timestamp::parse(text).expect("a time").millis(), Ordering::SeqCst);
    }
}

impl Clock for Put {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

const START: &str = "2027-03-01T08:00:00Z";

struct Hall {
    floor: Floor,
    clock: Arc<Put>,
    agent: Agent,
}

impl Hall {
    async fn new() -> Self {
        let clock = Put::at(START);
        let floor = Floor::by_clock(Arc::clone(&clock) as Arc<dyn Clock>).await;
        let agent = floor.agent(|_| {}).await;
        Self { floor, clock, agent }
    }

    fn services(&self) -> &Services {
        &self.floor.services
    }

    async fn schedule(&self, change: impl FnOnce(&mut ScheduleDraft)) -> ScheduleId {
        let mut draft = ScheduleDraft {
            name: "Hourly".to_owned(),
            agent: self.agent.id.to_string(),
            cron: "0 * * * *".to_owned(),
            message: "Report.".to_owned(),
            ..ScheduleDraft::default()
        };
        change(&mut draft);
        self.services().schedules().create(&self.floor.actor, &draft).await.expect("a schedule").id
    }

    async fn look_at(&self, time: &str) {
        self.clock.to(time);
        self.services().schedules().look().await.expect("looks");
    }

    /// The log, earliest first.
    async fn log(&self, schedule: ScheduleId) -> Vec<Firing> {
        let page = PageRequest { limit: 200, after: None };
        let page =
            self.services().schedules().firings(&self.floor.actor, schedule, page).await.expect("a log");
        page.items.into_iter().rev().collect()
    }

    /// Outcomes and reasons in the order of the due times.
    async fn outcomes(&self, schedule: ScheduleId) -> Vec<(FiringOutcome, Option<SkipReason>)> {
        self.log(schedule).await.into_iter().map(|firing| (firing.outcome, firing.reason)).collect()
    }

    async fn executions(&self) -> usize {
        let page = PageRequest { limit: 200, after: None };
        let filter = ExecutionFilter { status: Status::ALL.to_vec(), ..ExecutionFilter::default() };
        let page = self.services().executions().list(&self.floor.actor, &filter, page).await.expect("lists");
        page.items.len()
    }

    /// Cancels what the schedule's firing at this place started, so that it has ended.
    async fn end(&self, schedule: ScheduleId, place: usize) {
        let id = self.log(schedule).await[place].execution.expect("an execution");
        self.services().executions().cancel(&self.floor.actor, id).await.expect("cancels");
    }
}

const STARTED: (FiringOutcome, Option<SkipReason>) = (FiringOutcome::Started, None);
const WAITING: (FiringOutcome, Option<SkipReason>) = (FiringOutcome::Waiting, None);

const fn skipped(reason: SkipReason) -> (FiringOutcome, Option<SkipReason>) {
    (FiringOutcome::Skipped, Some(reason))
}

async fn a_schedule_starts_the_published_version_when_its_time_comes() {
    let hall = Hall::new().await;
    let id = hall.schedule(|_| {}).await;
    hall.look_at("2027-03-01T08:59:59Z").await;
    assert!(hall.log(id).await.is_empty());
    hall.look_at("2027-03-01T09:00:00Z").await;
    hall.look_at("2027-03-01T09:00:01Z").await;
    let log = hall.log(id).await;
    assert_eq!(log.len(), 1);
    let execution = hall.floor.get(log[0].execution.expect("an execution")).await;
    assert_eq!((execution.row.trigger, execution.row.version), (Trigger::Schedule, Some(1)));
    assert_eq!(execution.row.created_by, "Hourly");
    assert_eq!(execution.input.expect("an input").message, "Report.");
    let schedule = hall.services().schedules().get(&hall.floor.actor, id).await.expect("is there");
    assert_eq!(schedule.next.map(|due| due.at.to_string()), Some("2027-03-01T10:00:00.000Z".to_owned()));
}

async fn two_processes_that_look_at_once_fire_once() {
    let hall = Hall::new().await;
    // With another overlap policy a second firing would be skipped because of the first.
    let id = hall.schedule(|draft| "cancel".clone_into(&mut draft.overlap)).await;
    hall.clock.to("2027-03-01T09:00:00Z");
    let other = hall.floor.second().await;
    let looks = (0..8).map(|n| {
        let services = if n % 2 == 0 { hall.services().clone() } else { other.clone() };
        async move { services.schedules().look().await }
    });
    for look in futures::future::join_all(looks).await {
        look.expect("looks");
    }
    assert_eq!(hall.outcomes(id).await, [STARTED]);
    assert_eq!(hall.executions().await, 1);
}

async fn what_was_missed_is_made_up_for_as_the_policy_says() {
    let missed = skipped(SkipReason::Missed);
    for (policy, limit, wanted) in [
        ("skip", "", vec![missed, missed, missed, STARTED]),
        ("once", "", vec![missed, missed, STARTED, skipped(SkipReason::Overlap)]),
    ] {
        let hall = Hall::new().await;
        let id = hall
            .schedule(|draft| {
                policy.clone_into(&mut draft.missed);
                limit.clone_into(&mut draft.missed_limit);
            })
            .await;
        // Nobody looked at 09:00, 10:00 and 11:00; 12:00 is on time.
        hall.look_at("2027-03-01T12:00:10Z").await;
        assert_eq!(hall.outcomes(id).await, wanted, "{policy}");
    }
}

async fn all_that_is_made_up_for_runs_in_turn_whatever_the_overlap_policy() {
    let missed = skipped(SkipReason::Missed);
    // 12:00 is on time: only then the overlap policy has a say.
    for (overlap, on_time) in
        [("skip", skipped(SkipReason::Overlap)), ("queue", WAITING), ("cancel", STARTED)]
    {
        let hall = Hall::new().await;
        let id = hall
            .schedule(|draft| {
                "all".clone_into(&mut draft.missed);
                "2".clone_into(&mut draft.missed_limit);
                overlap.clone_into(&mut draft.overlap);
            })
            .await;
        hall.look_at("2027-03-01T12:00:10Z").await;
        assert_eq!(hall.outcomes(id).await, [missed, STARTED, WAITING, on_time], "{overlap}");
        if overlap != "skip" {
            continue;
        }
        hall.end(id, 1).await;
        hall.look_at("2027-03-01T12:00:20Z").await;
        assert_eq!(
            hall.outcomes(id).await,
            [missed, STARTED, STARTED, on_time],
            "the second ran in its turn"
        );
    }
}

async fn overlap_is_skipped_queued_or_cancels_the_running_one() {
    for (policy, wanted) in [
        ("skip", vec![STARTED, skipped(SkipReason::Overlap)]),
        ("queue", vec![STARTED, WAITING]),
        ("cancel", vec![STARTED, STARTED]),
    ] {
        let hall = Hall::new().await;
        let id = hall.schedule(|draft| policy.clone_into(&mut draft.overlap)).await;
        hall.look_at("2027-03-01T09:00:00Z").await;
        hall.look_at("2027-03-01T10:00:00Z").await;
        assert_eq!(hall.outcomes(id).await, wanted, "{policy}");
        let first = hall.floor.get(hall.log(id).await[0].execution.expect("an execution")).await.row;
        let is_cancelled = (first.status, first.reason) == (Status::Cancelled, Some(Reason::CancelledBy));
        assert_eq!(is_cancelled, policy == "cancel");
    }
}

async fn a_time_that_waits_starts_when_the_one_before_has_ended() {
    let hall = Hall::new().await;
    let id = hall.schedule(|draft| "queue".clone_into(&mut draft.overlap)).await;
    for hour in ["09", "10", "11"] {
        hall.look_at(&format!("2027-03-01T{hour}:00:00Z")).await;
    }
    assert_eq!(hall.outcomes(id).await, [STARTED, WAITING, WAITING]);
    hall.end(id, 0).await;
    let other = hall.floor.second().await;
    let (one, two) = (hall.services().schedules(), other.schedules());
    let (one, two) = futures::join!(one.look(), two.look());
    one.and(two).expect("both look");
    assert_eq!(hall.outcomes(id).await, [STARTED, STARTED, WAITING], "one at a time");
    hall.services().schedules().pause(&hall.floor.actor, id).await.expect("pauses");
    hall.end(id, 1).await;
    hall.look_at("2027-03-01T11:30:00Z").await;
    assert_eq!(hall.outcomes(id).await, [STARTED, STARTED, skipped(SkipReason::Withdrawn)]);
}

async fn a_paused_schedule_does_not_fire_and_goes_on_from_now() {
    let hall = Hall::new().await;
    let id = hall.schedule(|_| {}).await;
    let schedules = hall.services().schedules();
    schedules.pause(&hall.floor.actor, id).await.expect("pauses");
    hall.look_at("2027-03-01T11:30:00Z").await;
    let resumed = schedules.resume(&hall.floor.actor, id).await.expect("resumes");
    assert_eq!(resumed.next.map(|due| due.at.to_string()), Some("2027-03-01T12:00:00.000Z".to_owned()));
    hall.look_at("2027-03-01T11:31:00Z").await;
    assert!(hall.log(id).await.is_empty());
}

async fn a_single_time_and_an_end_end_a_schedule() {
    let hall = Hall::new().await;
    let once = hall
        .schedule(|draft| {
            draft.cron.clear();
            "2027-03-01T09:30".clone_into(&mut draft.at);
        })
        .await;
    let short = hall.schedule(|draft| "2027-03-01T09:59".clone_into(&mut draft.end_at)).await;
    hall.look_at("2027-03-01T09:00:00Z").await;
    hall.look_at("2027-03-01T09:30:00Z").await;
    hall.look_at("2027-03-01T15:00:00Z").await;
    for id in [once, short] {
        assert_eq!(hall.outcomes(id).await, [STARTED]);
        let schedule = hall.services().schedules().get(&hall.floor.actor, id).await.expect("is there");
        assert_eq!((schedule.state, schedule.next), (ScheduleState::Ended, None));
    }
}

async fn an_agent_that_cannot_run_is_told_in_the_log() {
    let hall = Hall::new().await;
    let id = hall.schedule(|_| {}).await;
    hall.services().agents().archive(&hall.floor.actor, hall.agent.id).await.expect("archives");
    hall.look_at("2027-03-01T09:00:00Z").await;
    let log = hall.log(id).await;
    assert_eq!(log[0].reason, Some(SkipReason::Refused));
    assert!(log[0].message.as_deref().is_some_and(|text| text.contains("archived")), "{log:?}");
}

/// A batch of so many rows.
async fn batch(floor: &Floor, agent: &Agent, rows: usize, at_once: u32) -> Batch {
    let data = (1..=rows).fold("message\n".to_owned(), |data, n| data + &format!("Row {n}\n"));
    let draft = BatchDraft {
        name: "Many".to_owned(),
        agent: agent.id.to_string(),
        rows_at_once: at_once.to_string(),
        data,
        ..BatchDraft::default()
    };
    floor.services.batches().create(&floor.actor, &draft).await.expect("a batch")
}

async fn until(floor: &Floor, id: BatchId, fits: impl Fn(&Batch) -> bool) -> Batch {
    let waiting = async {
        loop {
            let batch = floor.services.batches().get(&floor.actor, id).await.expect("is there");
            if fits(&batch) {
                return batch;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the batch gets there")
}

async fn a_batch_runs_every_row_once_over_a_restart_and_on_two_processes() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    let id = batch(&floor, &agent, 60, 7).await.id;
    let engine = floor.engine().await;
    until(&floor, id, |batch| batch.counts.ended() >= 10).await;
    engine.shutdown().await;
    let stopped = floor.services.batches().get(&floor.actor, id).await.expect("is there");
    assert!(!stopped.state.is_final() && stopped.counts.started <= 7, "{stopped:?}");
    let engine = floor.engine().await;
    let other = floor.second().await;
    let feeding = async {
        loop {
            other.batches().look().await.expect("looks");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let done = tokio::select! {
        done = until(&floor, id, |batch| batch.state.is_final()) => done,
        () = feeding => unreachable!("it feeds until the batch has ended"),
    };
    assert_eq!((done.state, done.counts.succeeded), (BatchState::Finished, 60));
    assert_eq!(floor.upstream_runs(), 60, "no row ran twice");
    let rows = floor.services.batches().results(&floor.actor, id, 0, 100).await.expect("results");
    let numbers: Vec<_> = rows.iter().map(|row| row.row).collect();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.output.is_some() && row.input.message == format!("Row {}", row.row)));
    engine.shutdown().await;
}

async fn the_window_bounds_what_is_in_the_queue() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    let id = batch(&floor, &agent, 40, 6).await.id;
    for _ in 0..5 {
        floor.services.batches().look().await.expect("looks");
    }
    let fed = floor.services.batches().get(&floor.actor, id).await.expect("is there");
    assert_eq!((fed.counts.started, fed.counts.pending), (6, 34));
}

async fn a_batch_is_paused_resumed_and_cancelled() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    let id = batch(&floor, &agent, 20, 4).await.id;
    let batches = floor.services.batches();
    batches.look().await.expect("looks");
    batches.pause(&floor.actor, id).await.expect("pauses");
    let engine = floor.engine().await;
    let paused = until(&floor, id, |batch| batch.counts.started == 0).await;
    assert_eq!((paused.state, paused.counts.succeeded, paused.counts.pending), (BatchState::Paused, 4, 16));
    engine.shutdown().await;
    batches.resume(&floor.actor, id).await.expect("resumes");
    batches.look().await.expect("looks");
    let cancelled = batches.cancel(&floor.actor, id).await.expect("cancels");
    assert_eq!((cancelled.state, cancelled.counts.started), (BatchState::Cancelling, 4));
    for _ in 0..2 {
        batches.look().await.expect("looks");
    }
    let ended = batches.get(&floor.actor, id).await.expect("is there");
    assert_eq!((ended.state, ended.counts.succeeded, ended.counts.cancelled), (BatchState::Cancelled, 4, 16));
    let again = batches.cancel(&floor.actor, id).await.expect_err("has ended");
    assert_eq!(again.kind, domain::Kind::AlreadyFinished);
    let page = PageRequest { limit: 200, after: None };
    let rows = batches.rows(&floor.actor, id, Some(RowState::Cancelled), page).await.expect("lists");
    assert_eq!(rows.items.iter().filter(|row| row.execution.is_some()).count(), 4);
}

async fn a_batch_whose_agent_is_archived_is_paused_and_says_why() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    let id = batch(&floor, &agent, 3, 1).await.id;
    floor.services.agents().archive(&floor.actor, agent.id).await.expect("archives");
    floor.services.batches().look().await.expect("looks");
    let paused = floor.services.batches().get(&floor.actor, id).await.expect("is there");
    assert_eq!(paused.state, BatchState::Paused);
    assert!(paused.note.is_some_and(|note| note.contains("archived")));
}

async fn schedules_run_what_is_due_and_batches_use_results_again() {
    let floor = Floor::new().await;
    let agent = floor.agent(|draft| "3600".clone_into(&mut draft.limits.cache_ttl_s)).await;
    let engine = floor.engine().await;
    let first = floor.start(&agent, "Row 1").await;
    assert_eq!(floor.ended(first).await.row.cache, Some(CacheUse::Miss));

    // Rows say what the agent's users say: the same input, the same result.
    let id = batch(&floor, &agent, 2, 1).await.id;
    until(&floor, id, |batch| batch.state == BatchState::Finished).await;
    let rows =
        floor.services.batches().rows(&floor.actor, id, None, PageRequest::default()).await.expect("rows");
    let mut used = Vec::new();
    for row in &rows.items {
        used.push(floor.get(row.execution.expect("an execution")).await.row.cache);
    }
    assert_eq!(used, [Some(CacheUse::Hit), Some(CacheUse::Miss)]);

    // What is due is meant to happen, and gives a result that others may use.
    let services = &floor.services;
    let at = services.now().plus(Duration::from_millis(300)).to_string();
    let (name, agent) = ("Again".to_owned(), agent.id.to_string());
    let draft = ScheduleDraft { name, agent, at, message: "Row 1".to_owned(), ..ScheduleDraft::default() };
    let schedule = services.schedules().create(&floor.actor, &draft).await.expect("a schedule").id;
    let waiting = async {
        loop {
            let log = services.schedules().firings(&floor.actor, schedule, PageRequest::default()).await;
            if let Some(execution) = log.expect("a log").items.first().and_then(|firing| firing.execution) {
                return execution;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let fired = tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it fires");
    let fired = floor.ended(fired).await.row;
    assert_eq!((fired.status, fired.cache), (Status::Succeeded, Some(CacheUse::Bypass)));
    engine.shutdown().await;
}
