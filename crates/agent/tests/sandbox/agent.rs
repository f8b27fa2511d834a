//! The agent of these tests: takes jobs from `link.sock` and runs them as commands.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use muster_agent::sandbox::{CommandPolicy, command_wrapper, harden_agent};
use serde::{Deserialize, Serialize};

/// Subcommand under which the sandbox starts this agent.
pub(crate) const AGENT: &str = "test-agent";

/// What the agent is told to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Run a command in the sandbox and answer with its outcome.
    Run(Vec<String>),
    /// Start a command, leave it running and answer with its pid.
    Leave(Vec<String>),
    /// Make a file as the agent itself, outside of what confines commands.
    Touch(String),
    /// End without a word.
    Die,
    /// End with this exit code.
    Exit(u8),
}

/// First line of the agent, then one per job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) token: String,
    pub(crate) pid: u32,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn dispatch(args: &[OsString]) -> Option<ExitCode> {
    match args {
        [name, state, run] if name == AGENT => Some(serve(Path::new(state), Path::new(run))),
        _ => None,
    }
}

#[expect(
    clippy::zombie_processes,
    reason = "a command that is left running is what some tests are about"
)]
fn serve(state: &Path, run: &Path) -> ExitCode {
    harden_agent().unwrap();
    let mut token = String::new();
    std::io::stdin().read_to_string(&mut token).unwrap();
    let policy = CommandPolicy::load(state).unwrap();
    let mut link = UnixStream::connect(run.join("link.sock")).unwrap();
    let hello = Answer {
        token: token.trim().to_owned(),
        pid: std::process::id(),
        code: None,
        stdout: String::new(),
        stderr: String::new(),
    };
    reply(&mut link, &hello);
    let lines = BufReader::new(link.try_clone().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        let answer = match serde_json::from_str(&line).unwrap() {
            Job::Run(words) => {
                let output = command(&policy, state, &words).output().unwrap();
                Answer {
                    token: String::new(),
                    pid: 0,
                    code: output.status.code(),
                    stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                    stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
                }
            }
            Job::Leave(words) => {
                let child = command(&policy, state, &words)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                Answer {
                    pid: child.id(),
                    ..hello_again()
                }
            }
            Job::Touch(path) => Answer {
                code: Some(i32::from(std::fs::write(path, "x").is_err())),
                ..hello_again()
            },
            Job::Die => return ExitCode::SUCCESS,
            Job::Exit(code) => return ExitCode::from(code),
        };
        reply(&mut link, &answer);
    }
    // The server may come back; an agent stays.
    loop {
        std::thread::park();
    }
}

fn hello_again() -> Answer {
    Answer {
        token: String::new(),
        pid: 0,
        code: None,
        stdout: String::new(),
        stderr: String::new(),
    }
}

fn command(policy: &CommandPolicy, state: &Path, words: &[String]) -> Command {
    let wrapper = command_wrapper(policy, state);
    let (program, rest) = wrapper.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(rest).args(words).stdin(Stdio::null());
    command
}

fn reply(link: &mut UnixStream, answer: &Answer) {
    let mut line = serde_json::to_vec(answer).unwrap();
    line.push(b'\n');
    link.write_all(&line).unwrap();
}
