use std::path::Path;
use std::time::Duration;

use muster_base::{Micros, MockClock, Secret};

use super::*;
use crate::{Endpoint, Places};

fn options(folder: &Path) -> Options {
    Options {
        endpoint: Endpoint::Socket(folder.join("link.sock")),
        token: Secret::new(String::new()),
        state_dir: folder.to_owned(),
        home: folder.to_owned(),
        directory: folder.to_owned(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        command_wrapper: Vec::new(),
        shim: Vec::new(),
        places: Places::everything_but(folder.join("state")),
    }
}

async fn soon<F: Future>(future: F) -> F::Output {
    let clock = Clock::system();
    let waited = clock.timeout("test", Duration::from_secs(20), future).await;
    waited.expect("still waiting")
}

#[tokio::test]
async fn terminal_that_nobody_watches_for_long_enough_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let tasks = TaskSet::new();
    let touched = watch::Sender::new(0);
    let ptys = Ptys::new(
        &options(folder.path()),
        mock.clock(),
        tasks.clone(),
        touched,
    );
    let query = PtyQuery {
        id: PtyId::new(&mock.clock()),
        width: None,
        height: None,
        command: Some("read line".to_owned()),
    };
    let (session, client) = ptys.open(&query).unwrap();
    drop(client);
    soon(mock.armed("pty.linger")).await;
    mock.advance(limits::PTY_LINGER - Duration::from_millis(1));
    // Somebody who comes in time finds it, and the wait begins anew.
    let (same, client) = ptys.open(&query).unwrap();
    assert!(Arc::ptr_eq(&session, &same));
    soon(async {
        while mock.remaining("pty.linger").is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    mock.advance(limits::PTY_LINGER);
    drop(client);
    let left = soon(mock.armed("pty.linger")).await;
    assert_eq!(left, limits::PTY_LINGER);
    assert!(!session.has_ended());
    mock.advance(limits::PTY_LINGER);
    soon(session.ended()).await;
    let (other, _client) = ptys.open(&query).unwrap();
    assert!(!Arc::ptr_eq(&session, &other));
    soon(tasks.shutdown()).await;
}

#[test]
fn size_is_brought_into_its_limits() {
    let check = |width, height, expected| {
        let size = size(width, height);
        assert_eq!((size.cols, size.rows), expected);
    };
    check(None, Some(0), (80, 24));
    check(
        Some(1),
        Some(limits::PTY_CELLS_MAX),
        (1, limits::PTY_CELLS_MAX),
    );
    check(Some(u16::MAX), Some(7), (limits::PTY_CELLS_MAX, 7));
}
