//! Waiting for an agent that may still be connecting.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use muster_base::{AgentId, limits};

use crate::{AgentClient, Error, Registry};

/// What the agent's row says about waiting on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialAdvice {
    /// It may still come.
    Wait,
    /// It will not; the reason is for the user.
    GiveUp(String),
}

/// Reads the agent's row; called once a second while a dial waits.
pub type RowPoll = Arc<dyn Fn(AgentId) -> BoxFuture<'static, DialAdvice> + Send + Sync>;

/// Finds or awaits the link of an agent; a cheap clone.
#[derive(Clone)]
pub struct Dialer {
    registry: Registry,
    poll: Option<RowPoll>,
}

impl Dialer {
    /// A dialer that waits for links only.
    #[must_use]
    pub const fn new(registry: Registry) -> Self {
        Self {
            registry,
            poll: None,
        }
    }

    /// Also asks `poll` each second whether waiting is in vain.
    #[must_use]
    pub fn with_row_poll(mut self, poll: RowPoll) -> Self {
        self.poll = Some(poll);
        self
    }

    /// A client of the agent's link; waits for it until the deadline.
    ///
    /// # Errors
    /// [`Error::NotConnected`] at the deadline, [`Error::GaveUp`] when the row says so.
    pub async fn dial(&self, agent_id: AgentId, deadline: Duration) -> Result<AgentClient, Error> {
        if let Some(client) = self.registry.client(agent_id) {
            return Ok(client);
        }
        let clock = self.registry.clock();
        let waits = async {
            tokio::select! {
                biased;
                client = self.registry.wait_client(agent_id, None) => Ok(client),
                reason = self.until_vain(agent_id) => Err(Error::GaveUp { reason }),
            }
        };
        match clock.timeout("dial.deadline", deadline, waits).await {
            Ok(result) => result,
            Err(_elapsed) => Err(Error::NotConnected { agent_id }),
        }
    }

    async fn until_vain(&self, agent_id: AgentId) -> String {
        let Some(poll) = &self.poll else {
            return std::future::pending().await;
        };
        loop {
            match poll(agent_id).await {
                DialAdvice::Wait => {}
                DialAdvice::GiveUp(reason) => return reason,
            }
            let clock = self.registry.clock();
            clock.timer("dial.poll", limits::DIAL_POLL_PERIOD).await;
        }
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}
