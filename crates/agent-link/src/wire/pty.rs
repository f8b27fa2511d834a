//! Query and input of the terminal stream.
//!
//! `POST pty`: the request's body is a line of JSON per message, the answer's body is the
//! terminal's output as it is. The output begins with what the terminal has kept, so that a
//! client that comes back sees what it saw; it ends when the terminal does.

use muster_base::PtyId;
use serde::{Deserialize, Serialize};

/// Query of `POST pty`. The terminal with this id is joined, or begun if there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PtyQuery {
    /// Chosen by the client.
    pub id: PtyId,
    /// Columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
    /// Rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u16>,
    /// Run by `sh -c` in the place of the login shell; of no effect when the terminal exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// One message of a client: keys, a new size, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PtyInput {
    /// What was typed or pasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u16>,
    /// Columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
}
