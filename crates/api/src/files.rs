//! Files of chats.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Time;

/// A file of a chat, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatFile {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    pub created_at: Time,
}

/// An upload, to be named by a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UploadedFile {
    pub id: Uuid,
}
