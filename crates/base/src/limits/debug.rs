//! Debug runs: what model attempts sent and received.

/// Bytes of an attempt's request that are kept.
pub const DEBUG_REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Bytes of an attempt's answer that are kept.
pub const DEBUG_RESPONSE_BYTES_MAX: usize = 256 * 1024;
/// Attempts of one chat that are kept; the oldest makes room.
pub const DEBUG_RUNS_PER_CHAT_MAX: i64 = 100;
/// Days for which attempts are kept, when nobody said.
pub const DEBUG_RETENTION_DAYS_DEFAULT: i64 = 7;
/// Most days for which attempts are kept.
pub const DEBUG_RETENTION_DAYS_MAX: i64 = 365;
