//! `interrupt_agent`: the other name of `close_agent`, understood and not offered.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::close_agent::CloseAgent;
use super::{Audience, CallContext, Class, Output, Tool};

pub(super) struct InterruptAgent;

impl Tool for InterruptAgent {
    fn name(&self) -> &'static str {
        "interrupt_agent"
    }

    fn description(&self) -> &'static str {
        CloseAgent.description()
    }

    fn schema(&self) -> Value {
        CloseAgent.schema()
    }

    fn class(&self) -> Class {
        CloseAgent.class()
    }

    fn audience(&self) -> Audience {
        Audience::Alias
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        CloseAgent.call(context, args)
    }
}
