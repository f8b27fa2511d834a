//! Waiting for something in a test: on the machine's clock, and never for ever.

use std::panic::Location;
use std::time::Duration;

use crate::Clock;

/// A test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The value of `future`, which must come while a test has patience.
///
/// # Panics
/// When it does not; the message names the line that waits.
#[track_caller]
#[expect(clippy::panic, reason = "only a test waits here, and fails by it")]
pub fn in_time<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = Location::caller();
    let future = Box::pin(future);
    async move {
        let limited = Clock::system().timeout("test", PATIENCE, future).await;
        limited.unwrap_or_else(|_| panic!("{place} still waits after {PATIENCE:?}"))
    }
}
