//! Every numeric cap and period of the product, with its unit in the name.
//!
//! A number that limits anything lives here and nowhere else (`cargo xtask tidy`). A cap is
//! enforced where data comes in *and* where it is read back.

use std::time::Duration;

// ---- chats --------------------------------------------------------------------------------

/// Messages that may wait behind a running turn; one more is refused with 429.
pub const QUEUE_MAX: usize = 20;
/// Assistant messages since the last user message; the step after that is an error.
pub const STEPS_PER_TURN_MAX: u32 = 1_200;
/// Characters of a chat title.
pub const TITLE_CHARS_MAX: usize = 200;
/// Messages on one page of history.
pub const MESSAGES_PAGE_MAX: i64 = 200;
/// Messages on a page when the client names no number.
pub const MESSAGES_PAGE_DEFAULT: i64 = 50;
/// How long a chat waits for a dynamic tool's result.
pub const REQUIRES_ACTION_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// The worker looks for runnable chats at least this often.
pub const ACQUIRE_TICK: Duration = Duration::from_secs(1);
/// Chats taken by one acquire statement; the loop repeats at once while batches are full.
pub const ACQUIRE_BATCH: i64 = 10;
/// An owned chat without a younger heartbeat may be taken over.
pub const CHAT_STALE_AFTER: Duration = Duration::from_secs(5 * 60);
/// Period of the one heartbeat statement for all owned chats.
pub const HEARTBEAT_PERIOD: Duration = Duration::from_secs(30);
/// Period of the replica lease.
pub const REPLICA_LEASE_PERIOD: Duration = Duration::from_secs(5);
/// A replica without a younger lease is dead.
pub const REPLICA_DEAD_AFTER: Duration = Duration::from_secs(20);
/// Streams and runners re-read the database at least this often.
pub const SYNC_PERIOD: Duration = Duration::from_secs(10);
/// Output tokens asked for when neither chat nor model config says otherwise.
pub const OUTPUT_TOKENS_DEFAULT: u32 = 32_000;

// ---- stream -------------------------------------------------------------------------------

/// Events in one frame.
pub const FRAME_EVENTS_MAX: usize = 256;
/// Bytes of one frame that a client may send.
pub const CLIENT_FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Compacted bytes of one episode.
pub const EPISODE_BYTES_MAX: usize = 1024 * 1024;
/// A closed episode stays readable at least this long.
pub const EPISODE_KEEP: Duration = Duration::from_secs(15);
/// Bytes buffered for one client before it is resynchronised.
pub const CLIENT_BACKLOG_BYTES_MAX: usize = 1024 * 1024;
/// A client that takes no part for this long is dropped.
pub const CLIENT_SEND_LIMIT: Duration = Duration::from_secs(10);
/// Unspilled compacted bytes of an episode at which it is written to the store.
pub const SPILL_BYTES: usize = 64 * 1024;
/// A replica spills at most this often.
pub const SPILL_PERIOD: Duration = Duration::from_millis(250);
/// Period of the ping on a stream.
pub const STREAM_PING_PERIOD: Duration = Duration::from_secs(15);

// ---- models -------------------------------------------------------------------------------

/// Model attempts on one history before the turn fails.
pub const MODEL_ATTEMPTS_MAX: u32 = 25;
/// First delay between model attempts; doubles.
pub const MODEL_RETRY_FIRST: Duration = Duration::from_secs(1);
/// Longest delay between model attempts without a provider's `Retry-After`.
pub const MODEL_RETRY_MAX: Duration = Duration::from_secs(60);
/// A provider's `Retry-After` counts up to this.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(10 * 60);
/// Time for the first part of an answer.
pub const FIRST_CHUNK_LIMIT: Duration = Duration::from_secs(60);
/// Silence allowed after the first part.
pub const STREAM_SILENCE_LIMIT: Duration = Duration::from_secs(120);
/// Time to connect to a provider.
pub const MODEL_CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// One server-sent event.
pub const SSE_EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// One whole answer.
pub const MODEL_ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A provider's own words kept with a failure.
pub const FAILURE_DETAIL_BYTES_MAX: usize = 1024;

// ---- tools --------------------------------------------------------------------------------

/// Time a foreground command gets when the model names none.
pub const EXECUTE_DEFAULT: Duration = Duration::from_secs(10);
/// Longest time a foreground command may be given.
pub const EXECUTE_MAX: Duration = Duration::from_secs(4 * 60 * 60);
/// One waiting call for process output, so that a lost link loses nothing.
pub const EXECUTE_POLL: Duration = Duration::from_secs(30);
/// Output of a command that reaches the model.
pub const EXECUTE_OUTPUT_BYTES_MAX: usize = 32 * 1024;
/// Output of any other built-in tool that reaches the model.
pub const TOOL_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// Default wait of `process_output`.
pub const PROCESS_WAIT_DEFAULT: Duration = Duration::from_secs(10);
/// Longest wait of `process_output`.
pub const PROCESS_WAIT_MAX: Duration = Duration::from_secs(5 * 60);
/// How long a recovering runner waits for the agent before effects become unknown.
pub const EFFECT_QUERY_LIMIT: Duration = Duration::from_secs(2 * 60);
/// Dial of a bound agent before the latest build is consulted.
pub const BINDING_VALIDATION_DELAY: Duration = Duration::from_secs(5);

// ---- store --------------------------------------------------------------------------------

/// Operations waiting for the `SQLite` writer.
pub const WRITER_QUEUE_MAX: usize = 4_096;
/// Operations in one commit.
pub const GROUP_COMMIT_OPS_MAX: usize = 128;
/// Work in one commit.
pub const GROUP_COMMIT_TIME: Duration = Duration::from_millis(10);
/// Wait for a place in the writer queue or a connection of the pool.
pub const STORE_BUSY_LIMIT: Duration = Duration::from_secs(5);
/// One read operation.
pub const STORE_READ_LIMIT: Duration = Duration::from_secs(5);
/// Connections per replica.
pub const POSTGRES_POOL: usize = 16;
/// Statements kept prepared per connection.
pub const STATEMENT_CACHE: usize = 512;
/// Notifications waiting for the carrier; older ones are dropped and counted.
pub const NOTIFIER_QUEUE_MAX: usize = 65_536;
/// The carrier sends at most this often.
pub const NOTIFIER_PERIOD: Duration = Duration::from_millis(5);

// ---- people -------------------------------------------------------------------------------

/// Sign-in tries per minute and address.
pub const LOGIN_PER_MINUTE: u32 = 60;
/// Requests per minute and user.
pub const API_PER_MINUTE: u32 = 512;
/// Failed sign-ins of one account before each further one is delayed.
pub const LOGIN_FAILURES_FREE: u32 = 5;
/// Life of a browser session since its last use.
pub const SESSION_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Session rows are touched at most this often.
pub const SESSION_TOUCH_PERIOD: Duration = Duration::from_secs(60 * 60);
/// Life of a one-time login link.
pub const LOGIN_LINK_LIFE: Duration = Duration::from_secs(15 * 60);
/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Characters of a user name.
pub const USERNAME_CHARS_MAX: usize = 32;

// ---- http ---------------------------------------------------------------------------------

/// JSON body of most routes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// JSON body of a route that takes a chat message.
pub const MESSAGE_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Nesting of a JSON body.
pub const JSON_DEPTH_MAX: usize = 64;
