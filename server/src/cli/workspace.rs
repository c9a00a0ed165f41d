//! `shopfloor workspace`: tenants.

use std::io::{Read, Write};

use clap::{Args, Subcommand};
use domain::Problem;
use services::{Fault as _, Services};

/// Create workspaces.
#[derive(Debug, Subcommand)]
pub enum WorkspaceCommand {
    /// Create a workspace and print its slug.
    Create(CreateWorkspace),
}

/// A new workspace.
#[derive(Debug, Args)]
pub struct CreateWorkspace {
    /// Name on screen.
    #[arg(long)]
    name: String,
    /// E-mail address of its first owner, who must have an account.
    #[arg(long)]
    owner: String,
}

impl WorkspaceCommand {
    /// Does what the command says.
    pub async fn run(
        self,
        services: &Services,
        out: &mut (dyn Write + Send),
        _input: &mut (dyn Read + Send),
    ) -> Result<(), Problem> {
        let Self::Create(create) = self;
        let owner = services.accounts().by_email(&create.owner).await?;
        let workspace = services.workspaces().create(&create.name, owner.id).await?;
        writeln!(out, "{}", workspace.slug).or_internal("write to standard output")
    }
}
