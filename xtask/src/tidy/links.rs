//! Links between documents.

use std::path::Path;

use super::File;

pub(super) fn check(root: &Path, files: &[File], found: &mut Vec<String>) {
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        let folder = root.join(&file.path).parent().unwrap_or(root).to_owned();
        for target in targets(&file.text) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !folder.join(path).exists() {
                found.push(format!("{}: dead link to {target}", file.path));
            }
        }
    }
}

/// The targets of inline links that stay inside the repository.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.split("](").skip(1);
    let targets = ends.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.contains("://") && !target.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inner_links_are_followed() {
        let text = "[a](docs/a.md#x) [b](https://example.com) [c](#here)";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/a.md#x", "#here"]);
    }
}
