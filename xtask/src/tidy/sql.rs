//! Names and constructs of the statement and migration files.

use super::File;

/// A statement is a verb and a noun; the folder is the noun of a bare verb. What can't be
/// named so is two statements or a missing table.
const VERBS: [&str; 9] = [
    "get", "list", "insert", "update", "upsert", "delete", "lock", "acquire", "count",
];

/// Constructs that only one of the engines understands, or that hide a wall clock.
const FORBIDDEN: [&str; 9] = [
    "::",
    "now()",
    "random()",
    "ilike",
    "distinct on",
    "lateral",
    "date_trunc",
    "generate_series",
    "percentile_cont",
];

pub(super) fn check(files: &[File], found: &mut Vec<String>) {
    let queries = "crates/store/queries/";
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("crates/store/"))
    {
        if let Some(name) = file.path.strip_prefix(queries) {
            statement(file, name, found);
        } else if let Some(name) = file.path.strip_prefix("crates/store/migrations/") {
            let digits = name.split('_').next().unwrap_or_default();
            if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                found.push(format!("{}: name it yyyymmddhhmmss_what.sql", file.path));
            }
        }
    }
}

fn statement(file: &File, name: &str, found: &mut Vec<String>) {
    let name = name.rsplit('/').next().unwrap_or_default();
    let verb = name.split(['_', '.']).next().unwrap_or_default();
    if !VERBS.contains(&verb) {
        found.push(format!("{}: does not begin with a known verb", file.path));
    }
    // A file for one engine may use what that engine has.
    if name.contains(".postgres.") || name.contains(".sqlite.") {
        return;
    }
    for line in file
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
    {
        let line = line.to_lowercase();
        for construct in FORBIDDEN
            .iter()
            .filter(|construct| line.contains(**construct))
        {
            found.push(format!(
                "{}: `{construct}` is not common to both engines",
                file.path
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_verb_and_engine_cast_are_found() {
        let file = |path: &str, text: &str| File {
            path: path.into(),
            text: text.into(),
        };
        let mut found = Vec::new();
        check(
            &[
                file("crates/store/queries/chats/fetch_it.sql", "select 1"),
                file("crates/store/queries/chats/get_it.sql", "select $1::uuid"),
                file(
                    "crates/store/queries/chats/get_it.postgres.sql",
                    "select $1::uuid",
                ),
                file("crates/store/migrations/1_x.sql", ""),
            ],
            &mut found,
        );
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
