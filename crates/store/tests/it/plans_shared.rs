//! The list of what others share is read off its indexes, however many chats there are.

use std::fmt::Write as _;

use muster_base::TaskSet;
use muster_store::{DatabaseUrl, Engine, queries};
use muster_testkit::db;

const CHATS: usize = 300;
const PEOPLE: usize = 30;

fn list(engine: Engine) -> &'static str {
    let mut all = queries::ALL.iter();
    let list = all.find(|statement| statement.name() == "chats/list_shared");
    list.unwrap().sql(engine)
}

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
    let database = db::fresh_on(Engine::Sqlite).await;
    let connection = rusqlite::Connection::open(database.file().unwrap()).unwrap();
    let uuid = |number| format!("x'{number:032x}'");
    connection.execute_batch(&rows(uuid)).unwrap();
    let explain = format!("explain query plan {}", list(Engine::Sqlite));
    let mut prepared = connection.prepare(&explain).unwrap();
    let steps = prepared.raw_query().mapped(|row| row.get("detail"));
    let plan: Vec<String> = steps.map(Result::unwrap).collect();
    let plan = plan.join("\n");
    for step in [
        "SEARCH u USING COVERING INDEX chat_acl_users_user (user_id=?)",
        "INDEX chat_acl_groups_group (group_id=?)",
        "SEARCH c USING INDEX",
    ] {
        assert!(plan.contains(step), "{step}\n{plan}");
    }
    for scan in ["SCAN c\n", "SCAN u\n", "SCAN g\n", "SCAN m\n"] {
        assert!(!plan.contains(scan), "{plan}");
    }
}

#[tokio::test]
async fn postgres_reads_shared_chats_off_their_indexes() {
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let database = db::fresh_on(Engine::Postgres).await;
    let DatabaseUrl::Postgres(url) = database.url() else {
        panic!("not a server");
    };
    let (client, connection) = tokio_postgres::connect(url.expose(), tokio_postgres::NoTls)
        .await
        .unwrap();
    TaskSet::new().spawn("test.connection", async move { drop(connection.await) });
    let uuid = |number| format!("lpad('{number:x}', 32, '0')::uuid");
    client.batch_execute(&rows(uuid)).await.unwrap();
    // So few rows fit into several pages, and reading them all would be cheap. What is asked
    // here is whether indexes can carry the statement once there are more.
    let prepare = format!(
        "analyze; set enable_seqscan = off; prepare list as {}",
        list(Engine::Postgres)
    );
    client.batch_execute(&prepare).await.unwrap();
    let reader = uuid(CHATS + 1);
    let explain = format!("explain execute list ({reader}, false, '', null, 50, 0, '', '{{}}', 0)");
    let lines = client.simple_query(&explain).await.unwrap();
    let lines = lines.iter().filter_map(|line| {
        if let tokio_postgres::SimpleQueryMessage::Row(row) = line {
            return row.get(0);
        }
        None
    });
    let plan = lines.collect::<Vec<_>>().join("\n");
    for index in ["chat_acl_users_user", "chat_acl_groups_group"] {
        assert!(plan.contains(index), "{plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{plan}");
    drop(client);
}
