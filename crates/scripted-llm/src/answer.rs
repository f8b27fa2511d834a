//! What the model says: a rule's reply with everything filled in.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::conversation::Conversation;
use crate::faults::{Fault, FaultKind};
use crate::purpose;
use crate::script::{CallTemplate, Pace, Reply, Rule, Script, SearchTemplate, Stop};
use crate::stamps::Stamps;
use crate::template::Scope;

/// Usage of an answer whose script names none.
const USAGE_DEFAULT: Usage = Usage {
    input: 10,
    output: 5,
    reasoning: 0,
    cache_read: 0,
    cache_creation: 0,
};

/// A complete answer, ready for any wire. Its parts are written in the order of the fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    /// Sixteen hex digits that depend on script, seed and request only.
    pub(crate) id: String,
    pub(crate) reasoning: Option<String>,
    /// The reasoning goes out in a form that only the provider can read.
    pub(crate) redacted: bool,
    /// A web search that the provider itself has made.
    pub(crate) search: Option<Search>,
    /// The text; for a structured answer the object as compact JSON.
    pub(crate) text: Option<String>,
    pub(crate) calls: Vec<AnswerCall>,
    pub(crate) usage: Usage,
    pub(crate) finish: Finish,
    pub(crate) pace: Pace,
}

/// A web search and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Search {
    pub(crate) query: String,
    pub(crate) sources: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    pub(crate) url: String,
    pub(crate) title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AnswerCall {
    /// Without the wire's own prefix.
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON text, unless a fault breaks it.
    pub(crate) args: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Usage {
    /// Without cached tokens.
    pub(crate) input: u64,
    pub(crate) output: u64,
    /// The part of `output` that was reasoning.
    pub(crate) reasoning: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_creation: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Finish {
    Stop,
    ToolCalls,
    Length,
    Pause,
    ContentFilter,
}

/// The identity of a request under a script: equal requests get equal answers.
pub(crate) fn request_hash(script: &Script, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(script.name.as_bytes());
    hash.update(script.seed.to_le_bytes());
    hash.update(body);
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Answer {
    /// The answer of a script that has no rule for the request.
    pub(crate) fn silence(id: String, pace: Pace) -> Self {
        let text = Some("The script has no rule for this request.".to_owned());
        let (calls, finish) = (Vec::new(), Finish::Stop);
        Self {
            id,
            reasoning: None,
            redacted: false,
            search: None,
            text,
            calls,
            usage: USAGE_DEFAULT,
            finish,
            pace,
        }
    }

    /// Without a rule: the words of the conversation itself where a title or a notification is
    /// asked for, so that a script need not speak of what it is not about.
    pub(crate) fn by_itself(conversation: &Conversation, id: String, pace: Pace) -> Self {
        let text = purpose::own_words(conversation);
        match text {
            Some(text) => Self {
                text: Some(text),
                ..Self::silence(id, pace)
            },
            None => Self::silence(id, pace),
        }
    }

    /// Fills in a rule's reply; `fault` is the fault that strikes this time.
    pub(crate) fn of_rule(
        script: &Script,
        (rule, captured): (&Rule, BTreeMap<String, String>),
        conversation: &Conversation,
        id: String,
        fault: Option<&Fault>,
    ) -> Self {
        let mut vars = script.vars.clone();
        vars.extend(captured);
        let mut scope = Scope {
            vars,
            conversation,
            index: 0,
        };
        let reply = &rule.reply;
        let calls = calls(reply, &mut scope, &id, fault);
        scope.index = 0;
        let finish = match reply.stop {
            Some(Stop::Length) => Finish::Length,
            Some(Stop::Pause) => Finish::Pause,
            Some(Stop::ContentFilter) => Finish::ContentFilter,
            None if calls.is_empty() => Finish::Stop,
            None => Finish::ToolCalls,
        };
        Self {
            reasoning: reply.reasoning.as_ref().map(|text| scope.fill(text)),
            redacted: reply.redacted,
            search: reply.search.as_ref().map(|search| found(search, &scope)),
            text: text(reply, &scope),
            calls,
            usage: usage(reply),
            finish,
            pace: script.pace,
            id,
        }
    }
}

fn found(search: &SearchTemplate, scope: &Scope<'_>) -> Search {
    let sources = search.sources.iter().map(|source| {
        let url = scope.fill(&source.url);
        let title = match source.title.as_str() {
            "" => url.clone(),
            title => scope.fill(title),
        };
        Source { url, title }
    });
    Search {
        query: scope.fill(&search.query),
        sources: sources.collect(),
    }
}

fn text(reply: &Reply, scope: &Scope<'_>) -> Option<String> {
    if let Some(object) = &reply.object {
        return Some(scope.fill_json(object).to_string());
    }
    let mut text = reply
        .text
        .as_ref()
        .map(|text| scope.fill(text))
        .unwrap_or_default();
    text.extend(
        FILLER
            .iter()
            .copied()
            .cycle()
            .take(reply.size)
            .map(char::from),
    );
    (!text.is_empty()).then_some(text)
}

/// Filler for load tests: plain words, no character that needs escaping.
const FILLER: &[u8] = b"the quick brown fox jumps over the lazy dog while the agent works on. ";

fn calls(reply: &Reply, scope: &mut Scope<'_>, id: &str, fault: Option<&Fault>) -> Vec<AnswerCall> {
    let rounds = (0..reply.parallel).flat_map(|_| &reply.calls).enumerate();
    rounds
        .map(|(index, CallTemplate { tool, args })| {
            scope.index = index;
            let args = if args.is_null() {
                "{}".to_owned()
            } else {
                scope.fill_json(args).to_string()
            };
            broken(
                AnswerCall {
                    id: format!("{id}{index:02}"),
                    name: tool.clone(),
                    args,
                },
                fault,
            )
        })
        .collect()
}

fn broken(mut call: AnswerCall, fault: Option<&Fault>) -> AnswerCall {
    match fault.map(|fault| &fault.kind) {
        Some(FaultKind::BadArgs) => call.args = "{\"command\": \"tru".to_owned(),
        Some(FaultKind::DupIds) => call.id = "same".to_owned(),
        Some(FaultKind::BadIds) => call.id = format!("a.b:c d/{}", call.id),
        Some(_) | None => {}
    }
    call
}

fn usage(reply: &Reply) -> Usage {
    let spec = reply.usage;
    Usage {
        input: spec.input.unwrap_or(USAGE_DEFAULT.input),
        output: spec.output.unwrap_or(USAGE_DEFAULT.output),
        reasoning: spec.reasoning.unwrap_or(USAGE_DEFAULT.reasoning),
        cache_read: spec.cache_read.unwrap_or(0),
        cache_creation: spec.cache_creation.unwrap_or(0),
    }
}

/// Cuts a text into the pieces that are streamed one by one. Marks of time stay whole.
pub(crate) fn pieces(text: &str, pace: Pace) -> Vec<&str> {
    let Some((head, inner, tail)) = Stamps::split(text) else {
        return cut(text, pace);
    };
    let mut pieces = vec![head];
    pieces.extend(cut(inner, pace));
    pieces.push(tail);
    pieces
}

fn cut(text: &str, pace: Pace) -> Vec<&str> {
    if pace.words {
        return text.split_inclusive(char::is_whitespace).collect();
    }
    if pace.chunk_chars == 0 {
        return vec![text];
    }
    let starts: Vec<usize> = text
        .char_indices()
        .step_by(pace.chunk_chars)
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| text.get(*start..end))
        .collect()
}

/// Whether a fault with a rate strikes this request: the same request always fares alike.
pub(crate) fn strikes(rate: f64, hash: &str) -> bool {
    let word = hash
        .get(..8)
        .and_then(|head| u32::from_str_radix(head, 16).ok())
        .unwrap_or(0);
    f64::from(word) < rate * f64::from(u32::MAX)
}

/// A JSON value as compact text; values made here always serialize.
pub(crate) fn json_text(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text() {
        for pace in [
            Pace::default(),
            Pace {
                words: true,
                ..Pace::default()
            },
            Pace {
                chunk_chars: 3,
                ..Pace::default()
            },
        ] {
            let text = "grüße an alle\nund mehr";
            assert_eq!(pieces(text, pace).concat(), text);
        }
        assert_eq!(
            pieces(
                "abcdefg",
                Pace {
                    chunk_chars: 3,
                    ..Pace::default()
                }
            )
            .len(),
            3
        );
    }

    #[test]
    fn rate_decides_by_the_hash() {
        assert!(strikes(1.0, "00000000ffff"));
        assert!(!strikes(0.0, "00000000ffff"));
        assert!(!strikes(0.5, "f0000000ffff"));
    }
}
