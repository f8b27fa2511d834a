//! One file per resource. A handler extracts, makes one domain call and shows the result.

pub(crate) mod accounts;
pub(crate) mod authcheck;
pub(crate) mod chats;
pub(crate) mod compaction;
pub(crate) mod deployment;
pub(crate) mod files;
pub(crate) mod groups;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod messages;
pub(crate) mod model_configs;
pub(crate) mod models;
pub(crate) mod organizations;
pub(crate) mod preferences;
pub(crate) mod prompt_history;
pub(crate) mod prompts;
pub(crate) mod providers;
pub(crate) mod queue;
pub(crate) mod reconcile;
pub(crate) mod stream;
pub(crate) mod tool_results;
pub(crate) mod users;
pub(crate) mod watch;
pub(crate) mod workspace_agents;
pub(crate) mod workspaces;
