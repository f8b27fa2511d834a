//! One turn: five transactions, twelve statements, on tables shaped like the product's.
//!
//! 1. lock the chat, insert a user message of 2 KB, make the chat runnable, notify
//! 2. acquire the oldest runnable chat
//! 3. read its model configuration and its last 20 messages (40 KB)
//! 4. check the lease, insert an assistant message of 2 KB, bump the version, notify
//! 5. check the lease, insert a usage row, finish with the token totals, notify

use std::collections::VecDeque;

use anyhow::{Context, Result};
use muster_base::{ChatId, JobId, ModelConfigId, WorkerId};
use muster_bus::Event;
use muster_store::{Error, Statement, Store, Tx, Value, params};
use parking_lot::Mutex;
use serde_json::json;

const CHATS: usize = 1_000;
const MESSAGES: usize = 20;
const BODY_BYTES: usize = 2_048;

static SCHEMA: [Statement; 6] = [
    Statement::pair(
        "bench/create_chats",
        "create table bench_chats (id blob primary key, status text not null, worker blob,
            model blob not null, version integer not null, tokens integer not null,
            updated_at integer not null) strict",
        "create table bench_chats (id uuid primary key, status text not null, worker uuid,
            model uuid not null, version bigint not null, tokens bigint not null,
            updated_at bigint not null)",
    ),
    Statement::new(
        "bench/create_chats_runnable",
        "create index bench_chats_runnable on bench_chats (updated_at) where status = 'runnable'",
    ),
    Statement::pair(
        "bench/create_messages",
        "create table bench_messages (id integer primary key autoincrement, chat blob not null,
            role text not null, content text not null, created_at integer not null) strict",
        "create table bench_messages (id bigint generated always as identity primary key,
            chat uuid not null, role text not null, content jsonb not null,
            created_at bigint not null)",
    ),
    Statement::new(
        "bench/create_messages_chat",
        "create index bench_messages_chat on bench_messages (chat, id)",
    ),
    Statement::pair(
        "bench/create_models",
        "create table bench_models (id blob primary key, options text not null) strict",
        "create table bench_models (id uuid primary key, options jsonb not null)",
    ),
    Statement::pair(
        "bench/create_usage",
        "create table bench_usage (id integer primary key autoincrement, chat blob not null,
            tokens integer not null, created_at integer not null) strict",
        "create table bench_usage (id bigint generated always as identity primary key,
            chat uuid not null, tokens bigint not null, created_at bigint not null)",
    ),
];
static INSERT_MODEL: Statement = Statement::new(
    "bench/insert_model",
    "insert into bench_models (id, options) values ($1, $2)",
);
static INSERT_CHAT: Statement = Statement::new(
    "bench/insert_chat",
    "insert into bench_chats (id, status, model, version, tokens, updated_at)
        values ($1, 'idle', $2, 0, 0, $3)",
);
static LOCK_CHAT: Statement = Statement::new(
    "bench/lock_chat",
    "select version from bench_chats where id = $1 /*lock*/",
);
static INSERT_MESSAGE: Statement = Statement::new(
    "bench/insert_message",
    "insert into bench_messages (chat, role, content, created_at)
        values ($1, $2, $3, $4) returning id",
);
static UPDATE_RUNNABLE: Statement = Statement::new(
    "bench/update_runnable",
    "update bench_chats set status = 'runnable', version = version + 1, updated_at = $2
        where id = $1",
);
static ACQUIRE_CHAT: Statement = Statement::new(
    "bench/acquire_chat",
    "update bench_chats set status = 'running', worker = $1, updated_at = $2 where id in (
        select id from bench_chats where status = 'runnable'
        order by updated_at limit 1 /*skip*/) returning id",
);
static GET_MODEL: Statement = Statement::new(
    "bench/get_model",
    "select m.options from bench_models m join bench_chats c on c.model = m.id where c.id = $1",
);
static LIST_MESSAGES: Statement = Statement::new(
    "bench/list_messages",
    "select id, role, content from bench_messages where chat = $1 order by id desc limit 20",
);
static LOCK_LEASE: Statement = Statement::new(
    "bench/lock_lease",
    "select version from bench_chats where id = $1 and worker = $2 /*lock*/",
);
static UPDATE_VERSION: Statement = Statement::new(
    "bench/update_version",
    "update bench_chats set version = version + 1, updated_at = $2 where id = $1",
);
static INSERT_USAGE: Statement = Statement::new(
    "bench/insert_usage",
    "insert into bench_usage (chat, tokens, created_at) values ($1, $2, $3)",
);
static UPDATE_FINISHED: Statement = Statement::new(
    "bench/update_finished",
    "update bench_chats set status = 'idle', worker = null, tokens = tokens + $2, updated_at = $3
        where id = $1",
);

/// The preloaded database and the chats that have nothing to do.
pub(crate) struct Workload {
    store: Store,
    idle: Mutex<VecDeque<ChatId>>,
}

impl Workload {
    /// Makes the tables and fills them.
    pub(crate) async fn prepare(store: Store) -> Result<Self> {
        let model = ModelConfigId::new(store.clock());
        let made: Result<(), Error> = store
            .write("bench.schema", move |tx| {
                Box::pin(async move {
                    for statement in &SCHEMA {
                        tx.execute(statement, &[]).await?;
                    }
                    let options = json!({"temperature": 1, "max_output_tokens": 32_000});
                    tx.execute(&INSERT_MODEL, &params![model, options]).await?;
                    Ok(())
                })
            })
            .await;
        made?;
        let mut idle = VecDeque::new();
        for _ in 0..CHATS {
            let chat = ChatId::new(store.clock());
            let loaded: Result<(), Error> = store
                .write("bench.load", move |tx| Box::pin(load(tx, chat, model)))
                .await;
            loaded?;
            idle.push_back(chat);
        }
        let idle = Mutex::new(idle);
        Ok(Self { store, idle })
    }

    /// Runs one turn on whichever chat is next.
    pub(crate) async fn turn(&self) -> Result<()> {
        let chat = self.idle.lock().pop_front().context("no idle chat")?;
        let worker = WorkerId::new(self.store.clock());
        self.send(chat).await?;
        let chat = loop {
            // Others may hold every runnable chat for the moment.
            if let Some(chat) = self.acquire(worker).await? {
                break chat;
            }
        };
        self.read(chat).await?;
        self.commit(chat, worker).await?;
        self.finish(chat, worker).await?;
        self.idle.lock().push_back(chat);
        Ok(())
    }

    async fn send(&self, chat: ChatId) -> Result<(), Error> {
        self.store
            .write("bench.send", move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    tx.query_one(&LOCK_CHAT, &params![chat]).await?;
                    tx.query_one(&INSERT_MESSAGE, &message(chat, "user", tx))
                        .await?;
                    tx.execute(&UPDATE_RUNNABLE, &params![chat, now]).await?;
                    tell(tx, chat);
                    Ok(())
                })
            })
            .await
    }

    async fn acquire(&self, worker: WorkerId) -> Result<Option<ChatId>, Error> {
        self.store
            .write("bench.acquire", move |tx| {
                Box::pin(async move {
                    let params = params![worker, tx.now()];
                    let row = tx.query_opt(&ACQUIRE_CHAT, &params).await?;
                    row.map(|row| row.get("id")).transpose()
                })
            })
            .await
    }

    async fn read(&self, chat: ChatId) -> Result<(), Error> {
        self.store
            .read("bench.read", move |tx| {
                Box::pin(async move {
                    tx.query_one(&GET_MODEL, &params![chat]).await?;
                    tx.query(&LIST_MESSAGES, &params![chat]).await.map(drop)
                })
            })
            .await
    }

    async fn commit(&self, chat: ChatId, worker: WorkerId) -> Result<(), Error> {
        self.store
            .write("bench.commit", move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    tx.query_one(&LOCK_LEASE, &params![chat, worker]).await?;
                    tx.query_one(&INSERT_MESSAGE, &message(chat, "assistant", tx))
                        .await?;
                    tx.execute(&UPDATE_VERSION, &params![chat, now]).await?;
                    tell(tx, chat);
                    Ok(())
                })
            })
            .await
    }

    async fn finish(&self, chat: ChatId, worker: WorkerId) -> Result<(), Error> {
        self.store
            .write("bench.finish", move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    let tokens = 1_234_i64;
                    tx.query_one(&LOCK_LEASE, &params![chat, worker]).await?;
                    tx.execute(&INSERT_USAGE, &params![chat, tokens, now])
                        .await?;
                    tx.execute(&UPDATE_FINISHED, &params![chat, tokens, now])
                        .await?;
                    tell(tx, chat);
                    Ok(())
                })
            })
            .await
    }
}

async fn load(tx: &mut Tx<'_>, chat: ChatId, model: ModelConfigId) -> Result<(), Error> {
    let params = params![chat, model, tx.now()];
    tx.execute(&INSERT_CHAT, &params).await?;
    for _ in 0..MESSAGES {
        tx.query_one(&INSERT_MESSAGE, &message(chat, "user", tx))
            .await?;
    }
    Ok(())
}

fn message(chat: ChatId, role: &str, tx: &Tx<'_>) -> [Value; 4] {
    let content = json!([{"type": "text", "text": "x".repeat(BODY_BYTES)}]);
    params![chat, role, content, tx.now()]
}

fn tell(tx: &mut Tx<'_>, chat: ChatId) {
    tx.notify(Event::JobNew {
        job_id: JobId(chat.0),
    });
}
