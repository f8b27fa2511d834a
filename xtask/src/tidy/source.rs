//! Sizes and bans in Rust files.

use super::File;

/// Lines of a production file.
const LINES_MAX: usize = 500;

/// Words of unfinished work, spelled so that this file does not contain them.
const UNFINISHED: [&str; 2] = [concat!("FIX", "ME"), concat!("XX", "X:")];

pub(super) fn check(files: &[File], found: &mut Vec<String>) {
    for file in files.iter().filter(|file| ending(file, "rs")) {
        let tests = is_test(&file.path);
        let lines = file.text.lines().count();
        if !tests && lines > LINES_MAX {
            found.push(format!("{}: {lines} lines, at most {LINES_MAX}", file.path));
        }
        if file.path.ends_with("/mod.rs") {
            found.push(format!(
                "{}: no mod.rs; name the file after the module",
                file.path
            ));
        }
        for (at, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, at + 1);
            if UNFINISHED.iter().any(|word| line.contains(word)) {
                found.push(format!("{place}: unfinished"));
            }
            if tests && sleeps(line) {
                found.push(format!("{place}: a test that sleeps; wait for a signal"));
            }
            if !tests && caps(line) && !file.path.contains("base/src/limits") {
                found.push(format!("{place}: a cap belongs into base/src/limits.rs"));
            }
        }
    }
}

fn ending(file: &File, ending: &str) -> bool {
    file.path
        .rsplit_once('.')
        .is_some_and(|(_, own)| own == ending)
}

pub(super) fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/examples/")
}

fn sleeps(line: &str) -> bool {
    line.contains(concat!("sl", "eep(")) && !line.trim_start().starts_with("//")
}

/// A public numeric cap. Private constants (a protocol's own numbers) stay where they are used.
fn caps(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("pub const") && line.contains("_MAX:") && !line.contains("&str")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        check(
            &[File {
                path: path.into(),
                text: text.into(),
            }],
            &mut found,
        );
        found
    }

    #[test]
    fn long_file_is_found_and_a_long_test_is_not() {
        let text = "\n".repeat(LINES_MAX + 1);
        assert_eq!(check_one("crates/a/src/b.rs", &text).len(), 1);
        assert_eq!(check_one("crates/a/tests/it/b.rs", &text).len(), 0);
        assert_eq!(
            check_one("crates/a/src/b.rs", &"\n".repeat(LINES_MAX)).len(),
            0
        );
    }

    #[test]
    fn cap_outside_its_home_is_found() {
        let line = "pub const A_MAX: usize = 3;";
        assert_eq!(check_one("crates/a/src/b.rs", line).len(), 1);
        assert_eq!(check_one("crates/base/src/limits.rs", line).len(), 0);
    }
}
