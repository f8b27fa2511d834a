//! What a wished-for title is made from.

use muster_base::{ChatId, MessageId, Micros, UserId};
use muster_store::chat_messages::{Usage, Visibility};

use super::*;

fn message(id: i64, role: Role, text: &str) -> Message {
    Message {
        id: MessageId(id),
        chat_id: ChatId::NIL,
        owner_id: UserId::NIL,
        revision: 1,
        role,
        visibility: Visibility::Both,
        content: content::encode(&[Part::text(text)]).unwrap(),
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
        created_at: Micros(0),
    }
}

/// Turns with these questions; each is answered with its number.
fn conversation(asked: &[&str]) -> String {
    let mut messages = Vec::new();
    for (number, asked) in asked.iter().enumerate() {
        let id = i64::try_from(2 * number).unwrap();
        messages.push(message(id, Role::User, asked));
        messages.push(message(
            id + 1,
            Role::Assistant,
            &format!("answer {number}"),
        ));
    }
    of(&messages).unwrap()
}

#[test]
fn first_question_and_the_last_three_turns_are_told() {
    let told = conversation(&["one", "two", "three", "four", "five"]);
    assert_eq!(
        told,
        "<conversation>\nUser: one\n\n[…]\n\nUser: three\n\nAgent: answer 2\n\n\
         User: four\n\nAgent: answer 3\n\nUser: five\n\nAgent: answer 4\n\n\
         The user's latest message: five\n</conversation>"
    );
}

#[test]
fn short_conversation_is_told_whole() {
    let told = conversation(&["one", "two"]);
    assert_eq!(
        told,
        "<conversation>\nUser: one\n\nAgent: answer 0\n\nUser: two\n\nAgent: answer 1\n\n\
         The user's latest message: two\n</conversation>"
    );
    assert!(!conversation(&["one", "two", "three", "four"]).contains('…'));
}

#[test]
fn latest_message_is_cut_and_the_whole_has_a_limit() {
    let long = "x".repeat(TITLE_LATEST_CHARS_MAX + 1);
    let told = conversation(&["one", "two", &long]);
    let (_, latest) = told.split_once("latest message: ").unwrap();
    let latest = latest.trim_end_matches("\n</conversation>");
    assert_eq!(latest.chars().count(), TITLE_LATEST_CHARS_MAX);
    let fits = "y".repeat(TITLE_LATEST_CHARS_MAX);
    assert!(conversation(&[&fits]).ends_with(&format!("latest message: {fits}\n</conversation>")));
    let mut messages = Vec::new();
    for id in 0..6 {
        messages.push(message(2 * id, Role::User, &long));
        messages.push(message(2 * id + 1, Role::Assistant, &long));
    }
    let told = of(&messages).unwrap();
    let frame = framed("").chars().count();
    assert_eq!(told.chars().count(), TITLE_CONTEXT_CHARS_MAX + frame);
}

#[test]
fn new_chat_tells_its_one_message_with_the_files_it_refers_to() {
    let reference = Part::FileReference(content::FileReference {
        file_name: "a.rs".to_owned(),
        start_line: 3,
        end_line: 4,
        content: "fn a() {}".to_owned(),
    });
    assert_eq!(
        opening(&[Part::text("Explain"), reference]),
        "<conversation>\nUser: Explain\n\n[file-reference] a.rs:3-4\n```\nfn a() {}\n```\n\
         </conversation>"
    );
    assert_eq!(opening(&[]), "");
}
