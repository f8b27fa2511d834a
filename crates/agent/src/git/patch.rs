//! The output of `git diff`, file by file and within its limits.

use std::borrow::Cow;

/// One file of a patch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section<'p> {
    pub(crate) path: String,
    /// All of it, from its `diff --git` line on.
    pub(crate) text: Cow<'p, str>,
    pub(crate) added: u64,
    pub(crate) deleted: u64,
    pub(crate) binary: bool,
}

const HEAD: &str = "diff --git ";

/// The files of a patch. The last one is left out if the patch is `cut`: nobody knows how it
/// goes on.
pub(crate) fn sections(patch: &str, cut: bool) -> Vec<Section<'_>> {
    let mut starts: Vec<usize> = Vec::new();
    // Hunks' lines begin with a blank, a sign or a backslash, so no line of a file's content
    // can be taken for a head.
    let mut at = 0;
    for line in patch.split_inclusive('\n') {
        if line.starts_with(HEAD) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([patch.len()]);
    let mut sections: Vec<Section<'_>> = starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| patch.get(*start..end))
        .map(section)
        .collect();
    if cut {
        sections.pop();
    }
    sections
}

fn section(text: &str) -> Section<'_> {
    let mut section = Section {
        path: String::new(),
        text: Cow::Borrowed(text),
        added: 0,
        deleted: 0,
        binary: false,
    };
    let mut in_hunks = false;
    let mut names = Names::default();
    for line in text.split('\n') {
        if line.starts_with("@@ ") {
            in_hunks = true;
        } else if in_hunks {
            section.added += u64::from(line.starts_with('+'));
            section.deleted += u64::from(line.starts_with('-'));
        } else {
            section.binary |= line.starts_with("Binary files ");
            names.line(line);
        }
    }
    section.path = names.path();
    section
}

/// The lines above the first hunk that name the file.
#[derive(Default)]
struct Names {
    head: String,
    before: Option<String>,
    after: Option<String>,
}

impl Names {
    fn line(&mut self, line: &str) {
        if let Some(head) = line.strip_prefix(HEAD) {
            head.clone_into(&mut self.head);
        } else if let Some(name) = line.strip_prefix("--- ") {
            self.before = side(name, "a/");
        } else if let Some(name) = line.strip_prefix("+++ ") {
            self.after = side(name, "b/");
        } else if let Some(name) = line.strip_prefix("rename to ") {
            self.after = Some(unquoted(name));
        } else if let Some(name) = line.strip_prefix("copy to ") {
            self.after = Some(unquoted(name));
        }
    }

    fn path(self) -> String {
        let named = self.after.or(self.before);
        named.unwrap_or_else(|| from_head(&self.head))
    }
}

/// A name of a side; `None` for the one that does not exist.
fn side(name: &str, prefix: &str) -> Option<String> {
    // Names with blanks end in a tab.
    let name = unquoted(name.trim_end_matches('\t'));
    if name == "/dev/null" {
        return None;
    }
    Some(name.strip_prefix(prefix).unwrap_or(&name).to_owned())
}

/// `a/<name> b/<name>`: with nothing else to go by, both halves are the same.
fn from_head(head: &str) -> String {
    if head.starts_with('"') {
        let first = head.split("\" \"").next().unwrap_or_default();
        let name = unquoted(&format!("{first}\""));
        return name.strip_prefix("a/").unwrap_or(&name).to_owned();
    }
    let half = head.get(..head.len() / 2).unwrap_or(head);
    half.strip_prefix("a/").unwrap_or(half).to_owned()
}

/// Undoes the quoting of names with control characters, quotes or backslashes.
fn unquoted(name: &str) -> String {
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else {
        return name.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'a') => bytes.push(0x07),
            Some(b'b') => bytes.push(0x08),
            Some(b'v') => bytes.push(0x0b),
            Some(b'f') => bytes.push(0x0c),
            Some(digit @ b'0'..=b'3') => {
                let octal = |byte: Option<u8>| byte.map_or(0, |byte| byte.wrapping_sub(b'0') & 7);
                let (high, low) = (octal(rest.next()), octal(rest.next()));
                bytes.push(((digit - b'0') << 6) | (high << 3) | low);
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A new file as a patch; `None` if it holds no text.
pub(crate) fn of_new_file(path: &str, mode: &str, content: &[u8]) -> Option<Section<'static>> {
    const PROBE: usize = 8_000;
    if content.iter().take(PROBE).any(|byte| *byte == 0) {
        return None;
    }
    let content = String::from_utf8_lossy(content);
    let name = if path
        .chars()
        .any(|char| char.is_control() || char == '"' || char == '\\')
    {
        format!("{:?}", format!("b/{path}"))
    } else {
        format!("b/{path}")
    };
    let lines: Vec<&str> = content.split_inclusive('\n').collect();
    let mut text = format!("{HEAD}a/{path} b/{path}\nnew file mode {mode}\n");
    if !lines.is_empty() {
        let count = lines.len();
        text.push_str(&format!(
            "--- /dev/null\n+++ {name}\n@@ -0,0 +1,{count} @@\n"
        ));
        for line in &lines {
            text.push('+');
            text.push_str(line);
        }
        if !content.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
    Some(Section {
        path: path.to_owned(),
        text: Cow::Owned(text),
        added: lines.len() as u64,
        deleted: 0,
        binary: false,
    })
}

#[cfg(test)]
mod tests;
