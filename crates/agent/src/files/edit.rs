//! Search and replace as models do it: exact first, then forgiving about white space.
//!
//! Three passes, the first that matches anything decides: the text as it is; whole lines
//! ignoring trailing blanks; whole lines ignoring all indentation, where the replacement is
//! moved to the indentation that was found.

use std::ops::Range;

use muster_agent_link::wire::Edit;

/// Why an edit can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    #[error("the search text is empty")]
    EmptySearch,
    #[error("the search text was not found; read the file again and copy it exactly")]
    NotFound,
    #[error(
        "the search text was found {count} times; add lines around it to make it unique, or set \
         replace_all"
    )]
    Ambiguous { count: usize },
}

/// How leniently lines are compared.
#[derive(Clone, Copy)]
enum Leniency {
    TrailingBlanks,
    Indentation,
}

/// A place to change and what to put there.
struct Change {
    range: Range<usize>,
    replacement: String,
}

/// Applies `edits` in order, each to the result of those before it.
pub(crate) fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    edits
        .iter()
        .try_fold(text.to_owned(), |text, edit| apply_one(&text, edit))
}

fn apply_one(text: &str, edit: &Edit) -> Result<String, EditError> {
    if edit.search.is_empty() {
        return Err(EditError::EmptySearch);
    }
    let mut changes = exact(text, edit);
    for leniency in [Leniency::TrailingBlanks, Leniency::Indentation] {
        if changes.is_empty() {
            changes = by_lines(text, edit, leniency);
        }
    }
    match changes.len() {
        0 => Err(EditError::NotFound),
        1 => Ok(rewrite(text, &changes)),
        _ if edit.replace_all => Ok(rewrite(text, &changes)),
        count => Err(EditError::Ambiguous { count }),
    }
}

fn rewrite(text: &str, changes: &[Change]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for change in changes {
        result.push_str(text.get(done..change.range.start).unwrap_or_default());
        result.push_str(&change.replacement);
        done = change.range.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

fn exact(text: &str, edit: &Edit) -> Vec<Change> {
    text.match_indices(&edit.search)
        .map(|(start, found)| Change {
            range: start..start + found.len(),
            replacement: edit.replace.clone(),
        })
        .collect()
}

/// Lines with their place in the text, line breaks not included.
fn lines(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let content = line.strip_suffix('\n').unwrap_or(line);
            let range = start..start + content.len();
            start += line.len();
            (range, content)
        })
        .collect()
}

fn by_lines(text: &str, edit: &Edit, leniency: Leniency) -> Vec<Change> {
    let wanted: Vec<&str> = edit.search.lines().collect();
    // Blank lines alone would match all over the place.
    if wanted.iter().all(|line| line.trim().is_empty()) {
        return Vec::new();
    }
    let same = |have: &str, want: &str| match leniency {
        Leniency::TrailingBlanks => have.trim_end() == want.trim_end(),
        Leniency::Indentation => have.trim() == want.trim(),
    };
    let lines = lines(text);
    let mut changes = Vec::new();
    let mut at = 0;
    while let Some(window) = lines.get(at..at + wanted.len()) {
        let matches = window
            .iter()
            .zip(&wanted)
            .all(|((_, have), want)| same(have, want));
        if !matches {
            at += 1;
            continue;
        }
        changes.extend(change(text, window, edit, leniency));
        at += wanted.len();
    }
    changes
}

fn change(
    text: &str,
    window: &[(Range<usize>, &str)],
    edit: &Edit,
    leniency: Leniency,
) -> Option<Change> {
    let (first, last) = (window.first()?, window.last()?);
    let windows_breaks = first.1.ends_with('\r');
    let mut replacement = match leniency {
        Leniency::TrailingBlanks => edit.replace.clone(),
        Leniency::Indentation => {
            let found: Vec<&str> = window.iter().map(|(_, line)| *line).collect();
            let asked: Vec<&str> = edit.search.lines().collect();
            reindent(&edit.replace, indentation(&asked), indentation(&found))
        }
    };
    if windows_breaks && !replacement.contains('\r') {
        replacement = replacement.replace('\n', "\r\n");
    }
    let mut end = last.0.end;
    let has_break = text.get(end..).is_some_and(|rest| rest.starts_with('\n'));
    if edit.search.ends_with('\n') && has_break {
        end += 1;
    } else if windows_breaks && has_break {
        // The line's own `\r` stays with its break.
        end -= usize::from(last.1.ends_with('\r'));
    }
    Some(Change {
        range: first.0.start..end,
        replacement,
    })
}

/// The blanks before the first line that has more than blanks.
fn indentation<'a>(lines: &[&'a str]) -> &'a str {
    let line = lines.iter().find(|line| !line.trim().is_empty());
    let line = line.copied().unwrap_or_default();
    let blanks = line.len() - line.trim_start().len();
    line.get(..blanks).unwrap_or_default()
}

/// Moves text from one base indentation to another; deeper lines keep their distance.
fn reindent(text: &str, from: &str, to: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            if line.trim().is_empty() {
                return line.to_owned();
            }
            match line.strip_prefix(from) {
                Some(rest) => format!("{to}{rest}"),
                // Less indented than the base: as far left as the found text goes.
                None => format!("{to}{}", line.trim_start()),
            }
        })
        .collect()
}

/// A unified diff of one file.
pub(crate) fn unified_diff(path: &str, old: &str, new: &str) -> String {
    let mut config = similar::TextDiff::configure();
    // A pathological pair gets a coarser diff, not a stuck agent.
    config.timeout(std::time::Duration::from_secs(2));
    let relative = path.trim_start_matches('/');
    config
        .diff_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{relative}"), &format!("b/{relative}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(search: &str, replace: &str) -> Edit {
        Edit {
            search: search.to_owned(),
            replace: replace.to_owned(),
            replace_all: false,
        }
    }

    fn check(text: &str, edit: &Edit, expect: Result<&str, EditError>) {
        let result = apply(text, std::slice::from_ref(edit));
        assert_eq!(result, expect.map(str::to_owned));
    }

    #[test]
    fn exact_text_is_replaced_where_it_stands() {
        check("let a = 1;", &edit("a", "b"), Ok("let b = 1;"));
    }

    #[test]
    fn text_found_twice_needs_replace_all() {
        check(
            "x x",
            &edit("x", "y"),
            Err(EditError::Ambiguous { count: 2 }),
        );
        let all = Edit {
            replace_all: true,
            ..edit("x", "y")
        };
        check("x x", &all, Ok("y y"));
    }

    #[test]
    fn trailing_blanks_do_not_matter() {
        check(
            "one  \ntwo\t\nthree\n",
            &edit("one\ntwo", "1\n2"),
            Ok("1\n2\nthree\n"),
        );
        check("one  \ntwo\n", &edit("one\n", "1\n"), Ok("1\ntwo\n"));
    }

    #[test]
    fn replacement_is_moved_to_the_indentation_found() {
        check(
            "fn a() {\n        if x {\n            y();\n        }\n}\n",
            &edit("if x {\n    y();\n}", "if x {\n    z();\n\n    y();\n}"),
            Ok("fn a() {\n        if x {\n            z();\n\n            y();\n        }\n}\n"),
        );
    }

    #[test]
    fn tabs_match_spaces_and_stay_tabs() {
        check(
            "\tcall(a);\n",
            &edit("    call(a);", "    call(b);"),
            Ok("\tcall(b);\n"),
        );
    }

    #[test]
    fn windows_line_breaks_stay() {
        check(
            "a\r\nb\r\nc\r\n",
            &edit("a\nb", "x\ny"),
            Ok("x\r\ny\r\nc\r\n"),
        );
        check("a\r\nb\r\nc\r\n", &edit("a\nb\n", "x\n"), Ok("x\r\nc\r\n"));
    }

    #[test]
    fn blank_and_empty_searches_never_match_leniently() {
        check("a\n\n\nb\n", &edit("  \n", ""), Err(EditError::NotFound));
        check("a", &edit("", "b"), Err(EditError::EmptySearch));
    }

    #[test]
    fn later_edits_see_the_result_of_earlier_ones() {
        let edits = [edit("a", "b"), edit("b", "c")];
        assert_eq!(apply("a", &edits), Ok("c".to_owned()));
    }

    #[test]
    fn diff_is_unified() {
        let diff = unified_diff("/home/f", "a\nb\n", "a\nc\n");
        assert_eq!(
            diff,
            "--- a/home/f\n+++ b/home/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
    }
}
