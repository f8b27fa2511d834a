//! Headers that tell an AI gateway on whose behalf a request is made.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use muster_base::{ChatId, UserId, WorkspaceId};

/// The token before the slash is the one that AI gateways recognise.
const USER_AGENT: &str = concat!("coder-agents/", env!("CARGO_PKG_VERSION"), " (muster)");
const OWNER: HeaderName = HeaderName::from_static("x-coder-owner-id");
const CHAT: HeaderName = HeaderName::from_static("x-coder-chat-id");
const SUBCHAT: HeaderName = HeaderName::from_static("x-coder-subchat-id");
const WORKSPACE: HeaderName = HeaderName::from_static("x-coder-workspace-id");

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The owner of the chat.
    pub owner: UserId,
    /// The chat that asks.
    pub chat: ChatId,
    /// Its parent, when it is a subagent's chat.
    pub parent: Option<ChatId>,
    /// The workspace it is bound to.
    pub workspace: Option<WorkspaceId>,
}

/// The headers of every model request, at every call site and for every provider.
///
/// A request outside any chat (validating a key) has no attribution; it still says who we are.
#[must_use]
pub fn attribution_headers(attribution: Option<&Attribution>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    let Some(attribution) = attribution else {
        return headers;
    };
    let Attribution {
        owner,
        chat,
        parent,
        workspace,
    } = attribution;
    let root = parent.unwrap_or(*chat);
    let ids = [
        (OWNER, Some(owner.to_string())),
        (CHAT, Some(root.to_string())),
        (SUBCHAT, parent.map(|_| chat.to_string())),
        (WORKSPACE, workspace.map(|id| id.to_string())),
    ];
    for (name, id) in ids {
        // An id is hex digits and hyphens, so it always is a header value.
        if let Some(Ok(value)) = id.map(HeaderValue::try_from) {
            headers.insert(name, value);
        }
    }
    headers
}
