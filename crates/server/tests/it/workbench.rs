//! Terminals and live changes of a workspace, with a real agent on the other end.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use muster_agent::{Endpoint, Options, Places, run};
use muster_base::{Clock, TaskSet, WorkspaceId, limits};
use muster_bus::Topic;
use muster_rbac::Role;
use muster_server::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Harness, Person, Socket};
use crate::workspaces::{Elsewhere, running, until};

const SCRIPT: &str = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";
const ID: &str = "0193a5b0-0000-7000-8000-000000000001";

/// A server, and a workspace of somebody with its agent.
struct Bench {
    muster: Harness,
    ann: Person,
    home: TempDir,
    workspace: WorkspaceId,
    agent: String,
    tasks: TaskSet,
}

impl Bench {
    /// The agent has not been started.
    async fn stopped() -> (Self, Options) {
        let driver = Arc::new(Elsewhere::default());
        let drivers = vec![driver.clone() as _];
        let muster = Harness::with_drivers(Clock::system(), Settings::default(), drivers).await;
        let owner = muster.owner().await;
        muster.model(&owner, SCRIPT).await;
        let ann = muster.person("ann", &[Role::AgentsAccess]).await;
        let (workspace, agent) = running(&muster, &ann).await;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("work");
        std::fs::create_dir(&folder).unwrap();
        let state = home.path().join("state");
        let options = Options {
            endpoint: Endpoint::Url(muster.handle.url()),
            token: driver.token().unwrap(),
            home: folder.clone(),
            directory: folder.clone(),
            env: vec![
                ("PATH".into(), "/usr/bin:/bin".into()),
                ("HOME".into(), folder.into()),
            ],
            command_wrapper: Vec::new(),
            shim: Vec::new(),
            places: Places::everything_but(state.clone()),
            state_dir: state,
        };
        let bench = Self {
            muster,
            ann,
            home,
            workspace,
            agent: agent.to_string(),
            tasks: TaskSet::new(),
        };
        (bench, options)
    }

    async fn start() -> Self {
        let (bench, options) = Self::stopped().await;
        let topics = [
            Topic::Workspace(bench.workspace),
            Topic::Agent(bench.agent.parse().unwrap()),
        ];
        let hints = bench.muster.store().bus().subscribe(topics);
        let drain = bench.tasks.drain().clone();
        let agent = run(options, Clock::system(), drain);
        bench.tasks.spawn("agent", agent);
        let path = format!("/api/v2/workspaces/{}", bench.workspace);
        let healthy = |workspace: &Value| workspace["health"]["healthy"] == true;
        until(&bench.muster, &bench.ann, &hints, &path, healthy).await;
        bench
    }

    async fn chat(&self, workspace: Option<WorkspaceId>) -> String {
        let mut body = json!({"content": [{"type": "text", "text": "hello"}]});
        if let Some(workspace) = workspace {
            body["workspace_id"] = json!(workspace.to_string());
        }
        let made = self.muster.post(&self.ann, "/api/v2/chats", body).await;
        let chat = made.expect(201)["id"].as_str().unwrap().to_owned();
        self.muster.until(&self.ann, &chat, "waiting").await;
        chat
    }

    fn git(&self, script: &str) {
        let shell = Command::new("/bin/sh")
            .args(["-ec", script])
            .current_dir(self.home.path().join("work"))
            .env("HOME", self.home.path())
            .output()
            .unwrap();
        assert!(shell.status.success(), "{shell:?}");
    }

    fn terminal(&self, more: &str) -> String {
        format!(
            "/api/v2/workspaceagents/{}/pty?reconnect={ID}{more}",
            self.agent
        )
    }

    async fn refused(&self, person: &Person, path: &str) -> crate::harness::Answer {
        let header = ("coder-session-token", person.token.as_str());
        self.muster.socket(path, &[header]).await.unwrap_err()
    }

    async fn end(self) {
        self.tasks.shutdown().await;
        self.muster.end().await;
    }
}

/// Reads a terminal until a text has come.
async fn shows(terminal: &mut Socket, text: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        let bytes = terminal.next_bytes().await;
        let bytes = bytes.unwrap_or_else(|code| panic!("closed with {code:?} after {seen}"));
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    seen
}

/// Reads a terminal to its end; gives the code of the close.
async fn closes(terminal: &mut Socket) -> Option<u16> {
    loop {
        if let Err(code) = terminal.next_bytes().await {
            return code;
        }
    }
}

/// The next frame that is no ping.
async fn changes(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.next().await.expect("the stream ended");
        if frame["type"] != "ping" {
            return frame;
        }
    }
}

#[tokio::test]
async fn terminal_that_was_cut_off_is_the_same_shell_when_its_client_comes_back() {
    let bench = Bench::start().await;
    let path = bench.terminal("&width=100&height=30");
    let mut first = bench.muster.socket_of(&bench.ann, &path).await;
    first
        .send_text(&json!({"data": "HELD=kept; stty size; echo be''fore\n"}))
        .await;
    let seen = shows(&mut first, "before").await;
    assert!(seen.contains("30 100"), "{seen}");
    // Without a farewell, as a lost network has it.
    drop(first);
    let mut second = bench.muster.socket_of(&bench.ann, &path).await;
    shows(&mut second, "before").await;
    // Clients may also send their JSON as bytes.
    let input = json!({"data": "echo $HELD | tr a-z A-Z; stty size\n", "width": 77, "height": 7});
    second.send_bytes(&input).await;
    let seen = shows(&mut second, "7 77").await;
    assert!(seen.contains("KEPT"), "{seen}");
    second.send_text(&json!({"data": "exit\n"})).await;
    assert_eq!(closes(&mut second).await, Some(1000));
    bench.end().await;
}

#[tokio::test]
async fn program_that_echoes_more_than_all_buffers_hold_gets_through() {
    let bench = Bench::start().await;
    let path = bench.terminal("&command=stty+raw+-echo;+echo+ready;+head+-c+2000000+|+tail+-c+5");
    let mut terminal = bench.muster.socket_of(&bench.ann, &path).await;
    shows(&mut terminal, "ready").await;
    for _ in 0..20 {
        terminal
            .send_text(&json!({"data": "x".repeat(100_000)}))
            .await;
    }
    shows(&mut terminal, "xxxxx").await;
    bench.end().await;
}

#[tokio::test]
async fn terminal_is_for_those_who_may_work_in_the_workspace() {
    let (bench, _) = Bench::stopped().await;
    let stranger = bench.muster.person("stranger", &[Role::AgentsAccess]).await;
    let auditor = bench.muster.person("auditor", &[Role::Auditor]).await;
    let path = bench.terminal("");
    bench.refused(&stranger, &path).await.expect(404);
    bench.refused(&auditor, &path).await.expect(403);
    // Its owner may, but the agent is not there.
    bench.refused(&bench.ann, &path).await.expect(400);
    bench.end().await;
}

#[tokio::test]
async fn wrong_queries_of_a_terminal_name_the_field() {
    let bench = Bench::start().await;
    let base = format!("/api/v2/workspaceagents/{}/pty", bench.agent);
    let long = "x".repeat(limits::PTY_COMMAND_BYTES_MAX + 1);
    let wide = limits::PTY_CELLS_MAX + 1;
    let cases = [
        (String::new(), "reconnect"),
        (
            "?reconnect=00000000-0000-0000-0000-000000000000".to_owned(),
            "reconnect",
        ),
        ("?reconnect=x".to_owned(), "reconnect"),
        (format!("?reconnect={ID}&width={wide}"), "width"),
        (format!("?reconnect={ID}&height={wide}"), "height"),
        (format!("?reconnect={ID}&command={long}"), "command"),
    ];
    for (query, field) in cases {
        let refused = bench.refused(&bench.ann, &format!("{base}{query}")).await;
        assert_eq!(refused.fields(), [field], "{query}");
        refused.expect(400);
    }
    bench.end().await;
}

#[tokio::test]
async fn changes_are_told_live_and_a_refresh_is_answered() {
    let bench = Bench::start().await;
    bench.git(
        "git init -q -b main app && cd app && git config user.email a@example.com \
         && git config user.name A && echo one > file.txt && git add . && git commit -qm first",
    );
    let chat = bench.chat(Some(bench.workspace)).await;
    let path = format!("/api/v2/chats/{chat}/stream/git");
    let mut socket = bench.muster.socket_of(&bench.ann, &path).await;
    let first = changes(&mut socket).await;
    assert_eq!(first["type"], "changes");
    assert_eq!(first["repositories"][0]["branch"], "main");
    assert_eq!(first["repositories"][0]["files"], json!([]));
    bench.git("cd app && echo two >> file.txt");
    socket.send_text(&json!({"type": "refresh"})).await;
    let changed = changes(&mut socket).await;
    let repository = &changed["repositories"][0];
    assert_eq!(repository["files"][0]["path"], "file.txt");
    assert_eq!(repository["files"][0]["status"], "modified");
    assert!(
        repository["unified_diff"]
            .as_str()
            .unwrap()
            .contains("+two\n")
    );
    // Nobody asked: the commit itself is the sign.
    bench.git("cd app && git commit -qam second");
    let committed = changes(&mut socket).await;
    assert_eq!(committed["repositories"][0]["files"], json!([]));
    // Rubbish is skipped.
    socket.send_text(&json!({"type": "dance"})).await;
    socket.send_text(&json!({"type": "refresh"})).await;
    assert_eq!(changes(&mut socket).await["repositories"], json!([]));
    let diff = format!("/api/v2/chats/{chat}/diff");
    bench.git("cd app && echo three >> file.txt");
    let diff = bench.muster.get(&bench.ann, &diff).await.expect(200);
    assert_eq!(
        (&diff["chat_id"], &diff["branch"]),
        (&json!(chat), &json!("main"))
    );
    assert!(diff["diff"].as_str().unwrap().contains("+three\n"));
    bench.end().await;
}

#[tokio::test]
async fn chat_that_works_nowhere_has_no_live_changes_and_an_empty_diff() {
    let (bench, _) = Bench::stopped().await;
    for workspace in [None, Some(bench.workspace)] {
        let chat = bench.chat(workspace).await;
        let live = format!("/api/v2/chats/{chat}/stream/git");
        bench.refused(&bench.ann, &live).await.expect(400);
        let diff = format!("/api/v2/chats/{chat}/diff");
        let diff = bench.muster.get(&bench.ann, &diff).await.expect(200);
        assert_eq!(diff, json!({"chat_id": chat}));
    }
    bench.end().await;
}

#[tokio::test]
async fn reader_of_a_shared_chat_sees_nothing_of_its_workspace() {
    let (bench, _) = Bench::stopped().await;
    let ben = bench.muster.person("ben", &[Role::AgentsAccess]).await;
    let chat = bench.chat(Some(bench.workspace)).await;
    let chat = format!("/api/v2/chats/{chat}");
    let readers = json!({"user_roles": {(ben.id.to_string()): "read"}});
    let acl = format!("{chat}/acl");
    bench
        .muster
        .patch(&bench.ann, &acl, readers)
        .await
        .expect(204);
    bench.muster.get(&ben, &chat).await.expect(200);
    let live = format!("{chat}/stream/git");
    bench.refused(&ben, &live).await.expect(404);
    let diff = format!("{chat}/diff");
    bench.muster.get(&bench.ann, &diff).await.expect(200);
    bench.muster.get(&ben, &diff).await.expect(404);
    bench.end().await;
}

#[tokio::test]
async fn sockets_end_when_the_agent_goes_and_say_so() {
    let bench = Bench::start().await;
    let chat = bench.chat(Some(bench.workspace)).await;
    let live = format!("/api/v2/chats/{chat}/stream/git");
    let mut live = bench.muster.socket_of(&bench.ann, &live).await;
    changes(&mut live).await;
    let mut terminal = bench
        .muster
        .socket_of(&bench.ann, &bench.terminal(""))
        .await;
    terminal.send_text(&json!({"data": "echo rea''dy\n"})).await;
    shows(&mut terminal, "ready").await;
    bench.tasks.shutdown().await;
    assert_eq!(changes(&mut live).await["type"], "error");
    while let Some(frame) = live.next().await {
        assert_eq!(frame["type"], "ping");
    }
    let code = closes(&mut terminal).await;
    // An orderly agent hangs its terminals up before it goes.
    assert!([Some(1000), Some(1013)].contains(&code), "{code:?}");
    bench.end().await;
}

#[tokio::test]
async fn shutdown_closes_open_terminals_and_watches() {
    let bench = Bench::start().await;
    let chat = bench.chat(Some(bench.workspace)).await;
    let live = format!("/api/v2/chats/{chat}/stream/git");
    let mut live = bench.muster.socket_of(&bench.ann, &live).await;
    changes(&mut live).await;
    let mut terminal = bench
        .muster
        .socket_of(&bench.ann, &bench.terminal(""))
        .await;
    terminal.send_text(&json!({"data": "echo rea''dy\n"})).await;
    shows(&mut terminal, "ready").await;
    let clock = Clock::system();
    let ended = clock.timeout("test.end", Duration::from_secs(30), bench.muster.end());
    ended.await.expect("a socket holds the server");
    assert_eq!(closes(&mut terminal).await, Some(1001));
    while let Some(frame) = live.next().await {
        assert_eq!(frame["type"], "ping");
    }
    bench.tasks.shutdown().await;
}

#[tokio::test]
async fn page_of_another_site_gets_no_terminal() {
    let (bench, _) = Bench::stopped().await;
    let cookie = format!("coder_session_token={}", bench.ann.token);
    let foreign = [
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
    ];
    let refused = bench.muster.socket(&bench.terminal(""), &foreign).await;
    refused.unwrap_err().expect(403);
    bench.end().await;
}
