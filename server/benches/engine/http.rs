//! Executions over HTTP: finished and accepted per second, added latency, the cost of each, and the
//! memory of a long queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::agents::PublishDraft;
use domain::ids::AgentId;
use outbound::peer::Peer;
use serde_json::json;
use server::drill::child::{Crew, Recipe};
use server::drill::place::Place;
use server::drill::upstream::{Pace, Upstream};
use tokio::task::JoinSet;

use crate::Wanted;
use crate::table::{Table, memory, ms, processor, rate, share};

/// A server with its upstream and somebody who calls it.
pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) crew: Crew,
    pub(crate) peer: Peer,
    upstream: Upstream,
}

impl Scene {
    pub(crate) async fn begin(
        wanted: &Wanted,
        postgres: Option<&str>,
        before: Duration,
    ) -> anyhow::Result<Self> {
        let tempo = Pace { before, between: Duration::ZERO };
        let upstream = Upstream::start(1, tempo).await?;
        let place = Place::make(postgres, &upstream.base).await?;
        let recipe =
            Recipe { program: wanted.program.clone(), lease_s: 30, arguments: Vec::new(), mixed: false };
        let crew = Crew::start(&place, &upstream, 1, &recipe).await?;
        let peer = Peer::new(place.key.expose(), Duration::from_mins(10))?;
        Ok(Self { place, crew, peer, upstream })
    }

    pub(crate) fn base(&self) -> String {
        self.crew.addresses.pick(0).1
    }

    pub(crate) fn process(&self) -> u32 {
        self.crew.id(0).unwrap_or_default()
    }

    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.crew.end().await?;
        self.upstream.stop();
        self.place.remove().await
    }

    /// Starts one execution; waits for its end when asked to.
    pub(crate) async fn start(&self, agent: AgentId, message: &str, wait: bool) -> anyhow::Result<String> {
        start(&self.peer, &self.base(), agent, message, wait).await
    }
}

async fn start(peer: &Peer, base: &str, agent: AgentId, message: &str, wait: bool) -> anyhow::Result<String> {
    let address = format!("{base}/api/v1/agents/{agent}/executions");
    let prefer: &[(&str, &str)] = if wait { &[("prefer", "wait=60")] } else { &[] };
    let answer = peer.post(&address, &json!({ "message": message }), prefer).await?;
    let good = answer.status == if wait { 200 } else { 202 };
    anyhow::ensure!(
        good && (!wait || answer.body["status"] == "succeeded"),
        "{}: {}",
        answer.status,
        answer.body
    );
    Ok(answer.body["id"].as_str().context("an id")?.to_owned())
}

/// What a number of callers got done in a time.
struct Done {
    times: Vec<Duration>,
    took: Duration,
}

async fn load(
    scene: &Scene,
    agent: AgentId,
    callers: usize,
    time: Duration,
    most: usize,
    wait: bool,
) -> anyhow::Result<Done> {
    let began = Instant::now();
    let calls = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (peer, base, calls) = (scene.peer.clone(), scene.base(), Arc::clone(&calls));
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < time && calls.fetch_add(1, Ordering::Relaxed) < most {
                let call = Instant::now();
                start(&peer, &base, agent, "Hello", wait).await?;
                times.push(call.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    Ok(Done { times, took: began.elapsed() })
}

pub(crate) async fn measure(
    wanted: &Wanted,
    postgres: Option<&str>,
    table: &mut Table<'_>,
) -> anyhow::Result<()> {
    let time = Duration::from_secs(if wanted.quick { 2 } else { 8 });
    for before in [Duration::ZERO, Duration::from_millis(200)] {
        let scene = Scene::begin(wanted, postgres, before).await?;
        let agent = scene.place.hosted;
        load(&scene, agent, 4, Duration::from_millis(500), usize::MAX, true).await?;
        for callers in [1, 16, 64] {
            let cost = processor(scene.process());
            let mut done = load(&scene, agent, callers, time, usize::MAX, true).await?;
            let cost = processor(scene.process()).saturating_sub(cost);
            let count = done.times.len();
            let each = cost / u32::try_from(count.max(1))?;
            let (p50, p99) = (share(&mut done.times, 50), share(&mut done.times, 99));
            let upstream = before.as_millis();
            let target = match (upstream, callers) {
                (0, 1) => "added 3 / 10 ms",
                (0, _) => "1,500 a second, best of three; 0.6 ms of processor",
                (_, 64) => "310 a second, p99 250 ms",
                _ => "",
            };
            table.row(
                &format!("finished over HTTP, {callers} callers, upstream {upstream} ms"),
                &format!(
                    "{}; added p50 {}, p99 {}; processor {} each",
                    rate(count, done.took),
                    ms(p50.saturating_sub(before)),
                    ms(p99.saturating_sub(before)),
                    ms(each)
                ),
                target,
            )?;
        }
        scene.end().await?;
    }
    accepted(wanted, postgres, time, table).await?;
    queue(wanted, postgres, table).await
}

/// Starts alone: the queue takes them, and hardly anything runs.
async fn accepted(
    wanted: &Wanted,
    postgres: Option<&str>,
    time: Duration,
    table: &mut Table<'_>,
) -> anyhow::Result<()> {
    let scene = Scene::begin(wanted, postgres, Duration::from_secs(30)).await?;
    let agent = narrow(&scene).await?;
    for callers in [1, 64] {
        let mut done = load(&scene, agent, callers, time, usize::MAX, false).await?;
        let count = done.times.len();
        let (p50, p99) = (share(&mut done.times, 50), share(&mut done.times, 99));
        table.row(
            &format!("starts accepted, {callers} callers"),
            &format!("{}; p50 {}, p99 {}", rate(count, done.took), ms(p50), ms(p99)),
            "",
        )?;
    }
    scene.end().await
}

/// An agent of which one execution runs at a time.
async fn narrow(scene: &Scene) -> anyhow::Result<AgentId> {
    let mut draft = domain::agents::TEMPLATES[0].draft();
    "1".clone_into(&mut draft.limits.concurrency);
    let (actor, agents) = (scene.place.actor(), scene.place.services.agents());
    let agent = agents.create(&actor, &draft).await?;
    agents.publish(&actor, agent.id, &PublishDraft::default()).await?;
    Ok(agent.id)
}

/// Memory while many executions wait.
async fn queue(wanted: &Wanted, postgres: Option<&str>, table: &mut Table<'_>) -> anyhow::Result<()> {
    let many = if wanted.quick { 1_000 } else { 10_000 };
    let scene = Scene::begin(wanted, postgres, Duration::from_mins(5)).await?;
    let idle = memory(scene.process());
    load(&scene, scene.place.hosted, 64, Duration::from_mins(5), many, false).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let busy = memory(scene.process());
    table.row(
        &format!("memory while {many} executions wait on a slow upstream"),
        &format!("{busy} MB; idle {idle} MB"),
        "idle under 60 MB",
    )?;
    scene.end().await
}
