//! What this process was told: environment, `.env` in development, `Leptos.toml`. The only place
//! that reads the environment. Secrets are never printed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::secrets::SecretText;
use leptos::config::{LeptosOptions, get_configuration};
use outbound::egress::Allowed;
use toolhouse::Endpoints;
use url::Url;

/// Where the database lives unless told otherwise.
const DATABASE: &str = "sqlite://data/shopfloor.db";

/// Why the process cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value that cannot be read.
    #[error("{name} is not usable: {why}")]
    Unusable {
        /// Which variable.
        name: &'static str,
        /// What is wrong, without the value.
        why: String,
    },
    /// PostgreSQL needs a master key of its own.
    #[error(
        "set SHOPFLOOR_SECRET_KEY: several processes may share PostgreSQL, so no key file is made beside it"
    )]
    MasterKeyMissing,
    /// The key file cannot be read or made.
    #[error("use the key file {0}")]
    KeyFile(PathBuf, #[source] std::io::Error),
}

/// The settings of this process.
#[derive(Debug)]
pub struct Config {
    /// Address of the database.
    pub database_url: String,
    /// Where the built-in simulator remembers its runs: beside an SQLite database, else only in memory.
    pub simulator_journal: Option<PathBuf>,
    /// Where people reach this server, without a slash at the end.
    pub public_url: String,
    /// True when `public_url` was set and not made from the address listened on.
    pub public_url_given: bool,
    /// Protects everything secret.
    pub master_key: SecretText,
    /// Address to listen on, names of the site's files.
    pub leptos: LeptosOptions,
    /// Toolhouse's addresses.
    pub endpoints: Endpoints,
    /// The server's own Toolhouse key.
    pub toolhouse_key: Option<SecretText>,
    /// Base address of the provider of the runtime `model`.
    pub model_url: Option<Url>,
    /// Its key.
    pub model_key: Option<SecretText>,
    /// Networks that user-given addresses may lead to although they are not public.
    pub egress: Allowed,
    /// True when the simulator answers where no Toolhouse key is connected.
    pub simulator: bool,
    /// Proxies in front of this server, whose `X-Forwarded-For` entries are trusted from the right.
    pub trusted_proxies: usize,
    /// How long an execution waits for another worker when its own is gone.
    pub lease: Duration,
    /// Executions at the same time in this process.
    pub workers: usize,
    /// True for log lines as JSON.
    pub json_logs: bool,
}

/// A variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
fn variable(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn secret(name: &'static str) -> Option<SecretText> {
    variable(name).map(SecretText::new)
}

fn flag(name: &'static str) -> Result<bool, ConfigError> {
    let Some(text) = variable(name) else { return Ok(false) };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(ConfigError::Unusable { name, why: "use true or false".to_owned() }),
    }
}

fn url(name: &'static str) -> Result<Option<Url>, ConfigError> {
    variable(name)
        .map(|text| {
            let url = Url::parse(text.trim())
                .map_err(|error| ConfigError::Unusable { name, why: error.to_string() })?;
            let web = matches!(url.scheme(), "http" | "https");
            web.then_some(url).ok_or(ConfigError::Unusable { name, why: "use http or https".to_owned() })
        })
        .transpose()
}

/// `RUST_LOG`, or what is logged without it.
pub fn log_filter() -> String {
    variable("RUST_LOG").unwrap_or_else(|| "info,sqlx=warn,sea_orm=warn,hyper=warn".to_owned())
}

/// Whether log lines are JSON; read before everything else, because errors of the rest are logged.
pub fn json_logs() -> bool {
    variable("SHOPFLOOR_LOG").is_some_and(|format| format.eq_ignore_ascii_case("json"))
}

impl Config {
    /// Reads everything.
    pub fn read() -> Result<Self, ConfigError> {
        // A missing `.env` is the ordinary case, and the real environment wins.
        let _ = dotenvy::dotenv();
        let database_url = variable("DATABASE_URL").unwrap_or_else(|| DATABASE.to_owned());
        let leptos = leptos_options()?;
        let given = url("SHOPFLOOR_PUBLIC_URL")?;
        let public_url = given
            .as_ref()
            .map_or_else(|| local_url(leptos.site_addr), |url| url.as_str().trim_end_matches('/').to_owned());
        let mut endpoints = Endpoints::default();
        for (name, slot) in [
            ("TOOLHOUSE_API_URL", &mut endpoints.api),
            ("TOOLHOUSE_AGENTS_URL", &mut endpoints.agents),
            ("TOOLHOUSE_TOOLS_URL", &mut endpoints.tools),
        ] {
            if let Some(url) = url(name)? {
                *slot = url;
            }
        }
        let trusted_proxies = match variable("SHOPFLOOR_TRUSTED_PROXIES") {
            None => 0,
            Some(text) => text.trim().parse().map_err(|_| ConfigError::Unusable {
                name: "SHOPFLOOR_TRUSTED_PROXIES",
                why: "give the number of proxies in front of this server".to_owned(),
            })?,
        };
        Ok(Self {
            master_key: master_key(&database_url)?,
            simulator_journal: beside_database(&database_url, "simulator.jsonl"),
            database_url,
            public_url,
            public_url_given: given.is_some(),
            leptos,
            endpoints,
            toolhouse_key: secret("TOOLHOUSE_API_KEY"),
            model_url: url("SHOPFLOOR_MODEL_URL")?,
            model_key: secret("SHOPFLOOR_MODEL_KEY"),
            egress: egress()?,
            simulator: flag("SHOPFLOOR_SIMULATOR")?,
            trusted_proxies,
            lease: lease()?,
            workers: workers()?,
            json_logs: json_logs(),
        })
    }
}

/// `SHOPFLOOR_LEASE_S`, 2 to 600 seconds.
fn lease() -> Result<Duration, ConfigError> {
    const NAME: &str = "SHOPFLOOR_LEASE_S";
    let Some(text) = variable(NAME) else { return Ok(engine::Options::default().lease) };
    let seconds = text.trim().parse().ok().filter(|seconds| (2..=600).contains(seconds));
    let unusable = || ConfigError::Unusable { name: NAME, why: "give seconds from 2 to 600".to_owned() };
    seconds.map(Duration::from_secs).ok_or_else(unusable)
}

/// `SHOPFLOOR_WORKERS`, 1 to 10,000.
fn workers() -> Result<usize, ConfigError> {
    const NAME: &str = "SHOPFLOOR_WORKERS";
    let Some(text) = variable(NAME) else { return Ok(engine::Options::default().workers) };
    let number = text.trim().parse().ok().filter(|number| (1..=10_000).contains(number));
    number
        .ok_or_else(|| ConfigError::Unusable { name: NAME, why: "give a number from 1 to 10000".to_owned() })
}

/// `SHOPFLOOR_EGRESS_ALLOW`, addresses and networks.
fn egress() -> Result<Allowed, ConfigError> {
    const NAME: &str = "SHOPFLOOR_EGRESS_ALLOW";
    let text = variable(NAME).unwrap_or_default();
    Allowed::parse(&text).map_err(|why| ConfigError::Unusable { name: NAME, why })
}

/// The address people use when nothing else was said: loopback for an address that means "all".
fn local_url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// `Leptos.toml` beside the process, or the one that was compiled in; `LEPTOS_*` override both.
fn leptos_options() -> Result<LeptosOptions, ConfigError> {
    let unusable =
        |error: &dyn std::error::Error| ConfigError::Unusable { name: "Leptos.toml", why: error.to_string() };
    let beside = Path::new("Leptos.toml");
    let read = if beside.is_file() {
        get_configuration(Some("Leptos.toml")).map_err(|error| unusable(&error))?
    } else {
        let folder = std::env::temp_dir().join(format!("shopfloor-{}", std::process::id()));
        let file = folder.join("Leptos.toml");
        let made = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, include_str!("../../Leptos.toml")));
        made.map_err(|error| unusable(&error))?;
        let read = get_configuration(file.to_str());
        // Only a copy of what is compiled in; leaving it behind would do no harm.
        let _ = std::fs::remove_dir_all(&folder);
        read.map_err(|error| unusable(&error))?
    };
    Ok(read.leptos_options)
}

/// A file in the folder of an SQLite database.
fn beside_database(database_url: &str, name: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite:")?;
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    Some(Path::new(path).with_file_name(name))
}

/// `SHOPFLOOR_SECRET_KEY`; for SQLite, else, a file beside the database that only its owner reads.
fn master_key(database_url: &str) -> Result<SecretText, ConfigError> {
    if let Some(key) = secret("SHOPFLOOR_SECRET_KEY") {
        if key.expose().trim().len() < 32 {
            return Err(ConfigError::Unusable {
                name: "SHOPFLOOR_SECRET_KEY",
                why: "use at least 32 characters".to_owned(),
            });
        }
        return Ok(SecretText::new(key.expose().trim()));
    }
    let Some(file) = beside_database(database_url, "secret.key") else {
        return Err(ConfigError::MasterKeyMissing);
    };
    match std::fs::read_to_string(&file) {
        Ok(text) if text.trim().len() >= 32 => Ok(SecretText::new(text.trim())),
        Ok(_) => Err(ConfigError::KeyFile(file, std::io::Error::from(std::io::ErrorKind::InvalidData))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make_key_file(&file).map_err(|error| ConfigError::KeyFile(file, error))
        }
        Err(error) => Err(ConfigError::KeyFile(file, error)),
    }
}

#[expect(clippy::disallowed_methods, reason = "made before there is anything to pass randomness to")]
fn make_key_file(file: &Path) -> std::io::Result<SecretText> {
    use base64::Engine as _;
    use std::io::Write as _;

    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| std::io::Error::other("no randomness"))?;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()?;
    Ok(SecretText::new(text))
}
