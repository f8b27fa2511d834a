//! The id of the request that is being served.

use muster_base::RequestId;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Runs a request under its id.
pub(crate) async fn scope<F: Future>(id: RequestId, request: F) -> F::Output {
    CURRENT.scope(id, request).await
}

/// The id of the request that this task serves.
pub(crate) fn current() -> Option<String> {
    CURRENT.try_with(RequestId::to_string).ok()
}
