use std::path::Path;

use muster_agent_link::wire::EffectState;
use rustix::fs::{CWD, Mode};
use rustix::process::{Pid, Signal};

use crate::world::{World, in_time, world};

/// Lets other tasks run for a while whose length differs from round to round.
async fn some_steps(round: usize) {
    for _ in 0..(round * 37) % 400 {
        tokio::task::yield_now().await;
    }
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .lines()
        .count()
}

async fn kill(agent: &mut tokio::process::Child) {
    agent.start_kill().unwrap();
    agent.wait().await.unwrap();
}

#[tokio::test]
async fn commands_happen_once_although_the_agent_is_killed_again_and_again() {
    let w = world().await;
    let mut agent = w.spawn_agent();
    let mut client = w.linked(None).await;
    for round in 0..25 {
        let counter = format!("counter-{round}");
        let (context, start) = w.command(&format!("echo x >> {counter}; echo done"));
        let call = client.start_process(&context, &start);
        let dies = async {
            some_steps(round).await;
            kill(&mut agent).await;
            agent = w.spawn_agent();
        };
        // The call is sent again on the next link, with the same id.
        let (answer, ()) = in_time(async { tokio::join!(call, dies) }).await;
        assert!(answer.unwrap().started, "round {round}");
        client = w.linked(Some(client.connection_id())).await;
        let output = w.ended(&client, start.id).await.unwrap();
        assert_eq!(
            (output.output.as_str(), output.exit_code),
            ("done\n", Some(0)),
            "round {round}"
        );
        assert_eq!(lines(&w.home().join(counter)), 1, "round {round}");
    }
    w.end().await;
}

#[tokio::test]
async fn next_agent_takes_a_running_process_up() {
    let w = world().await;
    rustix::fs::mkfifoat(CWD, w.home().join("gate"), Mode::RWXU).unwrap();
    let mut agent = w.spawn_agent();
    let client = w.linked(None).await;
    let (context, start) = w.command("echo begun; cat gate; exit 4");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    kill(&mut agent).await;

    let _agent = w.spawn_agent();
    let client = w.linked(Some(client.connection_id())).await;
    let known = in_time(client.effects_query(&context, vec![start.id]))
        .await
        .unwrap();
    assert_eq!(known.effects[0].state, EffectState::Running);
    let list = in_time(client.process_list(&context)).await.unwrap();
    assert!(list.processes[0].running);
    std::fs::write(w.home().join("gate"), "over\n").unwrap();
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(
        (output.output.as_str(), output.exit_code),
        ("begun\nover\n", Some(4))
    );
    w.end().await;
}

#[tokio::test]
async fn process_that_ended_without_an_agent_has_its_result() {
    let w = world().await;
    rustix::fs::mkfifoat(CWD, w.home().join("gate"), Mode::RWXU).unwrap();
    let mut agent = w.spawn_agent();
    let client = w.linked(None).await;
    let (context, start) = w.command("cat gate");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    kill(&mut agent).await;
    std::fs::write(w.home().join("gate"), "alone").unwrap();
    let exit = w
        .state()
        .join("proc")
        .join(start.id.to_string())
        .join("exit");
    until_exists(&exit).await;

    let _agent = w.spawn_agent();
    let client = w.linked(Some(client.connection_id())).await;
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(
        (output.output.as_str(), output.exit_code),
        ("alone", Some(0))
    );
    w.end().await;
}

async fn until_exists(path: &Path) {
    in_time(async {
        while !path.exists() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The process group of a command, and its parent: the shim.
async fn group_and_shim(w: &World, id: muster_base::EffectId) -> (Pid, Pid) {
    let file = w.state().join("proc").join(id.to_string()).join("group");
    until_exists(&file).await;
    let text = std::fs::read_to_string(file).unwrap();
    let group: i32 = text.split(' ').next().unwrap().parse().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{group}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let parent: i32 = after_name
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    (
        Pid::from_raw(group).unwrap(),
        Pid::from_raw(parent).unwrap(),
    )
}

#[tokio::test]
async fn process_whose_shim_is_gone_is_unknown_and_never_runs_again() {
    let w = world().await;
    rustix::fs::mkfifoat(CWD, w.home().join("gate"), Mode::RWXU).unwrap();
    let mut agent = w.spawn_agent();
    let client = w.linked(None).await;
    let (context, start) = w.command("echo x >> counter; cat gate");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let counter = w.home().join("counter");
    // The shell makes the file before `echo` writes its line.
    in_time(async {
        while lines(&counter) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let (group, shim) = group_and_shim(&w, start.id).await;
    kill(&mut agent).await;
    rustix::process::kill_process(shim, Signal::KILL).unwrap();
    rustix::process::kill_process_group(group, Signal::KILL).unwrap();

    let _agent = w.spawn_agent();
    let client = w.linked(Some(client.connection_id())).await;
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(output.exit_code, Some(-1));
    assert!(output.error.unwrap().contains("its outcome is unknown"));
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    assert_eq!(lines(&w.home().join("counter")), 1);
    w.end().await;
}

#[tokio::test]
async fn shim_that_is_killed_is_noticed_by_its_agent() {
    let w = world().await;
    rustix::fs::mkfifoat(CWD, w.home().join("gate"), Mode::RWXU).unwrap();
    let client = w.agent().await;
    let (context, start) = w.command("cat gate");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let (group, shim) = group_and_shim(&w, start.id).await;
    rustix::process::kill_process(shim, Signal::KILL).unwrap();
    let output = w.ended(&client, start.id).await.unwrap();
    assert!(output.error.unwrap().contains("its outcome is unknown"));
    rustix::process::kill_process_group(group, Signal::KILL).unwrap();
    w.end().await;
}

#[tokio::test]
async fn writes_happen_once_although_the_agent_is_killed_again_and_again() {
    let w = world().await;
    let mut agent = w.spawn_agent();
    let mut client = w.linked(None).await;
    let mut text = String::new();
    std::fs::write(w.home().join("log"), "end").unwrap();
    for round in 0..25 {
        let edit = muster_agent_link::wire::Edit {
            search: "end".to_owned(),
            replace: format!("{round}\nend"),
            replace_all: false,
        };
        let call = muster_agent_link::wire::EditFiles {
            files: vec![muster_agent_link::wire::FileEdits {
                path: w.file("log"),
                edits: vec![edit],
            }],
        };
        let context = w.effect();
        let edits = client.edit_files(&context, &call);
        let dies = async {
            some_steps(round).await;
            kill(&mut agent).await;
            agent = w.spawn_agent();
        };
        let (answer, ()) = in_time(async { tokio::join!(edits, dies) }).await;
        assert!(
            answer.unwrap().files[0]
                .diff
                .contains(&format!("+{round}\n"))
        );
        client = w.linked(Some(client.connection_id())).await;
        text.push_str(&format!("{round}\n"));
        let now = std::fs::read_to_string(w.home().join("log")).unwrap();
        assert_eq!(now, format!("{text}end"), "round {round}");
    }
    w.end().await;
}
