//! The course of a drill: load, kills, freezes, one drain, the verdict.

use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use domain::Clock as _;
use domain::executions::{ExecutionFilter, Status};
use domain::paging::PageRequest;
use outbound::peer::Peer;
use tokio::time::Instant;

use super::child::{Crew, Recipe};
use super::dice::Dice;
use super::judge::judge;
use super::load::Load;
use super::place::Place;
use super::upstream::{Pace, Upstream};
use super::verdict::{ENOUGH_KILLS, Verdict};
use super::windows::{self, Caught, caught};
use crate::system::SystemClock;

/// Seconds a lease lasts in the drill: short, so that a frozen server loses its leases.
const LEASE_S: u64 = 3;
/// The upstream answers at once, and takes some hundred milliseconds for all of it.
const PACE: Pace = Pace { before: Duration::ZERO, between: Duration::from_millis(15) };
/// How long callers wait for a server's answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the end of everything may take after the last kill: the longest answers, the leases of
/// the last victim, and the retries.
const DRAIN: Duration = Duration::from_secs(90);
/// How often the drain looks whether everything is over.
const LOOK: Duration = Duration::from_millis(250);
/// How long ended servers, and the removal of the scratch database, may take.
const TIDY: Duration = Duration::from_secs(20);
/// When a kill comes after a burst of starts, in milliseconds, in turn: while they are accepted and
/// claimed, while their steps begin, while they end.
const AFTER_BURST: [(u64, u64); 3] = [(0, 20), (0, 60), (250, 900)];
/// How many further kills there may be while a window is empty.
const FURTHER_KILLS: usize = 15;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a server is killed.
    pub kills: usize,
    /// How often a server is stopped for longer than its lease, and goes on.
    pub freezes: usize,
    /// How often a server is asked to stop, one after the other, and started again.
    pub restarts: usize,
    /// Servers on the same database.
    pub servers: usize,
    /// The servers do different things in turn: everything, pages and the API, executions.
    pub mixed: bool,
    /// Callers at the same time.
    pub callers: u64,
    /// Decides the load and the moments.
    pub seed: u64,
    /// Address of a PostgreSQL server; SQLite without.
    pub postgres: Option<String>,
    /// How long the end may take.
    pub drain: Option<Duration>,
    /// Further arguments of the servers.
    pub arguments: Vec<String>,
}

/// Runs the drill and writes what it found; says whether it passed.
pub async fn run(options: &Options, out: &mut (dyn Write + Send)) -> anyhow::Result<bool> {
    let upstream = Upstream::start(options.seed, PACE).await?;
    let place = Place::make(options.postgres.as_deref(), &upstream.base).await?;
    let verdict = drill(options, &place, &upstream, out).await;
    upstream.stop();
    // Told before anything else can fail or take its time.
    let passed = match &verdict {
        Ok(verdict) => verdict.write(out)?,
        Err(_) => false,
    };
    out.flush()?;
    tokio::time::timeout(TIDY, place.remove()).await.context("remove the scratch database in time")??;
    verdict.map(|_| passed)
}

async fn drill(
    options: &Options,
    place: &Place,
    upstream: &Upstream,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<Verdict> {
    let began = Instant::now();
    let database = if options.postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let Options { kills, freezes, restarts, servers, callers, seed, .. } = options;
    writeln!(
        out,
        "{kills} kills, {freezes} freezes and {restarts} restarts of {servers} servers on {database}, \
         {callers} callers, seed {seed}"
    )?;
    out.flush()?;
    let mut crew = {
        let program = std::env::current_exe().context("find this program")?;
        let arguments = options.arguments.clone();
        let recipe = Recipe { program, lease_s: LEASE_S, arguments, mixed: options.mixed };
        Crew::start(place, upstream, *servers, &recipe).await?
    };
    let peer = Peer::new(place.key.expose(), PATIENCE)?;
    let load =
        Load::start(peer, crew.addresses.clone(), crew.count(), [place.hosted, place.model], *callers, *seed);
    let mut scene =
        Scene { place, upstream, load: &load, kills: 0, caught: Vec::new(), accepting: Vec::new() };
    let ran = scene.act(options, &mut crew, out).await;
    load.stop();
    let deadline = Instant::now() + options.drain.unwrap_or(DRAIN);
    let unheard = load.end(deadline).await;
    // What nobody was told of may be there all the same: a schedule or a batch whose answer was lost.
    while !is_over(place).await? && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
    }
    tokio::time::timeout(TIDY, crew.end()).await.context("end the servers in time")??;
    ran?;
    let mut verdict = judge(place, &load.calls.told(), &upstream.log, &scene.caught).await?;
    verdict.kills = scene.kills;
    verdict.accepting(scene.accepting);
    verdict.unheard = unheard;
    verdict.freezes = *freezes;
    verdict.restarts = *restarts;
    verdict.took = began.elapsed();
    Ok(verdict)
}

/// Whether nothing will happen any more.
async fn is_over(place: &Place) -> Result<bool, storage::Error> {
    let (store, workspace) = (place.services.store(), place.workspace.id);
    let open = ExecutionFilter {
        status: vec![Status::Queued, Status::Running, Status::Waiting],
        ..ExecutionFilter::default()
    };
    let page = PageRequest { after: None, limit: 1 };
    Ok(storage::executions::list(store, workspace, &open, page).await?.is_empty()
        && storage::batches::open(store).await?.is_empty()
        && storage::schedules::next_due(store).await?.is_none()
        && storage::schedules::waiting(store).await?.is_empty())
}

struct Scene<'a> {
    place: &'a Place,
    upstream: &'a Upstream,
    load: &'a Load,
    kills: usize,
    caught: Vec<Caught>,
    accepting: Vec<usize>,
}

impl Scene<'_> {
    /// Kills and freezes at moments that the seed decides.
    async fn act(
        &mut self,
        options: &Options,
        crew: &mut Crew,
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<()> {
        let mut dice = Dice::new(options.seed, 1);
        let mut freezes = options.freezes;
        for kill in 0..options.kills {
            tokio::time::sleep(dice.pause(1_000, 3_000)).await;
            let victim = usize::try_from(dice.roll()).unwrap_or(0) % crew.count();
            // Spread evenly over the kills.
            if freezes > 0 && kill * options.freezes >= (options.freezes - freezes) * options.kills {
                freezes -= 1;
                crew.freeze(victim, Duration::from_secs(LEASE_S) + dice.pause(500, 1_500)).await?;
                tokio::time::sleep(dice.pause(500, 1_500)).await;
            }
            self.kill(victim, &mut dice, crew).await?;
            if self.kills.is_multiple_of(50) {
                writeln!(out, "{} kills", self.kills)?;
                out.flush()?;
            }
        }
        for restart in 0..options.restarts {
            tokio::time::sleep(dice.pause(1_000, 3_000)).await;
            crew.restart(restart % crew.count()).await?;
        }
        if options.kills >= ENOUGH_KILLS {
            self.fill_windows(&mut dice, crew, out).await?;
        }
        Ok(())
    }

    /// Kills on while there is a window into which no kill fell, but not for ever.
    async fn fill_windows(
        &mut self,
        dice: &mut Dice,
        crew: &mut Crew,
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<()> {
        let (store, workspace) = (self.place.services.store(), self.place.workspace.id);
        for _ in 0..FURTHER_KILLS {
            tokio::time::sleep(dice.pause(1_000, 3_000)).await;
            let empty = windows::empty(store, workspace, &self.caught, &self.accepting).await?;
            if empty.is_empty() {
                break;
            }
            let words: Vec<_> = empty.iter().map(|window| window.word()).collect();
            writeln!(out, "one more kill, for none fell into: {}", words.join(", "))?;
            out.flush()?;
            let victim = usize::try_from(dice.roll()).unwrap_or(0) % crew.count();
            // A quick upstream leaves hardly a moment between the journal's line and the effect. Calls of
            // models are held there: they may be repeated, so that nothing ends in doubt for it.
            self.upstream.hold(empty.contains(&windows::Window::Journal));
            let killed = self.kill(victim, dice, crew).await;
            self.upstream.hold(false);
            killed?;
        }
        Ok(())
    }

    async fn kill(&mut self, victim: usize, dice: &mut Dice, crew: &mut Crew) -> anyhow::Result<()> {
        let kill = self.kills;
        self.kills += 1;
        self.load.burst(dice);
        let (from, to) = AFTER_BURST[kill % AFTER_BURST.len()];
        tokio::time::sleep(dice.pause(from, to)).await;
        let sending = self.load.sending(victim);
        let at = SystemClock.now();
        crew.kill(victim)?;
        let (store, workspace) = (self.place.services.store(), self.place.workspace.id);
        self.caught.extend(caught(store, workspace, &self.upstream.log, kill, at).await?);
        if sending > 0 {
            self.accepting.push(kill);
        }
        crew.replace(victim).await
    }
}
