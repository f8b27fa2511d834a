//! Bodies of the effect calls: what became of them, and which may be forgotten.

use muster_base::EffectId;
use serde::{Deserialize, Serialize};

/// Body of `POST effects/query`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectsQuery {
    /// Effects to look up.
    pub ids: Vec<EffectId>,
}

/// Answer of `effects/query`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectsAnswer {
    /// Random, created with the home; another one than before means older effects are unknown.
    pub epoch: String,
    /// One entry per id, in the order of the call.
    pub effects: Vec<EffectStatus>,
}

/// What the journal knows of one effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectStatus {
    /// The effect.
    pub id: EffectId,
    /// How far it came.
    pub state: EffectState,
    /// The answer its call gave or gives again; only when finished or unknown. For a process
    /// the body is a [`super::ProcessOutput`], not the answer of `process/start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<StoredAnswer>,
}

/// How far an effect came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// The journal does not hold it: it never began here, or its result was acknowledged. With the
    /// epoch that was known before, a call that was not acknowledged may safely be sent; with
    /// another epoch the home was replaced and the outcome is unknown.
    Absent,
    /// It goes on.
    Running,
    /// Its result is stored.
    Finished,
    /// It began and nobody can know whether it happened.
    Unknown,
}

/// A call's answer as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: serde_json::Value,
}

/// Body of `POST effects/ack`: results that the server holds and the journal may forget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectsAck {
    /// Effects to forget.
    pub ids: Vec<EffectId>,
}
