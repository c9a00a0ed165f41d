//! A server as a child process: started, killed, frozen, started again.

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

/// Where the children are now. Cheap to clone; a killed child's address stays until the next one's.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Arc<RwLock<Vec<String>>>);

impl Addresses {
    fn set(&self, place: usize, address: String) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() <= place {
            all.resize(place + 1, String::new());
        }
        all[place] = address;
    }

    /// Which child the `number`th call goes to, and its base address.
    pub fn pick(&self, number: u64) -> (usize, String) {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(number).unwrap_or(0) % all.len().max(1);
        (place, all.get(place).cloned().unwrap_or_default())
    }
}

/// How a child is started.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The program.
    pub program: PathBuf,
    /// How long its leases last.
    pub lease_s: u64,
    /// What stands before `serve` on its command line.
    pub arguments: Vec<String>,
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
    arguments: Vec<String>,
    program: PathBuf,
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
            arguments: [recipe.arguments.as_slice(), &["serve".to_owned()]].concat(),
            program: recipe.program.clone(),
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

    /// Starts a child and waits until it listens.
    async fn launch(&self, place: usize) -> anyhow::Result<Running> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start a server")?;
        let mut lines = BufReader::new(child.stdout.take().context("read a server's output")?).lines();
        let listens = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, address)) = line.split_once("listens on ") {
                    return Ok(address.trim().to_owned());
                }
            }
            bail!("a server ended before it listened")
        };
        let address = tokio::time::timeout(PATIENCE, listens).await.context("wait for a server")??;
        self.addresses.set(place, address);
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
