//! The list of chats and what somebody spent are read off their indexes, however many chats
//! others have.

use std::fmt::Write as _;

use muster_base::TaskSet;
use muster_store::{DatabaseUrl, Engine, queries};
use muster_testkit::db;

const CHATS: usize = 500;
const OWNERS: usize = 50;

fn statement(name: &str, engine: Engine) -> &'static str {
    let mut all = queries::ALL.iter();
    let found = all.find(|statement| statement.name() == name);
    found.unwrap().sql(engine)
}

fn list(engine: Engine) -> &'static str {
    statement("chats/list_roots", engine)
}

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
    let database = db::fresh_on(Engine::Sqlite).await;
    let connection = rusqlite::Connection::open(database.file().unwrap()).unwrap();
    let uuid = |number| format!("x'{number:032x}'");
    connection.execute_batch(&rows(uuid)).unwrap();
    let explain = format!("explain query plan {}", list(Engine::Sqlite));
    let mut prepared = connection.prepare(&explain).unwrap();
    // Without values for the parameters: a plan has no use for them.
    let steps = prepared.raw_query().mapped(|row| row.get("detail"));
    let plan: Vec<String> = steps.map(Result::unwrap).collect();
    let plan = plan.join("\n");
    for step in [
        "SEARCH p USING INDEX chats_roots (owner_id=? AND archived=?)",
        "SEARCH l USING COVERING INDEX chat_labels_value (owner_id=? AND key=? AND value=?)",
        "SEARCH c USING INDEX",
    ] {
        assert!(plan.contains(step), "{step}\n{plan}");
    }
    for scan in ["SCAN p\n", "SCAN c\n", "SCAN l\n", "SCAN m\n"] {
        assert!(!plan.contains(scan), "{plan}");
    }
}

#[tokio::test]
async fn sqlite_sums_what_somebody_spent_in_the_index_alone() {
    let database = db::fresh_on(Engine::Sqlite).await;
    let connection = rusqlite::Connection::open(database.file().unwrap()).unwrap();
    let spent = statement("chat_messages/get_spent", Engine::Sqlite);
    let explain = format!("explain query plan {spent}");
    let mut prepared = connection.prepare(&explain).unwrap();
    let steps = prepared.raw_query().mapped(|row| row.get("detail"));
    let plan: Vec<String> = steps.map(Result::unwrap).collect();
    let step = "SEARCH m USING COVERING INDEX chat_messages_spent \
                (owner_id=? AND created_at>? AND created_at<?)";
    assert!(plan.iter().any(|found| found == step), "{plan:?}");
}

#[tokio::test]
async fn postgres_sums_what_somebody_spent_in_the_index() {
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
    let prepare = format!(
        "set enable_seqscan = off; prepare spent as {}",
        statement("chat_messages/get_spent", Engine::Postgres)
    );
    client.batch_execute(&prepare).await.unwrap();
    let owner = "lpad('1', 32, '0')::uuid";
    let explain = format!("explain execute spent ({owner}, 0, 1000, null)");
    let lines = client.simple_query(&explain).await.unwrap();
    let plan = format!("{lines:?}");
    assert!(plan.contains("chat_messages_spent"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    drop(client);
}

#[tokio::test]
async fn postgres_reads_a_list_off_its_indexes() {
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
    let owner = uuid(CHATS + 1);
    for (title, labels, count) in [
        ("''", r#"'{"team": "a", "repo": "b"}'"#, 2),
        ("'%chat 1%'", "'{}'", 0),
    ] {
        let explain = format!(
            "explain execute list ({owner}, false, {title}, null, 50, 0, '', {labels}, {count})"
        );
        let lines = client.simple_query(&explain).await.unwrap();
        let lines = lines.iter().filter_map(|line| {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = line {
                return row.get(0);
            }
            None
        });
        let plan = lines.collect::<Vec<_>>().join("\n");
        assert!(plan.contains("chats_roots"), "{plan}");
        assert!(plan.contains("(owner_id = "), "{plan}");
        assert!(count == 0 || plan.contains("chat_labels_value"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
    drop(client);
}
