//! Just enough of a stored content to know which calls it makes and which it answers.

use std::borrow::Cow;

use muster_base::EffectId;
use serde::Deserialize;

use super::{Part, escape};

/// A call or an answer within a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// A call that is ours to run.
    Call(CallHead),
    /// An answer to the call of this id.
    Result(String),
}

/// What identifies a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallHead {
    pub(crate) tool_call_id: String,
    pub(crate) tool_name: String,
    pub(crate) effect_id: Option<EffectId>,
}

/// Everything else of a part is skipped without being built.
#[derive(Deserialize)]
struct Loose<'j> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'j, str>,
    #[serde(default)]
    tool_call_id: String,
    #[serde(default)]
    tool_name: String,
    #[serde(default)]
    provider_executed: bool,
    effect_id: Option<EffectId>,
}

/// The calls and answers of a stored content, in order.
pub(crate) fn heads(text: &str) -> Result<Vec<Head>, serde_json::Error> {
    if escape::may_be_escaped(text) {
        return Ok(heads_of(&super::decode(text)?));
    }
    let parts: Vec<Loose<'_>> = serde_json::from_str(text)?;
    Ok(parts.into_iter().filter_map(Loose::head).collect())
}

/// The calls and answers of parts, in order.
pub(crate) fn heads_of(parts: &[Part]) -> Vec<Head> {
    let heads = parts.iter().filter_map(|part| {
        if let Some(call) = part.as_tool_call() {
            return (!call.provider_executed).then(|| {
                Head::Call(CallHead {
                    tool_call_id: call.tool_call_id.clone(),
                    tool_name: call.tool_name.clone(),
                    effect_id: call.effect_id,
                })
            });
        }
        let result = part.as_tool_result()?;
        (!result.provider_executed).then(|| Head::Result(result.tool_call_id.clone()))
    });
    heads.collect()
}

impl Loose<'_> {
    fn head(self) -> Option<Head> {
        if self.provider_executed {
            return None;
        }
        match &*self.kind {
            "tool-call" => Some(Head::Call(CallHead {
                tool_call_id: self.tool_call_id,
                tool_name: self.tool_name,
                effect_id: self.effect_id,
            })),
            "tool-result" => Some(Head::Result(self.tool_call_id)),
            _ => None,
        }
    }
}
