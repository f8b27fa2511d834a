use std::time::Duration;

use futures_util::future::join_all;
use muster_agent_link::CallContext;
use muster_agent_link::wire::{Code, EffectState, Signal};
use muster_base::{ChatId, limits};

use crate::world::{in_time, world};

#[tokio::test]
async fn hundred_calls_with_one_id_start_one_process() {
    let w = world().await;
    let client = w.agent().await;
    let (context, start) = w.command("echo once >> counter; cat gate");
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        w.home().join("gate"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let calls = (0..100).map(|_| client.start_process(&context, &start));
    let answers = in_time(join_all(calls)).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().started));
    std::fs::write(w.home().join("gate"), "open").unwrap();
    assert_eq!(w.ended(&client, start.id).await.unwrap().exit_code, Some(0));
    // After its end as well.
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    assert_eq!(
        std::fs::read_to_string(w.home().join("counter")).unwrap(),
        "once\n"
    );
    w.end().await;
}

#[tokio::test]
async fn same_id_for_another_command_is_a_conflict() {
    let w = world().await;
    let client = w.agent().await;
    let (mut context, start) = w.command("true");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    if let Some(effect) = &mut context.effect {
        effect.hash = "other".to_owned();
    }
    let refused = in_time(client.start_process(&context, &start))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(Code::EffectConflict));
    w.end().await;
}

#[tokio::test]
async fn output_keeps_both_streams_in_order_and_the_exit_code() {
    let w = world().await;
    let client = w.agent().await;
    let output = w
        .execute(&client, "echo one; echo two >&2; echo three; exit 3")
        .await;
    assert_eq!(output.output, "one\ntwo\nthree\n");
    assert_eq!((output.running, output.exit_code), (false, Some(3)));
    assert_eq!(output.truncated, None);
    w.end().await;
}

#[tokio::test]
async fn long_output_shows_its_ends_and_the_log_is_capped() {
    let w = world().await;
    let client = w.agent().await;
    let (context, start) = w.command("seq 1 400000");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let output = w.ended(&client, start.id).await.unwrap();
    assert!(output.output.starts_with("1\n2\n") && output.output.ends_with("\n400000\n"));
    assert!(output.output.len() <= limits::EXECUTE_OUTPUT_BYTES_MAX);
    let truncated = output.truncated.unwrap();
    assert_eq!(truncated.original_bytes, 2_688_895);
    let log = in_time(client.process_log(&context, start.id, 0))
        .await
        .unwrap();
    assert_eq!(log.bytes.len() as u64, limits::PROCESS_LOG_BYTES_MAX);
    assert_eq!(log.total_bytes, truncated.original_bytes);
    w.end().await;
}

#[tokio::test]
async fn commands_are_unattended_and_never_see_the_token() {
    let w = world().await;
    let client = w.agent().await;
    let output = w
        .execute(&client, "env | sort; cat /proc/$PPID/environ")
        .await
        .output;
    for line in [
        "CODER_CHAT_AGENT=true",
        "GIT_TERMINAL_PROMPT=0",
        "NO_COLOR=1",
        "PAGER=cat",
    ] {
        assert!(output.contains(line), "{line}");
    }
    assert!(output.contains(&format!("CODER_CHAT_ID={}", w.chat_id)));
    assert!(!output.contains(crate::world::TOKEN));
    w.end().await;
}

#[tokio::test]
async fn signal_reaches_the_whole_group_and_only_while_it_runs() {
    let w = world().await;
    let client = w.agent().await;
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        w.home().join("gate"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let (context, start) = w.command("cat gate & cat gate & wait");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    // A command is signalled at the earliest possible moment: it may still be starting.
    let effect = w.effect();
    let sent = in_time(async {
        loop {
            match client.signal(&effect, start.id, Signal::Terminate).await {
                Err(error) if error.code() == Some(Code::Unavailable) => {}
                sent => return sent,
            }
        }
    });
    assert!(sent.await.unwrap().success);
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(output.exit_code, Some(128 + 15));
    // The same effect again is the same answer, another one is refused.
    assert!(
        in_time(client.signal(&effect, start.id, Signal::Terminate))
            .await
            .unwrap()
            .success
    );
    let late = in_time(client.signal(&w.effect(), start.id, Signal::Kill)).await;
    assert_eq!(late.unwrap_err().code(), Some(Code::Conflict));
    w.end().await;
}

#[tokio::test]
async fn hard_limit_kills_the_process_group() {
    let w = world().await;
    let client = w.agent().await;
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        w.home().join("gate"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let (context, mut start) = w.command("echo begun; cat gate");
    start.timeout_ms = Some(50);
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(output.exit_code, Some(128 + 9));
    assert_eq!(output.error.as_deref(), Some("killed at its time limit"));
    w.end().await;
}

#[tokio::test]
async fn wait_that_runs_out_answers_that_the_process_runs() {
    let w = world().await;
    let client = w.agent().await;
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        w.home().join("gate"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let (context, start) = w.command("cat gate");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let short = Some(Duration::from_millis(10));
    let output = in_time(client.process_output(&context, start.id, short))
        .await
        .unwrap();
    assert!(output.running && output.exit_code.is_none());
    std::fs::write(w.home().join("gate"), "bye").unwrap();
    assert_eq!(w.ended(&client, start.id).await.unwrap().output, "bye");
    w.end().await;
}

/// Processes whose argument list holds this text, with their numbers.
fn processes_with(text: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers
        .filter(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(text)
        })
        .collect()
}

#[tokio::test]
async fn command_whose_shim_was_killed_can_still_be_ended() {
    let w = world().await;
    let client = w.agent().await;
    let mark = format!("exec sleep 6{}", std::process::id());
    let (context, start) = w.command(&mark);
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let shims = processes_with(&format!("proc/{}", start.id));
    assert_eq!(shims.len(), 1, "{shims:?}");
    let shim = rustix::process::Pid::from_raw(shims[0]).unwrap();
    rustix::process::kill_process(shim, rustix::process::Signal::KILL).unwrap();
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(output.exit_code, Some(-1));
    let sleeps = format!("6{}", std::process::id());
    assert_eq!(processes_with(&sleeps).len(), 1);
    in_time(client.signal(&w.effect(), start.id, Signal::Kill))
        .await
        .unwrap();
    in_time(async {
        while !processes_with(&sleeps).is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    w.end().await;
}

#[tokio::test]
async fn background_child_does_not_hold_the_result_back() {
    let w = world().await;
    let client = w.agent().await;
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        w.home().join("gate"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let (context, start) = w.command("cat gate & echo parent");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    let output = w.ended(&client, start.id).await.unwrap();
    assert_eq!(
        (output.output.as_str(), output.exit_code),
        ("parent\n", Some(0))
    );
    std::fs::write(w.home().join("gate"), "child").unwrap();
    w.end().await;
}

#[tokio::test]
async fn processes_of_other_chats_are_not_there() {
    let w = world().await;
    let client = w.agent().await;
    let (context, start) = w.command("echo mine");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    w.ended(&client, start.id).await.unwrap();
    let stranger = CallContext::of_chat(ChatId::new(&w.clock), Vec::new());
    let hidden = in_time(client.process_output(&stranger, start.id, None)).await;
    assert_eq!(hidden.unwrap_err().code(), Some(Code::NotFound));
    assert!(
        in_time(client.process_list(&stranger))
            .await
            .unwrap()
            .processes
            .is_empty()
    );
    let child = CallContext::of_chat(ChatId::new(&w.clock), vec![w.chat_id]);
    let seen = in_time(client.process_list(&child))
        .await
        .unwrap()
        .processes;
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].id, seen[0].command.as_str()),
        (start.id, "echo mine")
    );
    w.end().await;
}

#[tokio::test]
async fn command_in_a_missing_folder_leaves_no_trace() {
    let w = world().await;
    let client = w.agent().await;
    let (context, mut start) = w.command("true");
    start.workdir = Some(w.file("missing"));
    let refused = in_time(client.start_process(&context, &start))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(Code::NotFound));
    let known = in_time(client.effects_query(&context, vec![start.id]))
        .await
        .unwrap();
    assert_eq!(known.effects[0].state, EffectState::Absent);
    w.end().await;
}

#[tokio::test]
async fn result_of_a_process_stays_until_it_is_acknowledged() {
    let w = world().await;
    let client = w.agent().await;
    let (context, start) = w.command("echo kept");
    in_time(client.start_process(&context, &start))
        .await
        .unwrap();
    w.ended(&client, start.id).await.unwrap();
    let status = in_time(async {
        loop {
            let known = client
                .effects_query(&context, vec![start.id])
                .await
                .unwrap();
            if known.effects[0].state == EffectState::Finished {
                return known.effects[0].clone();
            }
        }
    });
    let body = status.await.answer.unwrap().body;
    assert_eq!(
        (&body["output"], &body["exit_code"]),
        (&"kept\n".into(), &0.into())
    );
    in_time(client.effects_ack(&context, vec![start.id]))
        .await
        .unwrap();
    let known = in_time(client.effects_query(&context, vec![start.id]))
        .await
        .unwrap();
    assert_eq!(known.effects[0].state, EffectState::Absent);
    w.end().await;
}
