//! Chats, their files, compaction and titles.

use std::time::Duration;

/// Messages that may wait behind a running turn; one more is refused with 429.
pub const QUEUE_MAX: usize = 20;
/// Assistant messages since the last user message; the step after that is an error.
pub const STEPS_PER_TURN_MAX: u32 = 1_200;
/// Characters of a chat title.
pub const TITLE_CHARS_MAX: usize = 200;
/// People and groups that one chat is shared with.
pub const CHAT_READERS_MAX: i64 = 200;
/// The right of somebody who reads another person's chat is looked at anew this often.
pub const READER_CHECK_PERIOD: Duration = Duration::from_secs(10);
/// Labels of a chat.
pub const LABELS_MAX: usize = 50;
/// Bytes of a label's key.
pub const LABEL_KEY_BYTES_MAX: usize = 64;
/// Bytes of a label's value.
pub const LABEL_VALUE_BYTES_MAX: usize = 256;
/// Workspaces whose chats one request may ask for.
pub const CHATS_BY_WORKSPACE_MAX: usize = 25;
/// Prompts of one person that a chat gives back.
pub const PROMPTS_MAX: i64 = 500;
/// Messages on one page of history.
pub const MESSAGES_PAGE_MAX: i64 = 200;
/// Messages on a page when the client names no number.
pub const MESSAGES_PAGE_DEFAULT: i64 = 50;
/// Chats on one page of a list.
pub const CHATS_PAGE_MAX: i64 = 200;
/// Chats on a page when the client names no number.
pub const CHATS_PAGE_DEFAULT: i64 = 50;
/// Parts of one message that a client sends.
pub const MESSAGE_PARTS_MAX: usize = 100;
/// Bytes of a prompt that an administrator, a person or a client writes.
pub const PROMPT_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the request that brings one.
pub const PROMPT_BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a pasted text that the model is sent.
pub const PASTE_INLINE_BYTES_MAX: usize = 128 * 1024;
/// Bytes of an upload.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of the name of a chat's file.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Files of one chat; what was used longest ago makes room.
pub const FILES_PER_CHAT_MAX: i64 = 50;
/// Uploads of one person that no message has used yet.
pub const FILES_UNUSED_MAX: i64 = 100;
/// How long an upload waits for a message.
pub const FILE_UNUSED_KEEP: Duration = Duration::from_secs(24 * 3600);
/// Uploads of one person per minute.
pub const UPLOADS_PER_MINUTE: u32 = 12;
/// Bytes of all uploads in one prompt, before they are encoded; no provider takes more.
pub const PROMPT_FILES_BYTES_MAX: usize = 32 * 1024 * 1024;
/// One context file of a workspace in a conversation.
pub const CONTEXT_FILE_BYTES_MAX: usize = 64 * 1024;
/// All context files of a workspace together.
pub const CONTEXT_TOTAL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Time for an agent to give its context files.
pub const CONTEXT_LOOKUP_LIMIT: Duration = Duration::from_secs(5);
/// Words of the first message that become the title.
pub const TITLE_WORDS_MAX: usize = 6;
/// Characters of a title that was made from the first message.
pub const INITIAL_TITLE_CHARS_MAX: usize = 80;
/// How long a chat waits for a dynamic tool's result.
pub const REQUIRES_ACTION_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// Tools that a chat's client brings along.
pub const DYNAMIC_TOOLS_MAX: usize = 64;
/// Bytes of such a tool's name; providers take no more.
pub const DYNAMIC_TOOL_NAME_BYTES_MAX: usize = 64;
/// Bytes of such a tool's description.
pub const DYNAMIC_TOOL_DESCRIPTION_BYTES_MAX: usize = 4 * 1024;
/// Bytes of such a tool's schema, written as JSON.
pub const DYNAMIC_TOOL_SCHEMA_BYTES_MAX: usize = 32 * 1024;
/// Bytes of all of them together: they stand in every request to the model.
pub const DYNAMIC_TOOLS_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the result of such a tool, written as JSON.
pub const DYNAMIC_RESULT_BYTES_MAX: usize = 64 * 1024;
/// The worker looks for runnable chats at least this often.
pub const ACQUIRE_TICK: Duration = Duration::from_secs(1);
/// Chats taken by one acquire statement; the loop repeats at once while batches are full.
pub const ACQUIRE_BATCH: i64 = 10;
/// One acquire statement.
pub const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// First pause of a runner after a failing database; doubles.
pub const RUNNER_RETRY_FIRST: Duration = Duration::from_millis(100);
/// Longest pause of a runner after a failing database.
pub const RUNNER_RETRY_MAX: Duration = Duration::from_secs(10);
/// An owned chat without a younger heartbeat may be taken over.
pub const CHAT_STALE_AFTER: Duration = Duration::from_secs(5 * 60);
/// Period of the one heartbeat statement for all owned chats.
pub const HEARTBEAT_PERIOD: Duration = Duration::from_secs(30);
/// Period of the replica lease.
pub const REPLICA_LEASE_PERIOD: Duration = Duration::from_secs(5);
/// A replica without a younger lease is dead.
pub const REPLICA_DEAD_AFTER: Duration = Duration::from_secs(20);
/// Write operations of one turn without tools: send, acquire, attempt, and the answer with its end.
pub const TURN_WRITES_MAX: usize = 5;
/// Statements of one turn without tools, its prompt included.
pub const TURN_STATEMENTS_MAX: u64 = 18;
/// Statements of the same turn as the server serves it: with the request that sends the message
/// and the socket on which its person follows all chats.
pub const SERVED_TURN_STATEMENTS_MAX: f64 = 32.0;
/// How often a cancelled call's process is looked for that the agent does not know yet.
pub const TERMINATE_ATTEMPTS: u32 = 5;
/// Pause between two such looks.
pub const TERMINATE_RETRY: Duration = Duration::from_secs(1);
/// Streams and runners re-read the database at least this often.
pub const SYNC_PERIOD: Duration = Duration::from_secs(10);
/// Subagents of one chat that are not archived.
pub const SUBAGENTS_MAX: usize = 256;
/// How long `wait_agent` waits when the model names no time.
pub const SUBAGENT_WAIT_DEFAULT: Duration = Duration::from_secs(5 * 60);
/// How long `wait_agent` waits at most.
pub const SUBAGENT_WAIT_MAX: Duration = Duration::from_secs(60 * 60);
/// A waiting parent looks at its subagent at least this often, whatever it is told.
pub const SUBAGENT_POLL: Duration = Duration::from_secs(5);
/// Last answers of a subagent among which its report is looked for.
pub const SUBAGENT_REPORT_MESSAGES: i64 = 20;
/// Output tokens asked for when neither chat nor model config says otherwise.
pub const OUTPUT_TOKENS_DEFAULT: u32 = 32_000;

// ---- compaction and titles ----------------------------------------------------------------

/// How full a context window may get before the conversation is summarised, when nobody said.
pub const COMPACTION_PERCENT_DEFAULT: i64 = 70;
/// The threshold that means "never".
pub const COMPACTION_PERCENT_OFF: i64 = 100;
/// From here on a full window overrules the pause between two compactions.
pub const COMPACTION_PERCENT_URGENT: i64 = 95;
/// Part of the window that a compaction must free, or it did not help.
pub const COMPACTION_PERCENT_FREED: i64 = 25;
/// Part of the window that must be new before the next automatic compaction.
pub const COMPACTION_PERCENT_NEW: i64 = 50;
/// Compactions in a row that did not help; after them there are no more.
pub const COMPACTION_FAILURES_MAX: i64 = 2;
/// How often in one turn a model that had stopped is called again for a summary's sake.
pub const COMPACTION_REENTRIES_MAX: i64 = 3;
/// One summary.
pub const COMPACTION_LIMIT: Duration = Duration::from_secs(90);
/// How often a conversation that is too long for its own summary is cut in half.
pub const COMPACTION_CUTS_MAX: u32 = 3;
/// Tokens of a context window that neither provider nor configuration names.
pub const CONTEXT_TOKENS_DEFAULT: i64 = 128_000;

// ---- spending -----------------------------------------------------------------------------

/// What a person may spend in a period, at most: the largest number that every client of the
/// API reads exactly.
pub const SPEND_LIMIT_MICROS_MAX: i64 = (1 << 53) - 1;
/// Time that a report of costs looks back when nobody says otherwise.
pub const COST_SPAN_DEFAULT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Chats in a person's report, the most expensive first; the totals count the others too.
pub const COST_CHATS_MAX: i64 = 1_000;
/// People on one page of a report.
pub const COST_USERS_PAGE_MAX: i64 = 100;
/// People on a page when the client names no number.
pub const COST_USERS_PAGE_DEFAULT: i64 = 10;
