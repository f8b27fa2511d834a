//! Live git changes: which repositories the workspace has, and how they differ from their last
//! commit.
//!
//! Any number of clients watch; a repository is looked at for all of them together, at most
//! once a second.

mod command;
mod discover;
mod patch;
mod refs;
mod scan;
mod status;
mod watcher;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_agent_link::wire::{GitChanges, GitRepository};
use muster_base::{Clock, Micros, TaskSet, limits};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

use crate::Options;
use command::Git;
use scan::Scanner;
pub(crate) use watcher::Watcher;

/// The repositories of the workspace.
#[derive(Debug)]
pub(crate) struct Repositories {
    scanner: Arc<Scanner>,
    directory: PathBuf,
    clock: Clock,
    seen: Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<Seen>>>>,
    touched: watch::Sender<u64>,
    /// Room for those who watch.
    places: Arc<Semaphore>,
}

/// The last look at a repository.
#[derive(Debug)]
struct Seen {
    begun_at: Micros,
    found: Option<GitRepository>,
}

impl Repositories {
    pub(crate) fn new(
        options: &Options,
        clock: Clock,
        tasks: TaskSet,
        touched: watch::Sender<u64>,
    ) -> Self {
        let scanner = Scanner {
            git: Git::new(options, clock.clone()),
            places: options.places.clone(),
            tasks,
        };
        Self {
            scanner: Arc::new(scanner),
            directory: options.directory.clone(),
            clock,
            seen: Mutex::default(),
            touched,
            places: Arc::new(Semaphore::new(limits::GIT_WATCHES_MAX)),
        }
    }

    /// Tells when something was done that may have changed files.
    fn touched(&self) -> watch::Receiver<u64> {
        self.touched.subscribe()
    }

    /// How all repositories stand, none seen earlier than this call.
    pub(crate) async fn changes(&self, paths: &[PathBuf]) -> GitChanges {
        let asked_at = self.clock.now();
        let (directory, paths) = (self.directory.clone(), paths.to_vec());
        let search = move || discover::find(&directory, &paths);
        let roots = self.scanner.tasks.spawn_blocking(search).await;
        let roots = roots.unwrap_or_default();
        let mut repositories = Vec::with_capacity(roots.len());
        for root in &roots {
            repositories.extend(self.look(root, asked_at).await);
        }
        self.seen.lock().retain(|root, _| roots.contains(root));
        GitChanges {
            scanned_at: asked_at,
            repositories,
        }
    }

    /// A look that began after `asked_at`: one that somebody else had made is as good.
    async fn look(&self, root: &Path, asked_at: Micros) -> Option<GitRepository> {
        let seen = {
            let mut all = self.seen.lock();
            let fresh = || {
                Arc::new(tokio::sync::Mutex::new(Seen {
                    begun_at: watcher::NEVER,
                    found: None,
                }))
            };
            all.entry(root.to_path_buf()).or_insert_with(fresh).clone()
        };
        let mut seen = seen.lock().await;
        if seen.begun_at >= asked_at {
            return seen.found.clone();
        }
        let rest = limits::GIT_SCAN_PERIOD.saturating_sub(self.clock.now().since(seen.begun_at));
        if !rest.is_zero() {
            self.clock.timer("git.rest", rest).await;
        }
        seen.begun_at = self.clock.now();
        seen.found = self.scanner.look(root).await;
        seen.found.clone()
    }
}
