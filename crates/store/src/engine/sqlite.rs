//! The embedded engine: one writer thread with group commit, a few readers.

mod job;
mod lock;
mod threads;

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};
use muster_base::limits;
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, oneshot};

use crate::engine::{Conn, Engine, Mode, Op, outcome};
use crate::error::SetupError;
use crate::options::Shared;
use crate::{Error, Row, Statement, Value};

pub(crate) use job::words;
use job::{Job, Task};
use lock::FileLock;
pub use lock::network_file_system;
use threads::{Message, Reader, Writer};

const WRITER_CACHE_KIB: i64 = -65_536;
const READER_CACHE_KIB: i64 = -16_384;
/// A backup tool may hold the file for a while.
const BUSY_LIMIT: Duration = Duration::from_secs(30);

/// The open file and the threads that serve it.
pub(crate) struct Sqlite {
    shared: Arc<Shared>,
    path: PathBuf,
    writer: Lane,
    readers: Lane,
    reader_count: usize,
    /// Resolves when every thread has ended.
    ended: Mutex<Vec<oneshot::Receiver<()>>>,
}

/// A bounded way to a set of threads.
struct Lane {
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
}

impl Sqlite {
    /// Opens the file, brings its schema up to date by `migrate` and starts the threads.
    pub(crate) fn open(
        path: &Path,
        shared: Arc<Shared>,
        migrate: impl FnOnce(&mut Connection) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let lock = FileLock::take(path)?;
        if let Some(kind) = network_file_system(path) {
            tracing::warn!(
                kind,
                "the database lies on a network file system and may come to harm"
            );
        }
        let mut connection = connect(path, Mode::Write)?;
        migrate(&mut connection)?;

        let (writer_queue, writer_inbox) = mpsc::channel();
        let (reader_queue, reader_inbox) = mpsc::channel();
        let mut ended = Vec::new();
        let writer = Writer::new(connection, writer_inbox, shared.clock.clone(), lock);
        ended.push(threads::start("store-writer", move || writer.run())?);

        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let reader_count = cores.clamp(2, 4);
        let reader_inbox = Arc::new(Mutex::new(reader_inbox));
        for _ in 0..reader_count {
            let connection = connect(path, Mode::Read)?;
            let reader = Reader::new(connection, Arc::clone(&reader_inbox), shared.clock.clone());
            ended.push(threads::start("store-reader", move || reader.run())?);
        }
        Ok(Self {
            shared,
            path: path.to_owned(),
            writer: Lane::new(writer_queue),
            readers: Lane::new(reader_queue),
            reader_count,
            ended: Mutex::new(ended),
        })
    }

    /// Runs an op on the writer or on a reader and waits for its durable result.
    pub(crate) async fn run<T, E>(
        &self,
        mode: Mode,
        op: &'static str,
        f: impl Op<T, E>,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let lane = match mode {
            Mode::Write => &self.writer,
            Mode::Read => &self.readers,
        };
        let room = Arc::clone(&lane.room);
        let permit = match Arc::clone(&room).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self
                .shared
                .clock
                .timeout("store.busy", limits::STORE_BUSY_LIMIT, room.acquire_owned())
                .await
                .map_err(|_elapsed| Error::Busy)?
                .map_err(|_closed| Error::Closed)?,
        };
        let (task, reply) = Task::new(op, f, Arc::clone(&self.shared), permit);
        let job: Box<dyn Job> = Box::new(task);
        lane.queue
            .send(Message::Job(job))
            .map_err(|_closed| Error::Closed)?;
        match reply.await {
            Ok(result) => result,
            Err(_) => Err(Error::Closed.into()),
        }
    }

    /// Writes a compact copy of the database into a new file.
    pub(crate) fn backup(&self, to: &Path) -> Result<(), Error> {
        let connection = connect(&self.path, Mode::Write)?;
        lock::create_private(to)?;
        let to = to.to_str().ok_or(SetupError::BackupPath)?;
        connection
            .execute("vacuum into $1", [to])
            .map_err(engine("write the backup"))?;
        Ok(())
    }

    /// Lets the threads finish what is queued and waits for them.
    pub(crate) async fn close(&self) {
        // A closed queue means that the thread has ended already.
        drop(self.writer.queue.send(Message::Stop));
        for _ in 0..self.reader_count {
            drop(self.readers.queue.send(Message::Stop));
        }
        let ended = std::mem::take(&mut *self.ended.lock());
        for thread in ended {
            // The sender is dropped when the thread ends, so an error is the good news.
            drop(thread.await);
        }
    }
}

impl Lane {
    fn new(queue: mpsc::Sender<Message>) -> Self {
        Self {
            queue,
            room: Arc::new(Semaphore::new(limits::WRITER_QUEUE_MAX)),
        }
    }
}

fn engine(what: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| Error::Engine {
        what,
        source: Arc::new(error),
    }
}

fn connect(path: &Path, mode: Mode) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_LIMIT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
        let cache = match mode {
            Mode::Write => WRITER_CACHE_KIB,
            Mode::Read => READER_CACHE_KIB,
        };
        connection.pragma_update(None, "cache_size", cache)?;
        connection.pragma_update(None, "query_only", mode == Mode::Read)?;
        // Without this a statement whose plan could profit from its parameters is prepared anew
        // each time it is bound: a fifth of the processor time of a turn.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(limits::STATEMENT_CACHE);
        Ok(connection)
    };
    open().map_err(engine("open its file"))
}

/// A connection inside a transaction. Everything is done when a future is made, so an op
/// that awaits only its `Tx` never pends.
struct SqliteConn<'c> {
    op: &'static str,
    connection: &'c mut Connection,
    /// Whether the engine refused a statement.
    failed: bool,
}

impl Conn for SqliteConn<'_> {
    fn query<'a>(
        &'a mut self,
        statement: &'static Statement,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, Error>> {
        let outcome = self.rows(statement, params);
        self.failed |= outcome.is_err();
        Box::pin(ready(outcome))
    }

    fn execute<'a>(
        &'a mut self,
        statement: &'static Statement,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, Error>> {
        let outcome = self.count(statement, params);
        self.failed |= outcome.is_err();
        Box::pin(ready(outcome))
    }
}

impl SqliteConn<'_> {
    fn rows(&self, statement: &'static Statement, params: &[Value]) -> Result<Vec<Row>, Error> {
        let mut prepared = self.bind(statement, params)?;
        let columns = statement.columns(|| prepared.column_names().map(str::to_owned).collect());
        let failed = |error| outcome::sqlite(self.op, statement, error);
        let mut cursor = prepared.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = cursor.next().map_err(failed)? {
            let values = (0..columns.len())
                .map(|at| row.get_ref(at).map(cell))
                .collect::<Result<_, _>>()
                .map_err(failed)?;
            rows.push(Row::new(statement.name(), Arc::clone(columns), values));
        }
        Ok(rows)
    }

    fn count(&self, statement: &'static Statement, params: &[Value]) -> Result<u64, Error> {
        let mut prepared = self.bind(statement, params)?;
        let failed = |error| outcome::sqlite(self.op, statement, error);
        if prepared.column_count() == 0 {
            return prepared
                .raw_execute()
                .map(|rows| rows as u64)
                .map_err(failed);
        }
        let mut cursor = prepared.raw_query();
        let mut rows = 0;
        while cursor.next().map_err(failed)?.is_some() {
            rows += 1;
        }
        Ok(rows)
    }

    fn bind(
        &self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<rusqlite::CachedStatement<'_>, Error> {
        let text = statement.text(Engine::Sqlite);
        let failed = |error| outcome::sqlite(self.op, statement, error);
        let mismatch = || Error::Parameters {
            statement: statement.name(),
            expected: text.order.len(),
            given: params.len(),
        };
        if text.order.len() != params.len() {
            return Err(mismatch());
        }
        let mut prepared = self.connection.prepare_cached(&text.sql).map_err(failed)?;
        for (at, number) in text.order.iter().enumerate() {
            let value = params.get(number - 1).ok_or_else(mismatch)?;
            prepared.raw_bind_parameter(at + 1, value).map_err(failed)?;
        }
        Ok(prepared)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Integer((*value).into()),
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(text) | Self::Json(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Uuid(id) => ValueRef::Blob(id.as_bytes()),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
