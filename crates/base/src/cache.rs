//! A small cache for configuration: time to live, single flight, generation.
//!
//! A library cache is not used here because those we know keep the *old* value for a whole
//! life span when an invalidation arrives during a load, and take their time from the system.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::watch;

use crate::{Clock, Micros};

/// Entries at which expired ones are looked for when a new one is stored.
const SWEEP_AT: usize = 1_024;

/// What a load gave: an immutable value, or an error that all its waiters share.
type Outcome<V, E> = Result<Arc<V>, Arc<E>>;

/// Immutable values by key. Readers get an [`Arc`]; absence is a value like any other.
///
/// - N concurrent readers of a missing key cause **one** load.
/// - A loader's error goes to everyone who waited for it and is not kept.
/// - If the loading reader is dropped, one of the waiting ones loads.
/// - [`Cache::invalidate`] starts a new generation: a load that began before it is neither
///   stored nor given to those who waited for it.
pub struct Cache<K, V, E> {
    ttl: Duration,
    clock: Clock,
    inner: RwLock<Inner<K, V, E>>,
}

struct Inner<K, V, E> {
    /// The number of the next load; a load is current while its number stands in its slot.
    next_generation: u64,
    slots: HashMap<K, Slot<V, E>>,
}

enum Slot<V, E> {
    Ready {
        value: Arc<V>,
        expires_at: Micros,
    },
    Loading {
        generation: u64,
        done: watch::Receiver<Option<Outcome<V, E>>>,
    },
}

enum Role<V, E> {
    Hit(Arc<V>),
    Lead {
        generation: u64,
        done: watch::Sender<Option<Outcome<V, E>>>,
    },
    Follow(watch::Receiver<Option<Outcome<V, E>>>),
}

impl<K, V, E> Cache<K, V, E>
where
    K: Eq + Hash + Clone,
{
    /// An empty cache whose values live for `ttl`.
    #[must_use]
    pub fn new(clock: Clock, ttl: Duration) -> Self {
        let inner = Inner {
            next_generation: 0,
            slots: HashMap::new(),
        };
        Self {
            ttl,
            clock,
            inner: RwLock::new(inner),
        }
    }

    /// The value of `key`, loaded by `load` when it is missing or too old.
    ///
    /// # Errors
    /// The loader's error, shared with everyone who waited for the same load.
    pub async fn get<F, Fut>(&self, key: &K, load: F) -> Result<Arc<V>, Arc<E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        loop {
            match self.role(key) {
                Role::Hit(value) => return Ok(value),
                Role::Lead { generation, done } => {
                    let outcome = load().await.map(Arc::new).map_err(Arc::new);
                    if self.store(key, generation, &outcome) {
                        done.send_replace(Some(outcome.clone()));
                    }
                    return outcome;
                }
                Role::Follow(mut done) => {
                    // An error means that the leader is gone or was overtaken by an
                    // invalidation: look again, and perhaps lead.
                    if let Ok(seen) = done.wait_for(Option::is_some).await
                        && let Some(outcome) = seen.as_ref()
                    {
                        return outcome.clone();
                    }
                }
            }
        }
    }

    /// Forgets `key` and every load of it that is under way.
    pub fn invalidate(&self, key: &K) {
        self.inner.write().slots.remove(key);
    }

    /// Forgets everything.
    pub fn invalidate_all(&self) {
        self.inner.write().slots.clear();
    }

    fn role(&self, key: &K) -> Role<V, E> {
        let now = self.clock.now();
        if let Some(Slot::Ready { value, expires_at }) = self.inner.read().slots.get(key)
            && *expires_at > now
        {
            return Role::Hit(Arc::clone(value));
        }
        let mut inner = self.inner.write();
        match inner.slots.get(key) {
            Some(Slot::Ready { value, expires_at }) if *expires_at > now => {
                return Role::Hit(Arc::clone(value));
            }
            // A closed channel without a value: the loading reader was dropped.
            Some(Slot::Loading {
                generation: _,
                done,
            }) if done.has_changed().is_ok() => return Role::Follow(done.clone()),
            Some(
                Slot::Ready {
                    value: _,
                    expires_at: _,
                }
                | Slot::Loading {
                    generation: _,
                    done: _,
                },
            )
            | None => {}
        }
        let generation = inner.next_generation;
        inner.next_generation += 1;
        let (done, waiting) = watch::channel(None);
        let slot = Slot::Loading {
            generation,
            done: waiting,
        };
        inner.slots.insert(key.clone(), slot);
        Role::Lead { generation, done }
    }

    /// Stores what a load gave, unless the key was invalidated since it began.
    fn store(&self, key: &K, load: u64, outcome: &Outcome<V, E>) -> bool {
        let now = self.clock.now();
        let mut inner = self.inner.write();
        let current = matches!(
            inner.slots.get(key),
            Some(Slot::Loading { generation, done: _ }) if *generation == load
        );
        if !current {
            return false;
        }
        match outcome {
            Ok(value) => {
                inner.sweep(now);
                let slot = Slot::Ready {
                    value: Arc::clone(value),
                    expires_at: now + self.ttl,
                };
                inner.slots.insert(key.clone(), slot);
            }
            Err(_) => {
                inner.slots.remove(key);
            }
        }
        true
    }
}

impl<K: Eq + Hash, V, E> Inner<K, V, E> {
    fn sweep(&mut self, now: Micros) {
        if self.slots.len() < SWEEP_AT {
            return;
        }
        self.slots.retain(|_, slot| match slot {
            Slot::Ready {
                value: _,
                expires_at,
            } => *expires_at > now,
            Slot::Loading {
                generation: _,
                done: _,
            } => true,
        });
    }
}

// By hand: values may hold secrets, so only the size is shown.
impl<K, V, E> fmt::Debug for Cache<K, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("ttl", &self.ttl)
            .field("slots", &self.inner.read().slots.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
