//! Asks one candidate after the other until one has given a usable answer.

use std::sync::Arc;
use std::time::Duration;

use muster_chat_state::transitions::Charge;
use muster_llm::{
    Attribution, Delivery, Failure, FailureKind, Message, Part, Request, ResponseSchema, Role,
    System,
};
use muster_store::chats::Chat;
use muster_store::debug_runs::RunPurpose;
use serde_json::{Value, json};

use super::candidates::{self, Candidate, Cheap};
use crate::debug;
use crate::model::NoModel;
use crate::shared::Shared;

/// What is asked, and in which form the answer must come.
pub(super) struct Question {
    /// Names the time limit.
    pub(super) timer: &'static str,
    /// For all candidates together.
    pub(super) limit: Duration,
    pub(super) instruction: &'static str,
    pub(super) text: String,
    /// The one field of the answer.
    pub(super) field: &'static str,
    pub(super) cheap: Cheap,
    pub(super) purpose: RunPurpose,
    /// Makes the field's text usable, or refuses it.
    pub(super) read: fn(&str) -> Option<String>,
}

/// What came of a question.
pub(super) struct Asked {
    pub(super) answer: Result<String, NoModel>,
    pub(super) charges: Vec<Charge>,
}

impl Question {
    /// Asks. What was used is known even when the time ran out in the middle.
    pub(super) async fn ask(self, shared: &Arc<Shared>, chat: &Chat) -> Asked {
        let mut charges = Vec::new();
        let asking = self.ask_all(shared, chat, &mut charges);
        let asked = shared.clock.timeout(self.timer, self.limit, asking).await;
        let answer = asked.unwrap_or_else(|_elapsed| Err(failed(FailureKind::Timeout)));
        Asked { answer, charges }
    }

    async fn ask_all(
        &self,
        shared: &Arc<Shared>,
        chat: &Chat,
        charges: &mut Vec<Charge>,
    ) -> Result<String, NoModel> {
        let mut last = failed(FailureKind::Config);
        for candidate in candidates::list(&shared.config, chat, self.cheap).await? {
            let stopwatch = shared.clock.stopwatch();
            let mut request = candidate.request(self.request(chat));
            let run = debug::Asked {
                purpose: self.purpose,
                provider: candidate.provider,
                config_id: candidate.config_id,
                attempt: 0,
                chat,
            };
            let mut watched = debug::watch(shared, run, &mut request).await;
            let asked = candidate.client.generate_object(request, self.schema());
            let answer = asked.await;
            watched.ended(answer.as_ref().map(|object| &object.finish.usage));
            let usage = match &answer {
                Ok(object) => Some(object.finish.usage),
                Err(failure) => failure.usage.as_deref().copied(),
            };
            let runtime_ms = i64::try_from(stopwatch.elapsed().as_millis()).ok();
            charges.extend(usage.and_then(|usage| candidate.charge(&usage, runtime_ms)));
            match answer {
                Ok(object) => match self.read_object(&object.value) {
                    Some(text) => return Ok(text),
                    None => last = unusable(&candidate),
                },
                Err(failure) => last = NoModel::Refused(Box::new(failure)),
            }
        }
        Err(last)
    }

    fn read_object(&self, value: &Value) -> Option<String> {
        (self.read)(value.get(self.field)?.as_str()?)
    }

    fn request(&self, chat: &Chat) -> Request {
        let text = Part::text(self.text.clone());
        Request {
            system: vec![System {
                text: self.instruction.trim().to_owned(),
                cache_mark: false,
            }],
            messages: vec![Message::new(Role::User, vec![text])],
            delivery: Delivery::Streamed,
            attribution: Some(Attribution {
                owner: chat.owner_id,
                chat: chat.id,
                parent: chat.parent_chat_id,
                workspace: chat.workspace_id,
            }),
            ..Request::default()
        }
    }

    fn schema(&self) -> ResponseSchema {
        let field = self.field;
        ResponseSchema {
            name: field.to_owned(),
            schema: json!({
                "type": "object",
                "properties": {field: {"type": "string"}},
                "required": [field],
                "additionalProperties": false,
            }),
        }
    }
}

fn failed(kind: FailureKind) -> NoModel {
    NoModel::Refused(Box::new(Failure::of(kind, None)))
}

fn unusable(candidate: &Candidate) -> NoModel {
    let failure = Failure::of(FailureKind::Generic, Some(candidate.provider));
    NoModel::Refused(Box::new(failure.with_detail("The answer can't be used.")))
}

/// One line without what models like to put around one.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let quotes = ['"', '\'', '`', '“', '”', '‘', '’', '«', '»', '*', '#'];
    let is_around = |sign: char| quotes.contains(&sign) || sign.is_whitespace();
    line.trim_matches(is_around).to_owned()
}

/// At most `most` characters; what is cut off leaves a sign.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}
