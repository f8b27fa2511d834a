//! What people may spend on chats, and what they spent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Time;

/// Over which spending is counted, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum UsagePeriod {
    /// From midnight to midnight.
    Day,
    /// From Monday on.
    Week,
    /// A month of the calendar.
    Month,
}

/// What the deployment says about spending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UsageLimitConfig {
    /// What a person without another limit may spend in a period; null: all limits are off.
    pub spend_limit_micros: Option<i64>,
    pub period: UsagePeriod,
    /// Null until somebody decides.
    pub updated_at: Option<Time>,
}

/// A person's own limit, which goes before every other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UsageLimitOverride {
    pub user_id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    pub spend_limit_micros: i64,
}

/// A limit of each member of a group. The smallest among a person's groups applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UsageLimitGroupOverride {
    pub group_id: Uuid,
    pub group_name: String,
    pub group_display_name: String,
    pub group_avatar_url: String,
    /// Without system accounts.
    pub member_count: i64,
    pub spend_limit_micros: i64,
}

/// All limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UsageLimits {
    /// What a person without another limit may spend in a period; null: all limits are off.
    pub spend_limit_micros: Option<i64>,
    pub period: UsagePeriod,
    /// Null until somebody decides.
    pub updated_at: Option<Time>,
    /// Enabled models without prices: nobody is limited in using them.
    pub unpriced_model_count: i64,
    pub overrides: Vec<UsageLimitOverride>,
    pub group_overrides: Vec<UsageLimitGroupOverride>,
}

/// Changes what the deployment says about spending.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UpdateUsageLimitsRequest {
    /// More than 0; null switches all limits off.
    #[serde(deserialize_with = "required")]
    #[schema(required)]
    pub spend_limit_micros: Option<i64>,
    pub period: UsagePeriod,
}

/// Null says something here, so it must be said.
fn required<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(from)
}

/// Gives a person or a group a limit.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SetUsageLimitRequest {
    /// More than 0.
    pub spend_limit_micros: i64,
}

/// How far a person has come in the current period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UsageLimitStatus {
    /// Whether any limit applies.
    pub is_limited: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<UsagePeriod>,
    /// At this much nothing more can be started before the period ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend_limit_micros: Option<i64>,
    /// Micro-dollars, as far as they count against the limit.
    pub current_spend: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_start: Option<Time>,
    /// When the next period begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_end: Option<Time>,
}

/// The body of a 409 that a spending limit is the reason of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UsageLimitRefusal {
    /// A sentence for the person in front of the screen.
    pub message: String,
    pub spent_micros: i64,
    pub limit_micros: i64,
    /// When the next period begins.
    pub resets_at: Time,
    /// The `X-Request-Id` of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What calls of one model cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CostByModel {
    /// Zero for calls that name no configuration.
    pub model_config_id: Uuid,
    pub display_name: String,
    pub provider: String,
    pub model: String,
    pub total_cost_micros: i64,
    /// Calls, priced or not.
    pub message_count: i64,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    pub total_cache_read_tokens: i64,
    pub total_cache_creation_tokens: i64,
    pub total_runtime_ms: i64,
}

/// What a chat cost, with its subagents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CostByChat {
    pub root_chat_id: Uuid,
    pub chat_title: String,
    pub total_cost_micros: i64,
    /// Calls, priced or not.
    pub message_count: i64,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    pub total_cache_read_tokens: i64,
    pub total_cache_creation_tokens: i64,
    pub total_runtime_ms: i64,
}

/// What a person spent in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CostSummary {
    pub start_date: Time,
    /// Not part of the stretch.
    pub end_date: Time,
    pub total_cost_micros: i64,
    /// Calls with a known cost.
    pub priced_message_count: i64,
    /// Calls of models without prices: what they cost is not in the sums.
    pub unpriced_message_count: i64,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    pub total_cache_read_tokens: i64,
    pub total_cache_creation_tokens: i64,
    pub total_runtime_ms: i64,
    /// The most expensive first.
    pub by_model: Vec<CostByModel>,
    /// The most expensive first, 1,000 at most; the sums above count the others too.
    pub by_chat: Vec<CostByChat>,
    /// The current period of whoever has a limit, whatever the stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_limit: Option<UsageLimitStatus>,
}

/// What one of several people spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CostByUser {
    pub user_id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    pub total_cost_micros: i64,
    /// Calls, priced or not.
    pub message_count: i64,
    /// Chats in which something was spent; subagents count with the chat above them.
    pub chat_count: i64,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    pub total_cache_read_tokens: i64,
    pub total_cache_creation_tokens: i64,
    pub total_runtime_ms: i64,
}

/// A page of people who spent something, the most expensive first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CostUsersPage {
    pub start_date: Time,
    /// Not part of the stretch.
    pub end_date: Time,
    /// People on all pages.
    pub count: i64,
    pub users: Vec<CostByUser>,
}

/// What a chat cost since it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatCost {
    pub chat_id: Uuid,
    /// With its subagents.
    pub total_cost_micros: i64,
    /// Without them.
    pub own_cost_micros: i64,
    /// Calls with a known cost.
    pub priced_message_count: i64,
    /// Calls of models without prices: what they cost is not in the sums.
    pub unpriced_message_count: i64,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    pub total_cache_read_tokens: i64,
    pub total_cache_creation_tokens: i64,
    pub total_runtime_ms: i64,
    /// The most expensive first.
    pub by_model: Vec<CostByModel>,
}
