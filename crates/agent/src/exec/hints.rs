//! The fifo by which a shim says that there is news of its process.

use std::io;

use muster_base::{Clock, limits};
use tokio::net::unix::pipe;

/// Listens to a shim's fifo.
#[derive(Debug)]
pub(super) struct Hints {
    events: pipe::Receiver,
    clock: Clock,
    ended: bool,
}

impl Hints {
    pub(super) const fn of(events: pipe::Receiver, clock: Clock) -> Self {
        Self {
            events,
            clock,
            ended: false,
        }
    }

    /// Waits for a byte, or for the end of the fifo, which is news as well: the shim has let go
    /// of it. A fifo without a writer can always be read, so whoever asked it again would never
    /// rest; what a shim leaves behind later is seen by a look now and then.
    pub(super) async fn next(&mut self) {
        if self.ended {
            let pause = limits::PROCESS_LOOK_PERIOD;
            return self.clock.timer("exec.look", pause).await;
        }
        let mut bytes = [0; 64];
        loop {
            if self.events.readable().await.is_err() {
                self.ended = true;
                return;
            }
            match self.events.try_read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(read) if read > 0 => return,
                Ok(_) | Err(_) => {
                    self.ended = true;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;
    use std::time::Duration;

    use futures_util::FutureExt;
    use muster_base::{Micros, MockClock};
    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[tokio::test]
    async fn fifo_without_a_writer_is_news_once_and_then_lets_us_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let mock = MockClock::new(Micros(0));
        let events = pipe::OpenOptions::new().open_receiver(&path).unwrap();
        let mut hints = Hints::of(events, mock.clock());
        let mut shim = OpenOptions::new().write(true).open(&path).unwrap();
        shim.write_all(b"x").unwrap();
        let clock = Clock::system();
        let limit = Duration::from_secs(10);
        clock.timeout("test", limit, hints.next()).await.unwrap();
        drop(shim);
        clock.timeout("test", limit, hints.next()).await.unwrap();
        let look = hints.next();
        tokio::pin!(look);
        assert_eq!(look.as_mut().now_or_never(), None);
        mock.advance(limits::PROCESS_LOOK_PERIOD);
        clock.timeout("test", limit, look).await.unwrap();
    }
}
