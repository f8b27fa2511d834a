//! A running sandbox under test, with a host around it that would be worth escaping to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use muster_agent::sandbox::{
    Backend, Error, Inspection, Level, Limits, NetworkMode, ProbeOptions, SandboxSpec, Started,
    SupervisorClient, probe, spawn_supervisor,
};
use muster_base::{Clock, Secret};

use crate::agent::{AGENT, Answer, Job};

/// The token of every agent here; no probe may ever see it.
pub(crate) const TOKEN: &str = "token-0123456789-not-for-commands";
/// The user of a workspace when the tests run as root.
pub(crate) const UID: u32 = 262_001;
/// Longest wait for anything that should happen at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A way to make a sandbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) level: Level,
    pub(crate) backend: Backend,
    /// The server is not root (the tests give root up for it).
    pub(crate) plain_user: bool,
}

impl Machine {
    pub(crate) fn name(self) -> String {
        let user = if self.plain_user { " without root" } else { "" };
        match self.backend {
            Backend::Bwrap => format!("{} by bwrap{user}", self.level),
            Backend::Own => format!("{}{user}", self.level),
        }
    }

    /// Why this machine cannot be tested here.
    pub(crate) fn unavailable(self) -> Option<String> {
        if self.backend == Backend::Bwrap && is_root() {
            // Root never uses it; a plain user's server tries it in a process of its own.
            let missing = !Path::new("/usr/bin/bwrap").exists();
            return missing.then(|| "bwrap".to_owned());
        }
        let scratch = passable_folder();
        let mut options = ProbeOptions::new(exe(), scratch.path().to_path_buf());
        options.candidates = vec![(self.level, self.backend)];
        probe(&options)
            .require(self.level)
            .err()
            .map(|error| error.to_string())
    }
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A workspace that runs.
pub(crate) struct Sandbox {
    pub(crate) spec: SandboxSpec,
    pub(crate) started: Started,
    pub(crate) client: SupervisorClient,
    pub(crate) link: Link,
    listener: UnixListener,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// The host's end of the agent's connection.
pub(crate) struct Link {
    reader: BufReader<UnixStream>,
    /// The agent's first words.
    pub(crate) hello: Answer,
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A folder whose parents everybody may pass, as the `landlock` level needs it.
pub(crate) fn passable_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

pub(crate) fn spec(machine: Machine, dir: PathBuf) -> SandboxSpec {
    let mut spec = SandboxSpec {
        name: format!("test-{}-{}", std::process::id(), dir_name(&dir)),
        dir,
        level: machine.level,
        backend: machine.backend,
        network: NetworkMode::None,
        // Small, so that no bomb can hurt the machine.
        limits: Limits {
            cpu: 1.0,
            memory_bytes: 256 * 1024 * 1024,
            pids: 64,
            open_files: 256,
        },
        env: BTreeMap::from([("FROM_TEMPLATE".to_owned(), "yes".to_owned())]),
        hostname: "probe-box".to_owned(),
        uid: is_root().then_some(UID),
        ro_paths: Vec::new(),
        nested: false,
        cgroup: true,
        agent: Vec::new(),
    };
    let inside = spec.inside(&exe());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    spec.agent = vec![AGENT.to_owned(), text(&inside.state), text(&inside.run)];
    spec
}

fn dir_name(dir: &Path) -> String {
    let parent = dir.parent().and_then(Path::file_name).unwrap();
    parent.to_string_lossy().replace('.', "")
}

pub(crate) fn exe() -> PathBuf {
    std::env::current_exe().unwrap()
}

pub(crate) fn try_start(spec: &SandboxSpec) -> Result<Started, Error> {
    let token = Secret::new(TOKEN.to_owned());
    runtime().block_on(spawn_supervisor(spec, &token, &exe(), &Clock::system()))
}

impl Sandbox {
    pub(crate) fn start(machine: Machine) -> Self {
        Self::start_with(machine, |_| {})
    }

    pub(crate) fn start_with(machine: Machine, change: impl FnOnce(&mut SandboxSpec)) -> Self {
        let folder = passable_folder();
        let mut spec = spec(machine, folder.path().join("workspace"));
        change(&mut spec);
        fs::create_dir_all(spec.run_dir()).unwrap();
        let listener = listen(&spec.run_dir().join("link.sock"));
        let started = try_start(&spec).unwrap_or_else(|error| {
            let log = fs::read_to_string(spec.log_dir().join("agent.log")).unwrap_or_default();
            panic!("{error}\n{log}")
        });
        let client = SupervisorClient::new(spec.supervisor_socket(), Clock::system());
        Self {
            link: Link::accept(&listener),
            spec,
            started,
            client,
            listener,
            runtime: runtime(),
            _folder: folder,
        }
    }

    /// Runs a command inside.
    pub(crate) fn run(&mut self, words: &[&str]) -> Answer {
        self.link.job(&Job::Run(owned(words)))
    }

    pub(crate) fn sh(&mut self, script: &str) -> Answer {
        self.run(&["sh", "-c", script])
    }

    /// Starts a command inside and leaves it running.
    pub(crate) fn leave(&mut self, words: &[&str]) -> u32 {
        self.link.job(&Job::Leave(owned(words))).pid
    }

    /// Waits until a new agent has dialled.
    pub(crate) fn next_agent(&mut self) {
        self.link = Link::accept(&self.listener);
    }

    pub(crate) fn inspect(&self) -> Option<Inspection> {
        self.runtime.block_on(self.client.inspect()).unwrap()
    }

    pub(crate) fn stop(&self, grace: Duration) {
        self.runtime.block_on(self.client.stop(grace)).unwrap();
    }

    pub(crate) fn kill(&self) {
        self.runtime.block_on(self.client.kill()).unwrap();
    }

    pub(crate) fn reissue(&self, token: &str) {
        let token = Secret::new(token.to_owned());
        self.runtime
            .block_on(self.client.reissue(&token, BTreeMap::new()))
            .unwrap();
    }

    /// Host processes that belong to this sandbox, found by the start of their argument list.
    pub(crate) fn processes(&self) -> Vec<u32> {
        descendants_of(self.started.supervisor_pid)
    }

    /// Groups of this workspace that still exist.
    pub(crate) fn groups(&self) -> Vec<PathBuf> {
        let name = format!("muster-{}", self.spec.name);
        fs::read_dir("/sys/fs/cgroup")
            .map(|entries| {
                entries
                    .flatten()
                    .map(|entry| entry.path().join(&name))
                    .filter(|path| path.exists())
                    .collect()
            })
            .unwrap_or_default()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Also after a failed assertion nothing may be left running.
        drop(self.runtime.block_on(self.client.kill()));
    }
}

impl Link {
    fn accept(listener: &UnixListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let mut reader = BufReader::new(stream);
        let hello = read(&mut reader);
        Self { reader, hello }
    }

    pub(crate) fn job(&mut self, job: &Job) -> Answer {
        self.send(job);
        read(&mut self.reader)
    }

    pub(crate) fn send(&mut self, job: &Job) {
        let mut line = serde_json::to_vec(job).unwrap();
        line.push(b'\n');
        self.reader.get_mut().write_all(&line).unwrap();
    }
}

fn read(reader: &mut BufReader<UnixStream>) -> Answer {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

fn listen(path: &Path) -> UnixListener {
    let listener = UnixListener::bind(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
    listener
}

pub(crate) fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Living processes below a process.
pub(crate) fn descendants_of(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        at += 1;
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
                continue;
            };
            if parent_of(pid) == Some(parent) {
                found.push(pid);
            }
        }
    }
    found
}

fn parent_of(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

/// Whether a process is there and not merely waiting for its burial.
pub(crate) fn alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|text| Some(text.rsplit_once(')')?.1.trim().to_owned()))
        .is_some_and(|state| !state.starts_with('Z') && !state.starts_with('X'))
}

/// Waits for the end of a process that need not be our child.
pub(crate) fn ended(pid: u32) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let raw = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let Ok(handle) = pidfd_open(raw, PidfdFlags::empty()) else {
        return true;
    };
    let limit = Timespec::try_from(SOON).unwrap();
    poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&limit)).unwrap() == 1
}
