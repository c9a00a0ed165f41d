//! `shopfloor user`: people, without a browser.

use std::io::{Read, Write};

use clap::{Args, Subcommand};
use domain::Problem;
use domain::accounts::{AccountDraft, MAX_PASSWORD_BYTES};
use domain::secrets::SecretText;
use domain::workspaces::Role;
use services::{Fault as _, Services};

/// Create people and help them back in.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create an account and its membership of a workspace.
    Create(CreateUser),
    /// Print a link that sets a new password.
    Reset(ResetUser),
}

/// A new account.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// E-mail address to sign in with.
    #[arg(long)]
    email: String,
    /// Role in the workspace: owner, admin, member or viewer.
    #[arg(long)]
    role: Role,
    /// Read the password from standard input; a line break at its end does not count.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Name or slug of the workspace, made when it is missing. May be left out when there is at most one.
    #[arg(long)]
    workspace: Option<String>,
    /// Name on screen; the part before the @ unless given.
    #[arg(long, default_value = "")]
    name: String,
}

/// An account whose password is lost.
#[derive(Debug, Args)]
pub struct ResetUser {
    /// E-mail address of the account.
    #[arg(long)]
    email: String,
}

impl UserCommand {
    /// Does what the command says.
    pub async fn run(
        self,
        services: &Services,
        out: &mut (dyn Write + Send),
        input: &mut (dyn Read + Send),
    ) -> Result<(), Problem> {
        match self {
            Self::Create(create) => create.run(services, out, input).await,
            Self::Reset(reset) => {
                let link = services.accounts().reset_link(&reset.email).await?;
                writeln!(out, "{link}").or_internal("write to standard output")
            }
        }
    }
}

impl CreateUser {
    async fn run(
        self,
        services: &Services,
        out: &mut (dyn Write + Send),
        input: &mut (dyn Read + Send),
    ) -> Result<(), Problem> {
        let draft = AccountDraft { email: self.email, name: self.name, password: password(input)? };
        let created = services.accounts().create_user(draft, self.role, self.workspace.as_deref()).await?;
        let (user, workspace) = created;
        writeln!(out, "Created {} as {} of {} ({}).", user.email, self.role, workspace.name, workspace.slug)
            .or_internal("write to standard output")
    }
}

/// Reads a password, without the line break at its end. What is too long is left to the parser.
fn password(input: &mut (dyn Read + Send)) -> Result<SecretText, Problem> {
    let most = u64::try_from(MAX_PASSWORD_BYTES).unwrap_or(u64::MAX).saturating_add(3);
    let mut text = String::new();
    let read = input.take(most).read_to_string(&mut text);
    read.map_err(|_| Problem::field("password", "Write the password to standard input, as UTF-8 text."))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(SecretText::new(line.strip_suffix('\r').unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_is_not_part_of_a_password() {
        for text in ["two words", "two words\n", "two words\r\n"] {
            let read = password(&mut text.as_bytes()).expect(text);
            assert_eq!(read.expose(), "two words", "{text:?}");
        }
        assert!(password(&mut [0xff, 0xfe].as_slice()).is_err());
    }
}
