//! The list of what others share.

use std::fmt::Write as _;

use super::{Postgres, Sqlite, assert_searches, postgres_id, sqlite_id};

const LIST: &str = "chats/list_shared";
const CHATS: usize = 300;
const PEOPLE: usize = 30;

/// People in a group of each ten, and chats that each share with one person and one group; `id`
/// writes a number as the engine's uuid.
fn rows(id: impl Fn(usize) -> String) -> String {
    let person = |number: usize| id(CHATS + 1 + number % PEOPLE);
    let group = |number: usize| id(CHATS + PEOPLE + 1 + number % 10);
    let organization = id(CHATS + PEOPLE + 100);
    let mut sql = format!(
        "insert into organizations (id, name, name_folded, display_name, created_at, updated_at)
         values ({organization}, 'o', 'o', 'o', 1, 1);"
    );
    for number in 0..10 {
        let group = group(number);
        write!(
            sql,
            "insert into groups (id, organization_id, name, name_folded, created_at, updated_at)
             values ({group}, {organization}, 'g{number}', 'g{number}', 1, 1);"
        )
        .unwrap();
    }
    for number in 0..PEOPLE {
        let (person, group) = (person(number), group(number));
        write!(
            sql,
            "insert into users (id, username, username_folded, email, email_folded, status, roles,
               login_type, last_seen_at, created_at, updated_at)
             values ({person}, 'p{number}', 'p{number}', 'p{number}', 'p{number}', 'active',
               '[]', 'none', 1, 1, 1);
             insert into group_members values ({group}, {person}, 1);"
        )
        .unwrap();
    }
    for number in 1..=CHATS {
        let (chat, owner) = (id(number), person(number));
        let (reader, group) = (person(number + 1), group(number));
        write!(
            sql,
            "insert into chats (id, organization_id, owner_id, root_chat_id,
               last_model_config_id, title, title_folded, status, client_type, labels,
               mcp_server_ids, snapshot_version, history_version, queue_version, created_at,
               updated_at)
             values ({chat}, {chat}, {owner}, {chat}, {chat}, 'Chat {number}', 'chat {number}',
               'waiting', 'api', '{{}}', '[]', 1, 1, 1, {number}, {number});
             insert into chat_acl_users values ({chat}, {reader}, 'read', 1);
             insert into chat_acl_groups values ({chat}, {group}, 'read', 1);"
        )
        .unwrap();
    }
    sql
}

#[tokio::test]
async fn sqlite_reads_shared_chats_off_their_indexes() {
    let plan = Sqlite::with(&rows(sqlite_id)).await.plan(LIST);
    let steps = [
        "SEARCH u USING COVERING INDEX chat_acl_users_user (user_id=?)",
        "INDEX chat_acl_groups_group (group_id=?)",
        "SEARCH c USING INDEX",
    ];
    assert_searches(&plan, &steps, "cugm");
}

#[tokio::test]
async fn postgres_reads_shared_chats_off_their_indexes() {
    let Some(server) = Postgres::with(&rows(postgres_id)).await else {
        return;
    };
    let reader = postgres_id(CHATS + 1);
    let values = format!("{reader}, false, '', null, 50, 0, '', '{{}}', 0");
    let plan = server.plan(LIST, &values).await;
    for index in ["chat_acl_users_user", "chat_acl_groups_group"] {
        assert!(plan.contains(index), "{plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
