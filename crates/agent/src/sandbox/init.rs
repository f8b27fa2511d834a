//! The sandbox's first process: starts the agent again when it dies, buries orphans, and ends
//! everything when told to or when the supervisor is gone. One thread, no runtime.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use muster_base::limits::{AGENT_DEATHS_MAX, AGENT_DEATHS_WINDOW};
use muster_base::{Backoff, Clock, Stopwatch};
use nix::sys::signal::{SigSet, Signal as NixSignal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, wait};

use super::error::AtStep;
use super::launch::tell;
use super::protocol::{InitDocument, InitEvent, InitOrder};
use super::{CommandPolicy, Error, Inside, SandboxSpec, exec, process};
use crate::EXIT_TOKEN_DEAD;

/// Delays between the starts of a dying agent.
const RESTART: Backoff = Backoff {
    first: Duration::from_millis(200),
    max: Duration::from_secs(5),
};
/// One read of orders.
const ORDER_BYTES: usize = 4_096;

/// Runs until the sandbox ends. `document.token` never leaves memory but by the agent's
/// standard input.
pub(crate) fn run(document: &InitDocument) -> ExitCode {
    let mut init = match Init::new(document) {
        Ok(init) => init,
        Err(error) => return failed(&error),
    };
    let result = init.serve();
    init.end_everything();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    let (step, reason) = error.explain();
    exec::say(&format!("sandbox: {reason}"));
    drop(tell(&InitEvent::Failed { step, reason }));
    ExitCode::FAILURE
}

struct Init {
    spec: SandboxSpec,
    inside: Inside,
    token: String,
    env: BTreeMap<String, String>,
    signals: SignalFd,
    time: Stopwatch,
    agent: Agent,
    deaths: Deaths,
    restarts: u32,
    /// The running agent holds an older token than `token`.
    reissued: bool,
    /// Started orders whose line end has not come yet.
    pending: Vec<u8>,
}

/// What init does about the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agent {
    Running(Pid),
    StartAt(Duration),
    Broken,
    /// Asked to end; nothing is started any more.
    Stopping(Option<Pid>),
}

/// When the agent died lately, as time since our start.
#[derive(Default)]
struct Deaths(Vec<Duration>);

impl Deaths {
    /// Notes a death; the time of the next start, none when the agent is given up.
    fn next_start(&mut self, now: Duration) -> Option<Duration> {
        self.0
            .retain(|at| now.saturating_sub(*at) < AGENT_DEATHS_WINDOW);
        self.0.push(now);
        let failures = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        (self.0.len() < AGENT_DEATHS_MAX).then(|| now + RESTART.delay(failures))
    }
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Next {
    Continue,
    End,
}

impl Init {
    fn new(document: &InitDocument) -> Result<Self, Error> {
        exec::harden_agent()?;
        if rustix::process::getpid() == Pid::INIT {
            match rustix::process::setsid() {
                // The leader of a session already: bwrap makes one.
                Ok(_) | Err(rustix::io::Errno::PERM) => {}
                Err(error) => return Err(error).at("new session"),
            }
        }
        let inside = document.spec.inside(&document.policy.exe);
        write_policy(&inside.state, &document.policy)?;
        // Blocked and read as a file.
        child_signal().thread_block().at("signals")?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let signals = SignalFd::with_flags(&child_signal(), flags).at("signals")?;
        Ok(Self {
            inside,
            token: document.token.clone(),
            env: document.spec.env.clone(),
            spec: document.spec.clone(),
            signals,
            time: Clock::system().stopwatch(),
            agent: Agent::StartAt(Duration::ZERO),
            deaths: Deaths::default(),
            restarts: 0,
            reissued: false,
            pending: Vec::new(),
        })
    }

    fn serve(&mut self) -> Result<(), Error> {
        loop {
            if self.reap()? == Next::End {
                return Ok(());
            }
            if let Agent::StartAt(at) = self.agent
                && self.time.elapsed() >= at
            {
                self.start_agent()?;
                // A child that died during the start gave no signal.
                continue;
            }
            let (orders, signals) = self.wait()?;
            if orders && self.read_orders()? == Next::End {
                return Ok(());
            }
            if signals {
                self.read_signals()?;
            }
        }
    }

    /// Waits for an order, a signal or the time of the next start.
    fn wait(&self) -> Result<(bool, bool), Error> {
        let timeout = match self.agent {
            Agent::StartAt(at) => {
                let left = at.saturating_sub(self.time.elapsed());
                Some(Timespec::try_from(left).unwrap_or(Timespec {
                    tv_sec: 1,
                    tv_nsec: 0,
                }))
            }
            Agent::Running(_) | Agent::Broken | Agent::Stopping(_) => None,
        };
        let stdin = io::stdin();
        let mut fds = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(&self.signals, PollFlags::IN),
        ];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).at("wait for events"),
        }
        let [orders, signals] = fds;
        Ok((!orders.revents().is_empty(), !signals.revents().is_empty()))
    }

    /// Standard input carries orders; its end means that the supervisor died, and with it
    /// this sandbox.
    fn read_orders(&mut self) -> Result<Next, Error> {
        let mut buffer = [0_u8; ORDER_BYTES];
        let read = rustix::io::read(io::stdin(), &mut buffer).at("read orders")?;
        if read == 0 {
            return Ok(Next::End);
        }
        self.pending.extend(buffer.iter().take(read));
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let order = serde_json::from_slice(&line).map_err(|source| Error::Document {
                what: "order",
                source,
            })?;
            match order {
                InitOrder::Stop => self.stop(),
                InitOrder::Reissue { token, env } => self.reissue(token, env),
            }
        }
        Ok(Next::Continue)
    }

    /// Forgets the signals; what they are about is found by [`Init::reap`].
    fn read_signals(&mut self) -> Result<(), Error> {
        while self.signals.read_signal().at("read signals")?.is_some() {}
        Ok(())
    }

    /// Asks the agent to end; it runs its stop scripts first.
    fn stop(&mut self) {
        let pid = match self.agent {
            Agent::Running(pid) => Some(pid),
            Agent::Stopping(_) => return,
            Agent::StartAt(_) | Agent::Broken => None,
        };
        self.agent = Agent::Stopping(pid);
        match pid {
            Some(pid) => terminate(pid),
            None => terminate_rest(),
        }
    }

    /// The next agent gets the new token; the running one is replaced at once. Commands are
    /// children of their shims and go on.
    fn reissue(&mut self, token: String, env: BTreeMap<String, String>) {
        self.token = token;
        self.env = env;
        match self.agent {
            Agent::Running(pid) => {
                self.deaths = Deaths::default();
                self.reissued = true;
                terminate(pid);
            }
            Agent::Broken => self.agent = Agent::StartAt(self.time.elapsed()),
            Agent::StartAt(_) | Agent::Stopping(_) => {}
        }
    }

    /// Buries every dead child and sees whether the agent is among them.
    fn reap(&mut self) -> Result<Next, Error> {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => self.buried(pid, status)?,
                Ok(None) => return Ok(Next::Continue),
                Err(rustix::io::Errno::CHILD) => {
                    // A stopping sandbox without any process has stopped.
                    let done = matches!(self.agent, Agent::Stopping(_));
                    return Ok(if done { Next::End } else { Next::Continue });
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).at("wait for children"),
            }
        }
    }

    fn buried(&mut self, pid: Pid, status: WaitStatus) -> Result<(), Error> {
        match self.agent {
            Agent::Running(agent) if agent == pid => self.agent_died(status),
            Agent::Stopping(Some(agent)) if agent == pid => {
                self.agent = Agent::Stopping(None);
                terminate_rest();
                Ok(())
            }
            Agent::Running(_) | Agent::StartAt(_) | Agent::Broken | Agent::Stopping(_) => Ok(()),
        }
    }

    fn agent_died(&mut self, status: WaitStatus) -> Result<(), Error> {
        if self.token_is_dead(status) {
            self.agent = Agent::Broken;
            return tell(&InitEvent::Broken {
                reason: "the server no longer accepts the agent's token".to_owned(),
            });
        }
        let now = self.time.elapsed();
        let Some(at) = self.deaths.next_start(now) else {
            self.agent = Agent::Broken;
            return tell(&InitEvent::Broken {
                reason: format!("the agent ended {AGENT_DEATHS_MAX} times within five minutes"),
            });
        };
        self.agent = Agent::StartAt(at);
        self.restarts += 1;
        Ok(())
    }

    /// Whether starting again with the token we hold would only end the same way.
    fn token_is_dead(&self, status: WaitStatus) -> bool {
        !self.reissued && status.exit_status() == Some(i32::from(EXIT_TOKEN_DEAD))
    }

    fn start_agent(&mut self) -> Result<(), Error> {
        self.reissued = false;
        // Our standard output belongs to the supervisor.
        let log: OwnedFd = io::stderr()
            .as_fd()
            .try_clone_to_owned()
            .at("start the agent")?;
        let mut child = Command::new(&self.inside.exe);
        child
            .args(&self.spec.agent)
            .env_clear()
            .envs(standard_env(&self.inside))
            .envs(&self.env)
            .current_dir(&self.inside.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::from(log));
        // A program inherits what is blocked.
        child_signal().thread_unblock().at("signals")?;
        let child = child.spawn();
        child_signal().thread_block().at("signals")?;
        let mut child = child.at("start the agent")?;
        if let Some(mut stdin) = child.stdin.take() {
            // An agent that dies before it reads is seen by its death.
            drop(writeln!(stdin, "{}", self.token));
        }
        if let Some(pid) = process::pid(child.id()) {
            self.agent = Agent::Running(pid);
        }
        tell(&InitEvent::AgentStarted {
            restarts: self.restarts,
        })
    }

    /// Nothing survives init. In a process namespace the kernel sees to it.
    fn end_everything(&self) {
        if rustix::process::getpid() != Pid::INIT {
            process::kill_descendants(std::process::id());
        }
    }
}

fn child_signal() -> SigSet {
    let mut set = SigSet::empty();
    set.add(NixSignal::SIGCHLD);
    set
}

/// Asks one process to end; it may be gone already.
fn terminate(pid: Pid) {
    let _ = rustix::process::kill_process(pid, Signal::TERM);
}

/// Asks all remaining processes of the sandbox to end.
fn terminate_rest() {
    if rustix::process::getpid() == Pid::INIT {
        let everybody = nix::unistd::Pid::from_raw(-1);
        // "Nobody there" is what we want to hear.
        let _ = nix::sys::signal::kill(everybody, NixSignal::SIGTERM);
    } else {
        for child in process::descendants(std::process::id()) {
            process::signal(child, Signal::TERM);
        }
    }
}

/// The environment that every workspace has.
fn standard_env(inside: &Inside) -> BTreeMap<String, String> {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let local = inside.home.join(".local/bin");
    [
        ("HOME", path(&inside.home)),
        ("USER", "agent".to_owned()),
        ("LOGNAME", "agent".to_owned()),
        ("SHELL", "/bin/sh".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("TERM", "dumb".to_owned()),
        ("TMPDIR", path(&inside.tmp)),
        (
            "PATH",
            format!(
                "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                local.display()
            ),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Writes the policy that commands will be started under, whole or not at all.
fn write_policy(state: &Path, policy: &CommandPolicy) -> Result<(), Error> {
    const STEP: &str = "write the command policy";
    let text = serde_json::to_vec(policy).map_err(|source| Error::Document {
        what: "command policy",
        source,
    })?;
    let (target, fresh) = (CommandPolicy::path(state), state.join(".policy.new"));
    std::fs::write(&fresh, text).at(STEP)?;
    std::fs::rename(&fresh, &target).at(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dying_agent_is_started_ever_later_and_given_up_after_ten_deaths() {
        let mut deaths = Deaths::default();
        let delays: Vec<Option<u128>> = (0..10)
            .map(|n| {
                let now = Duration::from_secs(n);
                Some((deaths.next_start(now)? - now).as_millis())
            })
            .collect();
        let expected = [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000];
        assert_eq!(delays[..9], expected.map(Some));
        assert_eq!(delays[9], None);
    }

    #[test]
    fn old_deaths_are_forgotten() {
        let mut deaths = Deaths::default();
        for minute in 0..100 {
            let now = Duration::from_secs(minute * 60);
            assert!(deaths.next_start(now).is_some());
        }
    }
}
