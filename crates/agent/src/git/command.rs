//! Runs git as what it is: a program of the workspace, which its own configuration can make
//! run anything. So it gets the walls of every command.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::Stdio;

use muster_base::{Clock, limits};
use tokio::io::AsyncReadExt;

use crate::Options;

/// Settings that make its output the same everywhere, and keep it from starting what a look
/// does not need.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.pager=cat",
    "color.ui=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "status.showUntrackedFiles=all",
    "status.relativePaths=false",
    "submodule.recurse=false",
];

/// How git is started in this workspace.
#[derive(Debug)]
pub(crate) struct Git {
    wrapper: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    clock: Clock,
}

/// What a command has put out.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) bytes: Vec<u8>,
    /// There was more than the limit.
    pub(crate) cut: bool,
}

impl Git {
    pub(crate) fn new(options: &Options, clock: Clock) -> Self {
        Self {
            wrapper: options.command_wrapper.clone(),
            env: options.env.clone(),
            clock,
        }
    }

    /// Runs git in a folder and reads at most this much of its output.
    ///
    /// # Errors
    /// When it can't be started, fails, or takes too long.
    pub(crate) async fn run(
        &self,
        folder: &Path,
        args: &[&str],
        bytes_max: usize,
    ) -> io::Result<Output> {
        let mut child = self.command(folder, args)?.spawn()?;
        let reading = async {
            let mut bytes = Vec::new();
            if let Some(stdout) = child.stdout.take() {
                let one_more = bytes_max.saturating_add(1) as u64;
                stdout.take(one_more).read_to_end(&mut bytes).await?;
            }
            if bytes.len() > bytes_max {
                bytes.truncate(bytes_max);
                child.start_kill()?;
                child.wait().await?;
                return Ok(Output { bytes, cut: true });
            }
            let status = child.wait().await?;
            if status.success() {
                Ok(Output { bytes, cut: false })
            } else {
                Err(io::Error::other(format!("git ended with {status}")))
            }
        };
        // Dropped with its time, the child is killed.
        let read = self
            .clock
            .timeout("git.command", limits::GIT_COMMAND_LIMIT, reading);
        read.await
            .unwrap_or_else(|elapsed| Err(io::Error::new(io::ErrorKind::TimedOut, elapsed)))
    }

    fn command(&self, folder: &Path, args: &[&str]) -> io::Result<tokio::process::Command> {
        let git = OsStr::new("git").to_owned();
        let mut words = self.wrapper.iter().cloned().chain([git]);
        let program = words
            .next()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut command = tokio::process::Command::new(program);
        command.args(words);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(args)
            .env_clear()
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_TERMINAL_PROMPT", "0")
            // Looking writes nothing: not even the index, which a command may hold at the time.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        Ok(command)
    }
}
