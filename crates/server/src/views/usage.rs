//! Spending, limits and costs.

use muster_api as api;
use muster_base::{ChatId, ModelConfigId, Period, Span};
use muster_chat_engine::UsageLimitReached;
use muster_store::usage::{ChatUsage, ModelTotals, RootTotals, Spender, Totals, UserUsage};
use muster_store::usage_limits::{GroupLimit, LimitConfig, Limits, Standing, UserLimit};

pub(crate) const fn period(period: Period) -> api::UsagePeriod {
    match period {
        Period::Day => api::UsagePeriod::Day,
        Period::Week => api::UsagePeriod::Week,
        Period::Month => api::UsagePeriod::Month,
    }
}

pub(crate) fn config(config: &LimitConfig) -> api::UsageLimitConfig {
    api::UsageLimitConfig {
        spend_limit_micros: config.default_limit.map(|limit| limit.0),
        period: period(config.period),
        updated_at: config.updated_at.map(Into::into),
    }
}

pub(crate) fn limits(limits: &Limits, unpriced_models: usize) -> api::UsageLimits {
    let api::UsageLimitConfig {
        spend_limit_micros,
        period,
        updated_at,
    } = config(&limits.config);
    api::UsageLimits {
        spend_limit_micros,
        period,
        updated_at,
        unpriced_model_count: i64::try_from(unpriced_models).unwrap_or(i64::MAX),
        overrides: limits.users.iter().map(user_limit).collect(),
        group_overrides: limits.groups.iter().map(group_limit).collect(),
    }
}

pub(crate) fn user_limit(limit: &UserLimit) -> api::UsageLimitOverride {
    api::UsageLimitOverride {
        user_id: limit.user_id.0,
        username: limit.username.clone(),
        name: limit.name.clone(),
        avatar_url: limit.avatar_url.clone(),
        spend_limit_micros: limit.limit.0,
    }
}

pub(crate) fn group_limit(limit: &GroupLimit) -> api::UsageLimitGroupOverride {
    api::UsageLimitGroupOverride {
        group_id: limit.group_id.0,
        group_name: limit.name.clone(),
        group_display_name: limit.display_name.clone(),
        group_avatar_url: limit.avatar_url.clone(),
        member_count: limit.member_count,
        spend_limit_micros: limit.limit.0,
    }
}

pub(crate) fn status(standing: &Standing) -> api::UsageLimitStatus {
    api::UsageLimitStatus {
        is_limited: standing.limit.is_some(),
        period: Some(period(standing.period)),
        spend_limit_micros: standing.limit.map(|limit| limit.0),
        current_spend: standing.spent.0,
        period_start: Some(standing.span.start.into()),
        period_end: Some(standing.span.end.into()),
    }
}

pub(crate) fn refusal(
    message: String,
    request_id: Option<String>,
    reached: &UsageLimitReached,
) -> api::UsageLimitRefusal {
    api::UsageLimitRefusal {
        message,
        spent_micros: reached.spent.0,
        limit_micros: reached.limit.0,
        resets_at: reached.resets_at.into(),
        request_id,
    }
}

pub(crate) fn summary(usage: &UserUsage, span: Span) -> api::CostSummary {
    let totals = &usage.totals;
    let limited = usage.standing.limit.map(|_| status(&usage.standing));
    api::CostSummary {
        start_date: span.start.into(),
        end_date: span.end.into(),
        total_cost_micros: totals.cost.0,
        priced_message_count: totals.priced,
        unpriced_message_count: unpriced(totals),
        total_input_tokens: totals.input_tokens,
        total_output_tokens: totals.output_tokens,
        total_cache_read_tokens: totals.cache_read_tokens,
        total_cache_creation_tokens: totals.cache_creation_tokens,
        total_runtime_ms: totals.runtime_ms,
        by_model: usage.models.iter().map(by_model).collect(),
        by_chat: usage.chats.iter().map(by_chat).collect(),
        usage_limit: limited,
    }
}

const fn unpriced(totals: &Totals) -> i64 {
    totals.messages.saturating_sub(totals.priced)
}

fn by_model(model: &ModelTotals) -> api::CostByModel {
    let totals = &model.totals;
    // A blank display name is shown as the model's name everywhere.
    let is_blank = model.display_name.trim().is_empty();
    let shown = if is_blank {
        &model.model
    } else {
        &model.display_name
    };
    api::CostByModel {
        model_config_id: model.model_config_id.unwrap_or(ModelConfigId::NIL).0,
        display_name: shown.clone(),
        provider: model.provider.clone(),
        model: model.model.clone(),
        total_cost_micros: totals.cost.0,
        message_count: totals.messages,
        total_input_tokens: totals.input_tokens,
        total_output_tokens: totals.output_tokens,
        total_cache_read_tokens: totals.cache_read_tokens,
        total_cache_creation_tokens: totals.cache_creation_tokens,
        total_runtime_ms: totals.runtime_ms,
    }
}

fn by_chat(chat: &RootTotals) -> api::CostByChat {
    let totals = &chat.totals;
    api::CostByChat {
        root_chat_id: chat.root_chat_id.0,
        chat_title: chat.title.clone(),
        total_cost_micros: totals.cost.0,
        message_count: totals.messages,
        total_input_tokens: totals.input_tokens,
        total_output_tokens: totals.output_tokens,
        total_cache_read_tokens: totals.cache_read_tokens,
        total_cache_creation_tokens: totals.cache_creation_tokens,
        total_runtime_ms: totals.runtime_ms,
    }
}

pub(crate) fn by_user(spender: &Spender) -> api::CostByUser {
    let totals = &spender.totals;
    api::CostByUser {
        user_id: spender.user_id.0,
        username: spender.username.clone(),
        name: spender.name.clone(),
        avatar_url: spender.avatar_url.clone(),
        total_cost_micros: totals.cost.0,
        message_count: totals.messages,
        chat_count: spender.chat_count,
        total_input_tokens: totals.input_tokens,
        total_output_tokens: totals.output_tokens,
        total_cache_read_tokens: totals.cache_read_tokens,
        total_cache_creation_tokens: totals.cache_creation_tokens,
        total_runtime_ms: totals.runtime_ms,
    }
}

pub(crate) fn chat_cost(id: ChatId, usage: &ChatUsage) -> api::ChatCost {
    let totals = &usage.totals;
    api::ChatCost {
        chat_id: id.0,
        total_cost_micros: totals.cost.0,
        own_cost_micros: usage.own_cost.0,
        priced_message_count: totals.priced,
        unpriced_message_count: unpriced(totals),
        total_input_tokens: totals.input_tokens,
        total_output_tokens: totals.output_tokens,
        total_cache_read_tokens: totals.cache_read_tokens,
        total_cache_creation_tokens: totals.cache_creation_tokens,
        total_runtime_ms: totals.runtime_ms,
        by_model: usage.models.iter().map(by_model).collect(),
    }
}
