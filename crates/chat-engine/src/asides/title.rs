//! Titles: found by themselves for a new chat, and on request for any.

use std::sync::Arc;

use muster_base::limits::{
    FOUND_TITLE_CHARS_MAX, FOUND_TITLE_WORDS_MAX, TITLE_HEAD_MESSAGES, TITLE_LIMIT,
    TITLE_TAIL_MESSAGES,
};
use muster_base::{ChatId, LeaseId};
use muster_chat_state::{Aside, FoundTitle};
use muster_rbac::Actor;
use muster_store::chats::Chat;
use muster_store::debug_runs::RunPurpose;

use super::ask::{Asked, Question, cut, one_line};
use super::candidates::Cheap;
use super::{conversation, initial_title};
use crate::Error;
use crate::history::History;
use crate::model::NoModel;
use crate::prompt::assemble::Author;
use crate::shared::Shared;
use crate::turn::worker;

const INSTRUCTION: &str = include_str!("../prompt/title.md");

/// Looks for a title beside the first turn of a chat, where nobody has named it. Says nothing
/// when it finds none.
pub(crate) fn find_for_new(shared: &Arc<Shared>, chat: &Chat, history: &History) {
    let Some(text) = words_of_new(chat, history) else {
        return;
    };
    let (own, chat) = (Arc::clone(shared), chat.clone());
    shared.tasks.spawn("chat.title", async move {
        let lease = LeaseId::new(&own.clock);
        let worker = worker();
        let taken = own.store.acquire_title_lease(&worker, chat.id, lease);
        match taken.await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(error) => return tell(chat.id, &error.into()),
        }
        let found = Box::pin(find(&own, &chat, question(text, Cheap::WithKey)));
        if let Some(Err(error)) = own.tasks.drain().run_until_cancelled(found).await {
            tell(chat.id, &error);
        }
        give_back(&own, chat.id, lease).await;
    });
}

/// Finds another title for a chat that the actor may change.
///
/// The work goes on when whoever asked for it has left, so that what it costs is charged.
///
/// # Errors
/// [`Error::TitleUnderWay`] while somebody else looks for one, [`Error::NoTitle`] when no model
/// found one; not found, not allowed, or a failing database.
pub(crate) async fn regenerate(
    shared: &Arc<Shared>,
    actor: &Actor,
    id: ChatId,
) -> Result<Chat, Error> {
    let lease = LeaseId::new(&shared.clock);
    let taken = shared.store.acquire_title_lease(actor, id, lease).await?;
    let chat = taken.ok_or(Error::TitleUnderWay)?;
    let own = Arc::clone(shared);
    let working = shared.tasks.spawn("chat.title", async move {
        let found = Box::pin(found_on_request(&own, &chat));
        let found = own.tasks.drain().run_until_cancelled(found).await;
        give_back(&own, id, lease).await;
        found.unwrap_or(Err(Error::Closing))
    });
    working.await.ok().flatten().unwrap_or(Err(Error::Closing))
}

async fn found_on_request(shared: &Arc<Shared>, chat: &Chat) -> Result<Chat, Error> {
    let (head, tail) = (TITLE_HEAD_MESSAGES, TITLE_TAIL_MESSAGES);
    let worker = worker();
    let ends = shared.store.list_message_ends(&worker, chat.id, head, tail);
    let text = conversation::of(&ends.await?).map_err(muster_chat_state::Error::Content)?;
    find(shared, chat, question(text, Cheap::Configured)).await
}

/// Asks, and writes what was found and what it cost in one bundle.
async fn find(shared: &Arc<Shared>, chat: &Chat, question: Question) -> Result<Chat, Error> {
    let Asked { answer, charges } = question.ask(shared, chat).await;
    let (title, failure) = match answer {
        Ok(title) => (Some(title), None),
        Err(failure) => (None, Some(failure)),
    };
    let title = title.map(|title| FoundTitle {
        title,
        instead_of: chat.title.clone(),
    });
    let aside = Aside {
        title,
        charges,
        ..Aside::default()
    };
    let written = match &aside {
        Aside {
            title: None,
            charges,
            ..
        } if charges.is_empty() => None,
        _ => Some(shared.machine.aside(&worker(), chat.id, aside).await?),
    };
    match (failure, written) {
        (None, Some(chat)) => Ok(chat),
        (None, None) => Ok(chat.clone()),
        (Some(NoModel::Refused(failure)), _) => Err(Error::NoTitle(failure)),
        (Some(NoModel::Store(error)), _) => Err(muster_store::Error::clone(&error).into()),
    }
}

fn question(text: String, cheap: Cheap) -> Question {
    Question {
        timer: "chat.title",
        limit: TITLE_LIMIT,
        instruction: INSTRUCTION,
        text,
        field: "title",
        cheap,
        purpose: RunPurpose::Title,
        read: usable,
    }
}

/// What a new chat was asked, if there is nothing else in it yet and nobody has named it.
fn words_of_new(chat: &Chat, history: &History) -> Option<String> {
    if !chat.is_root() {
        // Its parent named it, and reads it by its report; a call for each of many costs.
        return None;
    }
    let mut said = None;
    for item in &history.items {
        match item.author {
            Author::System => {}
            Author::User if item.is_context() => {}
            Author::User if said.is_none() => said = Some(item),
            Author::User | Author::Assistant | Author::Tool => return None,
        }
    }
    let parts = &said?.parts;
    let is_unnamed =
        chat.title.is_empty() || chat.title == initial_title(conversation::first_text(parts));
    let text = conversation::opening(parts);
    (is_unnamed && !text.is_empty()).then_some(text)
}

/// Two to eight words; a language without spaces has one.
fn usable(answer: &str) -> Option<String> {
    let title = one_line(answer);
    let words = title.split(' ').count();
    (!title.is_empty() && words <= FOUND_TITLE_WORDS_MAX)
        .then(|| cut(&title, FOUND_TITLE_CHARS_MAX))
}

async fn give_back(shared: &Shared, chat: ChatId, lease: LeaseId) {
    // Left alone it expires by itself.
    let worker = worker();
    let given = shared.store.release_title_lease(&worker, chat, lease);
    if let Err(error) = given.await {
        tell(chat, &error.into());
    }
}

fn tell(chat: ChatId, error: &Error) {
    tracing::info!(
        chat.id = %chat,
        error = error as &dyn std::error::Error,
        "no title was found"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_loses_what_stands_around_it() {
        for (answer, expected) in [
            ("Fix the failing test", "Fix the failing test"),
            ("  \"Fix the\n bug\" ", "Fix the bug"),
            ("“Grüße an alle”", "Grüße an alle"),
            ("**Fix it now**", "Fix it now"),
            ("修复测试", "修复测试"),
            ("a b c d e f g h", "a b c d e f g h"),
        ] {
            assert_eq!(usable(answer).as_deref(), Some(expected));
        }
    }

    #[test]
    fn nine_words_or_none_are_no_title() {
        assert_eq!(usable("a b c d e f g h i"), None);
        assert_eq!(usable(" \"\" "), None);
    }

    #[test]
    fn long_title_is_cut_at_its_limit() {
        let fits = "x".repeat(FOUND_TITLE_CHARS_MAX);
        assert_eq!(usable(&fits), Some(fits.clone()));
        let cut = usable(&format!("{fits}x")).unwrap();
        assert_eq!(cut.chars().count(), FOUND_TITLE_CHARS_MAX);
        assert!(cut.ends_with('…'));
    }
}
