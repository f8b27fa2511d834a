use muster_agent_link::wire::{Code, PtyInput, PtyQuery};
use muster_agent_link::{AgentClient, CallContext, Error, PtyOutput, StreamInput};
use muster_base::{PtyId, limits};

use crate::world::{World, in_time, world};

struct Terminal {
    input: StreamInput<PtyInput>,
    output: PtyOutput,
    /// Everything that came.
    seen: String,
}

impl World {
    fn query(&self, command: Option<&str>) -> PtyQuery {
        PtyQuery {
            id: PtyId::new(&self.clock),
            width: Some(90),
            height: Some(33),
            command: command.map(str::to_owned),
        }
    }
}

async fn open(client: &AgentClient, query: &PtyQuery) -> Result<Terminal, Error> {
    let context = CallContext::default();
    let (input, output) = in_time(client.pty(&context, query)).await?;
    Ok(Terminal {
        input,
        output,
        seen: String::new(),
    })
}

impl Terminal {
    async fn type_in(&self, text: &str) {
        let keys = PtyInput {
            data: Some(text.to_owned()),
            ..PtyInput::default()
        };
        in_time(self.input.send(&keys)).await.unwrap();
    }

    /// Reads until the text has come.
    async fn until(&mut self, text: &str) {
        in_time(async {
            while !self.seen.contains(text) {
                let bytes = self.output.next().await.unwrap();
                let bytes = bytes.unwrap_or_else(|| panic!("ended after {}", self.seen));
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        })
        .await;
    }

    /// Reads to the end.
    async fn rest(&mut self) -> String {
        in_time(async {
            while let Some(bytes) = self.output.next().await.unwrap() {
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        })
        .await;
        self.seen.clone()
    }
}

#[tokio::test]
async fn shell_runs_in_the_working_folder_with_a_terminal_of_the_asked_size() {
    let w = world().await;
    let client = w.agent().await;
    let mut terminal = open(&client, &w.query(None)).await.unwrap();
    terminal
        .type_in("stty size; echo \"$TERM in $PWD\" | tr a-z A-Z; test -t 0 && echo a''tty\n")
        .await;
    terminal.until("33 90").await;
    let folder = format!("XTERM-256COLOR IN {}", w.home().display()).to_uppercase();
    terminal.until(&folder).await;
    terminal.until("atty").await;
    let resize = PtyInput {
        width: Some(120),
        height: Some(40),
        data: Some("stty size\n".to_owned()),
    };
    in_time(terminal.input.send(&resize)).await.unwrap();
    terminal.until("40 120").await;
    terminal.type_in("exit\n").await;
    terminal.rest().await;
    w.end().await;
}

#[tokio::test]
async fn client_that_comes_back_finds_the_same_shell_and_what_it_has_put_out() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(None);
    let mut first = open(&client, &query).await.unwrap();
    first.type_in("HELD=still-here; echo be''fore\n").await;
    first.until("before").await;
    drop(first);
    let mut second = open(&client, &query).await.unwrap();
    second.until("before").await;
    second.type_in("echo \"$HELD\" | tr a-z A-Z\n").await;
    second.until("STILL-HERE").await;
    // Another id is another shell.
    let mut other = open(&client, &w.query(None)).await.unwrap();
    other
        .type_in("echo \"<${HELD:-nothing}>\" | tr a-z A-Z\n")
        .await;
    other.until("<NOTHING>").await;
    w.end().await;
}

#[tokio::test]
async fn terminal_outlives_its_link_and_is_joined_over_the_next_one() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(None);
    let mut first = open(&client, &query).await.unwrap();
    first.type_in("HELD=over; echo be''fore\n").await;
    first.until("before").await;
    w.registry
        .close(w.agent_id, muster_agent_link::Closed::Draining);
    let broken = in_time(async { while let Ok(Some(_)) = first.output.next().await {} });
    broken.await;
    let next = w.linked(Some(client.connection_id())).await;
    let mut second = open(&next, &query).await.unwrap();
    second.until("before").await;
    second.type_in("echo \"$HELD\" | tr a-z A-Z\n").await;
    second.until("OVER").await;
    w.end().await;
}

#[tokio::test]
async fn command_takes_the_place_of_the_shell_and_its_end_is_the_end() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(Some("printf 'hello\\n'; sleep 1000 & exit 3"));
    let mut terminal = open(&client, &query).await.unwrap();
    // What stays in the background does not hold the terminal.
    assert_eq!(terminal.rest().await, "hello\r\n");
    // The id is free again.
    let mut again = open(&client, &query).await.unwrap();
    assert_eq!(again.rest().await, "hello\r\n");
    w.end().await;
}

#[tokio::test]
async fn two_clients_see_the_same_and_a_third_sees_what_they_saw() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(Some("read line; echo got-$line; read line"));
    let mut one = open(&client, &query).await.unwrap();
    let mut two = open(&client, &query).await.unwrap();
    two.type_in("x\n").await;
    one.until("got-x").await;
    two.until("got-x").await;
    let mut three = open(&client, &query).await.unwrap();
    three.until("got-x").await;
    three.type_in("y\n").await;
    for terminal in [&mut one, &mut two, &mut three] {
        terminal.rest().await;
    }
    assert_eq!(one.seen, two.seen);
    assert_eq!(one.seen, three.seen);
    w.end().await;
}

#[tokio::test]
async fn output_that_is_longer_than_all_buffers_arrives_whole() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(Some("seq 1 200000"));
    let mut terminal = open(&client, &query).await.unwrap();
    let seen = terminal.rest().await;
    let expected: String = (1..=200_000)
        .map(|number| format!("{number}\r\n"))
        .collect();
    assert!(
        seen == expected,
        "{} of {} bytes",
        seen.len(),
        expected.len()
    );
    w.end().await;
}

#[tokio::test]
async fn late_client_gets_no_more_than_is_kept_and_begins_with_a_whole_line() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(Some("seq 1 50000; read line"));
    let mut first = open(&client, &query).await.unwrap();
    first.until("50000\r\n").await;
    let mut late = open(&client, &query).await.unwrap();
    late.until("50000\r\n").await;
    assert!(late.seen.len() <= limits::PTY_SCROLLBACK_BYTES);
    let line = late.seen.lines().next().unwrap().parse::<usize>().unwrap();
    assert_eq!(late.seen.lines().count(), 50_000 - line + 1);
    w.end().await;
}

#[tokio::test]
async fn terminals_beyond_the_limit_and_commands_too_long_are_refused() {
    let w = world().await;
    let client = w.agent().await;
    let mut held = Vec::new();
    for _ in 0..limits::PTY_SESSIONS_MAX {
        held.push(open(&client, &w.query(Some("read line"))).await.unwrap());
    }
    let over = open(&client, &w.query(None)).await.err().unwrap();
    assert_eq!(over.code(), Some(Code::Unavailable), "{over}");
    held[0].type_in("\n").await;
    held[0].rest().await;
    open(&client, &w.query(Some("true"))).await.unwrap();
    let long = "x".repeat(limits::PTY_COMMAND_BYTES_MAX + 1);
    let refused = open(&client, &w.query(Some(&long))).await.err().unwrap();
    assert_eq!(refused.code(), Some(Code::BadRequest));
    w.end().await;
}

#[tokio::test]
async fn process_that_left_the_terminal_but_holds_it_open_does_not_keep_it() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(Some("setsid sleep 30 & sleep 0.1; echo do''ne"));
    let mut terminal = open(&client, &query).await.unwrap();
    assert_eq!(terminal.rest().await, "done\r\n");
    w.end().await;
}

#[tokio::test]
async fn program_that_ignores_the_hang_up_ends_with_the_agent() {
    let w = world().await;
    let client = w.agent().await;
    let query = w.query(Some(
        "trap '' HUP TERM; echo rea''dy; while :; do sleep 0.1; done",
    ));
    let mut terminal = open(&client, &query).await.unwrap();
    terminal.until("ready").await;
    // Waits for every thread and task of the agent.
    w.end().await;
}
