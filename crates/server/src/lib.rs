//! HTTP: routes, sessions, and the one place where failures become status codes.
//!
//! * [`Config`] is what the program was told; [`Server::start`] wires the components together
//!   and serves until its [`Handle`] is shut down.
//! * `router` is the only list of routes, `stack` what every request goes through, `error` the
//!   mapping of failures. A handler extracts, makes one domain call and shows the result.
//! * Knows no SQL and no provider's wire format.

mod app;
mod assets;
mod auth;
mod config;
mod data_folder;
mod error;
mod extract;
#[expect(unused_qualifications, reason = "written by the macro of utoipa")]
mod handlers;
mod openapi;
mod request_id;
mod rotate;
mod router;
mod serve;
mod socket;
mod stack;
mod start;
mod views;

pub use app::{Examine, Host, MetricsText, Prove};
pub use config::{Config, ConfigError, LocalModels, Network, Settings, presets};
pub use openapi::openapi_json;
pub use rotate::{ForgetOld, Rotated, rotate_keys};
pub use start::{Drivers, Handle, Options, Server, StartError};
