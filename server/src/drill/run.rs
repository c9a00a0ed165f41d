//! The course of a drill: load, kills, freezes, one drain, the verdict.

use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use domain::Clock as _;
use outbound::peer::Peer;
use tokio::time::Instant;

use super::child::{Crew, Recipe};
use super::dice::Dice;
use super::load::Load;
use super::place::Place;
use super::upstream::{Pace, Upstream};
use super::verdict::{Verdict, judge};
use super::windows::{Caught, caught};
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

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a server is killed.
    pub kills: usize,
    /// How often a server is stopped for longer than its lease, and goes on.
    pub freezes: usize,
    /// Servers on the same database.
    pub servers: usize,
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
    place.remove().await?;
    Ok(verdict?.write(out)?)
}

async fn drill(
    options: &Options,
    place: &Place,
    upstream: &Upstream,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<Verdict> {
    let began = Instant::now();
    let database = if options.postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let Options { kills, freezes, servers, callers, seed, .. } = options;
    writeln!(
        out,
        "{kills} kills and {freezes} freezes of {servers} servers on {database}, {callers} callers, seed {seed}"
    )?;
    out.flush()?;
    let mut crew = {
        let program = std::env::current_exe().context("find this program")?;
        let recipe = Recipe { program, lease_s: LEASE_S, arguments: options.arguments.clone() };
        Crew::start(place, upstream, *servers, &recipe).await?
    };
    let peer = Peer::new(place.key.expose(), PATIENCE)?;
    let load =
        Load::start(peer, crew.addresses.clone(), crew.count(), [place.hosted, place.model], *callers, *seed);
    let mut scene = Scene { place, upstream, load: &load, caught: Vec::new(), accepting: Vec::new() };
    let ran = scene.act(options, &mut crew, out).await;
    load.stop();
    let unheard = load.end(options.drain.unwrap_or(DRAIN)).await;
    crew.end().await?;
    ran?;
    let mut verdict = judge(place, &load.calls.all(), &upstream.log, &scene.caught).await?;
    verdict.accepting(scene.accepting);
    verdict.unheard = u64::try_from(unheard).unwrap_or(u64::MAX);
    verdict.kills = *kills;
    verdict.freezes = *freezes;
    verdict.took = began.elapsed();
    Ok(verdict)
}

struct Scene<'a> {
    place: &'a Place,
    upstream: &'a Upstream,
    load: &'a Load,
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
            self.kill(kill, victim, crew).await?;
            if (kill + 1) % 50 == 0 {
                writeln!(out, "{} kills", kill + 1)?;
                out.flush()?;
            }
        }
        Ok(())
    }

    async fn kill(&mut self, kill: usize, victim: usize, crew: &mut Crew) -> anyhow::Result<()> {
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
