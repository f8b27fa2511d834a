use std::fs;

use muster_agent_link::wire::{
    Code, GitChanges, GitFile, GitFileStatus, GitRepository, GitRequest,
};
use muster_agent_link::{AgentClient, CallContext, GitOutput, StreamInput};
use muster_base::limits;

use crate::world::{World, in_time, world};

struct Watch {
    input: StreamInput<GitRequest>,
    output: GitOutput,
}

impl Watch {
    async fn open(client: &AgentClient) -> Self {
        let context = CallContext::default();
        let (input, output) = in_time(client.git_watch(&context)).await.unwrap();
        Self { input, output }
    }

    async fn next(&mut self) -> GitChanges {
        in_time(self.output.next()).await.unwrap().expect("goes on")
    }

    /// Reads until a repository is as wanted.
    async fn until(&mut self, wanted: impl Fn(&GitRepository) -> bool) -> GitRepository {
        in_time(async {
            loop {
                let changes = self.output.next().await.unwrap().expect("goes on");
                if let Some(found) = changes.repositories.into_iter().find(&wanted) {
                    return found;
                }
            }
        })
        .await
    }

    async fn refresh(&mut self) -> GitChanges {
        in_time(self.input.send(&GitRequest::Refresh))
            .await
            .unwrap();
        self.next().await
    }
}

impl World {
    async fn sh(&self, client: &AgentClient, script: &str) {
        let output = self.execute(client, script).await;
        assert_eq!(output.exit_code, Some(0), "{script}: {}", output.output);
    }

    /// A repository with one commit in the working folder's `app`.
    async fn repository(&self, client: &AgentClient) {
        let script = "git init -q -b main app && cd app \
            && git config user.email a@example.com && git config user.name A \
            && printf 'one\\ntwo\\n' > file.txt && git add . && git commit -qm first";
        self.sh(client, script).await;
    }
}

fn file<'r>(repository: &'r GitRepository, path: &str) -> &'r GitFile {
    let found = repository.files.iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("no {path} in {:?}", repository.files))
}

#[tokio::test]
async fn workspace_without_a_repository_says_so_and_one_that_appears_is_told() {
    let w = world().await;
    let client = w.agent().await;
    let mut watch = Watch::open(&client).await;
    assert!(watch.next().await.repositories.is_empty());
    w.repository(&client).await;
    let repository = watch.until(|one| one.head.is_some()).await;
    assert_eq!(repository.repo_root, w.file("app"));
    assert_eq!(repository.branch.as_deref(), Some("main"));
    assert_eq!((repository.ahead, repository.remote_origin), (None, None));
    assert!(repository.files.is_empty());
    w.sh(&client, "rm -rf app").await;
    let gone = watch.until(|one| one.removed).await;
    assert_eq!(gone, GitRepository::gone(w.file("app")));
    w.end().await;
}

#[tokio::test]
async fn every_change_of_a_command_is_told_with_its_diff() {
    let w = world().await;
    let client = w.agent().await;
    w.repository(&client).await;
    let mut watch = Watch::open(&client).await;
    watch.next().await;
    let script = "cd app && printf 'one\\n2\\n3\\n' > file.txt && printf 'new\\n' > 'a new.txt' \
        && printf 'a\\0b' > blob && ln -s file.txt link";
    w.sh(&client, script).await;
    let repository = watch.until(|one| one.files.len() == 4).await;
    let changed = file(&repository, "file.txt");
    assert_eq!((changed.added, changed.deleted), (Some(2), Some(1)));
    assert_eq!(changed.status, GitFileStatus::Modified);
    let new = file(&repository, "a new.txt");
    assert_eq!(new.status, GitFileStatus::Untracked);
    assert_eq!((new.added, new.deleted), (Some(1), Some(0)));
    assert!(file(&repository, "blob").binary);
    assert_eq!(file(&repository, "link").added, Some(1));
    for line in ["-two\n+2\n+3\n", "+++ b/a new.txt\n@@ -0,0 +1,1 @@\n+new\n"] {
        assert!(
            repository.unified_diff.contains(line),
            "{}",
            repository.unified_diff
        );
    }
    // Committed, they are gone from the list.
    w.sh(&client, "cd app && git add . && git commit -qm second")
        .await;
    watch.until(|one| one.files.is_empty()).await;
    w.end().await;
}

#[tokio::test]
async fn write_of_a_tool_is_told_without_a_command() {
    let w = world().await;
    let client = w.agent().await;
    w.repository(&client).await;
    let mut watch = Watch::open(&client).await;
    watch.next().await;
    let (context, path) = (w.effect(), w.file("app/file.txt"));
    let written = client.write_file(&context, &path, "one\nTWO\n".into());
    in_time(written).await.unwrap();
    let repository = watch.until(|one| !one.files.is_empty()).await;
    assert!(repository.unified_diff.contains("-two\n+TWO\n"));
    w.end().await;
}

#[tokio::test]
async fn ahead_behind_and_origin_are_told_and_credentials_are_not() {
    let w = world().await;
    let client = w.agent().await;
    w.repository(&client).await;
    let script = "git init -q --bare -b main origin.git && cd app \
        && git remote add origin \"$PWD/../origin.git\" && git push -qu origin main \
        && git commit -q --allow-empty -m one && git commit -q --allow-empty -m two \
        && git remote set-url origin https://me:hidden@example.com/x.git";
    w.sh(&client, script).await;
    let mut watch = Watch::open(&client).await;
    let repository = watch.until(|one| one.repo_root.ends_with("/app")).await;
    assert_eq!((repository.ahead, repository.behind), (Some(2), Some(0)));
    assert_eq!(repository.upstream.as_deref(), Some("origin/main"));
    let origin = repository.remote_origin.as_deref();
    assert_eq!(origin, Some("https://example.com/x.git"));
    w.end().await;
}

#[tokio::test]
async fn refresh_is_answered_even_when_nothing_changed() {
    let w = world().await;
    let client = w.agent().await;
    w.repository(&client).await;
    let mut watch = Watch::open(&client).await;
    let first = watch.next().await;
    assert_eq!(first.repositories.len(), 1);
    let again = watch.refresh().await;
    assert!(again.repositories.is_empty());
    assert!(again.scanned_at >= first.scanned_at);
    // By hand, without a call of ours: nobody noticed.
    fs::write(w.home().join("app/file.txt"), "changed\n").unwrap();
    let changes = watch.refresh().await;
    assert_eq!(changes.repositories[0].files.len(), 1);
    w.end().await;
}

#[tokio::test]
async fn repository_elsewhere_is_shown_once_its_path_is_named() {
    let w = world().await;
    let client = w.agent().await;
    w.sh(&client, "git init -q .hidden/repo && touch .hidden/repo/x")
        .await;
    let mut watch = Watch::open(&client).await;
    assert!(watch.next().await.repositories.is_empty());
    let paths = vec![w.file(".hidden/repo/x"), "relative".to_owned()];
    let request = GitRequest::Subscribe { paths };
    in_time(watch.input.send(&request)).await.unwrap();
    let repository = watch.until(|_| true).await;
    assert_eq!(repository.repo_root, w.file(".hidden/repo"));
    assert_eq!(file(&repository, "x").added, Some(0));
    w.end().await;
}

#[tokio::test]
async fn diff_of_a_file_at_the_limit_is_given_and_a_longer_one_is_left_out() {
    let w = world().await;
    let client = w.agent().await;
    w.repository(&client).await;
    let line = format!("{}\n", "x".repeat(1_023));
    let lines = limits::GIT_FILE_DIFF_BYTES_MAX / 1_025 - 1;
    fs::write(w.home().join("app/fits"), line.repeat(lines)).unwrap();
    fs::write(w.home().join("app/long"), line.repeat(lines + 2)).unwrap();
    let huge = usize::try_from(limits::GIT_FILE_BYTES_MAX).unwrap() + 1;
    fs::write(w.home().join("app/huge"), "y".repeat(huge)).unwrap();
    let mut watch = Watch::open(&client).await;
    let repository = watch.until(|_| true).await;
    assert!(!file(&repository, "fits").truncated);
    assert!(repository.unified_diff.contains("+++ b/fits"));
    let long = file(&repository, "long");
    assert_eq!((long.truncated, long.added), (true, Some(lines as u64 + 2)));
    assert!(!repository.unified_diff.contains("+++ b/long"));
    let huge = file(&repository, "huge");
    assert_eq!((huge.truncated, huge.added), (true, None));
    w.end().await;
}

#[tokio::test]
async fn repository_before_its_first_commit_shows_what_is_staged() {
    let w = world().await;
    let client = w.agent().await;
    w.sh(
        &client,
        "git init -q -b main && printf 'a\\n' > a && git add a && echo b > b",
    )
    .await;
    let mut watch = Watch::open(&client).await;
    let repository = watch.until(|_| true).await;
    assert_eq!(repository.head, None);
    assert_eq!(file(&repository, "a").status, GitFileStatus::Added);
    assert_eq!(file(&repository, "b").status, GitFileStatus::Untracked);
    assert!(repository.unified_diff.contains("+a\n"));
    w.end().await;
}

#[tokio::test]
async fn watches_beyond_the_limit_are_refused_until_one_leaves() {
    let w = world().await;
    let client = w.agent().await;
    let mut held = Vec::new();
    for _ in 0..limits::GIT_WATCHES_MAX {
        held.push(Watch::open(&client).await);
    }
    let context = CallContext::default();
    let over = in_time(client.git_watch(&context)).await.err().unwrap();
    assert_eq!(over.code(), Some(Code::Unavailable));
    held.pop();
    in_time(async { while client.git_watch(&context).await.is_err() {} }).await;
    w.end().await;
}

#[tokio::test]
async fn changes_can_be_asked_for_once() {
    let w = world().await;
    let client = w.agent().await;
    w.repository(&client).await;
    w.sh(&client, "echo more >> app/file.txt").await;
    let changes = in_time(client.git_changes(&w.context())).await.unwrap();
    assert_eq!(changes.repositories.len(), 1);
    assert!(changes.repositories[0].unified_diff.contains("+more\n"));
    w.end().await;
}
