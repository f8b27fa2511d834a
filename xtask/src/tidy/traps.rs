//! The tests that a document names are there.

use super::File;

const DOCUMENT: &str = "docs/testing.md";
const HEADING: &str = "## Traps";

pub(super) fn check(files: &[File], found: &mut Vec<String>) {
    let document = files.iter().find(|file| file.path == DOCUMENT);
    let Some(document) = document else { return };
    for name in tests(&document.text) {
        let declaration = format!("fn {name}(");
        let is_there = files
            .iter()
            .filter(|file| file.path.ends_with(".rs"))
            .any(|file| file.text.contains(&declaration));
        if !is_there {
            found.push(format!("{DOCUMENT}: there is no test `{name}`"));
        }
    }
}

/// The names in the last column of the table of traps.
fn tests(document: &str) -> Vec<&str> {
    let section = document.split_once(HEADING).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit_once(" | "));
    let names = cells.flat_map(|(_, cell)| cell.split('`').skip(1).step_by(2));
    names.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_read_from_the_last_column_of_the_table() {
        let text = "# T\n`x`\n## Traps\n| # | trap | test |\n|---|---|---|\n\
                    | 1 | a `thing` | `one_does`, `two_do` |\n\n## Next\n| 2 | b | `three` |\n";
        assert_eq!(super::tests(text), ["one_does", "two_do"]);
    }
}
