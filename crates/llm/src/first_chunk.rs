//! The two limits on waiting: for the first part, and for the next byte after it.

use std::future::Future;

use muster_base::limits::{FIRST_CHUNK_LIMIT, STREAM_SILENCE_LIMIT};
use muster_base::{Clock, Timer};

use crate::failure::Origin;

/// Name of the timer that runs from before the request is opened to the first part.
pub(crate) const FIRST_PART_TIMER: &str = "model.first_part";
/// Name of the timer that runs while nothing arrives after the first part.
pub(crate) const SILENCE_TIMER: &str = "model.silence";

/// Guards one attempt.
///
/// Until [`Watch::disarm`] one timer covers everything: connecting, headers, pings. After it
/// each wait has a timer of its own, so that a slow reader of our stream is never taken for a
/// silent provider.
#[derive(Debug)]
pub(crate) struct Watch {
    clock: Clock,
    first: Option<Timer>,
}

impl Watch {
    /// Arms the first timer now.
    pub(crate) fn arm(clock: &Clock) -> Self {
        let first = clock.timer(FIRST_PART_TIMER, FIRST_CHUNK_LIMIT);
        Self {
            clock: clock.clone(),
            first: Some(first),
        }
    }

    /// The first part is here.
    pub(crate) fn disarm(&mut self) {
        self.first = None;
    }

    /// Waits for `future` within the limit of the phase; it is dropped when the time is up.
    pub(crate) async fn wait<F: Future>(&mut self, future: F) -> Result<F::Output, Origin> {
        match &mut self.first {
            Some(timer) => tokio::select! {
                biased;
                value = future => Ok(value),
                () = timer => Err(Origin::Startup),
            },
            None => {
                let waited = self
                    .clock
                    .timeout(SILENCE_TIMER, STREAM_SILENCE_LIMIT, future)
                    .await;
                waited.map_err(|_elapsed| Origin::Silence)
            }
        }
    }
}
