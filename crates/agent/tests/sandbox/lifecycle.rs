//! The life of a sandbox: it starts, survives what it must, and leaves nothing behind.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use muster_agent::EXIT_TOKEN_DEAD;
use muster_agent::sandbox::{Error, Level, SUPERVISE, SandboxState, remove_leftovers};
use muster_base::Clock;

use crate::agent::Job;
use crate::machine::{
    Machine, SOON, Sandbox, TOKEN, alive, descendants_of, ended, exe, is_root, passable_folder,
    spec, try_start,
};
use crate::{Case, Outcome, say};

/// Grace of a stop that is not expected to need it.
const GRACE: Duration = Duration::from_secs(10);

/// A sentence and what shows it.
type Test = (&'static str, fn(Machine));

pub(crate) fn cases(machine: Machine) -> Vec<Case> {
    let list: &[Test] = &[
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
    list.iter()
        .map(|(name, run)| {
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
