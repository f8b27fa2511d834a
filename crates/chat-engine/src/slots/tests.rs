use futures_util::FutureExt;
use muster_base::Clock;

use super::*;

fn pool(limit: usize) -> Arc<Pool> {
    Arc::new(Pool {
        limit,
        state: Mutex::default(),
    })
}

fn user() -> UserId {
    UserId::new(&Clock::system())
}

#[test]
fn slots_are_counted_and_zero_is_no_limit() {
    let (pool, anna) = (pool(1), user());
    let first = pool.take(anna).now_or_never();
    assert!(first.is_some());
    assert!(pool.take(anna).now_or_never().is_none());
    drop(first);
    assert!(pool.take(anna).now_or_never().is_some());
    let open = self::pool(0);
    let many: Vec<_> = (0..100).map(|_| open.take(anna).now_or_never()).collect();
    assert!(many.iter().all(Option::is_some));
}

#[test]
fn who_has_the_fewest_is_next_and_equals_in_order() {
    let (pool, anna, bert) = (pool(2), user(), user());
    let first = pool.take(anna).now_or_never().unwrap();
    let second = pool.take(anna).now_or_never().unwrap();
    let mut of_anna = Box::pin(pool.take(anna));
    let mut of_bert = Box::pin(pool.take(bert));
    assert!(of_anna.as_mut().now_or_never().is_none());
    assert!(of_bert.as_mut().now_or_never().is_none());
    drop(first);
    assert!(of_anna.as_mut().now_or_never().is_none());
    let slot = of_bert.as_mut().now_or_never();
    assert_eq!(slot.as_ref().map(|slot| slot.user), Some(bert));
    drop(second);
    assert!(of_anna.as_mut().now_or_never().is_some());
}

#[test]
fn slot_of_one_that_went_away_is_not_lost() {
    let (pool, anna) = (pool(1), user());
    let first = pool.take(anna).now_or_never();
    let mut gone = Box::pin(pool.take(anna));
    assert!(gone.as_mut().now_or_never().is_none());
    // Granted and never looked at.
    drop(first);
    drop(gone);
    let again = pool.take(anna).now_or_never();
    let mut waiting = Box::pin(pool.take(anna));
    let mut behind = Box::pin(pool.take(anna));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert!(behind.as_mut().now_or_never().is_none());
    drop(waiting);
    drop(again);
    assert!(behind.as_mut().now_or_never().is_some());
    assert_eq!(pool.state.lock().used, 0);
}

#[test]
fn held_slot_is_one_slot_until_it_is_given_back() {
    let pool = pool(1);
    let held = Held::default();
    *held.0.lock() = pool.take(user()).now_or_never();
    let mut behind = Box::pin(pool.take(user()));
    assert!(behind.as_mut().now_or_never().is_none());
    assert_eq!(pool.waiting(), 1);
    held.give_back();
    held.give_back();
    assert!(behind.as_mut().now_or_never().is_some());
    assert_eq!((pool.waiting(), pool.state.lock().used), (0, 0));
}
