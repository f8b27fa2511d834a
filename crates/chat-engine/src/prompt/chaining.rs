//! Going on after a response that the provider keeps, instead of repeating the conversation.
//!
//! The provider then has its own reasoning and searches as they were, which it would refuse to
//! be told again. What it must be told is only what was said since.

use muster_base::ModelConfigId;

use super::assemble::Author;
use crate::history::Item;

/// How the ids of responses begin. Ids of other formats, which a model configuration may have
/// used before it was changed, do not.
const RESPONSE_PREFIX: &str = "resp";

/// A response to go on after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Chain<'h> {
    pub(crate) response_id: &'h str,
    /// The answer that it is; what follows is new to the provider.
    at: usize,
}

impl<'h> Chain<'h> {
    /// The response to go on after, where a conversation allows it: its last answer is one
    /// that the provider keeps, by the same model configuration, and only the user has spoken
    /// since. Results of tools are not sent on a chain, so it ends with the first step.
    ///
    /// What was compacted away is not among `items`, and an answer before an edit has lost its
    /// id (`list_prompt`): neither is gone on after.
    pub(crate) fn of(items: &'h [Item], config: ModelConfigId) -> Option<Self> {
        let is_said = |item: &Item| match item.author {
            Author::User | Author::System => false,
            Author::Assistant | Author::Tool => true,
        };
        let at = items.iter().rposition(is_said)?;
        let answer = items.get(at)?;
        let mut since = items.get(at + 1..)?.iter();
        let is_asked = since.any(|item| item.author == Author::User);
        if answer.author != Author::Assistant || !is_asked {
            return None;
        }
        if answer.model_config_id != Some(config) {
            return None;
        }
        let response_id = answer.response_id.as_deref()?;
        response_id
            .starts_with(RESPONSE_PREFIX)
            .then_some(Self { response_id, at })
    }

    /// Whether an item is sent: system messages always are, the provider forgets them.
    pub(crate) fn sends(self, at: usize, author: Author) -> bool {
        author == Author::System || at > self.at
    }
}

#[cfg(test)]
mod tests {
    use muster_base::MessageId;
    use uuid::Uuid;

    use super::*;

    const CONFIG: ModelConfigId = ModelConfigId(Uuid::from_u128(7));

    fn item(author: Author, response: Option<&str>) -> Item {
        Item {
            id: MessageId(0),
            author,
            parts: Vec::new(),
            model_config_id: Some(CONFIG),
            response_id: response.map(str::to_owned),
        }
    }

    fn chained(items: &[Item]) -> Option<&str> {
        Chain::of(items, CONFIG).map(|chain| chain.response_id)
    }

    fn said(authors: &[Author], response: Option<&str>) -> Vec<Item> {
        let items = authors.iter().map(|author| {
            let response = response.filter(|_| *author == Assistant);
            item(*author, response)
        });
        items.collect()
    }

    use Author::{Assistant, System, Tool, User};

    #[test]
    fn words_of_the_user_go_on_after_the_last_answer() {
        let items = said(&[System, User, Assistant, User, User], Some("resp_1"));
        assert_eq!(chained(&items), Some("resp_1"));
        let chain = Chain::of(&items, CONFIG).unwrap();
        let sent: Vec<bool> = items
            .iter()
            .enumerate()
            .map(|(at, item)| chain.sends(at, item.author))
            .collect();
        assert_eq!(sent, [true, false, false, true, true]);
    }

    #[test]
    fn last_of_several_answers_counts() {
        let mut items = said(&[User, Assistant, User, Assistant, User], Some("resp_1"));
        items[3].response_id = Some("resp_2".to_owned());
        assert_eq!(chained(&items), Some("resp_2"));
        items[3].response_id = None;
        assert_eq!(chained(&items), None);
    }

    #[test]
    fn results_and_silence_end_the_chain() {
        for authors in [
            &[User, Assistant, Tool][..],
            &[User, Assistant, Tool, User],
            &[User, Assistant],
            &[System, User],
            &[User, Assistant, System],
            &[],
        ] {
            let items = said(authors, Some("resp_1"));
            assert_eq!(chained(&items), None, "{authors:?}");
        }
    }

    #[test]
    fn other_models_and_other_formats_are_not_gone_on_after() {
        let mut items = said(&[User, Assistant, User], Some("resp_1"));
        for other in [None, Some(ModelConfigId(Uuid::from_u128(8)))] {
            items[1].model_config_id = other;
            assert_eq!(chained(&items), None);
        }
        for id in [None, Some("chatcmpl-1"), Some("msg_1"), Some("")] {
            assert_eq!(chained(&said(&[User, Assistant, User], id)), None, "{id:?}");
        }
    }
}
