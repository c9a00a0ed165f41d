//! `shopfloor key`: API keys, without a browser.

use std::io::{Read, Write};

use clap::{Args, Subcommand};
use domain::Problem;
use domain::api_keys::ApiKeyDraft;
use services::{Fault as _, Services};

/// Create API keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key and print it, and nothing else.
    Create(CreateKey),
}

/// A new key.
#[derive(Debug, Args)]
pub struct CreateKey {
    /// Slug of the workspace.
    #[arg(long)]
    workspace: String,
    /// Name in lists.
    #[arg(long)]
    name: String,
    /// Scopes, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<String>,
    /// How long it works: days such as 30d, weeks such as 4w, or never.
    #[arg(long, value_parser = life)]
    expires: Life,
    /// Requests per minute; no limit unless given.
    #[arg(long)]
    requests_per_minute: Option<u32>,
}

/// Days a key works; none for a key without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Life(Option<u32>);

impl KeyCommand {
    /// Does what the command says.
    pub async fn run(
        self,
        services: &Services,
        out: &mut (dyn Write + Send),
        _input: &mut (dyn Read + Send),
    ) -> Result<(), Problem> {
        let Self::Create(create) = self;
        let Life(expires_in_days) = create.expires;
        let scopes = create.scopes.into_iter().map(|scope| scope.trim().to_owned());
        let draft = ApiKeyDraft {
            name: create.name,
            scopes: scopes.filter(|scope| !scope.is_empty()).collect(),
            expires_in_days,
            requests_per_minute: create.requests_per_minute,
        };
        let (_, value) = services.api_keys().create_from_command_line(&create.workspace, draft).await?;
        writeln!(out, "{}", value.expose()).or_internal("write to standard output")
    }
}

fn life(text: &str) -> Result<Life, String> {
    if text == "never" {
        return Ok(Life(None));
    }
    let count = |text: &str| text.parse::<u32>().ok().filter(|count| *count > 0);
    let days = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(days), _) => count(days),
        (None, Some(weeks)) => count(weeks).and_then(|weeks| weeks.checked_mul(7)),
        (None, None) => None,
    };
    days.map(|days| Life(Some(days)))
        .ok_or_else(|| "give days such as 30d, weeks such as 4w, or never".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_read() {
        assert_eq!(life("30d"), Ok(Life(Some(30))));
        assert_eq!(life("4w"), Ok(Life(Some(28))));
        assert_eq!(life("never"), Ok(Life(None)));
        for bad in ["", "d", "0d", "30", "-1d", "1y", "99999999999w"] {
            assert!(life(bad).is_err(), "{bad}");
        }
    }
}
