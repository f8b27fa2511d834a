//! One life of a sandbox, from the start of the launcher to the last burial.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use muster_base::limits::SANDBOX_DOCUMENT_BYTES_MAX;
use muster_base::{Clock, Stopwatch};

use super::{kill_all, log, report, start_launcher};
use crate::sandbox::cgroup::Cgroup;
use crate::sandbox::client::{Inspection, SandboxState};
use crate::sandbox::error::AtStep;
use crate::sandbox::protocol::{
    InitDocument, InitEvent, InitOrder, Request, Started, SupervisorEvent,
};
use crate::sandbox::{CommandPolicy, Error, SandboxSpec};

/// A client that connects and says nothing is cut off.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// Upper bound of one wait when there is no deadline.
const IDLE: Duration = Duration::from_secs(3_600);
/// A launcher that says nothing for this long has failed.
const LAUNCH_LIMIT: Duration = Duration::from_secs(15);

/// Runs the sandbox until it ends. Gives the clients that wait for that.
pub(super) fn run(
    spec: &SandboxSpec,
    token: String,
    listener: UnixListener,
) -> Result<Vec<UnixStream>, Error> {
    let cgroup = Cgroup::create(&spec.name, &spec.limits, spec.cgroup);
    let result =
        Session::start(spec, token, listener, &cgroup).and_then(|mut session| session.serve());
    kill_all(None);
    cgroup.kill();
    bury();
    cgroup.remove();
    result
}

/// Tells the clients that wait for the end.
pub(super) fn tell_stopped(waiting: Vec<UnixStream>) {
    for client in waiting {
        answer(client, &serde_json::json!({ "stopped": true }));
    }
}

/// Takes the exit status of everything that died below us.
fn bury() {
    while let Ok(Some(_)) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {}
}

enum Event {
    Init(InitEvent),
    /// The sandbox closed its event pipe: it ended.
    Ended,
    Request(UnixStream, Request),
}

struct Session<'a> {
    spec: &'a SandboxSpec,
    token: String,
    cgroup: &'a Cgroup,
    launcher: Child,
    orders: Option<ChildStdin>,
    events: Receiver<Event>,
    time: Stopwatch,
    deadline: Option<Duration>,
    state: SandboxState,
    init_pid: u32,
    restarts: u32,
    reported: bool,
    failure: Option<Error>,
    /// Clients that asked for the end and wait for it.
    waiting: Vec<UnixStream>,
}

impl<'a> Session<'a> {
    fn start(
        spec: &'a SandboxSpec,
        token: String,
        listener: UnixListener,
        cgroup: &'a Cgroup,
    ) -> Result<Self, Error> {
        const STEP: &str = "start the launcher";
        let mut launcher = start_launcher()?;
        // It does nothing before it has read its document, so no process escapes the group.
        cgroup.join(launcher.id()).at("join the cgroup")?;
        let missing = || io::Error::from(io::ErrorKind::BrokenPipe);
        let mut orders = launcher.stdin.take().ok_or_else(missing).at(STEP)?;
        let events = launcher.stdout.take().ok_or_else(missing).at(STEP)?;
        let output = launcher.stderr.take().ok_or_else(missing).at(STEP)?;
        send(&mut orders, spec)?;
        let (sender, receiver) = channel();
        let log_file = spec.log_dir().join("agent.log");
        thread("log", move || log::pump(output, log_file))?;
        let init_sender = sender.clone();
        thread("events", move || read_events(events, &init_sender))?;
        thread("requests", move || accept(&listener, &sender))?;
        Ok(Self {
            spec,
            token,
            cgroup,
            launcher,
            orders: Some(orders),
            events: receiver,
            time: Clock::system().stopwatch(),
            deadline: Some(LAUNCH_LIMIT),
            state: SandboxState::Running,
            init_pid: 0,
            restarts: 0,
            reported: false,
            failure: None,
            waiting: Vec::new(),
        })
    }

    /// Until the sandbox has ended. Returns the clients that wait for that.
    fn serve(&mut self) -> Result<Vec<UnixStream>, Error> {
        loop {
            let left = self.deadline.map_or(IDLE, |deadline| {
                deadline.saturating_sub(self.time.elapsed())
            });
            match self.events.recv_timeout(left) {
                Ok(Event::Init(event)) => self.on_init(event)?,
                Ok(Event::Request(client, request)) => self.on_request(client, request),
                Ok(Event::Ended) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if self.deadline.is_some() => self.time_is_up(),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        drop(self.orders.take());
        self.launcher.wait().at("wait for the launcher")?;
        match self.failure.take() {
            Some(error) => Err(error),
            None if self.reported => Ok(std::mem::take(&mut self.waiting)),
            None => Err(Error::Refused {
                step: "launch".to_owned(),
                reason: "the launcher ended without a word; see log/agent.log".to_owned(),
            }),
        }
    }

    fn time_is_up(&mut self) {
        self.deadline = None;
        if !self.reported && self.failure.is_none() {
            self.failure = Some(Error::Refused {
                step: "launch".to_owned(),
                reason: "the launcher did not come up in time".to_owned(),
            });
        }
        self.kill();
    }

    fn on_init(&mut self, event: InitEvent) -> Result<(), Error> {
        match event {
            InitEvent::Spawned { init_pid } => self.init_pid = init_pid,
            InitEvent::Armed => {
                let document = InitDocument {
                    policy: self.policy()?,
                    spec: self.spec.clone(),
                    token: self.token.clone(),
                };
                if let Some(orders) = &mut self.orders {
                    send(orders, &document)?;
                }
            }
            InitEvent::AgentStarted { restarts } => {
                self.restarts = restarts;
                if !self.reported {
                    self.reported = true;
                    self.deadline = None;
                    let told = report(&SupervisorEvent::Started(Started {
                        supervisor_pid: std::process::id(),
                        init_pid: self.init_pid,
                        limits: self.cgroup.describe(),
                    }));
                    if told.is_err() {
                        self.abandoned();
                    }
                }
            }
            InitEvent::Broken { reason } => self.state = SandboxState::Broken(reason),
            InitEvent::Failed { step, reason } => {
                if self.failure.is_none() {
                    self.failure = Some(Error::Refused { step, reason });
                }
            }
        }
        Ok(())
    }

    /// Whoever ordered this start has given it up (canceled, out of time, dead) and found no
    /// sandbox to stop; one that came up now would be known to nobody.
    fn abandoned(&mut self) {
        self.failure = Some(Error::Refused {
            step: "launch".to_owned(),
            reason: "nobody waits for this start any more".to_owned(),
        });
        self.kill();
    }

    /// What commands will be started under; only we know which limits the cgroup carries.
    fn policy(&self) -> Result<CommandPolicy, Error> {
        let exe = std::fs::read_link("/proc/self/exe").at("find this program")?;
        let inside = self.spec.inside(&exe);
        Ok(CommandPolicy {
            level: self.spec.level,
            network: self.spec.network,
            exe: inside.exe.clone(),
            writable: vec![inside.home, inside.tmp],
            readable: self
                .spec
                .ro_paths
                .iter()
                .cloned()
                .chain([inside.exe])
                .collect(),
            nested: self.spec.nested,
            rlimits: self.cgroup.rlimits(&self.spec.limits),
        })
    }

    fn on_request(&mut self, client: UnixStream, request: Request) {
        match request {
            Request::Inspect => answer(client, &self.inspection()),
            Request::Stop { grace_ms } => {
                self.waiting.push(client);
                self.state = SandboxState::Stopping;
                let end = self.time.elapsed() + Duration::from_millis(grace_ms);
                self.deadline = Some(self.deadline.map_or(end, |earlier| earlier.min(end)));
                self.order(&InitOrder::Stop);
            }
            Request::Kill => {
                self.waiting.push(client);
                self.state = SandboxState::Stopping;
                self.deadline = None;
                self.kill();
            }
            Request::Reissue { token, env } => {
                self.token.clone_from(&token);
                self.order(&InitOrder::Reissue { token, env });
                if matches!(self.state, SandboxState::Broken(_)) {
                    self.state = SandboxState::Running;
                }
                answer(client, &serde_json::json!({ "reissued": true }));
            }
        }
    }

    fn inspection(&self) -> Inspection {
        Inspection {
            state: self.state.clone(),
            supervisor_pid: std::process::id(),
            init_pid: self.init_pid,
            agent_restarts: self.restarts,
            level: self.spec.level,
            limits: self.cgroup.describe(),
            oom_kills: self.cgroup.oom_kills(),
        }
    }

    fn order(&mut self, order: &InitOrder) {
        let sent = match &mut self.orders {
            Some(orders) => send(orders, order).is_ok(),
            None => false,
        };
        // An init that takes no orders is past help.
        if !sent {
            self.kill();
        }
    }

    fn kill(&mut self) {
        let init = (self.init_pid != 0).then_some(self.init_pid);
        kill_all(init);
        self.cgroup.kill();
    }
}

fn send(orders: &mut ChildStdin, document: &impl serde::Serialize) -> Result<(), Error> {
    let mut line = serde_json::to_vec(document).map_err(|source| Error::Document {
        what: "order",
        source,
    })?;
    line.push(b'\n');
    orders.write_all(&line).at("tell the sandbox")
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(128 * 1024)
        .spawn(body)
        .at("start a thread")?;
    Ok(())
}

fn read_events(source: impl Read, sender: &Sender<Event>) {
    for line in BufReader::new(source).lines().map_while(Result::ok) {
        // Nothing but our own program writes here; a line that is none of ours is dropped.
        if let Ok(event) = serde_json::from_str(&line)
            && sender.send(Event::Init(event)).is_err()
        {
            return;
        }
    }
    // When the receiver is gone, so is the session.
    drop(sender.send(Event::Ended));
}

fn accept(listener: &UnixListener, sender: &Sender<Event>) {
    for client in listener.incoming().flatten() {
        let Ok(request) = read_request(&client) else {
            continue;
        };
        if sender.send(Event::Request(client, request)).is_err() {
            return;
        }
    }
}

fn read_request(client: &UnixStream) -> io::Result<Request> {
    client.set_read_timeout(Some(REQUEST_LIMIT))?;
    let mut line = String::new();
    BufReader::new(client.take(SANDBOX_DOCUMENT_BYTES_MAX as u64)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// A client that went away does not wait for its answer.
fn answer(mut client: UnixStream, value: &impl serde::Serialize) {
    if let Ok(mut line) = serde_json::to_vec(value) {
        line.push(b'\n');
        drop(client.write_all(&line));
    }
}
