//! The list of somebody's chats, with labels and words of titles.

use std::fmt::Write as _;

use super::{Postgres, Sqlite, assert_searches, postgres_id, sqlite_id};

const LIST: &str = "chats/list_roots";
const CHATS: usize = 500;
const OWNERS: usize = 50;

/// Chats of several owners with two labels each; `id` writes a number as the engine's uuid.
fn rows(id: impl Fn(usize) -> String) -> String {
    let mut sql = String::new();
    for number in 1..=CHATS {
        let (chat, owner) = (id(number), id(CHATS + 1 + number % OWNERS));
        write!(
            sql,
            "insert into chats (id, organization_id, owner_id, root_chat_id,
               last_model_config_id, title, title_folded, status, client_type, labels,
               mcp_server_ids, snapshot_version, history_version, queue_version, created_at,
               updated_at)
             values ({chat}, {chat}, {owner}, {chat}, {chat}, 'Chat {number}', 'chat {number}',
               'waiting', 'api', '{{}}', '[]', 1, 1, 1, {number}, {number});
             insert into chat_labels values
               ({chat}, {owner}, 'team', 'a'), ({chat}, {owner}, 'repo', 'b');"
        )
        .unwrap();
    }
    sql
}

#[tokio::test]
async fn sqlite_reads_a_list_off_its_indexes() {
    let plan = Sqlite::with(&rows(sqlite_id)).await.plan(LIST);
    let steps = [
        "SEARCH p USING INDEX chats_roots (owner_id=? AND archived=?)",
        "SEARCH l USING COVERING INDEX chat_labels_value (owner_id=? AND key=? AND value=?)",
        "SEARCH c USING INDEX",
    ];
    assert_searches(&plan, &steps, "pclm");
}

#[tokio::test]
async fn postgres_reads_a_list_off_its_indexes() {
    let Some(server) = Postgres::with(&rows(postgres_id)).await else {
        return;
    };
    let owner = postgres_id(CHATS + 1);
    for (title, labels, count) in [
        ("''", r#"'{"team": "a", "repo": "b"}'"#, 2),
        ("'%chat 1%'", "'{}'", 0),
    ] {
        let values = format!("{owner}, false, {title}, null, 50, 0, '', {labels}, {count}");
        let plan = server.plan(LIST, &values).await;
        assert!(plan.contains("chats_roots"), "{plan}");
        assert!(plan.contains("(owner_id = "), "{plan}");
        assert!(count == 0 || plan.contains("chat_labels_value"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
}
