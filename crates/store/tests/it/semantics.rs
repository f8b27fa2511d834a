//! What an op may rely on, on both engines.

use std::sync::{Arc, Barrier};

use muster_base::{ChatId, Clock, Micros, MockClock, TaskSet};
use muster_store::{Counter, Engine, Error, Statement, Store, Value, params};
use muster_testkit::db;
use serde_json::json;
use tokio::task::block_in_place;

use crate::harness::{COUNT, INSERT, count, in_time, insert, notes, notes_at, on_both_engines};

on_both_engines!(
    read_after_a_reply_sees_the_write,
    error_of_the_op_rolls_back,
    panic_in_an_op_is_an_error_and_the_store_lives_on,
    op_that_swallows_a_failed_statement_is_undone,
    read_sees_one_snapshot,
    every_kind_of_value_comes_back,
    wrong_column_or_type_names_the_column,
    wrong_number_of_parameters_is_told,
    number_of_rows_is_checked,
    broken_constraints_are_told_apart,
    nul_becomes_the_replacement_character,
    nulls_sort_where_the_statement_says,
    sums_of_large_numbers_fit,
    lists_have_any_length,
    parameter_may_be_null,
    clock_is_read_once_per_op,
    statements_are_counted_by_op,
    closed_store_refuses_ops,
    parameters_may_appear_in_any_order,
);

async fn read_after_a_reply_sees_the_write(engine: Engine) {
    let (_database, store) = notes(engine).await;
    for id in 0..20 {
        insert(&store, id).await.unwrap();
        assert_eq!(count(&store).await, id + 1);
    }
}

async fn error_of_the_op_rolls_back(engine: Engine) {
    let (_database, store) = notes(engine).await;
    let failed: Result<(), Error> = store
        .write("test.fail", |tx| {
            Box::pin(async move {
                tx.execute(&INSERT, &params![1_i64, "text"]).await?;
                Err(Error::Corrupt { what: "nothing" })
            })
        })
        .await;
    assert!(matches!(failed, Err(Error::Corrupt { what: "nothing" })));
    assert_eq!(count(&store).await, 0);
}

async fn panic_in_an_op_is_an_error_and_the_store_lives_on(engine: Engine) {
    let (_database, store) = notes(engine).await;
    let failed: Result<(), Error> = store
        .write("test.panic", |tx| {
            Box::pin(async move {
                tx.execute(&INSERT, &params![1_i64, "text"]).await?;
                panic!("on purpose")
            })
        })
        .await;
    assert!(matches!(failed, Err(Error::Panicked { op: "test.panic" })));
    assert_eq!(count(&store).await, 0);
    insert(&store, 1).await.unwrap();
}

async fn op_that_swallows_a_failed_statement_is_undone(engine: Engine) {
    let (_database, store) = notes(engine).await;
    insert(&store, 1).await.unwrap();
    let swallowed: Result<(), Error> = store
        .write("test.swallow", |tx| {
            Box::pin(async move {
                tx.execute(&INSERT, &params![2_i64, "text"]).await?;
                drop(tx.execute(&INSERT, &params![1_i64, "text"]).await);
                Ok(())
            })
        })
        .await;
    assert!(matches!(swallowed, Err(Error::Swallowed { .. })));
    assert_eq!(count(&store).await, 1);
}

/// Counts twice in one read; in between it meets the test twice.
async fn count_twice(store: Store, meet: Option<Arc<Barrier>>) -> (i64, i64) {
    let counted: Result<(i64, i64), Error> = store
        .read("test.twice", move |tx| {
            let meet = meet.clone();
            Box::pin(async move {
                let before = tx.query_one(&COUNT, &[]).await?.get("n")?;
                for meet in meet.iter().chain(&meet) {
                    // On one engine this is a worker of the runtime.
                    block_in_place(|| meet.wait());
                }
                let after = tx.query_one(&COUNT, &[]).await?.get("n")?;
                Ok((before, after))
            })
        })
        .await;
    counted.unwrap()
}

async fn read_sees_one_snapshot(engine: Engine) {
    let (_database, store) = notes(engine).await;
    // The first run teaches the store that this read needs a snapshot.
    assert_eq!(count_twice(store.clone(), None).await, (0, 0));
    let meet = Arc::new(Barrier::new(2));
    let reading = count_twice(store.clone(), Some(Arc::clone(&meet)));
    let reading = TaskSet::new().spawn("test.reading", reading);
    meet.wait();
    insert(&store, 1).await.unwrap();
    meet.wait();
    assert_eq!(in_time(reading).await.unwrap(), Some((0, 0)));
    assert_eq!(count_twice(store, None).await, (1, 1));
}

async fn every_kind_of_value_comes_back(engine: Engine) {
    static SELECT: Statement = Statement::pair(
        "test/values",
        "select $1 as flag, $2 as whole, $3 as part, $4 as words, $5 as bytes, $6 as id,
            $7 as document, null as absent",
        "select $1::boolean as flag, $2::bigint as whole, $3::double precision as part,
            $4::text as words, $5::bytea as bytes, $6::uuid as id, $7::jsonb as document,
            null::bigint as absent",
    );
    let (_database, store) = notes(engine).await;
    let id = ChatId::new(&Clock::system());
    let document = json!({"b": [1, 2.5, null], "a": 9_007_199_254_740_993_i64});
    let sent = document.clone();
    let rows: Result<_, Error> = store
        .read("test.values", move |tx| {
            let params = params![true, i64::MIN, 0.1, "é\n'", vec![0_u8, 255], id, &sent];
            Box::pin(async move { tx.query_one(&SELECT, &params).await })
        })
        .await;
    let row = rows.unwrap();
    assert!(row.get::<bool>("flag").unwrap());
    assert_eq!(row.get::<i64>("whole").unwrap(), i64::MIN);
    assert_eq!(row.get::<Micros>("whole").unwrap(), Micros(i64::MIN));
    assert!((row.get::<f64>("part").unwrap() - 0.1).abs() < f64::EPSILON);
    assert_eq!(row.get::<String>("words").unwrap(), "é\n'");
    assert_eq!(row.get::<Vec<u8>>("bytes").unwrap(), [0, 255]);
    assert_eq!(row.get::<ChatId>("id").unwrap(), id);
    assert_eq!(row.get::<serde_json::Value>("document").unwrap(), document);
    assert_eq!(row.get::<Option<i64>>("absent").unwrap(), None);
}

async fn wrong_column_or_type_names_the_column(engine: Engine) {
    let (_database, store) = notes(engine).await;
    let row = store
        .read("test.count", |tx| Box::pin(tx.query_one(&COUNT, &[])))
        .await
        .map_err(|error: Error| error)
        .unwrap();
    for outcome in [row.get::<String>("n").err(), row.get::<String>("m").err()] {
        let message = outcome.unwrap().to_string();
        assert!(message.contains("test/count"), "{message}");
    }
}

async fn wrong_number_of_parameters_is_told(engine: Engine) {
    let (_database, store) = notes(engine).await;
    let outcome: Result<u64, Error> = store
        .write("test.insert", |tx| {
            Box::pin(async move { tx.execute(&INSERT, &params![1_i64]).await })
        })
        .await;
    let wanted = "`test/insert` takes 2 parameters and was given 1";
    assert_eq!(outcome.unwrap_err().to_string(), wanted);
}

async fn number_of_rows_is_checked(engine: Engine) {
    static ALL: Statement = Statement::new("test/all", "select id from notes");
    let (_database, store) = notes(engine).await;
    let one = || store.read("test.all", |tx| Box::pin(tx.query_one(&ALL, &[])));
    assert!(matches!(
        one().await,
        Err(Error::NotFound { what: "test/all" })
    ));
    insert(&store, 1).await.unwrap();
    assert!(one().await.is_ok());
    insert(&store, 2).await.unwrap();
    assert!(matches!(one().await, Err(Error::TooMany { .. })));
}

async fn broken_constraints_are_told_apart(engine: Engine) {
    static CREATE: Statement = Statement::new(
        "test/create_parts",
        "create table parts (id bigint primary key, whole bigint not null references notes (id))",
    );
    static PART: Statement =
        Statement::new("test/part", "insert into parts (id, whole) values ($1, $2)");
    let (_database, store) = notes(engine).await;
    let run = |statement: &'static Statement, params: Vec<Value>| {
        let store = store.clone();
        async move {
            let outcome: Result<u64, Error> = store
                .write("test.constraint", move |tx| {
                    let params = params.clone();
                    Box::pin(async move { tx.execute(statement, &params).await })
                })
                .await;
            outcome
        }
    };
    run(&CREATE, vec![]).await.unwrap();
    run(&INSERT, params![1_i64, "text"].to_vec()).await.unwrap();
    let twice = run(&INSERT, params![1_i64, "text"].to_vec()).await;
    assert!(matches!(twice, Err(Error::Unique { .. })), "{twice:?}");
    let dangling = run(&PART, params![1_i64, 9_i64].to_vec()).await;
    assert!(
        matches!(dangling, Err(Error::Reference { .. })),
        "{dangling:?}"
    );
    let empty = run(&PART, params![1_i64, None::<i64>].to_vec()).await;
    assert!(matches!(empty, Err(Error::Statement { .. })), "{empty:?}");
}

async fn nul_becomes_the_replacement_character(engine: Engine) {
    static ECHO: Statement = Statement::new(
        "test/echo",
        "select /*p:text:$1*/ as words, /*p:json:$2*/ as document",
    );
    let (_database, store) = notes(engine).await;
    let row: Result<_, Error> = store
        .read("test.echo", |tx| {
            let document = json!({"a\0b": "\\u0000 \0"});
            Box::pin(async move { tx.query_one(&ECHO, &params!["a\0b", document]).await })
        })
        .await;
    let row = row.unwrap();
    assert_eq!(row.get::<String>("words").unwrap(), "a\u{fffd}b");
    let document: serde_json::Value = row.get("document").unwrap();
    assert_eq!(document, json!({"a\u{fffd}b": "\\u0000 \u{fffd}"}));
}

async fn nulls_sort_where_the_statement_says(engine: Engine) {
    static INSERT: Statement = Statement::new(
        "test/insert_amounts",
        "insert into notes (id, amount) values (1, 5), (2, null), (3, 4)",
    );
    static FIRST: Statement = Statement::new(
        "test/nulls_first",
        "select id from notes order by amount nulls first",
    );
    static LAST: Statement = Statement::new(
        "test/nulls_last",
        "select id from notes order by amount desc nulls last",
    );
    let (_database, store) = notes(engine).await;
    let orders: Result<(Vec<i64>, Vec<i64>), Error> = store
        .write("test.order", |tx| {
            Box::pin(async move {
                tx.execute(&INSERT, &[]).await?;
                let mut orders = Vec::new();
                for statement in [&FIRST, &LAST] {
                    let rows = tx.query(statement, &[]).await?;
                    let ids: Result<_, _> = rows.iter().map(|row| row.get("id")).collect();
                    orders.push(ids?);
                }
                Ok((orders.remove(0), orders.remove(0)))
            })
        })
        .await;
    assert_eq!(orders.unwrap(), (vec![2, 3, 1], vec![1, 3, 2]));
}

async fn sums_of_large_numbers_fit(engine: Engine) {
    static SUM: Statement = Statement::new(
        "test/sum",
        "select cast(coalesce(sum(amount), 0) as bigint) as total from notes",
    );
    static INSERT: Statement = Statement::new(
        "test/insert_amount",
        "insert into notes (id, amount) values ($1, $2)",
    );
    let (_database, store) = notes(engine).await;
    let totals: Result<(i64, i64), Error> = store
        .write("test.sum", |tx| {
            Box::pin(async move {
                let none = tx.query_one(&SUM, &[]).await?.get("total")?;
                for id in 0..4_i64 {
                    tx.execute(&INSERT, &params![id, i64::MAX / 4]).await?;
                }
                Ok((none, tx.query_one(&SUM, &[]).await?.get("total")?))
            })
        })
        .await;
    assert_eq!(totals.unwrap(), (0, i64::MAX / 4 * 4));
}

async fn lists_have_any_length(engine: Engine) {
    static INTS: Statement = Statement::new(
        "test/ints",
        "select count(*) as n from notes where id in /*in:int:$1*/",
    );
    static TEXTS: Statement = Statement::new(
        "test/texts",
        "select count(*) as n from notes where body in /*in:text:$1*/",
    );
    static IDS: Statement = Statement::new(
        "test/ids",
        "select count(*) as n from notes where /*p:uuid:$1*/ in /*in:uuid:$2*/",
    );
    let (_database, store) = notes(engine).await;
    for id in 0..3 {
        insert(&store, id).await.unwrap();
    }
    let chat = ChatId::new(&Clock::system());
    for length in [0, 1, 10_000] {
        let found: Result<(i64, i64, i64), Error> = store
            .read("test.lists", move |tx| {
                Box::pin(async move {
                    let ints = params![Value::ints(0..length)];
                    let texts = params![Value::texts((0..length).map(|_| "text"))];
                    let ids = params![chat, Value::ids((0..length).map(|_| chat))];
                    Ok((
                        tx.query_one(&INTS, &ints).await?.get("n")?,
                        tx.query_one(&TEXTS, &texts).await?.get("n")?,
                        tx.query_one(&IDS, &ids).await?.get("n")?,
                    ))
                })
            })
            .await;
        let any = if length == 0 { 0 } else { 3 };
        assert_eq!(
            found.unwrap(),
            (length.min(3), any, any),
            "{length} entries"
        );
    }
}

async fn parameter_may_be_null(engine: Engine) {
    static FILTER: Statement = Statement::new(
        "test/filter",
        "select count(*) as n from notes where (/*p:int:$1*/ is null or id = $1)",
    );
    let (_database, store) = notes(engine).await;
    insert(&store, 1).await.unwrap();
    insert(&store, 2).await.unwrap();
    for (filter, wanted) in [(None, 2), (Some(1), 1), (Some(9), 0)] {
        let found: Result<i64, Error> = store
            .read("test.filter", move |tx| {
                Box::pin(async move { tx.query_one(&FILTER, &params![filter]).await?.get("n") })
            })
            .await;
        assert_eq!(found.unwrap(), wanted, "{filter:?}");
    }
}

async fn clock_is_read_once_per_op(engine: Engine) {
    let mock = MockClock::new(Micros(42));
    let (_database, store) = notes_at(engine, &mock.clock()).await;
    let times: Result<(Micros, Micros), Error> = store
        .read("test.now", move |tx| {
            let mock = mock.clone();
            Box::pin(async move {
                let before = tx.now();
                mock.advance(std::time::Duration::from_secs(1));
                Ok((before, tx.now()))
            })
        })
        .await;
    assert_eq!(times.unwrap(), (Micros(42), Micros(42)));
}

async fn statements_are_counted_by_op(engine: Engine) {
    let database = db::fresh_on(engine).await;
    let counter = Counter::default();
    let mut options = database.options(&Clock::system());
    options.counter = Some(counter.clone());
    let store = database.open(options).await;
    crate::harness::create(&store).await;
    counter.reset();
    insert(&store, 1).await.unwrap();
    insert(&store, 2).await.unwrap();
    count(&store).await;
    let counts = counter.counts();
    assert_eq!(counts[&("test.insert", "test/insert")], 2);
    assert_eq!(counts[&("test.count", "test/count")], 1);
    assert_eq!(counter.total(), 3);
}

async fn closed_store_refuses_ops(engine: Engine) {
    let (_database, store) = notes(engine).await;
    in_time(store.close()).await;
    assert!(matches!(
        in_time(insert(&store, 1)).await,
        Err(Error::Closed)
    ));
    in_time(store.close()).await;
}

async fn parameters_may_appear_in_any_order(engine: Engine) {
    static SWAPPED: Statement = Statement::new(
        "test/swapped",
        "select /*p:int:$2*/ as second, /*p:int:$1*/ as first, /*p:int:$2*/ as again, '$3' as text -- $4",
    );
    let (_database, store) = notes(engine).await;
    let row: Result<_, Error> = store
        .read("test.swapped", |tx| {
            Box::pin(async move { tx.query_one(&SWAPPED, &params![1_i64, 2_i64]).await })
        })
        .await;
    let row = row.unwrap();
    let numbers = ["first", "second", "again"].map(|name| row.get::<i64>(name).unwrap());
    assert_eq!(numbers, [1, 2, 2]);
}
