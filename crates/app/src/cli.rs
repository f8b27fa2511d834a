//! The commands; one file each.

pub(crate) mod agent;
pub(crate) mod chat;
pub(crate) mod doctor;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod scaletest;
pub(crate) mod serve_options;
pub(crate) mod server;
pub(crate) mod up;

use clap::{Parser, Subcommand};

/// Muster runs AI coding agents for a whole team.
#[derive(Debug, Parser)]
#[command(name = "muster", version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start Muster for yourself: data folder, admin link, everything on loopback
    Up(up::Args),
    /// Run the server
    Server(server::Args),
    /// Run the agent inside a workspace
    Agent(agent::Args),
    /// Sign this command line in
    Login(login::Args),
    /// Ask an agent, watch it work; the exit code is the result
    Chat(chat::Args),
    /// Check this machine and say how to fix what is missing
    Doctor(doctor::Args),
    /// The keys that seal secrets
    #[command(subcommand)]
    Keys(keys::Command),
    /// Load generators and the scripted model
    #[command(subcommand)]
    Scaletest(scaletest::Command),
}

impl Command {
    /// Whether it runs until it is asked to end, and then tidies up. Any other command simply
    /// ends at a signal.
    pub(crate) const fn serves(&self) -> bool {
        match self {
            Self::Up(_) | Self::Server(_) | Self::Agent(_) | Self::Scaletest(_) => true,
            Self::Login(_) | Self::Chat(_) | Self::Doctor(_) | Self::Keys(_) => false,
        }
    }
}
