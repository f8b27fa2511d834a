//! Every registered statement is one that both engines take, with the same parameters and
//! the same columns.

use std::collections::BTreeMap;

use muster_base::{Clock, TaskSet};
use muster_store::{DatabaseUrl, Engine, queries};
use muster_testkit::db;

/// What a statement looks like from outside: number of parameters and names of columns.
type Shape = (usize, Vec<String>);
type Shapes = BTreeMap<&'static str, Result<Shape, String>>;

#[tokio::test]
async fn every_statement_has_one_shape_on_both_engines() {
    let sqlite = sqlite().await;
    let mut broken = failures("SQLite", &sqlite);
    if db::engines().contains(&Engine::Postgres) {
        let postgres = postgres().await;
        broken.extend(failures("PostgreSQL", &postgres));
        for (name, shape) in &sqlite {
            if let (Ok(shape), Some(Ok(other))) = (shape, postgres.get(name))
                && shape != other
            {
                broken.push(format!(
                    "{name}: {shape:?} on SQLite, {other:?} on PostgreSQL"
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn failures(engine: &str, shapes: &Shapes) -> Vec<String> {
    let failed = shapes
        .iter()
        .filter_map(|(name, shape)| Some((name, shape.as_ref().err()?)));
    failed
        .map(|(name, error)| format!("{name} on {engine}: {error}"))
        .collect()
}

async fn sqlite() -> Shapes {
    let database = db::fresh_on(Engine::Sqlite).await;
    let connection = rusqlite::Connection::open(database.file().unwrap()).unwrap();
    let shape = |sql: &str| -> rusqlite::Result<Shape> {
        let prepared = connection.prepare(sql)?;
        let columns = prepared.column_names().map(str::to_owned).collect();
        Ok((prepared.parameter_count(), columns))
    };
    let all = queries::ALL.iter().map(|statement| {
        let shape = shape(statement.sql(Engine::Sqlite));
        (statement.name(), shape.map_err(|error| error.to_string()))
    });
    all.collect()
}

async fn postgres() -> Shapes {
    let database = db::fresh_on(Engine::Postgres).await;
    let DatabaseUrl::Postgres(url) = database.url() else {
        panic!("not a server");
    };
    let (client, connection) = tokio_postgres::connect(url.expose(), tokio_postgres::NoTls)
        .await
        .unwrap();
    TaskSet::new().spawn("test.connection", async move { drop(connection.await) });
    let mut shapes = Shapes::new();
    for statement in &queries::ALL {
        let shape = match client.prepare(statement.sql(Engine::Postgres)).await {
            Ok(prepared) => {
                let columns = prepared.columns().iter();
                let columns = columns.map(|column| column.name().to_owned()).collect();
                Ok((prepared.params().len(), columns))
            }
            Err(error) => {
                let words = error.as_db_error().map(ToString::to_string);
                Err(words.unwrap_or_else(|| error.to_string()))
            }
        };
        shapes.insert(statement.name(), shape);
    }
    drop(client);
    drop(Clock::system());
    shapes
}
