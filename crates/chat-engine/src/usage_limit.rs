//! Whether a person may have models do more (F08).
//!
//! Asked where work begins: a new chat, a message, an edit, a title, a task for a subagent. Not
//! where what was admitted goes on: a queued message is said and a turn ends, whatever was spent
//! or decided meanwhile. So messages that are sent at the same time may go over the limit
//! together, and a limit is never the reason that something breaks off in the middle.

use std::error::Error as StdError;

use muster_base::{MicroDollars, Micros, UserId};
use muster_store::Store;

use crate::turn::worker;

/// The limit is reached: nothing more is begun before the period ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the spending limit of {limit} is reached until {resets_at}")]
pub struct UsageLimitReached {
    /// What was spent in the period; at least the limit.
    pub spent: MicroDollars,
    /// What may be spent in the period.
    pub limit: MicroDollars,
    /// When the next period begins.
    pub resets_at: Micros,
}

/// Whether a person may begin something that costs money. A look-up that fails blocks nobody:
/// it is logged, counted, and counts as a yes.
///
/// # Errors
/// When the person's limit is reached.
pub(crate) async fn admit(store: &Store, owner: UserId) -> Result<(), UsageLimitReached> {
    let standing = match store.get_usage_standing(&worker(), owner).await {
        Ok(standing) => standing,
        Err(error) => {
            metrics::counter!("muster_chat_usage_limit_lookups_failed_total").increment(1);
            tracing::warn!(
                user.id = %owner,
                error = &error as &dyn StdError,
                "the usage limit can't be looked up: nobody is kept from anything"
            );
            return Ok(());
        }
    };
    let Some(limit) = standing.limit.filter(|_| standing.is_exhausted()) else {
        return Ok(());
    };
    metrics::counter!("muster_chat_usage_limit_refusals_total").increment(1);
    Err(UsageLimitReached {
        spent: standing.spent,
        limit,
        resets_at: standing.span.end,
    })
}
