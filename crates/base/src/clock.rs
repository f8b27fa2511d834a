//! The one source of time. Production asks the system; a test owns a [`MockClock`].

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use crate::{Micros, PATIENCE};

/// A cheap handle to a source of time.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    System(SystemSource),
    Mock(MockClock),
}

struct SystemSource {
    started: std::time::Instant,
    /// Microseconds added to this machine's time (database clock of several replicas).
    offset: AtomicI64,
    /// The latest time shown, so that a correction of the offset never goes backwards.
    shown: AtomicI64,
}

/// A larger step back is a new truth, not a correction to wait out.
const STEP_BACK_MICROS: i64 = 1_000_000;

/// A future took longer than it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{timer}` ran out of time")]
pub struct Elapsed {
    /// The name of the timer.
    pub timer: &'static str,
}

impl Clock {
    /// The clock of this machine.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one home of the wall clock")]
    pub fn system() -> Self {
        let started = std::time::Instant::now();
        Self(Arc::new(Source::System(SystemSource {
            started,
            offset: AtomicI64::new(0),
            shown: AtomicI64::new(0),
        })))
    }

    /// The time of day.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one home of the wall clock")]
    pub fn now(&self) -> Micros {
        match &*self.0 {
            Source::System(system) => {
                let since = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap_or_default();
                let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
                let now = micros.saturating_add(system.offset.load(Ordering::Relaxed));
                let shown = system.shown.fetch_max(now, Ordering::Relaxed);
                if shown > now.saturating_add(STEP_BACK_MICROS) {
                    system.shown.store(now, Ordering::Relaxed);
                    return Micros(now);
                }
                Micros(now.max(shown))
            }
            Source::Mock(mock) => mock.now(),
        }
    }

    /// Shifts this clock against the machine's; all replicas follow the database's time.
    pub fn set_offset(&self, micros: i64) {
        match &*self.0 {
            Source::System(system) => system.offset.store(micros, Ordering::Relaxed),
            Source::Mock(_) => {}
        }
    }

    /// Starts measuring a duration; unaffected by changes of the time of day.
    #[must_use]
    pub fn stopwatch(&self) -> Stopwatch {
        Stopwatch {
            clock: self.clone(),
            from: self.monotonic(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of the wall clock")]
    fn monotonic(&self) -> Duration {
        match &*self.0 {
            Source::System(system) => system.started.elapsed(),
            Source::Mock(mock) => mock.now().since(Micros::ZERO),
        }
    }

    /// A future that is ready after `duration`. It is armed at once, not at the first poll.
    #[must_use = "a timer does nothing unless awaited"]
    #[expect(clippy::disallowed_methods, reason = "the one home of sleep")]
    pub fn timer(&self, name: &'static str, duration: Duration) -> Timer {
        match &*self.0 {
            Source::System(_) => Timer(TimerKind::System(Box::pin(tokio::time::sleep(duration)))),
            Source::Mock(mock) => Timer(TimerKind::Mock(mock.arm(name, duration))),
        }
    }

    /// Runs `future` for at most `duration`.
    ///
    /// # Errors
    /// [`Elapsed`] when the time is up first; the future is dropped.
    pub async fn timeout<F: Future>(
        &self,
        name: &'static str,
        duration: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        let timer = self.timer(name, duration);
        tokio::select! {
            biased;
            value = future => Ok(value),
            () = timer => Err(Elapsed { timer: name }),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// A running measurement.
#[derive(Clone, Debug)]
pub struct Stopwatch {
    clock: Clock,
    from: Duration,
}

impl Stopwatch {
    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.from)
    }
}

/// A future that is ready when its time has come.
pub struct Timer(TimerKind);

enum TimerKind {
    System(Pin<Box<tokio::time::Sleep>>),
    Mock(MockTimer),
}

impl Future for Timer {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            TimerKind::System(sleep) => sleep.as_mut().poll(cx),
            TimerKind::Mock(timer) => Pin::new(&mut timer.fired).poll(cx).map(|_| ()),
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}

struct MockTimer {
    key: (Micros, u64),
    fired: oneshot::Receiver<()>,
    owner: MockClock,
}

impl Drop for MockTimer {
    fn drop(&mut self) {
        self.owner.disarm(self.key);
    }
}

/// A clock that stands still until a test moves it.
///
/// Code under test arms named timers; the test first waits until a timer of that name *is*
/// armed ([`MockClock::armed`]), then advances. So no test ever waits "long enough".
#[derive(Clone)]
pub struct MockClock(Arc<MockState>);

struct MockState {
    inner: Mutex<MockInner>,
    /// Bumped at every change of the set of timers; wakes those who wait for one.
    changed: watch::Sender<u64>,
}

struct MockInner {
    now: Micros,
    next: u64,
    timers: BTreeMap<(Micros, u64), (&'static str, oneshot::Sender<()>)>,
}

impl MockClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Micros) -> Self {
        let inner = MockInner {
            now: start,
            next: 0,
            timers: BTreeMap::new(),
        };
        Self(Arc::new(MockState {
            inner: Mutex::new(inner),
            changed: watch::Sender::new(0),
        }))
    }

    /// The handle that is given to the code under test.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock(Arc::new(Source::Mock(self.clone())))
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.0.inner.lock().now
    }

    /// Moves the time forward and fires every timer that becomes due, in order.
    pub fn advance(&self, by: Duration) {
        let mut inner = self.0.inner.lock();
        inner.now = inner.now + by;
        let now = inner.now;
        while let Some(entry) = inner.timers.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let (_, fire) = entry.remove();
            // The waiting side may have been dropped in the meantime.
            let _ = fire.send(());
        }
        drop(inner);
        self.bump();
    }

    /// Waits until a timer called `name` is armed and says how long it still has to run.
    ///
    /// # Panics
    /// When none is for a whole minute of real time: then none will be.
    #[expect(clippy::panic, reason = "only a test waits here, and fails by it")]
    pub async fn armed(&self, name: &str) -> Duration {
        let waits = self.wait_for(name);
        let armed = Clock::system().timeout("mock.armed", PATIENCE, waits).await;
        armed.unwrap_or_else(|_| panic!("no timer `{name}` was armed: {self:?}"))
    }

    async fn wait_for(&self, name: &str) -> Duration {
        let mut changes = self.0.changed.subscribe();
        loop {
            if let Some(left) = self.remaining(name) {
                return left;
            }
            if changes.changed().await.is_err() {
                return Duration::ZERO;
            }
        }
    }

    /// The time until the earliest timer called `name` fires, if one is armed.
    #[must_use]
    pub fn remaining(&self, name: &str) -> Option<Duration> {
        let inner = self.0.inner.lock();
        let due = inner
            .timers
            .iter()
            .find(|(_, (armed, _))| *armed == name)?
            .0
            .0;
        Some(due.since(inner.now))
    }

    /// Waits until a timer called `name` is armed, then moves the time to its end.
    pub async fn fire(&self, name: &str) {
        let left = self.armed(name).await;
        self.advance(left);
    }

    fn arm(&self, name: &'static str, duration: Duration) -> MockTimer {
        let (fire, fired) = oneshot::channel();
        let mut inner = self.0.inner.lock();
        let key = (inner.now + duration, inner.next);
        inner.next += 1;
        if duration.is_zero() {
            let _ = fire.send(());
        } else {
            inner.timers.insert(key, (name, fire));
        }
        drop(inner);
        self.bump();
        MockTimer {
            key,
            fired,
            owner: self.clone(),
        }
    }

    fn disarm(&self, key: (Micros, u64)) {
        let removed = self.0.inner.lock().timers.remove(&key);
        if removed.is_some() {
            self.bump();
        }
    }

    fn bump(&self) {
        self.0.changed.send_modify(|version| *version += 1);
    }
}

impl fmt::Debug for MockClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.0.inner.lock();
        let names: Vec<_> = inner.timers.values().map(|(name, _)| *name).collect();
        f.debug_struct("MockClock")
            .field("now", &inner.now)
            .field("timers", &names)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn small_correction_stands_still_and_a_large_one_goes_back() {
        let clock = Clock::system();
        clock.set_offset(500_000);
        let before = clock.now();
        clock.set_offset(0);
        assert!(clock.now() >= before);
        clock.set_offset(-60_000_000);
        assert!(clock.now() < before);
    }

    #[tokio::test]
    async fn timer_fires_when_the_test_says_so() {
        let mock = MockClock::new(Micros(0));
        let clock = mock.clock();
        let waits = async { clock.timer("nap", SECOND).await };
        let moves = async {
            assert_eq!(mock.armed("nap").await, SECOND);
            mock.advance(SECOND);
        };
        tokio::join!(waits, moves);
        assert_eq!(clock.now(), Micros(1_000_000));
    }

    #[tokio::test]
    async fn dropped_timer_is_disarmed() {
        let mock = MockClock::new(Micros(0));
        drop(mock.clock().timer("nap", SECOND));
        assert_eq!(mock.remaining("nap"), None);
    }

    #[tokio::test]
    async fn timeout_drops_a_late_future() {
        let mock = MockClock::new(Micros(0));
        let clock = mock.clock();
        let late = clock.timeout("limit", SECOND, std::future::pending::<()>());
        let (result, ()) = tokio::join!(late, mock.fire("limit"));
        assert_eq!(result, Err(Elapsed { timer: "limit" }));
    }
}
