//! From TOML to a checked script.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{
    After, CallTemplate, Pace, Purpose, Range, Reply, Rule, Script, ScriptError, SearchTemplate,
    Stop, UsageSpec, When, reach,
};
use crate::faults::RawFault;

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

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawReply {
    reasoning: Option<String>,
    redacted: bool,
    text: Option<String>,
    size: usize,
    call: Vec<CallTemplate>,
    repeat: Option<usize>,
    parallel: Option<usize>,
    search: Option<SearchTemplate>,
    object: Option<Value>,
    usage: UsageSpec,
    stop: Option<Stop>,
    fault: Option<RawFault>,
}

/// Reads and checks a script.
pub(super) fn script(text: &str) -> Result<Script, ScriptError> {
    let raw: RawScript =
        toml::from_str(text).map_err(|error| ScriptError::Syntax(Box::new(error)))?;
    let mut rules: Vec<Rule> = Vec::with_capacity(raw.on.len());
    let mut lines: Vec<usize> = Vec::with_capacity(raw.on.len());
    for entry in raw.on {
        let line = line_of(text, entry.span().start);
        let fail = |what: String| ScriptError::Rule { line, what };
        let rule = entry.into_inner().checked().map_err(fail)?;
        let mut earlier = rules.iter().zip(&lines);
        if let Some((_, above)) = earlier.find(|(earlier, _)| reach::shadows(earlier, &rule)) {
            let what = format!("the rule in line {above} always answers before this one");
            return Err(fail(what));
        }
        rules.push(rule);
        lines.push(line);
    }
    Ok(Script {
        name: raw.name,
        seed: raw.seed,
        pace: raw.pace,
        vars: raw.vars,
        rules,
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    1 + before.filter(|byte| *byte == b'\n').count()
}

fn regex(source: Option<String>) -> Result<Option<Regex>, String> {
    source
        .map(|source| Regex::new(&source))
        .transpose()
        .map_err(|error| error.to_string())
}

impl RawRule {
    fn checked(self) -> Result<Rule, String> {
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
            after: self.after.map(RawAfter::checked).transpose()?,
            seen: regex(self.seen)?,
            tools: self.tools,
            purpose: self.purpose,
            header,
        };
        if self.otherwise && !reach::is_unconditional(&when) {
            return Err("`else` stands alone, without other conditions".into());
        }
        if let Some(what) = reach::never(&when) {
            return Err(what);
        }
        let reply = self.reply.checked()?;
        Ok(Rule { when, reply })
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
        if self.object.is_some() && (self.text.is_some() || self.size > 0) {
            return Err(
                "`object` is the whole text, beside it there is no `text` or `size`".into(),
            );
        }
        if self.redacted && self.reasoning.is_none() {
            return Err("`redacted` needs a `reasoning`".into());
        }
        Ok(Reply {
            reasoning: self.reasoning,
            redacted: self.redacted,
            text: self.text,
            size: self.size,
            calls: self.call,
            repeat: self.repeat,
            parallel,
            search: self.search,
            object: self.object,
            usage: self.usage,
            stop: self.stop,
            fault: self.fault.map(RawFault::checked).transpose()?,
        })
    }
}
