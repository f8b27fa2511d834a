//! Terminals and live git changes of a workspace.

use std::time::Duration;

// ---- terminals ----------------------------------------------------------------------------

/// Terminals that run in one workspace at a time; the next one is refused.
pub const PTY_SESSIONS_MAX: usize = 16;
/// Clients that watch one terminal at a time.
pub const PTY_CLIENTS_MAX: usize = 8;
/// Output that a terminal keeps for those who come back. A program that writes faster than
/// its slowest client reads waits once that client is this far behind.
pub const PTY_SCROLLBACK_BYTES: usize = 64 * 1024;
/// Output that is read from a terminal, or given to a client, in one go.
pub const PTY_CHUNK_BYTES_MAX: usize = 16 * 1024;
/// One message of input.
pub const PTY_INPUT_BYTES_MAX: usize = 1024 * 1024;
/// Columns and rows of a terminal.
pub const PTY_CELLS_MAX: u16 = 2_000;
/// Columns of a terminal whose client names none.
pub const PTY_COLUMNS_DEFAULT: u16 = 80;
/// Rows of a terminal whose client names none.
pub const PTY_ROWS_DEFAULT: u16 = 24;
/// Bytes of the command that a terminal may be opened with.
pub const PTY_COMMAND_BYTES_MAX: usize = 4_096;
/// A terminal without a client ends after this time.
pub const PTY_LINGER: Duration = Duration::from_secs(5 * 60);
/// Time that a terminal's processes get between the hang-up and the kill.
pub const PTY_HANGUP_GRACE: Duration = Duration::from_secs(2);

// ---- git changes --------------------------------------------------------------------------

/// Clients that watch the changes of one workspace at a time.
pub const GIT_WATCHES_MAX: usize = 32;
/// Repositories that are shown.
pub const GIT_REPOSITORIES_MAX: usize = 20;
/// Levels of folders below the working folder in which repositories are looked for.
pub const GIT_SEARCH_DEPTH_MAX: usize = 3;
/// Folders that are opened in one search.
pub const GIT_SEARCH_FOLDERS_MAX: usize = 2_000;
/// Paths that one client may name.
pub const GIT_PATHS_MAX: usize = 100;
/// One message of a client.
pub const GIT_REQUEST_BYTES_MAX: usize = 64 * 1024;
/// A repository is looked at at most this often.
pub const GIT_SCAN_PERIOD: Duration = Duration::from_secs(1);
/// Without any sign of a change, a repository is looked at this often.
pub const GIT_POLL_PERIOD: Duration = Duration::from_secs(30);
/// Signs of a change that come this close to each other cause one look.
pub const GIT_SETTLE: Duration = Duration::from_millis(150);
/// Time of one git command.
pub const GIT_COMMAND_LIMIT: Duration = Duration::from_secs(15);
/// Output of `git status` that is read.
pub const GIT_STATUS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Output of `git diff` that is read.
pub const GIT_PATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Changed files of one repository that are listed; the rest is counted.
pub const GIT_FILES_MAX: usize = 1_000;
/// A new file that is read for its diff.
pub const GIT_FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// The diff of one file; a longer one is left out and said to be.
pub const GIT_FILE_DIFF_BYTES_MAX: usize = 256 * 1024;
/// The diffs of one repository together.
pub const GIT_DIFF_BYTES_MAX: usize = 3 * 1024 * 1024;
/// One message to a client.
pub const GIT_MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Time to reach the agent of a chat's workspace for a person.
pub const CHAT_DIAL_LIMIT: Duration = Duration::from_secs(30);
/// Life of the answer to "what has this chat changed".
pub const CHAT_DIFF_CACHE_LIFE: Duration = Duration::from_secs(10);
/// A diff that is kept for that long; a longer one is asked for anew.
pub const CHAT_DIFF_CACHED_BYTES_MAX: usize = 64 * 1024;
