//! Which chats a list shows.

use muster_base::{ChatId, limits};
use muster_store::chats::ListChats;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Which chats a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `archived:true|false` and words of the title.
    #[serde(default)]
    q: String,
    /// Continue behind this chat.
    after_id: Option<Uuid>,
    limit: Option<i64>,
    offset: Option<i64>,
}

impl ListQuery {
    pub(super) fn filter(self) -> Result<ListChats> {
        let mut archived = false;
        let mut words = Vec::new();
        for word in self.q.split_whitespace() {
            match word.split_once(':') {
                Some(("archived", "true")) => archived = true,
                Some(("archived", "false")) => archived = false,
                Some(("archived", _)) => {
                    return Err(Error::invalid("q", "archived is true or false"));
                }
                Some(_) | None => words.push(word),
            }
        }
        let limit = self.limit.filter(|limit| *limit != 0);
        let limit = limit.unwrap_or(limits::CHATS_PAGE_DEFAULT);
        if limit < 0 || self.offset.is_some_and(|offset| offset < 0) {
            return Err(Error::invalid(
                "limit",
                "limit and offset must not be negative",
            ));
        }
        Ok(ListChats {
            archived,
            title: (!words.is_empty()).then(|| words.join(" ")),
            after_id: self.after_id.map(ChatId),
            limit: limit.min(limits::CHATS_PAGE_MAX),
            offset: self.offset.unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(q: &str, archived: bool, title: Option<&str>) {
        let query = ListQuery {
            q: q.to_owned(),
            ..ListQuery::default()
        };
        let filter = query.filter().unwrap();
        assert_eq!(
            (filter.archived, filter.title.as_deref()),
            (archived, title),
            "{q:?}"
        );
    }

    #[test]
    fn words_are_of_the_title_unless_they_are_a_known_filter() {
        check("", false, None);
        check("archived:true", true, None);
        check("fix  archived:true the:bug", true, Some("fix the:bug"));
        let wrong = ListQuery {
            q: "archived:perhaps".to_owned(),
            ..ListQuery::default()
        };
        assert!(wrong.filter().is_err());
    }
}
