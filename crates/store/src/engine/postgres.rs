//! The server engine.

use std::sync::Arc;

use muster_base::Secret;

use crate::engine::{Mode, Op};
use crate::options::Shared;
use crate::{Error, Options};

pub(crate) struct Postgres;

impl Postgres {
    pub(crate) async fn open(url: &Secret, options: &Options, shared: Arc<Shared>) -> Result<Self, Error> {
        let _ = (url, options, shared);
        Err(Error::Closed)
    }
    pub(crate) async fn run<T, E>(&self, mode: Mode, op: &'static str, f: impl Op<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let _ = (mode, op, f);
        Err(Error::Closed.into())
    }
    pub(crate) fn clock_is_stable(&self) -> bool { true }
    pub(crate) async fn close(&self) {}
}
