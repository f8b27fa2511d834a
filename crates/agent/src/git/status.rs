//! What `git status --porcelain=v2 --branch -z` says.

use muster_agent_link::wire::{GitFile, GitFileStatus, GitRepository};

/// Head, branch and changed files of a repository.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) head: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) upstream: Option<String>,
    pub(crate) ahead: Option<u64>,
    pub(crate) behind: Option<u64>,
    /// In the order of git: tracked ones by path, then new ones by path.
    pub(crate) files: Vec<GitFile>,
}

/// Reads the output; a record that was cut off by a limit is dropped.
pub(crate) fn parse(output: &[u8]) -> Status {
    let mut status = Status::default();
    let whole = output.iter().rposition(|byte| *byte == 0);
    let whole = output.get(..whole.unwrap_or(0)).unwrap_or_default();
    let text = String::from_utf8_lossy(whole);
    let mut records = text.split('\0');
    while let Some(record) = records.next() {
        let Some((kind, rest)) = record.split_once(' ') else {
            continue;
        };
        match kind {
            "#" => header(&mut status, rest),
            "1" => status
                .files
                .extend(field(rest, 7).map(|path| ordinary(rest, path))),
            // The old path is a record of its own.
            "2" => {
                let old = records.next().unwrap_or_default();
                status
                    .files
                    .extend(field(rest, 8).map(|path| renamed(rest, path, old)));
            }
            "u" => {
                let path = field(rest, 9);
                status
                    .files
                    .extend(path.map(|path| file(path, GitFileStatus::Conflicted)));
            }
            "?" => status.files.push(file(rest, GitFileStatus::Untracked)),
            _ => {}
        }
    }
    status
}

/// The rest of a record behind this many words: a path may hold spaces.
fn field(record: &str, words: usize) -> Option<&str> {
    record.splitn(words + 1, ' ').nth(words)
}

fn header(status: &mut Status, line: &str) {
    let Some((name, value)) = line.split_once(' ') else {
        return;
    };
    match name {
        "branch.oid" if value != "(initial)" => status.head = Some(value.to_owned()),
        "branch.head" if value != "(detached)" => status.branch = Some(value.to_owned()),
        "branch.upstream" => status.upstream = Some(value.to_owned()),
        "branch.ab" => {
            let mut counts = value.split(' ');
            let mut count = |sign| counts.next()?.strip_prefix(sign)?.parse().ok();
            status.ahead = count('+');
            status.behind = count('-');
        }
        _ => {}
    }
}

fn file(path: &str, status: GitFileStatus) -> GitFile {
    GitFile {
        path: path.to_owned(),
        old_path: None,
        status,
        added: None,
        deleted: None,
        binary: false,
        truncated: false,
    }
}

/// `XY`: how the index differs from the commit, and the file from the index.
fn ordinary(record: &str, path: &str) -> GitFile {
    let mut letters = record.chars();
    let (index, tree) = (letters.next(), letters.next());
    let status = match (index, tree) {
        (_, Some('D')) | (Some('D'), _) => GitFileStatus::Deleted,
        (Some('A'), _) | (_, Some('A')) => GitFileStatus::Added,
        (_, _) => GitFileStatus::Modified,
    };
    file(path, status)
}

fn renamed(record: &str, path: &str, old: &str) -> GitFile {
    let copied = record.starts_with('C');
    GitFile {
        old_path: Some(old.to_owned()),
        ..file(
            path,
            if copied {
                GitFileStatus::Added
            } else {
                GitFileStatus::Renamed
            },
        )
    }
}

impl Status {
    /// The repository without its diff.
    pub(crate) fn into_repository(self, repo_root: String) -> GitRepository {
        GitRepository {
            repo_root,
            removed: false,
            branch: self.branch,
            head: self.head,
            remote_origin: None,
            upstream: self.upstream,
            ahead: self.ahead,
            behind: self.behind,
            unified_diff: String::new(),
            files: self.files,
            files_omitted: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(records: &[&str]) -> Status {
        parse((records.join("\0") + "\0").as_bytes())
    }

    #[test]
    fn branch_with_an_upstream_tells_how_far_it_is() {
        let status = check(&[
            "# branch.oid 1f4a",
            "# branch.head topic/a b",
            "# branch.upstream origin/main",
            "# branch.ab +2 -13",
        ]);
        let expected = Status {
            head: Some("1f4a".to_owned()),
            branch: Some("topic/a b".to_owned()),
            upstream: Some("origin/main".to_owned()),
            ahead: Some(2),
            behind: Some(13),
            files: Vec::new(),
        };
        assert_eq!(status, expected);
    }

    #[test]
    fn fresh_and_detached_repositories_have_no_head_or_branch() {
        let fresh = check(&["# branch.oid (initial)", "# branch.head main"]);
        assert_eq!((fresh.head, fresh.branch.as_deref()), (None, Some("main")));
        let detached = check(&["# branch.oid 1f4a", "# branch.head (detached)"]);
        assert_eq!(detached.branch, None);
        assert_eq!((detached.ahead, detached.behind), (None, None));
    }

    #[test]
    fn every_kind_of_change_is_told_apart() {
        let ids = "N... 100644 100644 100644 aaaa bbbb";
        let status = check(&[
            &format!("1 .M {ids} src/a file.rs"),
            &format!("1 A. {ids} new.rs"),
            &format!("1 .D {ids} gone.rs"),
            &format!("2 R. {ids} R100 to.rs"),
            "from.rs",
            "u UU N... 100644 100644 100644 100644 a b c both.rs",
            "? with\nbreak.txt",
        ]);
        let seen: Vec<_> = status
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.status))
            .collect();
        let expected = [
            ("src/a file.rs", GitFileStatus::Modified),
            ("new.rs", GitFileStatus::Added),
            ("gone.rs", GitFileStatus::Deleted),
            ("to.rs", GitFileStatus::Renamed),
            ("both.rs", GitFileStatus::Conflicted),
            ("with\nbreak.txt", GitFileStatus::Untracked),
        ];
        assert_eq!(seen, expected);
        assert_eq!(status.files[3].old_path.as_deref(), Some("from.rs"));
    }

    #[test]
    fn record_that_was_cut_off_is_dropped() {
        let status = parse(b"? one\0? tw");
        assert_eq!(status.files.len(), 1);
        assert_eq!(parse(b"").files.len(), 0);
    }
}
