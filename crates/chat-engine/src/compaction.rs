//! When a conversation is summarised, and what people and models see of it (F18).
//!
//! The rules are pure: they look at what the last steps used and at how the last compaction
//! went, both of which are stored, so that a new owner decides as the old one would have.

use muster_base::MessageId;
use muster_base::limits::{
    COMPACTION_FAILURES_MAX, COMPACTION_PERCENT_FREED, COMPACTION_PERCENT_NEW,
    COMPACTION_PERCENT_OFF, COMPACTION_PERCENT_URGENT, COMPACTION_REENTRIES_MAX,
    CONTEXT_TOKENS_DEFAULT,
};
use muster_chat_state::content::{self, Part, Text, ToolCall, ToolResult};
use muster_llm::{FailureKind, Message, Part as ModelPart, Role};
use muster_store::chats::LastError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::retry;

/// The name under which people see a compaction.
pub(crate) const SUMMARY_TOOL: &str = "chat_summarized";

/// What a model reads above a summary.
const LEAD_IN: &str = "The conversation before this point was summarised to make room. Go on \
    from this summary:";

/// Where the steps before a summary are kept beside its text.
const STEPS_KEY: &str = "steps";

const INSTRUCTION: &str = include_str!("prompt/compaction.md");

/// Who wanted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    Automatic,
    Manual,
}

/// Where a threshold comes from; it is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThresholdSource {
    UserOverride,
    ModelDefault,
}

impl ThresholdSource {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::UserOverride => "user_override",
            Self::ModelDefault => "model_default",
        }
    }
}

/// At which percentage of the window a conversation is summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    pub(crate) percent: i64,
    pub(crate) source: ThresholdSource,
}

/// How full the window is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) used: i64,
    pub(crate) limit: i64,
}

impl Window {
    /// A limit that nobody knows is a common one.
    pub(crate) const fn new(used: i64, limit: i64) -> Self {
        let limit = if limit > 0 {
            limit
        } else {
            CONTEXT_TOKENS_DEFAULT
        };
        Self { used, limit }
    }

    pub(crate) const fn percent(self) -> i64 {
        self.used.saturating_mul(100) / self.limit
    }

    /// Whether `tokens` are at least this part of the window.
    const fn is_part(self, tokens: i64, percent: i64) -> bool {
        tokens.saturating_mul(100) >= self.limit.saturating_mul(percent)
    }

    pub(crate) const fn has_reached(self, threshold: Threshold) -> bool {
        threshold.percent < COMPACTION_PERCENT_OFF && self.is_part(self.used, threshold.percent)
    }
}

/// What is kept in the result that people see, for the next decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counters {
    /// Compactions in a row, before this one, that freed too little.
    pub(crate) ineffective: i64,
    /// How often this turn was taken up again only because of a summary.
    pub(crate) reentries: i64,
    /// Unanswered messages of the user that stand behind the summary again.
    pub(crate) repeated: i64,
    /// What was in the window.
    pub(crate) context_tokens: i64,
}

/// The last compaction of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) id: MessageId,
    pub(crate) has_failed: bool,
    pub(crate) is_manual: bool,
    pub(crate) counters: Counters,
}

impl Last {
    /// Reads the newest result; `None` where the context was cleared since.
    pub(crate) fn read(id: MessageId, stored: &str) -> Option<Self> {
        let parts = content::decode(stored).ok()?;
        let result = parts.first()?.as_tool_result()?;
        if result.tool_name != SUMMARY_TOOL {
            return None;
        }
        let value = result.result.as_ref()?;
        Some(Self {
            id,
            has_failed: result.is_error,
            is_manual: value.get("source").and_then(Value::as_str) == Some("manual"),
            counters: serde_json::from_value(value.clone()).unwrap_or_default(),
        })
    }
}

/// What has happened since the last compaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Since {
    /// What the first step behind it found in the window.
    pub(crate) first_used: Option<i64>,
    /// The user has not spoken meanwhile.
    pub(crate) is_same_turn: bool,
}

/// What to do about a window that has reached its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Leave it.
    GoOn,
    /// Summarise, and remember this.
    Compact(Counters),
    /// Summaries do not help.
    GiveUp,
}

/// Decides on an automatic compaction. `is_stopped`: the model has said its last word.
pub(crate) fn decide(window: Window, last: Option<(Last, Since)>, is_stopped: bool) -> Decision {
    let reentry = i64::from(is_stopped);
    let context_tokens = window.used;
    let Some((last, since)) = last else {
        return Decision::Compact(Counters {
            reentries: reentry,
            context_tokens,
            ..Counters::default()
        });
    };
    // Nothing was asked since: there is nothing new to judge.
    let Some(base) = since.first_used else {
        return Decision::GoOn;
    };
    let freed = last.counters.context_tokens - base;
    let has_helped = !last.has_failed && window.is_part(freed, COMPACTION_PERCENT_FREED);
    let ineffective = if has_helped || last.is_manual {
        0
    } else {
        last.counters.ineffective + 1
    };
    let is_urgent = window.is_part(window.used, COMPACTION_PERCENT_URGENT);
    if ineffective >= COMPACTION_FAILURES_MAX {
        // As long as it fits, the run goes on as it is: the error would not be true.
        return if is_urgent {
            Decision::GiveUp
        } else {
            Decision::GoOn
        };
    }
    let is_new = window.is_part(window.used - base, COMPACTION_PERCENT_NEW);
    let before = if since.is_same_turn {
        last.counters.reentries
    } else {
        0
    };
    if !(is_new || is_urgent) || (is_stopped && before >= COMPACTION_REENTRIES_MAX) {
        return Decision::GoOn;
    }
    Decision::Compact(Counters {
        ineffective,
        reentries: before + reentry,
        context_tokens,
        repeated: 0,
    })
}

/// The one clear error at the end of what compaction can do.
pub(crate) fn too_long() -> LastError {
    LastError {
        kind: FailureKind::Config.as_str().to_owned(),
        ..retry::own_error("This conversation no longer fits the model's context window.")
    }
}

/// What the model is asked.
pub(crate) fn instruction() -> Message {
    Message::new(Role::User, vec![ModelPart::text(INSTRUCTION)])
}

/// What the model reads from now on. The turn's steps so far are kept with it: a summary must
/// not lift the limit of a turn.
pub(crate) fn summary_part(summary: &str, steps: usize) -> Part {
    Part::Text(Text {
        text: format!("{LEAD_IN}\n\n{summary}"),
        provider_metadata: Some(json!({ STEPS_KEY: steps })),
        ..Text::default()
    })
}

/// How many steps of the turn a summary stands for.
pub(crate) fn steps_of(part: &Part) -> Option<usize> {
    let steps = part.provider_metadata()?.get(STEPS_KEY)?.as_u64()?;
    usize::try_from(steps).ok()
}

/// What people see of one compaction.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) call_id: String,
    pub(crate) source: Source,
    pub(crate) threshold_percent: i64,
    pub(crate) window: Window,
}

impl Shown {
    pub(crate) fn call(&self) -> Part {
        Part::ToolCall(ToolCall {
            tool_call_id: self.call_id.clone(),
            tool_name: SUMMARY_TOOL.to_owned(),
            args: Some(json!({
                "source": self.source,
                "threshold_percent": self.threshold_percent,
            })),
            ..ToolCall::default()
        })
    }

    /// The summary, or why there is none.
    pub(crate) fn result(&self, summary: Result<&str, &str>, counters: Counters) -> Part {
        let (key, text) = match summary {
            Ok(summary) => ("summary", summary),
            Err(why) => ("error", why),
        };
        Part::ToolResult(ToolResult {
            tool_call_id: self.call_id.clone(),
            tool_name: SUMMARY_TOOL.to_owned(),
            result: Some(json!({
                key: text,
                "source": self.source,
                "threshold_percent": self.threshold_percent,
                "usage_percent": self.window.percent(),
                "context_tokens": self.window.used,
                "context_limit_tokens": self.window.limit,
                "ineffective": counters.ineffective,
                "reentries": counters.reentries,
                "repeated": counters.repeated,
            })),
            is_error: summary.is_err(),
            ..ToolResult::default()
        })
    }
}

#[cfg(test)]
mod tests;
