//! Nobody else writes what only the door may write.

use std::fs;
use std::path::{Path, PathBuf};

/// Columns of `chats` that follow from transitions.
const COLUMNS: &[&str] = &[
    "status",
    "archived",
    "snapshot_version",
    "history_version",
    "queue_version",
    "generation_attempt",
    "retry_state",
    "retry_state_version",
    "last_error",
    "requires_action_deadline_at",
    "compaction_requested_at",
    "worker_id",
    "runner_id",
];

/// The statements that write execution state; each is used by a `door` module alone.
const DOOR: &[&str] = &[
    "chats/insert_chat",
    "chats/update_execution",
    "chats/update_metadata",
    "chats/update_pin_order",
    "chat_labels/delete_by_chat",
    "chat_labels/insert_labels",
    "chats/update_acquired",
    "chats/update_disowned",
    "chat_messages/insert_messages",
    "chat_messages/update_deleted_from",
    "chat_queued_messages/insert_item",
    "chat_queued_messages/delete_item",
    "chat_queued_messages/delete_by_chat",
    "chat_queued_messages/update_position",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
}

/// Name of a statement (`table/verb_what`) and its text without comments.
fn statements() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&crates().join("store/queries"), "sql", &mut found);
    found
        .into_iter()
        .map(|path| {
            let table = path.parent().unwrap().file_name().unwrap();
            let file = path.file_name().unwrap().to_str().unwrap();
            let verb = file.split('.').next().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.starts_with("--"));
            let code = code.collect::<Vec<_>>().join("\n");
            (format!("{}/{verb}", table.to_str().unwrap()), code)
        })
        .collect()
}

fn writes(statement: &str, table: &str) -> bool {
    ["insert into", "update", "delete from"].iter().any(|verb| {
        let head = format!("{verb} {table}");
        statement.match_indices(&head).any(|(at, _)| {
            let behind = statement.get(at + head.len()..).unwrap_or("");
            behind.starts_with(char::is_whitespace)
        })
    })
}

#[test]
fn execution_state_is_written_by_the_statements_of_the_door_only() {
    for (name, statement) in statements() {
        let guarded = writes(&statement, "chat_messages")
            || writes(&statement, "chat_queued_messages")
            || (writes(&statement, "chats") && touches_execution(&statement));
        if guarded {
            assert!(DOOR.contains(&name.as_str()), "{name} writes past the door");
        }
    }
}

fn touches_execution(statement: &str) -> bool {
    if statement.contains("insert into chats") || statement.contains("delete from chats") {
        return true;
    }
    let set = statement.split("where").next().unwrap_or("");
    COLUMNS
        .iter()
        .any(|column| set.contains(&format!(" {column} = ")))
}

#[test]
fn statements_of_the_door_are_used_by_door_modules_only() {
    let mut sources = Vec::new();
    files(&crates().join("store/src"), "rs", &mut sources);
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        let is_door = path.file_name().is_some_and(|name| name == "door.rs");
        for name in DOOR {
            let used = text.contains(&format!("query!(\"{name}\")"));
            assert!(is_door || !used, "{} uses {name}", path.display());
        }
    }
}

#[test]
fn door_modules_are_called_by_chat_state_only() {
    let root = crates();
    let mut sources = Vec::new();
    for entry in fs::read_dir(&root).unwrap() {
        let name = entry.unwrap().file_name();
        if name != "chat-state" && name != "store" {
            files(&root.join(name).join("src"), "rs", &mut sources);
        }
    }
    // The plain data of new rows may be built anywhere.
    const CALLS: &[&str] = &["insert", "update_", "delete", "lock"];
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        for call in CALLS {
            let knocks = text.contains(&format!("door::{call}"));
            assert!(!knocks, "{} knocks at the door", path.display());
        }
    }
}

#[test]
fn statement_names_of_the_door_exist() {
    let names: Vec<_> = statements().into_iter().map(|(name, _)| name).collect();
    for name in DOOR {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}
