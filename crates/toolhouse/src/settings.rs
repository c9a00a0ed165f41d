//! Where Toolhouse is and how long to wait for it. Values only; the caller reads its own
//! configuration and fills them in.

use std::time::Duration;

use url::Url;

/// The addresses of the three services. A path in an address is kept as a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The Workers API: runs, streams and conversation history.
    pub agents: Url,
    /// Agents, agent runs and the account. Without the `/v1`.
    pub api: Url,
    /// The tool catalogue. Without the `/v2`.
    pub tools: Url,
}

impl Endpoints {
    /// All three services behind one address, as a stand-in server offers them.
    pub fn at(base: &Url) -> Self {
        Self { agents: base.clone(), api: base.clone(), tools: base.clone() }
    }

    pub(crate) fn each(&self) -> [(&'static str, &Url); 3] {
        [("agents", &self.agents), ("api", &self.api), ("tools", &self.tools)]
    }
}

impl Default for Endpoints {
    /// The real service.
    fn default() -> Self {
        let parse = |text| Url::parse(text).expect("a fixed address is a valid one");
        Self {
            agents: parse("https://agents.toolhouse.ai"),
            api: parse("https://api.toolhouse.ai"),
            // The catalogue seems to be moving to a host of its own. Until that is documented the
            // key goes nowhere but to the documented one.
            tools: parse("https://api.toolhouse.ai"),
        }
    }
}

/// How long each part of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up, TCP and TLS together.
    pub connect: Duration,
    /// From asking for a run to its response headers, connecting included.
    pub first_byte: Duration,
    /// Between two pieces of a streamed answer.
    pub idle: Duration,
    /// A whole run, from asking to its last byte. `None` waits as long as bytes arrive.
    pub total: Option<Duration>,
    /// A whole request which is not a run.
    pub unary: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_mins(2),
            idle: Duration::from_mins(5),
            total: Some(Duration::from_mins(15)),
            unary: Duration::from_secs(30),
        }
    }
}
