use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::*;
use crate::{MockClock, TaskSet};

const TTL: Duration = Duration::from_secs(10);

type Texts = Cache<u8, String, &'static str>;

fn cache() -> (Arc<Texts>, MockClock) {
    let mock = MockClock::new(Micros(1));
    (Arc::new(Cache::new(mock.clock(), TTL)), mock)
}

async fn value(cache: &Texts, text: &str) -> String {
    let loaded = cache.get(&1, || async { Ok(text.to_owned()) }).await;
    loaded.unwrap().as_ref().clone()
}

#[tokio::test]
async fn value_is_kept_until_its_time_is_up() {
    let (cache, mock) = cache();
    assert_eq!(value(&cache, "a").await, "a");
    mock.advance(TTL - Duration::from_micros(1));
    assert_eq!(value(&cache, "b").await, "a");
    mock.advance(Duration::from_micros(1));
    assert_eq!(value(&cache, "b").await, "b");
}

#[tokio::test]
async fn many_readers_cause_one_load() {
    let (cache, _mock) = cache();
    let loads = AtomicU32::new(0);
    let read = || async {
        let load = || async {
            loads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok("a".to_owned())
        };
        cache.get(&1, load).await.unwrap()
    };
    let all = join_all((0..50).map(|_| read())).await;
    assert!(all.iter().all(|text| text.as_str() == "a"));
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn error_is_shared_and_not_kept() {
    let (cache, _mock) = cache();
    let loads = AtomicU32::new(0);
    let read = || async {
        let load = || async {
            loads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Err("down")
        };
        cache.get(&1, load).await.unwrap_err()
    };
    let (first, second) = tokio::join!(read(), read());
    assert_eq!((*first, *second), ("down", "down"));
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    assert_eq!(value(&cache, "up").await, "up");
}

#[tokio::test]
async fn invalidation_during_a_load_never_resurrects_the_old_value() {
    let (cache, _mock) = cache();
    let (started, finish) = (Notify::new(), Notify::new());
    let old = cache.get(&1, || async {
        started.notify_one();
        finish.notified().await;
        Ok("old".to_owned())
    });
    // Joins the first load, and must nevertheless not be given what that load read.
    let waiter = async {
        started.notified().await;
        let follow = cache.get(&1, || async { Ok("new".to_owned()) });
        let change = async {
            cache.invalidate(&1);
            finish.notify_one();
        };
        tokio::join!(follow, change).0
    };
    let (old, new) = tokio::join!(old, waiter);
    assert_eq!(old.unwrap().as_str(), "old");
    assert_eq!(new.unwrap().as_str(), "new");
    assert_eq!(value(&cache, "later").await, "new");
}

#[tokio::test]
async fn followers_of_a_cancelled_leader_load_themselves() {
    let (cache, _mock) = cache();
    let tasks = TaskSet::new();
    let started = Arc::new(Notify::new());
    let leader = tasks.spawn("leader", {
        let (cache, started) = (Arc::clone(&cache), Arc::clone(&started));
        async move {
            let load = || async {
                started.notify_one();
                std::future::pending::<Result<String, &'static str>>().await
            };
            cache.get(&1, load).await
        }
    });
    started.notified().await;
    let follower = value(&cache, "mine");
    let (text, ()) = tokio::join!(follower, async { leader.abort() });
    assert_eq!(text, "mine");
}

#[tokio::test]
async fn forgetting_all_forgets_every_key() {
    let (cache, _mock) = cache();
    assert_eq!(value(&cache, "a").await, "a");
    cache.invalidate_all();
    assert_eq!(value(&cache, "b").await, "b");
}

#[test]
fn debug_shows_no_values() {
    let (cache, _mock) = cache();
    assert_eq!(format!("{cache:?}"), "Cache { ttl: 10s, slots: 0, .. }");
}
