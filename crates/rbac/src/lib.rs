//! Who may do what: one pure table, no I/O, no policy engine.
//!
//! The store asks [`authorize`] inside every method, so no handler, worker or tool can forget
//! it. List methods ask [`visible`] for the same answer as a filter. `policy.txt` is the whole
//! policy as text; a test keeps it in step with the table, so a change of rights is a visible
//! line in a review.

mod action;
mod actor;
mod authorize;
mod document;
mod resource;
mod roles;
mod scope;

pub use action::{Action, Actions};
pub use actor::{Actor, Purpose};
pub use authorize::{Denied, Visible, authorize, authorize_role, policy_text, visible};
pub use document::policy_document;
pub use resource::{Object, ResourceKind};
pub use roles::{Role, UnknownRole};
pub use scope::{Scope, Scopes, UnknownScope};
