//! The life of a sandbox: it starts, survives what it must, and leaves nothing behind.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use muster_agent::EXIT_TOKEN_DEAD;
use muster_agent::sandbox::{
    Error, Level, SUPERVISE, SandboxState, SupervisorClient, remove_leftovers,
};
use muster_base::Clock;

use crate::agent::Job;
use crate::machine::{
    Machine, SOON, Sandbox, TOKEN, alive, descendants_of, ended, exe, is_root, passable_folder,
    runtime, spec, try_start,
};
use crate::{Case, Outcome, say};

/// Grace of a stop that is not expected to need it.
const GRACE: Duration = Duration::from_secs(10);

/// A sentence and what shows it.
type Test = (&'static str, fn(Machine));

const LIFE: &[Test] = &[
    (
        "a workspace has its own home, name and environment",
        own_world,
    ),
    (
        "a stop leaves no process, group, mount or socket",
        stop_is_clean,
    ),
    (
        "a command that ignores the stop is killed after the grace",
        stubborn_command,
    ),
    ("a kill leaves nothing either", kill_is_clean),
    (
        "a dead agent is started again with its token",
        agent_restart,
    ),
    (
        "commands survive the death of their agent",
        command_survives_agent,
    ),
    ("a new token reaches the agent and commands go on", reissue),
    (
        "an agent whose token is dead is not started again before it has a new one",
        dead_token,
    ),
    (
        "a start that nobody waits for any more is taken down",
        abandoned_start,
    ),
    (
        "the death of the supervisor ends the sandbox",
        supervisor_death,
    ),
    ("a second supervisor is refused", second_supervisor),
    (
        "the token is in no argument list and no environment",
        token_is_nowhere,
    ),
    (
        "root without a uid for the workspace is refused",
        root_needs_uid,
    ),
    (
        "a host path of the template is readable and not writable",
        ro_paths,
    ),
    ("a start is fast", launch_cost),
];

/// What lies on the host, and who may touch it.
const FOLDERS: &[Test] = &[
    (
        "of many supervisors that start together one comes up",
        racing_supervisors,
    ),
    (
        "names that root works on can't be swapped by the workspace",
        swapped_names,
    ),
    ("a home is given to its user once", home_is_walked_once),
    (
        "nobody makes files among the sockets",
        no_files_among_sockets,
    ),
    ("a data folder may be deep", deep_folder),
    (
        "at landlock only a part of /etc is shown",
        etc_is_not_all_shown,
    ),
];

pub(crate) fn cases(machine: Machine) -> Vec<Case> {
    let list = LIFE.iter().chain(FOLDERS);
    list.map(|(name, run)| {
        let run = *run;
        Case::new(
            format!("{name} ({})", machine.name()),
            move || match machine.unavailable() {
                Some(reason) => Outcome::Skipped(reason),
                None => {
                    run(machine);
                    Outcome::Passed
                }
            },
        )
    })
    .collect()
}

fn own_world(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let answer = sandbox.sh("echo hello > file && cat file && echo $FROM_TEMPLATE $USER && pwd");
    let home = sandbox.spec.inside(&exe()).home;
    assert_eq!(
        answer.stdout,
        format!("hello\nyes agent\n{}\n", home.display()),
        "{answer:?}"
    );
    let file = sandbox.spec.home_dir().join("file");
    assert_eq!(fs::read_to_string(file).unwrap(), "hello\n");
    assert_eq!(
        sandbox.sh("echo x > $TMPDIR/t && cat $TMPDIR/t").stdout,
        "x\n"
    );
    assert_eq!(sandbox.sh("perl -e 'print 6*7'").stdout, "42");
    if machine.level == Level::Strict {
        assert_eq!(sandbox.sh("id -un; uname -n").stdout, "agent\nprobe-box\n");
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_ne!(host.trim(), "probe-box");
    }
    let found = sandbox.inspect().unwrap();
    assert_eq!(found.state, SandboxState::Running);
    assert_eq!(found.level, machine.level);
    assert_eq!(found.supervisor_pid, sandbox.started.supervisor_pid);
}

/// Starts something that would outlive a careless stop.
fn leave_orphans(sandbox: &mut Sandbox) -> Vec<u32> {
    sandbox.sh("setsid -f sleep 600 >/dev/null 2>&1 </dev/null");
    sandbox.leave(&["sleep", "600"]);
    let all = sandbox.processes();
    assert!(all.len() >= 4, "{all:?}");
    all
}

fn assert_nothing_left(sandbox: &Sandbox, processes: &[u32]) {
    for pid in processes {
        assert!(ended(*pid), "{pid} goes on");
    }
    assert!(sandbox.inspect().is_none());
    assert!(!sandbox.spec.supervisor_socket().exists());
    assert_eq!(sandbox.groups(), Vec::<std::path::PathBuf>::new());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(sandbox.spec.dir.to_str().unwrap()));
}

fn stop_is_clean(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let processes = leave_orphans(&mut sandbox);
    sandbox.stop(GRACE);
    assert_nothing_left(&sandbox, &processes);
    // Stopping what is stopped is fine.
    sandbox.stop(GRACE);
}

fn stubborn_command(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    sandbox.leave(&["sh", "-c", "trap '' TERM; while :; do sleep 600; done"]);
    let processes = sandbox.processes();
    sandbox.stop(Duration::from_millis(300));
    assert_nothing_left(&sandbox, &processes);
}

fn kill_is_clean(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let processes = leave_orphans(&mut sandbox);
    sandbox.kill();
    assert_nothing_left(&sandbox, &processes);
}

fn agent_restart(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    for round in 1..=2 {
        sandbox.link.send(&Job::Die);
        sandbox.next_agent();
        assert_eq!(sandbox.link.hello.token, TOKEN);
        assert_eq!(sandbox.sh("echo back").stdout, "back\n");
        assert_eq!(sandbox.inspect().unwrap().agent_restarts, round);
    }
}

fn command_survives_agent(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let script =
        "echo $$ > pid; while [ ! -e go ]; do read -t 1 x < /dev/zero; done; echo done > out";
    let before = sandbox.processes();
    sandbox.leave(&["bash", "-c", script]);
    let command: Vec<u32> = new_processes(&sandbox, &before);
    sandbox.link.send(&Job::Die);
    sandbox.next_agent();
    assert!(command.iter().any(|pid| alive(*pid)), "{command:?}");
    sandbox.sh("touch go");
    assert!(command.iter().all(|pid| ended(*pid)));
    let out = sandbox.spec.home_dir().join("out");
    assert_eq!(fs::read_to_string(out).unwrap(), "done\n");
}

fn new_processes(sandbox: &Sandbox, before: &[u32]) -> Vec<u32> {
    sandbox
        .processes()
        .into_iter()
        .filter(|pid| !before.contains(pid))
        .collect()
}

fn reissue(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let before = sandbox.processes();
    sandbox.leave(&["sleep", "600"]);
    let command = new_processes(&sandbox, &before);
    sandbox.reissue("another-token");
    sandbox.next_agent();
    assert_eq!(sandbox.link.hello.token, "another-token");
    assert!(command.iter().any(|pid| alive(*pid)));
}

fn dead_token(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    sandbox.link.send(&Job::Exit(EXIT_TOKEN_DEAD));
    let watch = Clock::system().stopwatch();
    let mut state = SandboxState::Running;
    while state == SandboxState::Running && watch.elapsed() < SOON {
        state = sandbox.inspect().unwrap().state;
    }
    assert!(
        matches!(&state, SandboxState::Broken(reason) if reason.contains("token")),
        "{state:?}"
    );
    assert_eq!(sandbox.inspect().unwrap().agent_restarts, 0);
    sandbox.reissue("another-token");
    sandbox.next_agent();
    assert_eq!(sandbox.link.hello.token, "another-token");
    assert_eq!(sandbox.inspect().unwrap().state, SandboxState::Running);
}

fn abandoned_start(machine: Machine) {
    let folder = passable_folder();
    let mut spec = spec(machine, folder.path().join("workspace"));
    spec.agent = vec!["test-nothing".to_owned()];
    let mut supervisor = Command::new(exe())
        .arg(SUPERVISE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(supervisor.stdout.take());
    let order = format!("{}\n{TOKEN}\n", serde_json::to_string(&spec).unwrap());
    let mut stdin = supervisor.stdin.take().unwrap();
    stdin.write_all(order.as_bytes()).unwrap();
    let is_gone = ended(supervisor.id());
    if !is_gone {
        supervisor.kill().unwrap();
    }
    supervisor.wait().unwrap();
    assert!(is_gone, "the sandbox stays up for nobody");
}

fn supervisor_death(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let processes = leave_orphans(&mut sandbox);
    let supervisor = i32::try_from(sandbox.started.supervisor_pid).unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(supervisor).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    for pid in processes {
        assert!(ended(pid), "{pid} outlived its supervisor");
    }
    assert!(sandbox.inspect().is_none());
    remove_leftovers(&sandbox.spec.name);
    assert_eq!(sandbox.groups(), Vec::<std::path::PathBuf>::new());
    // The next start takes over what the dead one could not remove.
    fs::remove_file(sandbox.spec.run_dir().join("link.sock")).unwrap();
    let mut plain = sandbox.spec.clone();
    plain.agent = vec!["test-nothing".to_owned()];
    try_start(&plain).unwrap();
    sandbox.stop(Duration::from_millis(200));
    assert_eq!(sandbox.groups(), Vec::<std::path::PathBuf>::new());
}

fn second_supervisor(machine: Machine) {
    let sandbox = Sandbox::start(machine);
    let error = try_start(&sandbox.spec).unwrap_err();
    assert!(
        matches!(&error, Error::Refused { step, .. } if step == "another supervisor runs"),
        "{error}"
    );
    assert!(sandbox.inspect().is_some());
}

fn token_is_nowhere(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    sandbox.leave(&["sleep", "600"]);
    assert_eq!(sandbox.link.hello.token, TOKEN);
    for pid in descendants_of(sandbox.started.supervisor_pid) {
        for file in ["cmdline", "environ"] {
            let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains(TOKEN), "{file} of {pid}");
        }
    }
    for dir in [sandbox.spec.state_dir(), sandbox.spec.log_dir()] {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let bytes = fs::read(entry.path()).unwrap_or_default();
            assert!(
                !String::from_utf8_lossy(&bytes).contains(TOKEN),
                "{entry:?}"
            );
        }
    }
}

fn root_needs_uid(machine: Machine) {
    if !is_root() {
        return;
    }
    let folder = passable_folder();
    for uid in [None, Some(0)] {
        let mut spec = spec(machine, folder.path().join("workspace"));
        spec.uid = uid;
        let error = try_start(&spec).unwrap_err();
        assert!(error.to_string().contains("needs a uid"), "{error}");
    }
}

fn ro_paths(machine: Machine) {
    let folder = passable_folder();
    let shared = folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("tool"), "text").unwrap();
    let path = shared.clone();
    let mut sandbox = Sandbox::start_with(machine, move |spec| spec.ro_paths.push(path));
    let shared = shared.display();
    assert_eq!(sandbox.sh(&format!("cat {shared}/tool")).stdout, "text");
    let answer = sandbox.sh(&format!("echo x > {shared}/new"));
    assert_ne!(answer.code, Some(0));
}

fn launch_cost(machine: Machine) {
    let clock = Clock::system();
    let mut starts = Vec::new();
    let mut spawns = Vec::new();
    for _ in 0..5 {
        let watch = clock.stopwatch();
        let mut sandbox = Sandbox::start(machine);
        starts.push(watch.elapsed());
        for _ in 0..10 {
            let watch = clock.stopwatch();
            sandbox.run(&["true"]);
            spawns.push(watch.elapsed());
        }
    }
    starts.sort();
    spawns.sort();
    let (start, spawn) = (starts[starts.len() / 2], spawns[spawns.len() / 2]);
    say(&format!(
        "  median: start to connected agent {start:?}, command {spawn:?}"
    ));
    assert!(start < SOON);
}

fn racing_supervisors(machine: Machine) {
    for _ in 0..3 {
        let folder = passable_folder();
        let spec = spec(machine, folder.path().join("workspace"));
        let together = std::sync::Barrier::new(4);
        let started = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        together.wait();
                        try_start(&spec)
                    })
                })
                .collect();
            starts
                .into_iter()
                .map(|it| it.join().unwrap())
                .collect::<Vec<_>>()
        });
        let up: Vec<u32> = started
            .iter()
            .flatten()
            .map(|it| it.supervisor_pid)
            .collect();
        let client = SupervisorClient::new(spec.supervisor_socket(), Clock::system());
        let asked = runtime().block_on(client.inspect());
        for pid in &up {
            assert!(alive(*pid));
        }
        drop(runtime().block_on(client.kill()));
        for pid in &up {
            let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap());
            let _ = rustix::process::kill_process(pid.unwrap(), rustix::process::Signal::KILL);
        }
        assert_eq!(up.len(), 1, "{started:?}");
        assert_eq!(asked.unwrap().unwrap().supervisor_pid, up[0]);
    }
}

fn swapped_names(machine: Machine) {
    use std::os::unix::fs::{MetadataExt, chown, symlink};
    let folder = passable_folder();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    for name in ["log", "run", "home", "run/state"] {
        let spec = spec(machine, folder.path().join(name.replace('/', "-")));
        let place = spec.dir.join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(&outside, &place).unwrap();
        if let Some(uid) = spec.uid {
            chown(&spec.dir, Some(uid), Some(uid)).unwrap();
        }
        assert!(try_start(&spec).is_err(), "{name}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{name}");
        let found = outside.metadata().unwrap();
        assert_eq!(found.uid(), rustix::process::geteuid().as_raw(), "{name}");
    }
    let sandbox = Sandbox::start(machine);
    for dir in [
        &sandbox.spec.dir,
        &sandbox.spec.run_dir(),
        &sandbox.spec.log_dir(),
    ] {
        let found = dir.metadata().unwrap();
        let owner = rustix::process::geteuid().as_raw();
        assert_eq!(found.uid(), owner, "{}", dir.display());
        assert_eq!(found.mode() & 0o067, 0, "{}", dir.display());
    }
}

fn home_is_walked_once(machine: Machine) {
    use std::os::unix::fs::{MetadataExt, chown};
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::start(machine);
    let (uid, home) = (sandbox.spec.uid.unwrap(), sandbox.spec.home_dir());
    assert_eq!(home.metadata().unwrap().uid(), uid);
    sandbox.stop(GRACE);
    let file = home.join("file");
    fs::write(&file, "x").unwrap();
    try_start(&sandbox.spec).unwrap();
    sandbox.stop(GRACE);
    assert_eq!(
        file.metadata().unwrap().uid(),
        0,
        "the home was walked again"
    );
    // A home that came from elsewhere belongs to somebody else, and is walked.
    chown(&home, Some(0), Some(0)).unwrap();
    try_start(&sandbox.spec).unwrap();
    sandbox.stop(GRACE);
    assert_eq!(file.metadata().unwrap().uid(), uid);
}

fn no_files_among_sockets(machine: Machine) {
    let mut sandbox = Sandbox::start(machine);
    let inside = sandbox.spec.inside(&exe());
    let place = inside.run.join("file").display().to_string();
    let answer = sandbox.sh(&format!("echo x > {place}"));
    assert_ne!(answer.code, Some(0), "{answer:?}");
    // Without namespaces a server that is not root shares its user with the agent.
    if machine.level == Level::Strict || is_root() {
        assert_eq!(sandbox.link.job(&Job::Touch(place)).code, Some(1));
    }
    let kept = inside.state.join("file").display().to_string();
    assert_eq!(sandbox.link.job(&Job::Touch(kept)).code, Some(0));
}

fn deep_folder(machine: Machine) {
    let folder = passable_folder();
    let mut deep = folder.path().to_path_buf();
    for part in ["a", "b"] {
        deep.push(part.repeat(100));
    }
    fs::create_dir_all(&deep).unwrap();
    let spec = spec(machine, deep.join("workspace"));
    try_start(&spec).unwrap();
    let client = SupervisorClient::new(spec.supervisor_socket(), Clock::system());
    let asked = runtime().block_on(client.inspect());
    runtime().block_on(client.kill()).unwrap();
    assert_eq!(asked.unwrap().unwrap().level, machine.level);
}

fn etc_is_not_all_shown(machine: Machine) {
    if machine.level != Level::Landlock {
        return;
    }
    let mut sandbox = Sandbox::start(machine);
    assert_eq!(sandbox.sh("cat /etc/passwd").code, Some(0));
    let private = [
        "/etc/fstab",
        "/etc/machine-id",
        "/etc/adduser.conf",
        "/etc/debconf.conf",
    ];
    let found: Vec<_> = private
        .iter()
        .filter(|path| fs::read(path).is_ok())
        .collect();
    for path in found {
        let answer = sandbox.run(&["cat", path]);
        assert_ne!(answer.code, Some(0), "{path}: {answer:?}");
    }
}
