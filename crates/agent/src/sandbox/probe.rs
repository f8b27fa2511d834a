//! Which level this machine gives, found by running it.
//!
//! Each candidate really starts a sandbox whose "agent" is [`check_main`]; that starts a
//! command through the command layer, and the command tries to write outside its home and to
//! connect to a port of the host. A level counts only when both attempts failed and the
//! command ran.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::AtStep;
use super::launch::bwrap_version;
use super::protocol::SupervisorEvent;
use super::{
    Backend, CHECK, CommandPolicy, Error, Layer, Level, Limits, NetworkMode, Report, SUPERVISE,
    SandboxSpec, UidRange, cgroup, command_wrapper, landlock, remedy, seccomp,
};

/// The command's attempts may take this long; a refused connection answers at once.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
/// Times that the result is looked for, and the pause between.
const RESULT_TRIES: u32 = 400;
const RESULT_PAUSE: Duration = Duration::from_millis(10);

/// How to probe.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// This program, with the hidden subcommands of the sandbox.
    pub exe: PathBuf,
    /// An existing folder on the file system of the workspaces.
    pub scratch: PathBuf,
    /// The uids of workspaces; its last one runs the probe when the server is root.
    pub uids: UidRange,
    /// Candidates that may be tried, best first.
    pub candidates: Vec<(Level, Backend)>,
}

impl ProbeOptions {
    /// Every candidate, best first.
    #[must_use]
    pub fn new(exe: PathBuf, scratch: PathBuf) -> Self {
        Self {
            exe,
            scratch,
            uids: UidRange::default(),
            candidates: vec![
                (Level::Strict, Backend::Own),
                (Level::Strict, Backend::Bwrap),
                (Level::Landlock, Backend::Own),
            ],
        }
    }
}

/// What a command inside found out.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Findings {
    /// The command could work in its home.
    ran: bool,
    /// It could write outside.
    wrote: bool,
    /// It could reach a port of the host.
    connected: bool,
}

/// Tries the candidates and describes every layer. Takes up to a few seconds; blocks.
#[must_use]
pub fn probe(options: &ProbeOptions) -> Report {
    let mut report = Report {
        level: Level::None,
        backend: Backend::Own,
        layers: system_layers(options),
    };
    let mut failures: Vec<(Level, String, String)> = Vec::new();
    for (level, backend) in &options.candidates {
        if report.level > Level::None {
            break;
        }
        match attempt(options, *level, *backend) {
            Ok(()) => {
                report.level = *level;
                report.backend = *backend;
            }
            Err(error) => {
                let (step, reason) = error.explain();
                failures.push((
                    *level,
                    format!("{backend:?}").to_lowercase(),
                    format!("{step}: {reason}"),
                ));
            }
        }
    }
    report.layers.push(network_layer(report.level));
    for level in [Level::Strict, Level::Landlock] {
        report
            .layers
            .push(level_layer(level, report.level, &failures));
    }
    report
}

fn level_layer(level: Level, reached: Level, failures: &[(Level, String, String)]) -> Layer {
    let why: Vec<String> = failures
        .iter()
        .filter(|(of, _, _)| *of == level)
        .map(|(_, backend, reason)| format!("{backend}: {reason}"))
        .collect();
    let ok = reached >= level;
    let detail = match (ok, why.is_empty()) {
        (true, _) => "a command ran and both denial checks held".to_owned(),
        (false, true) => "not tried".to_owned(),
        (false, false) => why.join("; "),
    };
    let remedy = match (ok, level) {
        (false, Level::Strict) => remedy::user_namespaces(),
        (false, Level::Landlock) => {
            "use Linux 5.13 or newer with `landlock` in the kernel's `lsm=` list".to_owned()
        }
        _ => String::new(),
    };
    layer(&format!("level_{level}"), ok, detail, &remedy)
}

/// What the system says about itself, each by its own small experiment.
fn system_layers(options: &ProbeOptions) -> Vec<Layer> {
    let kernel = rustix::system::uname();
    let release = kernel.release().to_string_lossy().into_owned();
    let abi = landlock::version();
    let filter = seccomp::available();
    let bwrap = bwrap_version();
    let (groups, group_detail) = cgroup::available();
    let root = rustix::process::geteuid().is_root();
    vec![
        layer("kernel", true, release, ""),
        layer(
            "landlock",
            abi > 0,
            format!("version {abi}"),
            if abi > 0 {
                ""
            } else {
                "add `landlock` to the kernel's `lsm=` list"
            },
        ),
        layer(
            "seccomp",
            filter.is_ok(),
            filter.map_or_else(|error| error.to_string(), |()| "filters".to_owned()),
            "",
        ),
        layer(
            "bwrap",
            bwrap.is_some(),
            bwrap.unwrap_or_else(|| {
                "not installed; only needed where our own launcher may not make namespaces"
                    .to_owned()
            }),
            "",
        ),
        layer(
            "cgroup",
            groups,
            group_detail,
            if groups {
                ""
            } else {
                "let the service manager delegate memory, pids and cpu to the server (`Delegate=yes`)"
            },
        ),
        layer(
            "uid_range",
            root,
            if root {
                format!("{}-{}", options.uids.first, options.uids.last)
            } else {
                "the server is not root: workspaces share its user".to_owned()
            },
            "",
        ),
    ]
}

fn network_layer(level: Level) -> Layer {
    let detail = match level {
        Level::Strict => "own network namespace per workspace",
        Level::Landlock => "no internet sockets by system-call filter",
        Level::None => "not isolated",
    };
    layer("network", level > Level::None, detail.to_owned(), "")
}

fn layer(name: &str, ok: bool, detail: String, remedy: &str) -> Layer {
    Layer {
        name: name.to_owned(),
        ok,
        detail,
        remedy: remedy.to_owned(),
    }
}

/// Runs one candidate.
fn attempt(options: &ProbeOptions, level: Level, backend: Backend) -> Result<(), Error> {
    const STEP: &str = "probe";
    let pid = std::process::id();
    let name = format!("probe-{pid}-{level}-{backend:?}").to_lowercase();
    let dir = options.scratch.join(&name);
    fs::create_dir_all(&dir).at(STEP)?;
    let dir = Folder(dir);
    let outside = options.scratch.join(format!("{name}-outside"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).at(STEP)?;
    let port = listener.local_addr().at(STEP)?.port();
    let root = rustix::process::geteuid().is_root();
    let spec = SandboxSpec {
        dir: dir.0.clone(),
        name,
        level,
        backend,
        network: NetworkMode::None,
        limits: Limits::default(),
        env: std::collections::BTreeMap::new(),
        hostname: "probe".to_owned(),
        uid: root.then_some(options.uids.last),
        ro_paths: Vec::new(),
        nested: false,
        cgroup: false,
        agent: Vec::new(),
    };
    let inside = spec.inside(&options.exe);
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let spec = SandboxSpec {
        agent: vec![
            CHECK.to_owned(),
            text(&inside.state),
            text(&inside.home),
            text(&outside),
            port.to_string(),
        ],
        ..spec
    };
    let mut supervisor = start(&options.exe, &spec)?;
    let findings = findings(&spec);
    stop(&spec);
    supervisor.wait().at(STEP)?;
    let wrote = outside.exists();
    drop(fs::remove_file(&outside));
    match findings? {
        Findings { ran: false, .. } => failure("the command did not run"),
        Findings { wrote: true, .. } => failure("a command could write outside its home"),
        _ if wrote => failure("a command could write outside its home"),
        Findings {
            connected: true, ..
        } => failure("a command could reach a port of the host"),
        Findings { .. } => Ok(()),
    }
}

fn failure(reason: &str) -> Result<(), Error> {
    Err(Error::Refused {
        step: "denial check".to_owned(),
        reason: reason.to_owned(),
    })
}

/// Starts a supervisor that is our child and waits for its first line.
fn start(exe: &Path, spec: &SandboxSpec) -> Result<std::process::Child, Error> {
    const STEP: &str = "start the supervisor";
    let mut child = Command::new(exe)
        .arg(SUPERVISE)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .at(STEP)?;
    let document = serde_json::to_string(spec).map_err(|source| Error::Document {
        what: "sandbox",
        source,
    })?;
    if let Some(mut stdin) = child.stdin.take() {
        io::Write::write_all(&mut stdin, format!("{document}\nprobe\n").as_bytes()).at(STEP)?;
    }
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        io::BufRead::read_line(&mut io::BufReader::new(stdout), &mut line).at(STEP)?;
    }
    match serde_json::from_str(&line) {
        Ok(SupervisorEvent::Started(_)) => Ok(child),
        Ok(SupervisorEvent::Failed { step, reason }) => {
            child.wait().at(STEP)?;
            Err(Error::Refused { step, reason })
        }
        Err(source) => {
            child.wait().at(STEP)?;
            Err(Error::Document {
                what: "supervisor answer",
                source,
            })
        }
    }
}

/// Waits for the file that the check leaves in its home.
fn findings(spec: &SandboxSpec) -> Result<Findings, Error> {
    let path = spec.home_dir().join("findings.json");
    for _ in 0..RESULT_TRIES {
        if let Ok(text) = fs::read_to_string(&path) {
            return serde_json::from_str(&text).map_err(|source| Error::Document {
                what: "findings",
                source,
            });
        }
        std::thread::sleep(RESULT_PAUSE);
    }
    let log = fs::read_to_string(spec.log_dir().join("agent.log")).unwrap_or_default();
    let last = log.lines().last().unwrap_or("no output");
    Err(Error::Refused {
        step: "run a command".to_owned(),
        reason: format!("no result in time ({last})"),
    })
}

/// Ends the probe's sandbox; the caller then waits for its supervisor.
fn stop(spec: &SandboxSpec) {
    let Ok(mut stream) = crate::socket::connect(&spec.supervisor_socket()) else {
        return;
    };
    let mut answer = String::new();
    drop(io::Write::write_all(&mut stream, b"{\"op\":\"kill\"}\n"));
    drop(stream.read_to_string(&mut answer));
}

/// A folder that goes when it is no longer needed.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// `sandbox-check <state> <home> <outside> <port>` is the probe's agent;
/// `sandbox-check --inner <home> <outside> <port>` its command.
pub(crate) fn check_main(args: &[OsString]) -> ExitCode {
    let done = match args {
        [flag, home, outside, port] if flag == "--inner" => {
            inner_check(Path::new(home), Path::new(outside), &port.to_string_lossy())
        }
        [state, rest @ ..] => outer_check(Path::new(state), rest),
        [] => Err(Error::Arguments(CHECK)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            super::exec::say(&error.explain().1);
            ExitCode::FAILURE
        }
    }
}

/// Runs the command and then stays, as an agent does.
fn outer_check(state: &Path, rest: &[OsString]) -> Result<(), Error> {
    let policy = CommandPolicy::load(state)?;
    let words = command_wrapper(&policy, state);
    let (program, wrapper) = words.split_first().ok_or(Error::Arguments(CHECK))?;
    let status = Command::new(program)
        .args(wrapper)
        .arg(&policy.exe)
        .args([CHECK, "--inner"])
        .args(rest)
        .stdin(Stdio::null())
        .status()
        .at("run a command")?;
    if !status.success() {
        return Err(Error::Refused {
            step: "run a command".to_owned(),
            reason: status.to_string(),
        });
    }
    loop {
        std::thread::park();
    }
}

fn inner_check(home: &Path, outside: &Path, port: &str) -> Result<(), Error> {
    let port = port.parse().unwrap_or_default();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let findings = Findings {
        ran: true,
        wrote: fs::write(outside, "x").is_ok(),
        connected: TcpStream::connect_timeout(&address, CONNECT_LIMIT).is_ok(),
    };
    let text = serde_json::to_vec(&findings).map_err(|source| Error::Document {
        what: "findings",
        source,
    })?;
    let (fresh, target) = (home.join("findings.new"), home.join("findings.json"));
    fs::write(&fresh, text).at("run a command")?;
    fs::rename(fresh, target).at("run a command")
}
