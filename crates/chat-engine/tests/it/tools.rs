//! Tool phases: what the agent is asked, what is stored, what happens once.

use std::sync::Arc;

use futures_util::FutureExt;
use muster_agent_link::fake::{FakeAnswer, FakeCall, Handler};
use muster_agent_link::wire::{
    Code, EffectState as Journal, EffectStatus, EffectsAnswer, ProcessOutput, ProcessStarted,
    SignalDone, WrittenFile,
};
use muster_base::EffectId;
use muster_chat_state::effects::EffectState;
use muster_chat_state::transitions::EditMessage;
use muster_store::chat_messages::Role;
use muster_store::chats::ChatStatus;
use serde_json::json;
use tokio::sync::Notify;

use crate::model::{FakeModel, calls, cut_off, text, text_of_response};
use crate::support::World;

/// A model that makes `first` as its first step and then ends.
fn one_step(first: &[(&'static str, &'static str, serde_json::Value)]) -> Arc<FakeModel> {
    let first = first.to_vec();
    FakeModel::new(move |n, _| match n {
        0 => calls(&first),
        _ => text("Done."),
    })
}

/// An agent with which everything goes well.
pub(crate) fn answer(call: &FakeCall) -> FakeAnswer {
    match call.path.as_str() {
        "write-file" => FakeAnswer::json(&WrittenFile { ok: true, bytes: 1 }),
        "process/start" => FakeAnswer::json(&ProcessStarted {
            id: call.effect_id().unwrap_or(EffectId::NIL),
            started: true,
        }),
        "effects/ack" => FakeAnswer::json(&json!({})),
        path if path.ends_with("/output") => FakeAnswer::json(&ProcessOutput {
            output: "hello\n".to_owned(),
            exit_code: Some(0),
            wall_duration_ms: Some(3),
            ..ProcessOutput::default()
        }),
        path if path.ends_with("/signal") => FakeAnswer::json(&SignalDone {
            success: true,
            message: "sent".to_owned(),
        }),
        _ => FakeAnswer::refused(Code::NotFound, "no such route"),
    }
}

pub(crate) fn handler(answer: impl Fn(&FakeCall) -> FakeAnswer + Send + Sync + 'static) -> Handler {
    Arc::new(move |call| std::future::ready(answer(&call)).boxed())
}

#[tokio::test]
async fn calls_run_together_and_results_stand_in_call_order() {
    let model = one_step(&[
        ("a", "execute", json!({"command": "echo hello"})),
        ("b", "write_file", json!({"path": "/x", "content": "y"})),
    ]);
    let world = World::new(model).await;
    let agent = world.agent(handler(answer)).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        [
            "user: Go.",
            "assistant: call a execute | call b write_file",
            "tool: result a {\"exit_code\":0,\"output\":\"hello\\n\",\"success\":true,\"wall_duration_ms\":3}",
            "tool: result b {\"ok\":true}",
            "assistant: Done.",
        ]
    );
    engine.shutdown().await;
    let paths: Vec<String> = agent.calls().into_iter().map(|call| call.path).collect();
    assert_eq!(
        paths.iter().filter(|path| *path == "process/start").count(),
        1
    );
    assert!(paths.iter().any(|path| path == "effects/ack"));
}

#[tokio::test]
async fn mistakes_of_the_model_are_results_and_never_end_the_turn() {
    let model = one_step(&[
        ("a", "no_such_tool", json!({})),
        ("b", "execute", json!({"comand": "ls"})),
        ("c", "execute", json!({"command": "ls", "timeout": "soon"})),
    ]);
    let world = World::new(model).await;
    let _agent = world.agent(handler(answer)).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(transcript[2].contains("There is no tool called"));
    assert!(transcript[3].contains("comand"), "{}", transcript[3]);
    assert!(transcript[4].contains("timeout must be a duration"));
    assert_eq!(transcript[5], "assistant: Done.");
    engine.shutdown().await;
}

#[tokio::test]
async fn call_whose_arguments_were_cut_off_is_answered_and_not_made() {
    for written in ["", "{\"path\": \"/x\", \"content\": \"half a"] {
        let model = FakeModel::new(move |n, _| match n {
            0 => cut_off("a", "write_file", written),
            1 => cut_off("b", "process_list", written),
            _ => text("Done."),
        });
        let world = World::new(model).await;
        let agent = world.agent(handler(answer)).await;
        let engine = world.engine();
        let chat = world.chat("Go.").await;
        world.until_status(chat, ChatStatus::Waiting).await;
        let transcript = world.transcript(chat).await;
        for at in [2, 4] {
            let result = &transcript[at];
            assert!(result.contains("arguments were cut off"), "{result}");
        }
        assert_eq!(transcript[5], "assistant: Done.");
        engine.shutdown().await;
        assert!(agent.calls().is_empty(), "{:?}", agent.calls());
    }
}

#[tokio::test]
async fn nul_in_names_and_ids_of_a_model_does_not_stop_the_turn() {
    let model = FakeModel::new(|n, _| match n {
        0 => calls(&[("a\0b", "read\0file", json!({"path": "a\0b"}))]),
        _ => text_of_response("Do\0ne.", "resp\0"),
    });
    let world = World::new(model).await;
    let _agent = world.agent(handler(answer)).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert_eq!(transcript[1], "assistant: call a\u{FFFD}b read\u{FFFD}file");
    assert!(transcript[2].contains("There is no tool called"));
    assert_eq!(transcript[3], "assistant: Do\u{FFFD}ne.");
    engine.shutdown().await;
}

#[tokio::test]
async fn missing_agent_is_told_to_the_model() {
    let model = one_step(&[("a", "read_file", json!({"path": "/x"}))]);
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(
        transcript[2].contains("start_workspace"),
        "{}",
        transcript[2]
    );
    engine.shutdown().await;
}

/// An agent on which the first command hangs until somebody lets it end.
fn hanging(journal: Journal, started: &Arc<Notify>) -> Handler {
    let started = Arc::clone(started);
    Arc::new(move |call| {
        let started = Arc::clone(&started);
        async move {
            match call.path.as_str() {
                "write-file" => {
                    started.notify_one();
                    std::future::pending().await
                }
                "effects/query" => FakeAnswer::json(&query_answer(&call, journal)),
                _ => answer(&call),
            }
        }
        .boxed()
    })
}

fn query_answer(call: &FakeCall, state: Journal) -> EffectsAnswer {
    let ids: Vec<EffectId> = serde_json::from_value(call.json()["ids"].clone()).unwrap();
    let effects = ids.into_iter().map(|id| EffectStatus {
        id,
        state,
        answer: None,
    });
    EffectsAnswer {
        epoch: "fake".to_owned(),
        effects: effects.collect(),
    }
}

/// Kills the engine while a write is under way, and lets another one recover it.
async fn recover(journal: Journal) -> (Vec<String>, Vec<FakeCall>) {
    recover_with("fake", journal).await
}

/// The same where the recovering agent's journal has this epoch.
async fn recover_with(epoch: &'static str, journal: Journal) -> (Vec<String>, Vec<FakeCall>) {
    let model = one_step(&[("a", "write_file", json!({"path": "/x", "content": "y"}))]);
    let world = World::new(model).await;
    let started = Arc::new(Notify::new());
    let first = world.agent(hanging(journal, &started)).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    crate::support::in_time(started.notified()).await;
    engine.shutdown().await;
    let sent = first.calls();
    let second = world
        .agent(handler(move |call| match call.path.as_str() {
            "effects/query" => FakeAnswer::json(&EffectsAnswer {
                epoch: epoch.to_owned(),
                ..query_answer(call, journal)
            }),
            _ => answer(call),
        }))
        .await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    let again = second.calls();
    let effects = sent
        .iter()
        .chain(&again)
        .filter(|call| call.path == "write-file");
    let ids: Vec<_> = effects.map(FakeCall::effect_id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    let effect = world.machine.get_effect(ids[0].unwrap()).await.unwrap();
    assert_eq!(effect.unwrap().attempts, 2, "each owner passes the fence");
    (world.transcript(chat).await, again)
}

fn writes(calls: &[FakeCall]) -> usize {
    calls
        .iter()
        .filter(|call| call.path == "write-file")
        .count()
}

#[tokio::test]
async fn effect_that_never_reached_the_agent_is_sent_after_a_crash() {
    let (transcript, calls) = recover(Journal::Absent).await;
    assert_eq!(calls[0].path, "effects/query");
    assert_eq!(writes(&calls), 1);
    assert_eq!(transcript[2], "tool: result a {\"ok\":true}");
}

#[tokio::test]
async fn effect_that_another_journal_does_not_know_is_never_repeated() {
    let (transcript, calls) = recover_with("another", Journal::Absent).await;
    assert_eq!(writes(&calls), 0);
    let unknown = "\"outcome\":\"unknown\"";
    assert!(transcript[2].contains(unknown), "{}", transcript[2]);
}

#[tokio::test]
async fn finished_effect_is_asked_for_by_its_id_after_a_crash() {
    let (transcript, calls) = recover(Journal::Finished).await;
    assert_eq!(writes(&calls), 1);
    assert_eq!(transcript[2], "tool: result a {\"ok\":true}");
}

#[tokio::test]
async fn effect_of_unknown_outcome_is_never_repeated() {
    let (transcript, calls) = recover(Journal::Unknown).await;
    assert_eq!(writes(&calls), 0);
    assert!(
        transcript[2].contains("\"outcome\":\"unknown\""),
        "{}",
        transcript[2]
    );
    assert_eq!(transcript[3], "assistant: Done.");
}

#[tokio::test]
async fn interrupt_answers_open_calls_and_ends_their_processes() {
    let model = one_step(&[(
        "a",
        "execute",
        json!({"command": "sleep 1000", "timeout": "1h"}),
    )]);
    let world = World::new(model).await;
    let (waits, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (waiting, ending) = (Arc::clone(&waits), Arc::clone(&ended));
    let agent = world
        .agent(Arc::new(move |call| {
            let (waiting, ending) = (Arc::clone(&waiting), Arc::clone(&ending));
            async move {
                if call.path.ends_with("/signal") {
                    ending.notify_one();
                }
                if call.path.ends_with("/output") {
                    waiting.notify_one();
                    return std::future::pending().await;
                }
                answer(&call)
            }
            .boxed()
        }))
        .await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    crate::support::in_time(waits.notified()).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(transcript[2].contains("interrupted"), "{}", transcript[2]);
    // The process is ended behind the interrupt, not before it.
    crate::support::in_time(ended.notified()).await;
    engine.shutdown().await;
    let calls = agent.calls();
    let start = calls.iter().find(|call| call.path == "process/start");
    let id = start.and_then(FakeCall::effect_id).unwrap();
    let signal = calls.iter().find(|call| call.path.ends_with("/signal"));
    assert_eq!(signal.unwrap().path, format!("process/{id}/signal"));
    let effect = world.machine.get_effect(id).await.unwrap().unwrap();
    assert_eq!(effect.state, EffectState::Canceled);
}

#[tokio::test]
async fn edit_ends_the_processes_of_the_calls_that_it_removes() {
    let model = one_step(&[(
        "a",
        "execute",
        json!({"command": "sleep 1000", "timeout": "1h"}),
    )]);
    let world = World::new(model).await;
    let (waits, signals) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (waiting, signalled) = (Arc::clone(&waits), Arc::clone(&signals));
    let agent = world
        .agent(Arc::new(move |call| {
            let (waiting, signalled) = (Arc::clone(&waiting), Arc::clone(&signalled));
            async move {
                if call.path.ends_with("/output") {
                    waiting.notify_one();
                    return std::future::pending().await;
                }
                if call.path.ends_with("/signal") {
                    signalled.notify_one();
                }
                answer(&call)
            }
            .boxed()
        }))
        .await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    crate::support::in_time(waits.notified()).await;
    let said = world.read(chat).await.1;
    let first = said.iter().find(|message| message.role == Role::User);
    let edit = EditMessage {
        message_id: first.unwrap().id,
        content: crate::support::content("Stay."),
        edited_by: world.owner,
    };
    let edited = world.machine.apply(&world.user, chat, edit).await.unwrap();
    let cancelled = &edited.outcome.cancelled_calls;
    engine.handle.stop_processes(&edited.chat, cancelled);
    crate::support::in_time(signals.notified()).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    let calls = agent.calls();
    let start = calls.iter().find(|call| call.path == "process/start");
    let id = start.and_then(FakeCall::effect_id).unwrap();
    let signal = calls.iter().find(|call| call.path.ends_with("/signal"));
    assert_eq!(signal.unwrap().path, format!("process/{id}/signal"));
}

#[tokio::test]
async fn result_that_came_before_the_interrupt_is_kept() {
    let model = one_step(&[
        ("a", "write_file", json!({"path": "/x", "content": "y"})),
        (
            "b",
            "execute",
            json!({"command": "sleep 1000", "timeout": "1h"}),
        ),
    ]);
    let world = World::new(model).await;
    let _agent = world
        .agent(Arc::new(move |call| {
            async move {
                if call.path.ends_with("/output") {
                    return std::future::pending().await;
                }
                answer(&call)
            }
            .boxed()
        }))
        .await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    let is_kept = async {
        loop {
            let effects = world.machine.open_effects(chat).await.unwrap();
            let states: Vec<_> = effects.iter().map(|effect| effect.state).collect();
            if states == [EffectState::Running] {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    crate::support::in_time(is_kept).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert_eq!(transcript[2], "tool: result a {\"ok\":true}");
    assert!(transcript[3].contains("interrupted"), "{}", transcript[3]);
    engine.shutdown().await;
}
