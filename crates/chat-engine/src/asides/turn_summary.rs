//! What a turn came to, in one sentence: for lists, and for whoever is told that it ended.
//!
//! Only turns of a root that ended by themselves have one. It is written in the commit that
//! ends the turn where the answer is short enough to be its own summary, and otherwise a
//! little later; either way followers of the owner's list hear of it.

use std::sync::Arc;

use muster_base::limits::{
    TURN_SUMMARY_CHARS_MAX, TURN_SUMMARY_CONTEXT_CHARS_MAX, TURN_SUMMARY_LIMIT,
};
use muster_chat_state::content::{self, Part};
use muster_chat_state::transitions::Step;
use muster_chat_state::{Aside, TurnSummary};
use muster_store::chats::Chat;
use muster_store::debug_runs::RunPurpose;

use super::ask::{Asked, Question, cut, one_line};
use super::candidates::Cheap;
use super::conversation;
use crate::history::History;
use crate::prompt::assemble::Author;
use crate::shared::Shared;
use crate::turn::worker;

const INSTRUCTION: &str = include_str!("../prompt/turn_summary.md");

/// Where nothing better is known.
const FALLBACK: &str = "The agent has finished.";

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With words that say it themselves.
    Said(String),
    /// With more words than that.
    ToSummarise(String),
}

impl Ended {
    /// Looks at the last answer: the step that is about to be committed, or the last one that
    /// was. A turn that ends without an answer of its own has nothing to tell.
    pub(crate) fn of(step: Option<&Step>, history: &History) -> Option<Self> {
        let parts = match step {
            Some(Step::Assistant(step)) => content::decode(step.content.as_str()).ok()?,
            Some(Step::ToolResults(_) | Step::Compaction(_) | Step::ContextFiles(_)) => {
                return None;
            }
            None => {
                let last = history.items.last()?;
                let is_answer = last.author == Author::Assistant;
                is_answer.then(|| last.parts.clone())?
            }
        };
        Some(Self::with(&parts))
    }

    fn with(parts: &[Part]) -> Self {
        let words = conversation::words(parts);
        if words.is_empty() {
            return Self::Said(FALLBACK.to_owned());
        }
        let is_short = words.chars().count() <= TURN_SUMMARY_CHARS_MAX && !words.contains('\n');
        if is_short {
            Self::Said(words)
        } else {
            Self::ToSummarise(words)
        }
    }

    /// What can be written at once.
    pub(crate) fn at_once(&self) -> Option<String> {
        match self {
            Self::Said(words) => Some(words.clone()),
            Self::ToSummarise(_) => None,
        }
    }

    /// Summarises what is left to summarise, beside everything else.
    pub(crate) fn follow_up(self, shared: &Arc<Shared>, chat: &Chat) {
        let Self::ToSummarise(words) = self else {
            return;
        };
        let (own, chat) = (Arc::clone(shared), chat.clone());
        shared.tasks.spawn("chat.turn_summary", async move {
            let summarised = Box::pin(summarise(&own, &chat, &words));
            own.tasks.drain().run_until_cancelled(summarised).await;
        });
    }
}

async fn summarise(shared: &Arc<Shared>, chat: &Chat, words: &str) {
    let Asked { answer, charges } = question(words).ask(shared, chat).await;
    let text = answer.unwrap_or_else(|failure| {
        tracing::info!(chat.id = %chat.id, ?failure, "a turn was not summarised");
        FALLBACK.to_owned()
    });
    let aside = Aside {
        turn_summary: Some(TurnSummary {
            text,
            history_version: chat.history_version,
        }),
        charges,
        ..Aside::default()
    };
    if let Err(error) = shared.machine.aside(&worker(), chat.id, aside).await {
        tracing::warn!(
            chat.id = %chat.id,
            error = &error as &dyn std::error::Error,
            "a turn's summary was not written"
        );
    }
}

fn question(words: &str) -> Question {
    let words = cut(words, TURN_SUMMARY_CONTEXT_CHARS_MAX);
    Question {
        timer: "chat.turn_summary",
        limit: TURN_SUMMARY_LIMIT,
        instruction: INSTRUCTION,
        text: format!("<answer>\n{words}\n</answer>"),
        field: "notification",
        cheap: Cheap::WithKey,
        purpose: RunPurpose::Push,
        read: usable,
    }
}

fn usable(answer: &str) -> Option<String> {
    let line = one_line(answer);
    (!line.is_empty()).then(|| cut(&line, TURN_SUMMARY_CHARS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(text: &str) -> Ended {
        Ended::with(&[Part::text(text)])
    }

    #[test]
    fn short_answer_is_its_own_summary() {
        let fits = "x".repeat(TURN_SUMMARY_CHARS_MAX);
        assert_eq!(ended(&fits), Ended::Said(fits.clone()));
        let long = format!("{fits}x");
        assert_eq!(ended(&long), Ended::ToSummarise(long.clone()));
        assert_eq!(ended("a\nb"), Ended::ToSummarise("a\nb".to_owned()));
    }

    #[test]
    fn answer_without_words_has_the_fallback() {
        assert_eq!(Ended::with(&[]).at_once().as_deref(), Some(FALLBACK));
    }

    #[test]
    fn answer_of_the_model_becomes_one_line_within_the_limit() {
        assert_eq!(usable(" \"Fixed\nit.\" ").as_deref(), Some("Fixed it."));
        assert_eq!(usable("  "), None);
        let cut = usable(&"y".repeat(TURN_SUMMARY_CHARS_MAX + 1)).unwrap();
        assert_eq!(cut.chars().count(), TURN_SUMMARY_CHARS_MAX);
    }
}
