//! A provider's own blocks go back to the account that wrote them, and to nobody else.
//!
//! What is encrypted opens for its own account only, and an item's id names nothing anywhere
//! else. Without its block a part is told in plain form, and thoughts are not told at all.

use std::borrow::Cow;

use muster_base::ProviderId;
use muster_chat_state::content::Part;
use muster_llm::ProviderKind;
use serde_json::{Value, json};

/// Where the account is kept beside a block.
const ACCOUNT_KEY: &str = "account";

/// Who wrote a block: one row of the providers, or the environment's key for one of them. A
/// key that is changed within its row may belong to somebody else; only the provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account(String);

impl Account {
    pub(crate) fn new(kind: ProviderKind, row: ProviderId) -> Self {
        Self(format!("{kind}:{row}"))
    }

    /// Writes down that the account has written a part, if it brings a block.
    pub(crate) fn stamp(&self, mut part: Part) -> Part {
        if part.native().is_none() {
            return part;
        }
        if let Some(metadata) = part.provider_metadata_mut() {
            let metadata = metadata.get_or_insert_with(|| json!({}));
            if let Some(fields) = metadata.as_object_mut() {
                fields.insert(ACCOUNT_KEY.to_owned(), self.0.clone().into());
            }
        }
        part
    }

    /// A message as the account may see it.
    pub(crate) fn sees<'p>(&self, parts: &'p [Part]) -> Cow<'p, [Part]> {
        without(parts, |part| !self.has_written(part))
    }

    /// Blocks of older versions do not say whose they are: their provider decides.
    fn has_written(&self, part: &Part) -> bool {
        let metadata = part.provider_metadata();
        let account = metadata.and_then(|metadata| metadata.get(ACCOUNT_KEY));
        account
            .and_then(Value::as_str)
            .is_none_or(|account| account == self.0)
    }
}

/// A message without any block, which everybody takes.
pub(crate) fn plain(parts: &[Part]) -> Cow<'_, [Part]> {
    without(parts, |_| true)
}

fn without(parts: &[Part], is_dropped: impl Fn(&Part) -> bool) -> Cow<'_, [Part]> {
    let is_dropped = |part: &Part| part.native().is_some() && is_dropped(part);
    if !parts.iter().any(is_dropped) {
        return Cow::Borrowed(parts);
    }
    let kept = parts.iter().map(|part| match is_dropped(part) {
        true => part.clone().without_native(),
        false => part.clone(),
    });
    Cow::Owned(kept.collect())
}

#[cfg(test)]
mod tests {
    use muster_base::Clock;
    use muster_chat_state::content::{Native, Text};

    use super::*;

    fn said(native: Option<&str>) -> Part {
        Part::Text(Text {
            text: "Hello.".to_owned(),
            native: native.map(|json| Native {
                format: "openai_responses".to_owned(),
                json: json.to_owned(),
            }),
            provider_metadata: None,
        })
    }

    fn account(kind: ProviderKind) -> Account {
        Account::new(kind, ProviderId::NIL)
    }

    #[test]
    fn block_goes_back_to_the_account_that_wrote_it_and_to_no_other() {
        let own = account(ProviderKind::Openai);
        let parts = [own.stamp(said(Some("{}"))), own.stamp(said(None))];
        assert_eq!(parts[1], said(None), "nothing to be told apart");
        assert_eq!(*own.sees(&parts), parts);
        let row = ProviderId::new(&Clock::system());
        for other in [
            account(ProviderKind::Azure),
            Account::new(ProviderKind::Openai, row),
        ] {
            let seen = other.sees(&parts);
            assert_eq!(seen[0].native(), None);
            assert_eq!(seen[1], parts[1]);
        }
    }

    #[test]
    fn block_without_an_account_is_left_to_its_provider() {
        let parts = [said(Some("{}"))];
        assert_eq!(*account(ProviderKind::Openai).sees(&parts), parts);
        assert_eq!(*plain(&parts), [said(None)]);
    }
}
