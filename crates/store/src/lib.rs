//! All SQL of the product, behind one thin layer over two engines.
//!
//! * The unit of work is an **op**: an async closure over [`Tx`], written once. `store.write`
//!   runs it in a transaction, `store.read` on one snapshot. It is `Fn`, because it may run
//!   again after a serialization failure, and it awaits nothing but its `Tx`.
//! * A **statement** is a file `queries/<table>/<verb>_<what>.sql`, used by
//!   `query!("<table>/<verb>_<what>")`. `build.rs` collects the folder into
//!   [`queries::ALL`], so adding a statement is adding a file. A name without a file does not
//!   compile; a file without a use fails a test. Where the engines must differ there are two
//!   files, `….sqlite.sql` and `….postgres.sql`.
//! * A **migration** is a file `migrations/<yyyymmddhhmmss>_<name>.sql`, collected likewise.
//! * What others must hear is collected by [`Tx::notify`] and delivered after the commit.
//! * A table's Rust side is one module here: functions over `&mut Tx` for use inside ops, and
//!   methods of [`Store`] that authorize and run one op.
//!
//! Knows nothing of HTTP, models or workspaces.

#[macro_use]
pub mod queries;
pub mod api_keys;
pub mod authcheck;
pub mod chat_acl;
pub mod chat_files;
pub mod chat_heartbeats;
pub mod chat_messages;
pub mod chat_queue;
pub mod chats;
pub mod compaction_thresholds;
pub mod debug_runs;
pub mod deployment;
mod engine;
mod error;
pub mod groups;
pub mod invites;
pub mod jobs;
pub mod login_links;
mod migrate;
pub mod model_configs;
mod options;
pub mod organization_members;
pub mod organizations;
pub mod preview_segments;
pub mod prompts;
pub mod providers;
pub mod replicas;
pub mod rotate;
pub mod site_configs;
mod store;
pub mod templates;
pub mod title_leases;
pub mod tool_effects;
mod tx;
pub mod usage;
pub mod usage_limits;
pub mod user_configs;
pub mod users;
mod vault;
mod wire_enum;
pub mod workspace_agents;
pub mod workspace_builds;
pub mod workspace_resources;
pub mod workspaces;

pub use engine::Engine;
pub use engine::sqlite::network_file_system;
pub use engine::value::{FromValue, Row, Value};
pub use error::{Error, Family, SchemaError, SetupError};
pub use futures_util::future::BoxFuture;
pub use migrate::fingerprint as schema_fingerprint;
pub use options::{Counter, DatabaseUrl, Faults, Options};
pub use queries::Statement;
pub use store::Store;
pub use tx::Tx;
pub use vault::{KeyId, Place, Vault, VaultError};
