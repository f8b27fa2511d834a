//! The limit on connecting, on our own clock.

use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use muster_base::Clock;
use muster_base::limits::MODEL_CONNECT_LIMIT;
use tower::{BoxError, Layer, Service};

/// Name of the timer that runs while a connection is made.
pub(crate) const CONNECT_TIMER: &str = "model.connect";

/// Wraps the client's connector: DNS, TCP and TLS together get one limit.
#[derive(Clone, Debug)]
pub(crate) struct ConnectLimit(pub(crate) Clock);

impl<S> Layer<S> for ConnectLimit {
    type Service = Limited<S>;
    fn layer(&self, connector: S) -> Limited<S> {
        let clock = self.0.clone();
        Limited { connector, clock }
    }
}

/// A connector with a limit.
#[derive(Clone, Debug)]
pub(crate) struct Limited<S> {
    connector: S,
    clock: Clock,
}

impl<S, R> Service<R> for Limited<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.connector.call(target);
        let clock = self.clock.clone();
        Box::pin(async move {
            clock
                .timeout(CONNECT_TIMER, MODEL_CONNECT_LIMIT, connecting)
                .await?
        })
    }
}
