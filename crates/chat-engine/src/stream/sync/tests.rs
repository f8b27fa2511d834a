use muster_base::{ChatId, Clock, Micros, ModelConfigId, OrganizationId, UserId};
use muster_store::chat_messages::{Message, Role, Usage, Visibility};
use muster_store::chats::{ClientType, LastError};
use proptest::prelude::*;

use super::*;

fn chat() -> Chat {
    let clock = Clock::system();
    let id = ChatId::new(&clock);
    Chat {
        id,
        organization_id: OrganizationId::NIL,
        owner_id: UserId::NIL,
        parent_chat_id: None,
        root_chat_id: id,
        workspace_id: None,
        build_id: None,
        agent_id: None,
        last_model_config_id: ModelConfigId::NIL,
        last_reasoning_effort: None,
        title: "A chat".to_owned(),
        status: ChatStatus::Running,
        archived: false,
        mode: None,
        plan_mode: None,
        client_type: ClientType::Ui,
        pin_order: 0,
        labels: serde_json::Value::Null,
        mcp_server_ids: Vec::new(),
        last_error: None,
        last_turn_summary: None,
        last_read_message_id: None,
        snapshot_version: 1,
        history_version: 1,
        queue_version: 1,
        generation_attempt: 0,
        retry_state: None,
        retry_state_version: 0,
        requires_action_deadline_at: None,
        compaction_requested_at: None,
        worker_id: None,
        runner_id: None,
        system_prompt: None,
        dynamic_tools: None,
        shared: false,
        queued_for_capacity: false,
        effect_id: None,
        created_at: Micros::ZERO,
        updated_at: Micros::ZERO,
    }
}

fn message(chat: &Chat, id: i64) -> Message {
    Message {
        id: MessageId(id),
        chat_id: chat.id,
        owner_id: chat.owner_id,
        revision: chat.snapshot_version,
        role: Role::User,
        visibility: Visibility::Both,
        content: "[]".to_owned(),
        content_version: 1,
        created_by: None,
        model_config_id: None,
        reasoning_effort: None,
        compressed: false,
        deleted: false,
        usage: Usage::default(),
        total_cost_micros: None,
        runtime_ms: None,
        provider_response_id: None,
        effect_id: None,
        created_at: Micros::ZERO,
    }
}

fn snapshot(chat: &Chat, messages: Vec<Message>) -> Snapshot {
    Snapshot {
        chat: chat.clone(),
        history_reset: false,
        messages,
        queue: Vec::new(),
        asked: Vec::new(),
    }
}

fn names(events: &[StreamEvent]) -> String {
    let name = |event: &StreamEvent| match event {
        StreamEvent::Status(status) => status.as_str().to_owned(),
        StreamEvent::Message(message) => format!("message {}", message.id),
        StreamEvent::Part { .. } => "part".to_owned(),
        StreamEvent::QueueUpdate(_) => "queue".to_owned(),
        StreamEvent::Retry(_) => "retry".to_owned(),
        StreamEvent::Error(_) => "error".to_owned(),
        StreamEvent::ActionRequired { calls, .. } => format!("asked {}", calls.len()),
        StreamEvent::PreviewReset { .. } => "preview_reset".to_owned(),
        StreamEvent::HistoryReset => "history_reset".to_owned(),
        StreamEvent::ChatUpdated(_) => "chat_updated".to_owned(),
    };
    events.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[test]
fn new_client_hears_the_status_first_then_the_messages() {
    let chat = chat();
    let mut local = Local::fresh(None);
    let events = local.apply(snapshot(&chat, vec![message(&chat, 1), message(&chat, 2)]));
    let expected = "running, message 1, message 2, preview_reset, chat_updated";
    assert_eq!(names(&events), expected);
}

#[test]
fn later_changes_come_before_the_status_that_they_led_to() {
    let mut chat = chat();
    let mut local = Local::fresh(None);
    local.apply(snapshot(&chat, Vec::new()));
    chat.snapshot_version = 2;
    chat.history_version = 2;
    chat.status = ChatStatus::Waiting;
    let events = local.apply(snapshot(&chat, vec![message(&chat, 3)]));
    assert_eq!(names(&events), "message 3, waiting, preview_reset");
}

#[test]
fn view_that_is_not_newer_changes_nothing() {
    let mut chat = chat();
    let mut local = Local::fresh(None);
    chat.snapshot_version = 5;
    local.apply(snapshot(&chat, Vec::new()));
    chat.snapshot_version = 4;
    chat.status = ChatStatus::Waiting;
    assert_eq!(names(&local.apply(snapshot(&chat, Vec::new()))), "");
}

#[test]
fn error_is_told_once_per_history() {
    let mut chat = chat();
    let mut local = Local::fresh(None);
    local.apply(snapshot(&chat, Vec::new()));
    chat.snapshot_version = 2;
    chat.status = ChatStatus::Error;
    chat.last_error = Some(LastError::default());
    assert_eq!(
        names(&local.apply(snapshot(&chat, Vec::new()))),
        "error, error"
    );
    chat.snapshot_version = 3;
    chat.title = "Another title".to_owned();
    assert_eq!(
        names(&local.apply(snapshot(&chat, Vec::new()))),
        "chat_updated"
    );
}

#[test]
fn client_is_asked_once_per_history() {
    let mut chat = chat();
    let mut local = Local::fresh(None);
    local.apply(snapshot(&chat, Vec::new()));
    let asking = |chat: &Chat| {
        let call = r#"[{"type":"tool-call","tool_call_id":"a","tool_name":"ask"}]"#;
        let mut asking = message(chat, 1);
        asking.role = Role::Assistant;
        asking.content = call.to_owned();
        Snapshot {
            asked: vec![asking],
            ..snapshot(chat, Vec::new())
        }
    };
    chat.snapshot_version = 2;
    chat.status = ChatStatus::RequiresAction;
    assert_eq!(
        names(&local.apply(asking(&chat))),
        "requires_action, asked 1"
    );
    let cursor = local.cursor(0, 0).unwrap();
    chat.snapshot_version = 3;
    chat.queue_version = 3;
    assert_eq!(names(&local.apply(asking(&chat))), "queue");
    let back = Local::resumed(&cursor).apply(asking(&chat));
    assert!(names(&back).contains("asked 1"), "{back:?}");
}

#[test]
fn new_attempt_drops_the_preview_of_the_one_before() {
    let mut chat = chat();
    let mut local = Local::fresh(None);
    local.apply(snapshot(&chat, Vec::new()));
    chat.snapshot_version = 2;
    chat.generation_attempt = 1;
    assert_eq!(
        names(&local.apply(snapshot(&chat, Vec::new()))),
        "preview_reset"
    );
}

/// A database of one chat and what a client of its stream sees.
#[derive(Clone, Default)]
struct World {
    messages: Vec<Message>,
}

impl World {
    fn view(&self, chat: &Chat, since: Since) -> Snapshot {
        let after = match since {
            Since::Nothing | Since::Message(_) => 0,
            Since::Revision(revision) => revision,
        };
        let messages = self.messages.iter().filter(|it| it.revision > after);
        snapshot(chat, messages.cloned().collect())
    }
}

fn ids(events: &[StreamEvent]) -> Vec<i64> {
    let id = |event: &StreamEvent| {
        let StreamEvent::Message(message) = event else {
            return None;
        };
        Some(message.id.0)
    };
    events.iter().filter_map(id).collect()
}

proptest! {
    /// Whichever hints arrive, in whatever order and how often: a client that syncs once
    /// after the last change has seen every message exactly once, in order.
    #[test]
    fn dropped_doubled_and_shuffled_hints_converge(
        steps in prop::collection::vec((any::<bool>(), 0..4_u8), 1..60),
    ) {
        let mut chat = chat();
        let mut world = World::default();
        let mut local = Local::fresh(None);
        let mut seen = ids(&local.apply(world.view(&chat, local.since())));
        let mut old_hints = vec![chat.snapshot_version];
        for (speaks, hint) in steps {
            chat.snapshot_version += 1;
            if speaks {
                chat.history_version = chat.snapshot_version;
                world.messages.push(message(&chat, chat.snapshot_version));
            }
            let hinted = match hint {
                0 => None,
                1 => old_hints.first().copied(),
                _ => Some(chat.snapshot_version),
            };
            old_hints.push(chat.snapshot_version);
            if hinted.is_some_and(|version| local.is_news(version)) {
                seen.extend(ids(&local.apply(world.view(&chat, local.since()))));
            }
        }
        // The poll.
        if local.is_news(chat.snapshot_version) {
            seen.extend(ids(&local.apply(world.view(&chat, local.since()))));
        }
        let expected: Vec<i64> = world.messages.iter().map(|message| message.id.0).collect();
        prop_assert_eq!(seen, expected);
    }

    /// A client that goes away after any sync and comes back with its cursor misses and
    /// repeats nothing.
    #[test]
    fn client_that_comes_back_gets_the_exact_suffix(
        total in 1..30_i64,
        cut in 0..30_i64,
    ) {
        let mut chat = chat();
        let mut world = World::default();
        let mut local = Local::fresh(None);
        let mut seen = Vec::new();
        for step in 0..total {
            chat.snapshot_version += 1;
            chat.history_version = chat.snapshot_version;
            world.messages.push(message(&chat, chat.snapshot_version));
            seen.extend(ids(&local.apply(world.view(&chat, local.since()))));
            if step == cut {
                let cursor = local.cursor(7, 3).unwrap();
                let read = Cursor::of_chat(&cursor.to_string(), chat.id).unwrap();
                local = Local::resumed(&read);
            }
        }
        let expected: Vec<i64> = world.messages.iter().map(|message| message.id.0).collect();
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn change_that_the_event_does_not_show_is_none() {
    let mut local = Local::fresh(None);
    let mut chat = chat();
    local.apply(snapshot(&chat, Vec::new()));
    chat.snapshot_version += 1;
    chat.pin_order = 1;
    chat.mcp_server_ids = vec![uuid::Uuid::nil()];
    assert_eq!(names(&local.apply(snapshot(&chat, Vec::new()))), "");
    chat.snapshot_version += 1;
    chat.title = "Another".to_owned();
    let told = local.apply(snapshot(&chat, Vec::new()));
    assert_eq!(names(&told), "chat_updated");
}
