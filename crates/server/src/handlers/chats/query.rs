//! Which chats a list shows.

use std::collections::BTreeMap;

use muster_base::{ChatId, WorkspaceId, limits, split_label};
use muster_store::chats::ListChats;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Which chats a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `archived:true|false`, `status:…`, `shared:true` for the chats that others share with the
    /// caller, and words of the title.
    #[serde(default)]
    q: String,
    /// Continue behind this chat.
    after_id: Option<Uuid>,
    limit: Option<i64>,
    offset: Option<i64>,
}

/// Whose chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The caller's own.
    Caller,
    /// Those that others share with the caller.
    Others,
}

impl ListQuery {
    /// The filter and whose chats it is for; `None` when nothing can pass it.
    ///
    /// `pairs` is the whole query, for what may stand in it more than once.
    pub(super) fn filter(self, pairs: &[(String, String)]) -> Result<Option<(ListChats, Of)>> {
        let Some(labels) = labels(pairs)? else {
            return Ok(None);
        };
        let mut status = None;
        let mut archived = false;
        let mut of = Of::Caller;
        let mut words = Vec::new();
        for word in self.q.split_whitespace() {
            match word.split_once(':') {
                Some(("archived", "true")) => archived = true,
                Some(("archived", "false")) => archived = false,
                Some(("archived", _)) => {
                    return Err(Error::invalid("q", "archived is true or false"));
                }
                Some(("shared", "true")) => of = Of::Others,
                Some(("shared", "false")) => of = Of::Caller,
                Some(("shared", _)) => {
                    return Err(Error::invalid("q", "shared is true or false"));
                }
                Some(("status", name)) => status = Some(known_status(name)?),
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
        let filter = ListChats {
            archived,
            status: status.map(str::to_owned),
            labels,
            title: (!words.is_empty()).then(|| words.join(" ")),
            after_id: self.after_id.map(ChatId),
            limit: limit.min(limits::CHATS_PAGE_MAX),
            offset: self.offset.unwrap_or(0),
        };
        Ok(Some((filter, of)))
    }
}

/// A status as chats have it. Two older names are known and no chat has them any more.
fn known_status(name: &str) -> Result<&str> {
    match name {
        "pending" => Ok("running"),
        "waiting" | "running" | "interrupting" | "requires_action" | "error" | "paused"
        | "completed" => Ok(name),
        _ => Err(Error::invalid("q", "there is no such status")),
    }
}

/// Every `label=key:value`. No chat has two values of one key, so asking for both is `None`.
fn labels(pairs: &[(String, String)]) -> Result<Option<BTreeMap<String, String>>> {
    let mut labels = BTreeMap::new();
    for (_, label) in pairs.iter().filter(|(name, _)| name == "label") {
        let Some((key, value)) = split_label(label) else {
            return Err(Error::invalid(
                "label",
                "is `key:value`, neither of them empty",
            ));
        };
        let before = labels.insert(key.to_owned(), value.to_owned());
        if before.is_some_and(|before| before != value) {
            return Ok(None);
        }
    }
    if labels.len() > limits::LABELS_MAX {
        return Ok(None);
    }
    Ok(Some(labels))
}

/// Whose chats of which workspaces are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkspacesQuery {
    /// Ids of workspaces with commas between them, at most 25.
    #[serde(default)]
    workspace_ids: String,
}

impl WorkspacesQuery {
    pub(super) fn ids(&self) -> Result<Vec<WorkspaceId>> {
        let words = self.workspace_ids.split(',').map(str::trim);
        let ids: Vec<WorkspaceId> = words
            .filter(|word| !word.is_empty())
            .map(|word| Uuid::try_parse(word).ok().map(WorkspaceId))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::invalid("workspace_ids", "are ids with commas between them"))?;
        if ids.len() > limits::CHATS_BY_WORKSPACE_MAX {
            let rule = format!("are at most {}", limits::CHATS_BY_WORKSPACE_MAX);
            return Err(Error::invalid("workspace_ids", rule));
        }
        Ok(ids)
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
        let (filter, _) = query.filter(&[]).unwrap().unwrap();
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
        assert!(wrong.filter(&[]).is_err());
    }

    #[test]
    fn status_is_one_that_chats_have_or_had() {
        let status = |q: &str| {
            let q = q.to_owned();
            let query = ListQuery {
                q,
                ..ListQuery::default()
            };
            query.filter(&[]).map(|filter| filter.unwrap().0.status)
        };
        assert_eq!(status("status:pending").unwrap().unwrap(), "running");
        assert_eq!(status("status:completed").unwrap().unwrap(), "completed");
        assert!(status("status:happy").is_err());
    }

    #[test]
    fn chats_are_ones_own_unless_those_of_others_are_asked_for() {
        let of = |q: &str| {
            let q = q.to_owned();
            let query = ListQuery {
                q,
                ..ListQuery::default()
            };
            query.filter(&[]).map(|filter| filter.unwrap().1)
        };
        assert_eq!(of("").unwrap(), Of::Caller);
        assert_eq!(of("fix shared:true").unwrap(), Of::Others);
        assert_eq!(of("shared:false").unwrap(), Of::Caller);
        assert!(of("shared:perhaps").is_err());
    }

    #[test]
    fn labels_are_all_of_those_that_stand_in_the_query() {
        let filter = |found: &[&str]| {
            let pairs = found
                .iter()
                .map(|value| ("label".to_owned(), (*value).to_owned()));
            ListQuery::default().filter(&pairs.collect::<Vec<_>>())
        };
        let both = filter(&["a:1", "b:x:y", "a:1"]).unwrap().unwrap().0.labels;
        assert_eq!(
            both.into_iter().collect::<Vec<_>>(),
            [("a".into(), "1".into()), ("b".into(), "x:y".into())]
        );
        assert_eq!(filter(&["a:1", "a:2"]).unwrap(), None);
        assert!(filter(&["a:"]).is_err());
    }

    #[test]
    fn workspaces_are_at_most_twenty_five_ids() {
        let ids = |count: usize| {
            let workspace_ids = vec![Uuid::nil().to_string(); count].join(",");
            WorkspacesQuery { workspace_ids }.ids().map(|ids| ids.len())
        };
        assert_eq!(ids(0).unwrap(), 0);
        assert_eq!(ids(limits::CHATS_BY_WORKSPACE_MAX).unwrap(), 25);
        assert!(ids(limits::CHATS_BY_WORKSPACE_MAX + 1).is_err());
    }
}
