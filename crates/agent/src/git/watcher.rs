//! One client that watches: what it knows, and when it is told more.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use muster_agent_link::wire::{Code, GitChanges, GitEvent, GitRepository, GitRequest};
use muster_base::{Micros, limits};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Repositories;
use super::refs::RefWatch;
use crate::Failure;

/// A watch that has not begun.
#[derive(Debug)]
pub(crate) struct Watcher {
    repositories: Arc<Repositories>,
    refs: RefWatch,
    paths: Vec<PathBuf>,
    /// What the client was told last, by root.
    known: BTreeMap<String, GitRepository>,
    _place: OwnedSemaphorePermit,
}

/// The client is gone.
struct Gone;

/// Why a look is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Something may have changed: silence says that it has not.
    Maybe,
    /// The client waits for an answer.
    Asked,
}

impl Watcher {
    pub(crate) fn new(repositories: Arc<Repositories>) -> Result<Self, Failure> {
        let place = repositories.places.clone().try_acquire_owned();
        let place = place.map_err(|_full| {
            Failure::new(Code::Unavailable, "too many clients watch this workspace")
        })?;
        Ok(Self {
            repositories,
            refs: RefWatch::new(),
            paths: Vec::new(),
            known: BTreeMap::new(),
            _place: place,
        })
    }

    /// Tells until the client is gone.
    pub(crate) async fn run(
        mut self,
        mut requests: mpsc::Receiver<GitRequest>,
        tell: mpsc::Sender<GitEvent>,
    ) {
        let mut touched = self.repositories.touched();
        let mut due = Due::Asked;
        // A client that asks no more may still listen; its end is that nobody takes.
        let mut asks = true;
        loop {
            // Before the look: what happens during it is the next one's.
            touched.mark_unchanged();
            if self.look(&tell, due).await.is_err() {
                return;
            }
            let clock = self.repositories.clock.clone();
            due = tokio::select! {
                biased;
                () = tell.closed() => return,
                request = requests.recv(), if asks => match request {
                    Some(request) => self.take(request),
                    None => {
                        asks = false;
                        continue;
                    }
                },
                // The sender lives as long as we do.
                changed = touched.changed() => {
                    drop(changed);
                    Due::Maybe
                }
                () = self.refs.changed() => Due::Maybe,
                () = clock.timer("git.poll", limits::GIT_POLL_PERIOD) => Due::Maybe,
            };
            if due == Due::Maybe {
                clock.timer("git.settle", limits::GIT_SETTLE).await;
            }
        }
    }

    fn take(&mut self, request: GitRequest) -> Due {
        match request {
            GitRequest::Subscribe { paths } => {
                let paths = paths.into_iter().map(PathBuf::from);
                self.paths = paths.take(limits::GIT_PATHS_MAX).collect();
            }
            GitRequest::Refresh => {}
        }
        Due::Asked
    }

    /// Looks at everything and tells what is new.
    async fn look(&mut self, tell: &mpsc::Sender<GitEvent>, due: Due) -> Result<(), Gone> {
        let changes = self.repositories.changes(&self.paths).await;
        for repository in &changes.repositories {
            self.refs.add(repository.repo_root.as_ref());
        }
        let scanned_at = changes.scanned_at;
        let news = self.news(changes.repositories);
        if news.is_empty() && due == Due::Maybe {
            return Ok(());
        }
        for repositories in messages(news) {
            let changes = GitChanges {
                scanned_at,
                repositories,
            };
            tell.send(GitEvent::Changes(changes))
                .await
                .map_err(|_closed| Gone)?;
        }
        Ok(())
    }

    fn news(&mut self, now: Vec<GitRepository>) -> Vec<GitRepository> {
        let now: BTreeMap<String, GitRepository> = now
            .into_iter()
            .map(|repository| (repository.repo_root.clone(), repository))
            .collect();
        let gone = self.known.keys().filter(|root| !now.contains_key(*root));
        let mut news: Vec<_> = gone.cloned().map(GitRepository::gone).collect();
        let changed = now
            .iter()
            .filter(|(root, repository)| self.known.get(*root) != Some(repository));
        news.extend(changed.map(|(_, repository)| repository.clone()));
        self.known = now;
        news
    }
}

/// As few messages as hold everything within their limit; one even if there is nothing.
fn messages(news: Vec<GitRepository>) -> Vec<Vec<GitRepository>> {
    let mut messages: Vec<Vec<GitRepository>> = vec![Vec::new()];
    let mut room = limits::GIT_MESSAGE_BYTES_MAX;
    for mut repository in news {
        let mut size = size_of(&repository);
        if size > limits::GIT_MESSAGE_BYTES_MAX {
            repository.drop_diff();
            size = size_of(&repository);
        }
        if size > room {
            messages.push(Vec::new());
            room = limits::GIT_MESSAGE_BYTES_MAX;
        }
        room = room.saturating_sub(size);
        if let Some(last) = messages.last_mut() {
            last.push(repository);
        }
    }
    messages
}

fn size_of(repository: &GitRepository) -> usize {
    serde_json::to_vec(repository).map_or(0, |json| json.len())
}

/// A time that no look can have begun at.
pub(super) const NEVER: Micros = Micros::ZERO;

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(root: &str, diff_bytes: usize) -> GitRepository {
        GitRepository {
            repo_root: root.to_owned(),
            unified_diff: "x".repeat(diff_bytes),
            ..GitRepository::default()
        }
    }

    #[test]
    fn messages_hold_everything_within_their_limit() {
        assert_eq!(messages(Vec::new()), vec![Vec::new()]);
        let half = limits::GIT_MESSAGE_BYTES_MAX / 2;
        let sent = messages(vec![
            repository("/a", half),
            repository("/b", half),
            repository("/c", 10),
        ]);
        assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        // Escaping can make a diff longer than any message.
        let mut escaped = repository("/d", 0);
        escaped.unified_diff = "\u{1}".repeat(limits::GIT_MESSAGE_BYTES_MAX / 5);
        assert_eq!(messages(vec![escaped]).remove(0)[0].unified_diff, "");
    }
}
