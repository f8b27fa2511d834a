//! What people and administrators configure about chats.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// At how full a context window conversations with a model are summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompactionThreshold {
    pub model_config_id: Uuid,
    /// 0 to 100; 100 is never.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub threshold_percent: i64,
}

/// The caller's own thresholds; models without one keep theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompactionThresholds {
    pub thresholds: Vec<CompactionThreshold>,
}

/// A threshold for one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SetCompactionThresholdRequest {
    /// 0 to 100; 100 is never.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub threshold_percent: i64,
}
