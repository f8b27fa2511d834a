//! Chats.

use std::collections::BTreeMap;

use muster_api as api;
use muster_store::chat_acl::Readers;
use muster_store::chat_files::File;
use muster_store::chats::{Chat, ChatListItem, ChatMode, ChatStatus, ClientType, LastError};
use muster_store::groups::Group;
use muster_store::users::User;

/// A chat of a list, with its children.
pub(crate) fn item(item: &ChatListItem, owner: &User) -> api::Chat {
    let mut chat = chat(&item.chat, owner);
    chat.has_unread = item.has_unread;
    chat.children = item
        .children
        .iter()
        .map(|child| self::item(child, owner))
        .collect();
    chat
}

/// A chat alone.
pub(crate) fn chat(chat: &Chat, owner: &User) -> api::Chat {
    api::Chat {
        id: chat.id.0,
        organization_id: chat.organization_id.0,
        owner_id: chat.owner_id.0,
        owner_username: owner.username.clone(),
        owner_name: owner.name.clone(),
        workspace_id: chat.workspace_id.map(|id| id.0),
        build_id: chat.build_id.map(|id| id.0),
        agent_id: chat.agent_id.map(|id| id.0),
        parent_chat_id: chat.parent_chat_id.map(|id| id.0),
        root_chat_id: Some(chat.root_chat_id.0),
        last_model_config_id: chat.last_model_config_id.0,
        last_reasoning_effort: chat.last_reasoning_effort.clone(),
        title: chat.title.clone(),
        status: status(chat.status),
        last_error: chat.last_error.as_ref().map(last_error),
        last_turn_summary: chat.last_turn_summary.clone(),
        created_at: chat.created_at.into(),
        updated_at: chat.updated_at.into(),
        archived: chat.archived,
        pin_order: chat.pin_order,
        mcp_server_ids: chat.mcp_server_ids.clone(),
        labels: labels(&chat.labels),
        has_unread: false,
        mode: chat.mode.map(|mode| mode_name(mode).to_owned()),
        client_type: match chat.client_type {
            ClientType::Ui => api::ClientType::Ui,
            ClientType::Api => api::ClientType::Api,
        },
        shared: chat.shared,
        queued_for_capacity: chat.queued_for_capacity,
        files: Vec::new(),
        children: Vec::new(),
        warnings: Vec::new(),
    }
}

/// A chat as somebody sees it who does not own it: pins and the read cursor are its owner's.
pub(crate) fn of_another(mut chat: api::Chat) -> api::Chat {
    chat.has_unread = false;
    chat.pin_order = 0;
    chat.children = chat.children.into_iter().map(of_another).collect();
    chat
}

/// Whom a chat is shared with.
pub(crate) fn readers(readers: &Readers) -> api::ChatAcl {
    let user = |user: &User| api::ChatAclUser {
        id: user.id.0,
        username: user.username.clone(),
        name: user.name.clone(),
        avatar_url: user.avatar_url.clone(),
        role: api::ChatRole::Read,
    };
    let group = |group: &Group| api::ChatAclGroup {
        id: group.id.0,
        organization_id: group.organization_id.0,
        name: group.name.clone(),
        display_name: group.display_name.clone(),
        avatar_url: group.avatar_url.clone(),
        total_member_count: group.member_count,
        role: api::ChatRole::Read,
    };
    api::ChatAcl {
        users: readers.users.iter().map(user).collect(),
        groups: readers.groups.iter().map(group).collect(),
    }
}

/// A file without its bytes.
pub(crate) fn file(file: &File) -> api::ChatFile {
    api::ChatFile {
        id: file.id.0,
        owner_id: file.owner_id.0,
        organization_id: file.organization_id.0,
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        created_at: file.created_at.into(),
    }
}

const fn mode_name(mode: ChatMode) -> &'static str {
    match mode {
        ChatMode::ComputerUse => "computer_use",
        ChatMode::Explore => "explore",
    }
}

/// Labels are texts; anything else in the document is not shown.
fn labels(labels: &serde_json::Value) -> BTreeMap<String, String> {
    let pairs = labels.as_object().into_iter().flatten();
    pairs
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

pub(crate) const fn status(status: ChatStatus) -> api::ChatStatus {
    match status {
        ChatStatus::Waiting => api::ChatStatus::Waiting,
        ChatStatus::Running => api::ChatStatus::Running,
        ChatStatus::Interrupting => api::ChatStatus::Interrupting,
        ChatStatus::RequiresAction => api::ChatStatus::RequiresAction,
        ChatStatus::Error => api::ChatStatus::Error,
    }
}

pub(crate) fn last_error(error: &LastError) -> api::ChatError {
    api::ChatError {
        message: error.message.clone(),
        kind: error.kind.clone(),
        provider: error.provider.clone(),
        retryable: error.retryable,
        status_code: error.status_code,
        detail: error.detail.clone(),
    }
}
