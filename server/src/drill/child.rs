//! A server as a child process: started, killed, frozen, asked to stop, started again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::place::{KEY, Place};
use super::upstream::Upstream;

/// How long a child may take to answer after its start.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a child may take to stop when it is asked to: what is on its way to the upstream gets 10 s.
const FAREWELL: Duration = Duration::from_secs(30);

/// Where the children that answer are now. Cheap to clone; a killed child's address stays until the next one's.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Arc<RwLock<BTreeMap<usize, String>>>);

impl Addresses {
    fn set(&self, place: usize, address: String) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(place, address);
    }

    /// Which child the `number`th call goes to, and its base address.
    pub fn pick(&self, number: u64) -> (usize, String) {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let turn = usize::try_from(number).unwrap_or(0) % all.len().max(1);
        all.iter().nth(turn).map(|(place, address)| (*place, address.clone())).unwrap_or_default()
    }
}

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Everything,
    Pages,
    Worker,
}

impl Role {
    /// In turn, so that three children are of three kinds.
    const TURNS: [Self; 3] = [Self::Everything, Self::Pages, Self::Worker];

    const fn command(self) -> &'static [&'static str] {
        match self {
            Self::Everything => &["serve"],
            Self::Pages => &["serve", "--no-worker"],
            Self::Worker => &["worker"],
        }
    }

    /// What it writes when it is ready, before its address if it has one.
    const fn ready(self) -> &'static str {
        match self {
            Self::Everything | Self::Pages => "listens on ",
            Self::Worker => "runs executions",
        }
    }
}

/// How a child is started.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The program.
    pub program: PathBuf,
    /// How long its leases last.
    pub lease_s: u64,
    /// What stands before the command on its command line.
    pub arguments: Vec<String>,
    /// Children do different things in turn: everything, pages and the API, executions.
    pub mixed: bool,
}

/// A running child. Its output stays open, so that writing to it never fails.
#[derive(Debug)]
struct Running {
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

/// How children are started.
#[derive(Debug)]
pub struct Crew {
    /// The programs.
    pub addresses: Addresses,
    variables: Vec<(&'static str, String)>,
    recipe: Recipe,
    folder: PathBuf,
    children: Vec<Running>,
}

impl Crew {
    /// Starts `count` servers that share the place's database.
    pub async fn start(
        place: &Place,
        upstream: &Upstream,
        count: usize,
        recipe: &Recipe,
    ) -> anyhow::Result<Self> {
        let base = upstream.base.clone();
        let variables = vec![
            ("DATABASE_URL", place.database.clone()),
            ("SHOPFLOOR_SECRET_KEY", place.master.clone()),
            ("LEPTOS_SITE_ADDR", "127.0.0.1:0".to_owned()),
            ("TOOLHOUSE_API_URL", base.clone()),
            ("TOOLHOUSE_AGENTS_URL", base.clone()),
            ("TOOLHOUSE_TOOLS_URL", base.clone()),
            ("TOOLHOUSE_API_KEY", KEY.to_owned()),
            ("SHOPFLOOR_MODEL_URL", format!("{base}/v1")),
            ("SHOPFLOOR_LEASE_S", recipe.lease_s.to_string()),
            ("RUST_LOG", "error".to_owned()),
        ];
        let mut crew = Self {
            addresses: Addresses::default(),
            variables,
            recipe: recipe.clone(),
            folder: place.folder.clone(),
            children: Vec::new(),
        };
        for place in 0..count {
            let child = crew.launch(place).await?;
            crew.children.push(child);
        }
        Ok(crew)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.children.len()
    }

    /// The process id of one, while it runs.
    pub fn id(&self, place: usize) -> Option<u32> {
        self.children[place].child.id()
    }

    /// Starts a child and waits until it is ready.
    async fn launch(&self, place: usize) -> anyhow::Result<Running> {
        let role = if self.recipe.mixed { Role::TURNS[place % Role::TURNS.len()] } else { Role::Everything };
        let mut child = Command::new(&self.recipe.program)
            .args(&self.recipe.arguments)
            .args(role.command())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start a server")?;
        let mut lines = BufReader::new(child.stdout.take().context("read a server's output")?).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, address)) = line.split_once(role.ready()) {
                    return Ok(address.trim().to_owned());
                }
            }
            bail!("a server ended before it was ready")
        };
        let address = tokio::time::timeout(PATIENCE, ready).await.context("wait for a server")??;
        if role != Role::Worker {
            self.addresses.set(place, address);
        }
        Ok(Running { child, _output: lines })
    }

    /// Kills one at once: no signal handler runs, nothing is flushed.
    pub fn kill(&mut self, place: usize) -> anyhow::Result<()> {
        self.children[place].child.start_kill().context("kill a server")
    }

    /// Waits for a killed one to be gone and starts another in its place.
    pub async fn replace(&mut self, place: usize) -> anyhow::Result<()> {
        self.children[place].child.wait().await?;
        self.children[place] = self.launch(place).await?;
        Ok(())
    }

    /// Asks one to stop, as a deployment does, waits until it has, and starts another in its place.
    pub async fn restart(&mut self, place: usize) -> anyhow::Result<()> {
        self.signal(place, "-TERM").await?;
        let stopped = tokio::time::timeout(FAREWELL, self.children[place].child.wait()).await;
        let status = stopped.context("wait for a server to stop")??;
        anyhow::ensure!(status.success(), "a server that was asked to stop ended with {status}");
        self.children[place] = self.launch(place).await?;
        Ok(())
    }

    /// Lets one stand still for a time, as a machine that sleeps does.
    pub async fn freeze(&self, place: usize, time: Duration) -> anyhow::Result<()> {
        self.signal(place, "-STOP").await?;
        tokio::time::sleep(time).await;
        self.signal(place, "-CONT").await
    }

    async fn signal(&self, place: usize, signal: &str) -> anyhow::Result<()> {
        let Some(id) = self.children[place].child.id() else { return Ok(()) };
        let status = Command::new("kill").args([signal, &id.to_string()]).status().await?;
        if !status.success() {
            bail!("cannot send {signal} to a server");
        }
        Ok(())
    }

    /// Ends all of them.
    pub async fn end(mut self) -> anyhow::Result<()> {
        for running in &mut self.children {
            running.child.kill().await?;
        }
        Ok(())
    }
}
