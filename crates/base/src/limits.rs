//! Every numeric cap and period of the product, with its unit in the name; here and nowhere
//! else (`cargo xtask tidy`). A cap is enforced where data comes in *and* where it is read back.

use std::time::Duration;

mod chats;
mod debug;
mod titles;
mod workbench;

pub use chats::*;
pub use debug::*;
pub use titles::*;
pub use workbench::*;

// ---- stream -------------------------------------------------------------------------------

/// Events in one frame.
pub const FRAME_EVENTS_MAX: usize = 256;
/// A frame takes no further event once its messages hold this many bytes.
pub const FRAME_BYTES_AIM: usize = 256 * 1024;
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
/// Chats that the poller asks for in one query.
pub const POLL_CHATS_PER_QUERY: usize = 500;
/// Spilled live output that nobody removed with its step is swept after this time.
pub const PREVIEW_SEGMENT_LIFE: Duration = Duration::from_secs(15 * 60);
/// A replica spills at most this often.
pub const SPILL_PERIOD: Duration = Duration::from_millis(250);
/// Period of the ping on a stream.
pub const STREAM_PING_PERIOD: Duration = Duration::from_secs(15);

// ---- config cache -------------------------------------------------------------------------

/// Life of cached providers and model configurations.
pub const CONFIG_CACHE_LIFE: Duration = Duration::from_secs(10);
/// Life of a cached user prompt.
pub const PROMPT_CACHE_LIFE: Duration = Duration::from_secs(5);

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
/// Time for a provider's list of models, by which a key is proved.
pub const MODEL_CATALOG_LIMIT: Duration = Duration::from_secs(10);
/// A server of models on this machine must list what it has by then to be offered.
pub const LOCAL_MODELS_LIMIT: Duration = Duration::from_secs(1);
/// Models of a local server that are offered.
pub const LOCAL_MODELS_MAX: usize = 50;
/// Names of administrators that somebody without a model is given.
pub const ADMINISTRATORS_SHOWN_MAX: i64 = 5;
/// A provider's list of models.
pub const MODEL_CATALOG_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Nodes of a tool's schema after its references have been resolved, where a format wants that.
pub const SCHEMA_NODES_MAX: usize = 5_000;
/// Levels of such a schema.
pub const SCHEMA_DEPTH_MAX: usize = 24;
/// Body of an answer with an error status; the rest is not read.
pub const MODEL_ERROR_BYTES_MAX: usize = 64 * 1024;
/// Entries of a list or map among a provider's options.
pub const MODEL_OPTION_ENTRIES_MAX: usize = 300;
/// Characters of a word in such a list.
pub const MODEL_OPTION_WORD_CHARS_MAX: usize = 256;
/// Entries of a map of texts, its names and its texts, as OpenAI takes them.
pub const MODEL_METADATA_ENTRIES_MAX: usize = 16;
/// Characters of a name there.
pub const MODEL_METADATA_NAME_CHARS_MAX: usize = 64;
/// Characters of a text there.
pub const MODEL_METADATA_TEXT_CHARS_MAX: usize = 512;
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
/// A plan that an agent proposes.
pub const PLAN_BYTES_MAX: usize = 1024 * 1024;
/// Output of any other built-in tool that reaches the model.
pub const TOOL_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// A picture that a tool gives to the model.
pub const TOOL_MEDIA_BYTES_MAX: usize = 10 * 1024 * 1024;
/// New output of a running command is shown this often.
pub const LIVE_OUTPUT_PERIOD: Duration = Duration::from_millis(500);
/// Default wait of `process_output`.
pub const PROCESS_WAIT_DEFAULT: Duration = Duration::from_secs(10);
/// Longest wait of `process_output`.
pub const PROCESS_WAIT_MAX: Duration = Duration::from_secs(5 * 60);
/// How long a recovering runner waits for the agent before effects become unknown.
pub const EFFECT_QUERY_LIMIT: Duration = Duration::from_secs(2 * 60);
/// Rows of the effect ledger are kept this long after their turn has ended.
pub const EFFECT_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
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
/// New passwords per minute and whoever sets them.
pub const PASSWORD_CHANGES_PER_MINUTE: u32 = 10;
/// Questions in one `authcheck`.
pub const AUTHCHECKS_MAX: usize = 200;
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
/// Life of an invitation.
pub const INVITE_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Invitations that nobody has used yet.
pub const INVITES_OPEN_MAX: i64 = 100;
/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Characters of a user name.
pub const USERNAME_CHARS_MAX: usize = 32;
/// Characters of a person's display name.
pub const USER_NAME_CHARS_MAX: usize = 128;
/// Bytes of an email address.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Estimated strength of a password in bits, at least.
pub const PASSWORD_BITS_MIN: u32 = 52;
/// Bytes of a password; hashing more is only work for an attacker to order.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Characters of the name of a provider's region.
pub const REGION_CHARS_MAX: usize = 32;
/// Characters of a model's name.
pub const MODEL_NAME_CHARS_MAX: usize = 256;
/// Groups of one organization.
pub const GROUPS_MAX: i64 = 1_000;
/// Members that a group's answer names; their number is told beside them.
pub const GROUP_MEMBERS_SHOWN_MAX: i64 = 1_000;
/// People whom one request adds to a group or removes from it, each.
pub const GROUP_MEMBERS_CHANGE_MAX: usize = 1_000;
/// Characters of a group's name.
pub const GROUP_NAME_CHARS_MAX: usize = 64;
/// Bytes of the address of a picture.
pub const AVATAR_URL_BYTES_MAX: usize = 2_048;
/// People on one page of a list.
pub const USERS_PAGE_MAX: i64 = 200;
/// Longest life of an API token.
pub const TOKEN_LIFE_MAX: Duration = Duration::from_secs(876_600 * 60 * 60);
/// Life of an API token when its maker names none.
pub const TOKEN_LIFE_DEFAULT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Characters of an API token's name.
pub const TOKEN_NAME_CHARS_MAX: usize = 64;
/// Password hashes computed at once; each takes 19 MiB.
pub const PASSWORD_HASHES_AT_ONCE: usize = 2;
/// First extra delay of a sign-in after too many failures; doubles.
pub const LOGIN_DELAY_FIRST: Duration = Duration::from_secs(1);
/// Longest extra delay of a sign-in.
pub const LOGIN_DELAY_MAX: Duration = Duration::from_secs(60);
/// Accounts and addresses whose attempts are remembered at once.
pub const RATE_LIMIT_KEYS_MAX: usize = 10_000;

// ---- http ---------------------------------------------------------------------------------

/// JSON body of most routes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// JSON body of a route that takes a chat message.
pub const MESSAGE_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Nesting of a JSON body.
pub const JSON_DEPTH_MAX: usize = 64;
/// Connections served at once.
pub const HTTP_CONNECTIONS_MAX: usize = 10_000;
/// Time for a client to send the head of a request.
pub const HTTP_HEAD_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of the head of a request.
pub const HTTP_HEAD_BYTES_MAX: usize = 32 * 1024;
/// Silence allowed while a body is read.
pub const HTTP_BODY_SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// Time that requests in flight get at a shutdown.
pub const HTTP_SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);
/// Sockets that one person may hold open.
pub const STREAMS_PER_USER_MAX: usize = 64;
/// Period of sweeping sessions and links that have ended.
pub const SESSION_SWEEP_PERIOD: Duration = Duration::from_secs(60 * 60);

// ---- agent link ---------------------------------------------------------------------------

/// HTTP/2 window of one stream of a link; the default (64 KiB) caps bulk at one per round trip.
pub const LINK_STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// HTTP/2 window of a whole link.
pub const LINK_CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Largest HTTP/2 frame and body chunk of a link, so that small calls pass between bulk.
pub const LINK_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Calls that may run on one link at a time.
pub const LINK_STREAMS_MAX: u32 = 1_000;
/// Streams the agent may have been asked to reset before it gives the link up.
pub const LINK_RESETS_MAX: usize = 1_000;
/// One WebSocket message of a link.
pub const LINK_MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Read buffer per link; the library's default would be most of the memory of an idle agent.
pub const LINK_READ_BUFFER_BYTES: usize = 8 * 1024;
/// Period of the server's pings; proxies cut idle sockets at 60 s.
pub const LINK_PING_PERIOD: Duration = Duration::from_secs(15);
/// A missed pong closes the link.
pub const LINK_PING_LIMIT: Duration = Duration::from_secs(10);
/// First line and HTTP/2 preface of a new link.
pub const LINK_HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of the first line of a local link.
pub const LINK_GREETING_BYTES_MAX: usize = 512;
/// Connections to one workspace's socket that have not shown a valid token yet. Every command
/// of a workspace can connect; it must not use up the server's file descriptors.
pub const LINK_GREETINGS_MAX: usize = 16;
/// Telling the agent why its link is being closed.
pub const LINK_FAREWELL_LIMIT: Duration = Duration::from_secs(1);
/// First and longest delay between two tries of an agent to connect.
pub const LINK_RECONNECT_FIRST: Duration = Duration::from_millis(500);
/// Longest delay between two tries; also the spread after a server's orderly restart.
pub const LINK_RECONNECT_MAX: Duration = Duration::from_secs(15);
/// The row of a connecting agent is looked at this often.
pub const DIAL_POLL_PERIOD: Duration = Duration::from_secs(1);
/// A short call to an agent whose caller names no deadline.
pub const AGENT_CALL_DEFAULT: Duration = Duration::from_secs(30);
/// Bytes of one word in an agent's introduction: versions, system, epoch.
pub const AGENT_WORD_BYTES_MAX: usize = 128;
/// Bytes of a path in an agent's introduction.
pub const AGENT_PATH_BYTES_MAX: usize = 4_096;
/// A whole answer of an agent that is collected in memory.
pub const AGENT_ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Body of a JSON call to an agent.
pub const AGENT_JSON_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Body of one `write-file` call.
pub const AGENT_WRITE_BYTES_MAX: usize = 64 * 1024 * 1024;

// ---- agent --------------------------------------------------------------------------------

/// File that `read-file-lines` reads without a window.
pub const READ_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// One line of `read-file-lines`; longer ones end in `[truncated]`.
pub const READ_LINE_BYTES_MAX: usize = 1024;
/// Lines of one `read-file-lines` answer.
pub const READ_LINES_MAX: usize = 2_000;
/// Bytes of one `read-file-lines` answer.
pub const READ_RESPONSE_BYTES_MAX: usize = 32 * 1024;
/// A file that `edit-files` loads.
pub const EDIT_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files of one `edit-files` call.
pub const EDIT_FILES_MAX: usize = 100;
/// Entries of one `list-directory` answer.
pub const LIST_DIRECTORY_MAX: usize = 10_000;
/// First and last output of a process that is kept for the model, each.
pub const PROCESS_OUTPUT_HALF_BYTES: usize = 16 * 1024;
/// One line of a process's output that is shown.
pub const PROCESS_LINE_BYTES_MAX: usize = 2_048;
/// Raw output kept on disk per process; what is beyond is dropped and counted.
pub const PROCESS_LOG_BYTES_MAX: u64 = 1024 * 1024;
/// How often a process is looked at whose shim says nothing any more.
pub const PROCESS_LOOK_PERIOD: Duration = Duration::from_millis(250);
/// Wait for the pipes of a process that was killed.
pub const PROCESS_PIPE_GRACE: Duration = Duration::from_secs(5);
/// Wait for the pipes of a process that ended by itself but left others holding them.
pub const PROCESS_EXIT_GRACE: Duration = Duration::from_millis(200);
/// A shim reports that it has taken its command over.
pub const SHIM_START_LIMIT: Duration = Duration::from_secs(10);
/// Exited processes leave the list after this time.
pub const PROCESS_LINGER: Duration = Duration::from_secs(5 * 60);
/// The agent's journal; a full one refuses further effects.
pub const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Growth of the journal that makes a compaction worth while.
pub const JOURNAL_COMPACT_BYTES: u64 = 4 * 1024 * 1024;
/// Results that nobody acknowledged are kept this long.
pub const JOURNAL_UNACKED_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Ids in one `effects/query` or `effects/ack` call.
pub const EFFECT_IDS_MAX: usize = 1_000;
/// One instruction file (`AGENTS.md` and kin).
pub const INSTRUCTION_FILE_BYTES_MAX: u64 = 64 * 1024;

// ---- workspaces ---------------------------------------------------------------------------

/// Jobs that one server process runs side by side.
pub const PROVISIONER_WORKERS: usize = 4;
/// Period of a running job's heartbeat.
pub const JOB_HEARTBEAT_PERIOD: Duration = Duration::from_secs(5);
/// A running job without a younger heartbeat is run again by another worker.
pub const JOB_LEASE: Duration = Duration::from_secs(15);
/// Pause before a job is read again that a failing database kept back.
pub const JOB_LOAD_RETRY: Duration = Duration::from_secs(1);
/// A running job that nobody has taken up for this long has failed.
pub const JOB_HUNG_AFTER: Duration = Duration::from_secs(5 * 60);
/// A job that waited this long for a worker has failed.
pub const JOB_PENDING_LIMIT: Duration = Duration::from_secs(30 * 60);
/// Idle workers look for jobs at least this often.
pub const JOB_POLL: Duration = Duration::from_secs(2);
/// Time of one build.
pub const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);
/// Time a canceled driver has to end by itself.
pub const JOB_CANCEL_GRACE: Duration = Duration::from_secs(30);
/// Bytes of one job's log.
pub const JOB_LOG_BYTES_MAX: i64 = 10 * 1024 * 1024;
/// Lines of one job's log per second; more are counted, not kept.
pub const JOB_LOG_LINES_PER_SECOND: u32 = 200;
/// Bytes of one line of a job's log.
pub const JOB_LOG_LINE_BYTES_MAX: usize = 8 * 1024;
/// Log lines of a running job are gathered this long for one write.
pub const JOB_LOG_WRITE_PERIOD: Duration = Duration::from_millis(250);
/// Jobs that nobody runs are looked for at least this often.
pub const JOB_SWEEP_PERIOD: Duration = Duration::from_secs(30);
/// Lines of a job's log on one page.
pub const JOB_LOG_PAGE_MAX: i64 = 1_000;
/// Period of an agent's heartbeat.
pub const AGENT_HEARTBEAT_PERIOD: Duration = Duration::from_secs(15);
/// An agent without a younger heartbeat is disconnected.
pub const AGENT_INACTIVE_AFTER: Duration = Duration::from_secs(30);
/// Heartbeats of all agents of a replica are written at most this often.
pub const AGENT_HEARTBEAT_WRITE_PERIOD: Duration = Duration::from_secs(5);
/// A stored heartbeat younger than this is not written again.
pub const AGENT_HEARTBEAT_FRESH: Duration = Duration::from_secs(10);
/// A stopping workspace's processes have this long after the polite signal.
pub const WORKSPACE_STOP_GRACE: Duration = Duration::from_secs(10);
/// How long a tool waits for a build.
pub const BUILD_WAIT: Duration = Duration::from_secs(10 * 60);
/// A waiting tool re-reads its build at least this often.
pub const BUILD_WAIT_POLL: Duration = Duration::from_secs(2);
/// How long a tool waits for an agent to connect.
pub const AGENT_WAIT: Duration = Duration::from_secs(2 * 60);
/// One attempt to reach an agent during that wait.
pub const AGENT_DIAL_ATTEMPT: Duration = Duration::from_secs(5);
/// Pause between two such attempts.
pub const AGENT_DIAL_PAUSE: Duration = Duration::from_secs(2);
/// How long a tool waits for start-up scripts.
pub const STARTUP_SCRIPTS_WAIT: Duration = Duration::from_secs(10 * 60);
/// Characters of a workspace's name.
pub const WORKSPACE_NAME_CHARS_MAX: usize = 32;
/// Characters of a template's name that begin a generated workspace name.
pub const WORKSPACE_NAME_SLUG_CHARS: usize = 27;
/// Tries to find a free generated name.
pub const WORKSPACE_NAME_TRIES: usize = 3;
/// Builds and workspaces on one page.
pub const WORKSPACES_PAGE_MAX: i64 = 200;
/// Characters of a template's description that the model sees.
pub const TEMPLATE_DESCRIPTION_CHARS: usize = 200;
/// Characters of a parameter's description that the model sees.
pub const PARAMETER_DESCRIPTION_CHARS: usize = 300;
/// Reading the list of templates that chats may use.
pub const TEMPLATE_ALLOWLIST_LIMIT: Duration = Duration::from_secs(1);
/// Ended processes are forgotten, with their output, after this time.
pub const PROCESS_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// A machine below the best sandbox level is probed again after this time.
pub const SANDBOX_PROBE_PERIOD: Duration = Duration::from_secs(10 * 60);
/// A deleted workspace's uid is not given to another one for this long.
pub const SANDBOX_UID_REST: Duration = Duration::from_secs(24 * 60 * 60);

// ---- sandbox ------------------------------------------------------------------------------

/// A document that one process of the sandbox hands to the next.
pub const SANDBOX_DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// A workspace's agent log, after which it becomes the one older log that is kept.
pub const AGENT_LOG_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// Deaths of an agent within [`AGENT_DEATHS_WINDOW`] after which it is given up.
pub const AGENT_DEATHS_MAX: usize = 10;
/// The time in which the deaths of an agent are counted.
pub const AGENT_DEATHS_WINDOW: Duration = Duration::from_secs(5 * 60);
/// Wait of a new agent for the state folder of one that has just died.
pub const AGENT_LOCK_LIMIT: Duration = Duration::from_secs(5);
/// The folder is tried this often.
pub const AGENT_LOCK_PERIOD: Duration = Duration::from_millis(50);
