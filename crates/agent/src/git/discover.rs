//! Where the repositories of a workspace are.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use muster_base::limits;

/// Folders that hold what tools have put there, often in the tens of thousands.
const SKIPPED: [&str; 3] = ["node_modules", "target", "vendor"];

/// Roots of working trees: the one around the folder, those below it, and those that hold the
/// paths. At most as many as are shown.
pub(crate) fn find(directory: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots = BTreeSet::new();
    let around = paths.iter().map(PathBuf::as_path).chain([directory]);
    roots.extend(around.filter_map(root_of));
    below(directory, &mut roots);
    roots
        .into_iter()
        .take(limits::GIT_REPOSITORIES_MAX)
        .collect()
}

/// The innermost working tree that holds a path; the path itself need not exist any more.
fn root_of(path: &Path) -> Option<PathBuf> {
    if !path.is_absolute() {
        return None;
    }
    path.ancestors()
        .find(|folder| is_root(folder))
        .map(Path::to_path_buf)
}

/// A folder, or in submodules and further working trees a file, that is called `.git`.
fn is_root(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(".git")).is_ok_and(|git| git.is_dir() || git.is_file())
}

/// Breadth first, so that the limit on folders cuts what is deep.
fn below(directory: &Path, roots: &mut BTreeSet<PathBuf>) {
    let mut opened = 0;
    let mut waiting = VecDeque::from([(directory.to_path_buf(), 0)]);
    while let Some((folder, depth)) = waiting.pop_front() {
        if is_root(&folder) {
            roots.insert(folder.clone());
            // What lies in it belongs to it.
            continue;
        }
        let found = roots.len() >= limits::GIT_REPOSITORIES_MAX;
        if found || opened >= limits::GIT_SEARCH_FOLDERS_MAX {
            return;
        }
        opened += 1;
        if depth < limits::GIT_SEARCH_DEPTH_MAX {
            waiting.extend(subfolders(&folder).map(|below| (below, depth + 1)));
        }
    }
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let skipped = SKIPPED.iter().any(|skipped| name == *skipped);
            let hidden = name.as_encoded_bytes().starts_with(b".");
            // The type of the entry itself: links are not followed.
            !skipped && !hidden && entry.file_type().is_ok_and(|kind| kind.is_dir())
        })
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(folders: &[&str]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for folder in folders {
            fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        home
    }

    fn check(home: &Path, directory: &str, paths: &[&str], expected: &[&str]) {
        let paths: Vec<PathBuf> = paths.iter().map(|path| home.join(path)).collect();
        let found = find(&home.join(directory), &paths);
        let expected: Vec<PathBuf> = expected.iter().map(|path| home.join(path)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn repositories_around_below_and_of_named_paths_are_found() {
        let home = tree(&[
            "work/app/.git",
            "work/app/inner/.git",
            "work/lib/.git",
            "work/node_modules/x/.git",
            "work/.cache/y/.git",
            "elsewhere/z/.git",
        ]);
        check(home.path(), "work", &[], &["work/app", "work/lib"]);
        check(home.path(), "work/app/inner/src", &[], &["work/app/inner"]);
        let named = ["elsewhere/z/gone/file.rs", "work/app/inner/a"];
        let all = ["elsewhere/z", "work/app", "work/app/inner", "work/lib"];
        check(home.path(), "work", &named, &all);
        assert_eq!(root_of(Path::new("relative")), None);
    }

    #[test]
    fn folders_deeper_than_the_limit_are_not_searched() {
        let home = tree(&["1/2/3/.git", "1/2/deep/4/.git"]);
        check(home.path(), "", &[], &["1/2/3"]);
    }

    #[test]
    fn links_are_not_followed_and_no_more_are_found_than_are_shown() {
        let home = tree(&["real/.git", "work"]);
        std::os::unix::fs::symlink(home.path().join("real"), home.path().join("work/link"))
            .unwrap();
        check(home.path(), "work", &[], &[]);
        let many: Vec<String> = (0..30).map(|number| format!("r{number}/.git")).collect();
        let many = tree(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(find(many.path(), &[]).len(), limits::GIT_REPOSITORIES_MAX);
    }
}
