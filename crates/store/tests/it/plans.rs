//! What people ask for often is read off indexes, however many chats others have.

use muster_base::TaskSet;
use muster_store::{DatabaseUrl, Engine, queries};
use muster_testkit::db::{self, Database};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

mod list;
mod shared;
mod spent;

fn statement(name: &str, engine: Engine) -> &'static str {
    let mut all = queries::ALL.iter();
    let found = all.find(|statement| statement.name() == name);
    found.unwrap().sql(engine)
}

fn sqlite_id(number: usize) -> String {
    format!("x'{number:032x}'")
}

fn postgres_id(number: usize) -> String {
    format!("lpad('{number:x}', 32, '0')::uuid")
}

/// A migrated database that says how it would run a statement.
struct Sqlite {
    connection: rusqlite::Connection,
    _database: Database,
}

impl Sqlite {
    async fn with(rows: &str) -> Self {
        let database = db::fresh_on(Engine::Sqlite).await;
        let connection = rusqlite::Connection::open(database.file().unwrap()).unwrap();
        connection.execute_batch(rows).unwrap();
        Self {
            connection,
            _database: database,
        }
    }

    /// One line per step. Without values for the parameters: a plan has no use for them.
    fn plan(&self, name: &str) -> String {
        let explain = format!("explain query plan {}", statement(name, Engine::Sqlite));
        let mut prepared = self.connection.prepare(&explain).unwrap();
        let steps = prepared.raw_query().mapped(|row| row.get("detail"));
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        steps.join("\n") + "\n"
    }
}

/// Fails unless the plan has these steps, and reads none of the tables from end to end.
fn assert_searches(plan: &str, steps: &[&str], tables: &str) {
    for step in steps {
        assert!(plan.contains(step), "{step}\n{plan}");
    }
    for table in tables.chars() {
        assert!(!plan.contains(&format!("SCAN {table}\n")), "{plan}");
    }
}

/// The same on a server.
struct Postgres {
    client: Client,
    _database: Database,
}

impl Postgres {
    /// `None` where the tests run on the other engine.
    async fn with(rows: &str) -> Option<Self> {
        if !db::engines().contains(&Engine::Postgres) {
            return None;
        }
        let database = db::fresh_on(Engine::Postgres).await;
        let DatabaseUrl::Postgres(url) = database.url() else {
            panic!("not a server");
        };
        let (client, connection) = tokio_postgres::connect(url.expose(), NoTls).await.unwrap();
        TaskSet::new().spawn("test.connection", async move { drop(connection.await) });
        client.batch_execute(rows).await.unwrap();
        // So few rows fit into several pages, and reading them all would be cheap. What is
        // asked is whether indexes can carry the statement once there are more.
        let prepare = "analyze; set enable_seqscan = off";
        client.batch_execute(prepare).await.unwrap();
        Some(Self {
            client,
            _database: database,
        })
    }

    async fn plan(&self, name: &str, values: &str) -> String {
        let sql = statement(name, Engine::Postgres);
        let prepare = format!("deallocate all; prepare asked as {sql}");
        self.client.batch_execute(&prepare).await.unwrap();
        let explain = format!("explain execute asked ({values})");
        let lines = self.client.simple_query(&explain).await.unwrap();
        let lines = lines.iter().filter_map(|line| {
            if let SimpleQueryMessage::Row(row) = line {
                return row.get(0);
            }
            None
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
