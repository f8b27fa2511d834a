//! The script language: a TOML file of rules, checked when it is loaded.

mod load;
mod reach;

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::faults::Fault;

/// A loaded script. Rules are tried top to bottom; the first that matches answers.
#[derive(Clone, Debug)]
pub struct Script {
    /// How requests name it.
    pub name: String,
    /// Decides everything that looks random.
    pub seed: u64,
    pub(crate) pace: Pace,
    pub(crate) vars: BTreeMap<String, String>,
    pub(crate) rules: Vec<Rule>,
}

/// How fast an answer is streamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Delay before the first event, in milliseconds.
    pub first_ms: u64,
    /// Delay between content events, in milliseconds.
    pub gap_ms: u64,
    /// Characters of one content event; 0 = the whole text at once.
    #[serde(alias = "window")]
    pub chunk_chars: usize,
    /// One word per content event; wins over `chunk_chars`.
    pub words: bool,
}

/// What is wrong with a script.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not TOML, or a key the language does not know.
    #[error("script: {0}")]
    Syntax(#[source] Box<toml::de::Error>),
    /// A rule that is well formed but can't be meant.
    #[error("script line {line}: {what}")]
    Rule {
        /// One-based line of the rule.
        line: usize,
        /// What is wrong, for the author of the script.
        what: String,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) when: When,
    pub(crate) reply: Reply,
}

/// All given conditions must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    pub(crate) turn: Option<Range>,
    pub(crate) step: Option<Range>,
    pub(crate) tokens: Option<Range>,
    pub(crate) user: Option<Regex>,
    pub(crate) system: Option<Regex>,
    pub(crate) after: Option<After>,
    /// Any text or tool result since the last user message.
    pub(crate) seen: Option<Regex>,
    pub(crate) tools: Vec<String>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) header: Option<(String, Option<Regex>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct After {
    pub(crate) tool: Option<String>,
    pub(crate) error: Option<bool>,
    pub(crate) media: Option<bool>,
    pub(crate) matches: Option<Regex>,
}

/// What a request is for, read from its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    Chat,
    Title,
    Compaction,
    Push,
}

/// An inclusive range; a bare number is the range of just that number.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Range {
    Exactly(usize),
    Between(Bounds),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
}

impl Range {
    pub(crate) fn contains(self, n: usize) -> bool {
        let (least, most) = self.ends();
        (least..=most).contains(&n)
    }

    /// The least and the most, both included.
    pub(crate) fn ends(self) -> (usize, usize) {
        match self {
            Self::Exactly(only) => (only, only),
            Self::Between(Bounds { min, max }) => (min.unwrap_or(0), max.unwrap_or(usize::MAX)),
        }
    }
}

/// What a rule answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) reasoning: Option<String>,
    /// The reasoning is sent, but only the provider can read it.
    pub(crate) redacted: bool,
    pub(crate) text: Option<String>,
    /// Bytes of filler text appended to `text`.
    pub(crate) size: usize,
    pub(crate) calls: Vec<CallTemplate>,
    /// The rule answers this many steps of a turn, then falls through.
    pub(crate) repeat: Option<usize>,
    /// Each call is made this many times side by side.
    pub(crate) parallel: usize,
    pub(crate) search: Option<SearchTemplate>,
    pub(crate) object: Option<Value>,
    pub(crate) usage: UsageSpec,
    pub(crate) stop: Option<Stop>,
    pub(crate) fault: Option<Fault>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallTemplate {
    pub(crate) tool: String,
    #[serde(default)]
    pub(crate) args: Value,
}

/// A web search that the provider itself makes before it answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchTemplate {
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) sources: Vec<SourceTemplate>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceTemplate {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) title: String,
}

/// Usage numbers that a reply forces; the others have defaults.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UsageSpec {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) reasoning: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_creation: Option<u64>,
}

/// A forced stop reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stop {
    Length,
    Pause,
    ContentFilter,
}

impl Script {
    /// Reads and checks a script.
    ///
    /// # Errors
    /// Unknown keys, a bad regular expression, a rule that can never match, a fault of two
    /// kinds: each with its line.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        load::script(text)
    }

    /// How fast it is streamed.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// The same script at another pace.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }
}

#[cfg(test)]
mod tests;
