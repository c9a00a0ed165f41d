//! A throw-away PostgreSQL for the tests: own folder, own port, nothing durable, gone at the end.
//!
//! PostgreSQL refuses to run as root. As root it runs as the system's user `postgres`, entered with `setpriv`, which
//! (unlike `runuser`) leaves no process in between: signals reach the server itself, and the kernel can be asked to
//! stop it should this program die. As anyone else it runs as ourselves.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::child;
use crate::place::{Place, is_root};

const PATIENCE: Duration = Duration::from_secs(45);

/// What a commit promises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: for tests, which throw it all away.
    None,
    /// What it promises by default.
    Full,
}

impl Durability {
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::None => &["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
            Self::Full => &[],
        }
    }
}

/// A running cluster; dropping it stops the server and removes its files.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Starts one, or says `None` when this machine has no PostgreSQL to start.
    pub(crate) fn start(place: &Place, durability: Durability, out: &mut dyn Write) -> Result<Option<Self>> {
        let Some(programs) = programs(place) else {
            return Ok(None);
        };
        let Some(user) = User::find() else {
            writeln!(out, "PostgreSQL refuses root and there is no user `postgres`.")?;
            return Ok(None);
        };
        let folder = std::env::temp_dir().join(format!("shopfloor-postgres-{}", std::process::id()));
        let cluster = Self::launch(&programs, &user, &folder, durability);
        if cluster.is_err() {
            let _gone = fs::remove_dir_all(&folder);
        }
        let cluster = cluster.context("start a throw-away PostgreSQL")?;
        writeln!(out, "PostgreSQL runs on port {}.", cluster.port)?;
        Ok(Some(cluster))
    }

    fn launch(programs: &Path, user: &User, folder: &Path, durability: Durability) -> Result<Self> {
        fs::create_dir_all(folder)?;
        user.own(folder)?;
        let data = folder.join("data");
        let created = user
            .command(&programs.join("initdb"))
            .args(["--username=shopfloor", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync", "--pgdata"])
            .arg(&data)
            .current_dir(folder)
            .stdout(Stdio::null())
            .status()
            .context("run initdb")?;
        ensure!(created.success(), "initdb failed");
        let port = free_port()?;
        let server = user
            .command(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k"])
            .arg(folder)
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(durability.settings())
            .args(["-c", "max_connections=300", "-c", "log_min_messages=panic"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.join("log"))?)
            .spawn()
            .context("run postgres")?;
        let mut cluster = Self { server, folder: folder.to_path_buf(), port };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// What the tests connect to: an owner of everything, who may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://shopfloor@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.server.try_wait()? {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("postgres ended with {status}: {log}");
            }
            // The server's own note, which `pg_ctl` waits for as well; its last line becomes `ready`.
            let note = fs::read_to_string(self.folder.join("data/postmaster.pid"));
            if note.is_ok_and(|note| note.lines().last().map(str::trim) == Some("ready")) {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
        bail!("postgres did not answer within {} s", PATIENCE.as_secs())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An interrupt is PostgreSQL's fast shutdown; a kill would leave its helpers behind.
        let asked = Command::new("kill")
            .args(["-INT", &self.server.id().to_string()])
            .status()
            .is_ok_and(|status| status.success());
        if !asked {
            let _ended = self.server.kill();
        }
        let _waited = self.server.wait();
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// Who runs the server.
enum User {
    Ourselves,
    Postgres { uid: u32, gid: u32 },
}

impl User {
    fn find() -> Option<Self> {
        if !is_root() {
            return Some(Self::Ourselves);
        }
        let id = |kind| child::output(Command::new("id").args([kind, "postgres"]))?.parse().ok();
        Some(Self::Postgres { uid: id("-u")?, gid: id("-g")? })
    }

    fn own(&self, folder: &Path) -> Result<()> {
        if let Self::Postgres { uid, gid } = self {
            std::os::unix::fs::chown(folder, Some(*uid), Some(*gid))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::Postgres { uid, gid } => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={gid}"))
                    .args(["--init-groups", "--pdeathsig=INT", "--"])
                    .arg(program);
                command
            }
        }
    }
}

/// Where `initdb` and `postgres` are: on PATH, or where Debian puts them; the newest there.
fn programs(place: &Place) -> Option<PathBuf> {
    if let (Some(initdb), Some(_)) = (place.which("initdb"), place.which("postgres")) {
        return Some(initdb.parent()?.to_path_buf());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let version = version.ok()?;
            let number = version.file_name().to_str()?.parse().ok()?;
            let folder = version.path().join("bin");
            folder.join("initdb").is_file().then_some((number, folder))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::Cluster;
    use crate::child;
    use crate::place::Place;

    #[test]
    fn cluster_answers_and_leaves_nothing_behind() {
        let place = Place::find().unwrap();
        let Some(cluster) = Cluster::start(&place, super::Durability::None, &mut Vec::new()).unwrap() else {
            return;
        };
        let folder = cluster.folder.clone();
        let mut ask = place.command("psql");
        ask.args([&cluster.url(), "-Atc", "SELECT 6 * 7"]);
        assert_eq!(child::output(&mut ask).as_deref(), Some("42"));
        drop(cluster);
        assert!(!folder.exists());
    }
}
