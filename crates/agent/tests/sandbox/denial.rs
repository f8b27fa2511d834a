//! Ways out of a sandbox, each really tried from inside.
//!
//! A probe is a small program that prints `escaped` when it got what it wanted and `blocked`
//! when the system refused; anything else means that the probe itself is broken. The table
//! says which layer must hold at level `strict`, and what level `landlock` cannot hold.

mod table;

use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use muster_agent::sandbox::{Backend, Level};

use crate::machine::{Machine, Sandbox, UID, alive, exe, is_root, passable_folder};
use crate::{Case, Outcome, say};

use table::{PROBES, Probe};

/// Subcommand by which the tests try a machine as a plain user.
const PLAIN: &str = "plain-denial";
/// A user that owns nothing here.
const PLAIN_UID: u32 = 262_101;
/// Fewer probes than this would not be the promise any more.
const PROBES_MIN: usize = 40;

pub(crate) fn cases(machine: Machine) -> Vec<Case> {
    let name = format!("no probe leaves a workspace at level {}", machine.name());
    vec![Case::new(name, move || match machine.unavailable() {
        Some(reason) => Outcome::Skipped(reason),
        None if machine.plain_user => as_plain_user(machine),
        None => {
            try_all(machine);
            Outcome::Passed
        }
    })]
}

/// The same, by a server that is not root.
fn as_plain_user(machine: Machine) -> Outcome {
    let status = Command::new(exe())
        .args([PLAIN, &machine.level.to_string()])
        .arg(format!("{:?}", machine.backend))
        .uid(PLAIN_UID)
        .gid(PLAIN_UID)
        .current_dir("/")
        .status()
        .unwrap();
    match status.code() {
        Some(0) => Outcome::Passed,
        other => panic!("as a plain user: {other:?}"),
    }
}

pub(crate) fn dispatch(args: &[std::ffi::OsString]) -> Option<std::process::ExitCode> {
    let [name, level, backend] = args else {
        return None;
    };
    if name != PLAIN {
        return None;
    }
    let level = if level == "strict" {
        Level::Strict
    } else {
        Level::Landlock
    };
    let backend = if backend == "Bwrap" {
        Backend::Bwrap
    } else {
        Backend::Own
    };
    try_all(Machine {
        level,
        backend,
        plain_user: true,
    });
    Some(std::process::ExitCode::SUCCESS)
}

/// Things on the host that a workspace must not reach although file modes would allow it.
struct Host {
    folder: tempfile::TempDir,
    victim: Child,
    port: TcpListener,
    _path_socket: UnixListener,
    _abstract_socket: UnixListener,
    abstract_name: String,
}

impl Host {
    fn new() -> Self {
        let folder = passable_folder();
        let open = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
            let secret = path.join("secret");
            fs::write(&secret, "host secret").unwrap();
            fs::set_permissions(&secret, fs::Permissions::from_mode(0o666)).unwrap();
            path
        };
        let outside = open("outside");
        open("other-home");
        let socket = outside.join("host.sock");
        let path_socket = UnixListener::bind(&socket).unwrap();
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o777)).unwrap();
        let abstract_name = format!("muster-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let mut victim = Command::new("sleep");
        victim.arg("600").stdin(Stdio::null());
        if is_root() {
            // The workspace's own user, so that only the sandbox stands between.
            victim.uid(UID).gid(UID);
        }
        Self {
            victim: victim.spawn().unwrap(),
            port: TcpListener::bind("127.0.0.1:0").unwrap(),
            _path_socket: path_socket,
            _abstract_socket: UnixListener::bind_addr(&address).unwrap(),
            abstract_name,
            folder,
        }
    }

    /// Fills the names of the host's things into a probe.
    fn fill(&self, script: &str, sandbox: &Sandbox) -> String {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let inside = sandbox.spec.inside(&exe());
        let mut text = script
            .replace("{outside}", &path("outside"))
            .replace("{other}", &path("other-home"))
            .replace("{data}", &self.folder.path().display().to_string())
            .replace("{victim}", &self.victim.id().to_string())
            .replace(
                "{port}",
                &self.port.local_addr().unwrap().port().to_string(),
            )
            .replace("{abstract}", &self.abstract_name)
            .replace("{state}", &inside.state.display().to_string())
            .replace("{run}", &inside.run.display().to_string());
        for (name, number) in table::CALLS {
            text = text.replace(&format!("{{sys:{name}}}"), &number.to_string());
        }
        text
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.victim.kill());
        drop(self.victim.wait());
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Escaped,
    Blocked(String),
}

fn try_all(machine: Machine) {
    assert!(PROBES.len() >= PROBES_MIN, "{} probes", PROBES.len());
    let host = Host::new();
    let mut sandbox = Sandbox::start(machine);
    let mut wrong = Vec::new();
    for probe in PROBES {
        let verdict = attempt(&mut sandbox, &host, probe);
        let may_escape = machine.level == Level::Landlock && probe.at_landlock.is_some();
        match (&verdict, may_escape) {
            (Verdict::Blocked(_), false) | (Verdict::Escaped, true) => {}
            (Verdict::Blocked(why), true) => {
                wrong.push(format!("{}: expected to be open, but {why}", probe.name));
            }
            (Verdict::Escaped, false) => wrong.push(format!(
                "{}: escaped, although {} should hold",
                probe.name, probe.layer
            )),
        }
    }
    assert!(
        alive(host.victim.id()),
        "a host process was ended from inside"
    );
    let new = host.folder.path().join("outside/new");
    assert!(!new.exists(), "a file was written outside");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let open = PROBES.iter().filter(|probe| probe.at_landlock.is_some());
    for probe in open.filter(|_| machine.level == Level::Landlock) {
        let why = probe.at_landlock.unwrap_or_default();
        say(&format!("  open at landlock: {} ({why})", probe.name));
    }
}

fn attempt(sandbox: &mut Sandbox, host: &Host, probe: &Probe) -> Verdict {
    let script = host.fill(probe.script, sandbox);
    let script = format!("{}\n{script}", table::PRELUDE);
    let answer = sandbox.run(&["perl", "-e", &script]);
    let text = answer.stdout.trim();
    if text.contains("escaped") {
        return Verdict::Escaped;
    }
    // A bomb announces itself and then dies of its limit without a further word.
    assert!(
        text.contains("blocked") || text.starts_with("begin"),
        "probe `{}` is broken: {answer:?}",
        probe.name
    );
    // A refusal by the filter has its own words; any other failure of such a call would only
    // show that the probe called it wrongly.
    let refused = [
        "Operation not permitted",
        "Function not implemented",
        "Permission denied",
    ];
    assert!(
        probe.layer != table::CALL || refused.iter().any(|words| text.ends_with(words)),
        "probe `{}` was not refused by its layer: {text}",
        probe.name
    );
    Verdict::Blocked(text.to_owned())
}
