//! The script language: a TOML file of rules, checked when it is loaded.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::faults::{Fault, RawFault};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
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
    min: Option<usize>,
    max: Option<usize>,
}

impl Range {
    pub(crate) fn contains(self, n: usize) -> bool {
        match self {
            Self::Exactly(only) => n == only,
            Self::Between(Bounds { min, max }) => {
                min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max)
            }
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawReply {
    reasoning: Option<String>,
    text: Option<String>,
    size: usize,
    call: Vec<CallTemplate>,
    repeat: Option<usize>,
    parallel: Option<usize>,
    object: Option<Value>,
    usage: UsageSpec,
    stop: Option<Stop>,
    fault: Option<RawFault>,
}

/// What a rule answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) reasoning: Option<String>,
    pub(crate) text: Option<String>,
    /// Bytes of filler text appended to `text`.
    pub(crate) size: usize,
    pub(crate) calls: Vec<CallTemplate>,
    /// The rule answers this many steps of a turn, then falls through.
    pub(crate) repeat: Option<usize>,
    /// Each call is made this many times side by side.
    pub(crate) parallel: usize,
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

/// Usage numbers that a reply forces; the others have defaults.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UsageSpec {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    name: String,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    pace: Pace,
    #[serde(default)]
    vars: BTreeMap<String, String>,
    #[serde(default)]
    on: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    turn: Option<Range>,
    step: Option<Range>,
    tokens: Option<Range>,
    user: Option<String>,
    system: Option<String>,
    after: Option<RawAfter>,
    seen: Option<String>,
    #[serde(default)]
    tools: Vec<String>,
    purpose: Option<Purpose>,
    header: Option<RawHeader>,
    #[serde(rename = "else", default)]
    otherwise: bool,
    #[serde(default)]
    reply: RawReply,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAfter {
    tool: Option<String>,
    error: Option<bool>,
    media: Option<bool>,
    matches: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHeader {
    name: String,
    matches: Option<String>,
}

impl Script {
    /// Reads and checks a script.
    ///
    /// # Errors
    /// Unknown keys, a bad regular expression, a rule that can never match, a fault of two
    /// kinds: each with its line.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let raw: RawScript =
            toml::from_str(text).map_err(|error| ScriptError::Syntax(Box::new(error)))?;
        let mut rules: Vec<Rule> = Vec::with_capacity(raw.on.len());
        let mut open = true;
        for entry in raw.on {
            let line = line_of(text, entry.span().start);
            let fail = |what: String| ScriptError::Rule { line, what };
            if !open {
                return Err(fail(
                    "an earlier rule always answers, this one never does".into(),
                ));
            }
            let (rule, always) = entry.into_inner().checked().map_err(fail)?;
            open = !always;
            rules.push(rule);
        }
        Ok(Self {
            name: raw.name,
            seed: raw.seed,
            pace: raw.pace,
            vars: raw.vars,
            rules,
        })
    }

    /// The same script at another pace.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

fn regex(source: Option<String>) -> Result<Option<Regex>, String> {
    source
        .map(|source| Regex::new(&source))
        .transpose()
        .map_err(|error| error.to_string())
}

impl RawRule {
    /// The rule, and whether it answers every request that reaches it.
    fn checked(self) -> Result<(Rule, bool), String> {
        let unconditional = self.turn.is_none()
            && self.step.is_none()
            && self.tokens.is_none()
            && self.user.is_none()
            && self.system.is_none()
            && self.after.is_none()
            && self.seen.is_none()
            && self.tools.is_empty()
            && self.purpose.is_none()
            && self.header.is_none();
        if self.otherwise && !unconditional {
            return Err("`else` stands alone, without other conditions".into());
        }
        let after = self.after.map(RawAfter::checked).transpose()?;
        let header = match self.header {
            Some(RawHeader { name, matches }) => Some((name.to_lowercase(), regex(matches)?)),
            None => None,
        };
        let when = When {
            turn: self.turn,
            step: self.step,
            tokens: self.tokens,
            user: regex(self.user)?,
            system: regex(self.system)?,
            after,
            seen: regex(self.seen)?,
            tools: self.tools,
            purpose: self.purpose,
            header,
        };
        let reply = self.reply.checked()?;
        let always = unconditional && reply.repeat.is_none();
        Ok((Rule { when, reply }, always))
    }
}

impl RawAfter {
    fn checked(self) -> Result<After, String> {
        let Self {
            tool,
            error,
            media,
            matches,
        } = self;
        Ok(After {
            tool,
            error,
            media,
            matches: regex(matches)?,
        })
    }
}

impl RawReply {
    fn checked(self) -> Result<Reply, String> {
        let parallel = self.parallel.unwrap_or(1);
        if self.call.is_empty() && (self.repeat.is_some() || self.parallel.is_some()) {
            return Err("`repeat` and `parallel` need a `call`".into());
        }
        if parallel == 0 || self.repeat == Some(0) {
            return Err("`repeat` and `parallel` are at least 1".into());
        }
        Ok(Reply {
            reasoning: self.reasoning,
            text: self.text,
            size: self.size,
            calls: self.call,
            repeat: self.repeat,
            parallel,
            object: self.object,
            usage: self.usage,
            stop: self.stop,
            fault: self.fault.map(RawFault::checked).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests;
