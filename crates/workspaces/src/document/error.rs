//! Where in a document the mistake is.

/// A document that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// Name of the file.
    pub file: &'static str,
    /// 1-based line, when the text itself shows it.
    pub line: Option<usize>,
    /// The key at fault.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for DocumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.file)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ", key `{}`", self.key)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for DocumentError {}

impl DocumentError {
    pub(super) fn rule(file: &'static str, key: &str, problem: String) -> Self {
        let key = key.to_owned();
        Self {
            file,
            line: None,
            key,
            problem,
        }
    }

    pub(super) fn toml(text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map(|span| span.start);
        let line = offset.map(|at| 1 + newlines(text, at));
        let written = line
            .and_then(|line| text.lines().nth(line - 1))
            .map(|line| line.split('=').next().unwrap_or(line));
        Self {
            file: super::TOML_NAME,
            line,
            key: written
                .map(|key| key.trim().trim_matches(['[', ']', '"']).to_owned())
                .unwrap_or_default(),
            problem: error.message().to_owned(),
        }
    }

    pub(super) fn json(text: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let before: usize = text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let offset = (before + column).min(text.len());
        let message = error.to_string();
        let at = format!(" at line {line} column {column}");
        Self {
            file: super::JSON_NAME,
            line: Some(line),
            key: text.get(..offset).map(last_key).unwrap_or_default(),
            problem: message.strip_suffix(&at).unwrap_or(&message).to_owned(),
        }
    }
}

fn newlines(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// The last object key before the end of `text`: quoted words are at odd places of a split,
/// and one that follows a colon is a value.
fn last_key(text: &str) -> String {
    let pieces: Vec<&str> = text.split('"').collect();
    let key = pieces
        .windows(2)
        .enumerate()
        .filter(|(place, _)| place % 2 == 0)
        .filter_map(|(_, pair)| match pair {
            [before, word] if !before.trim_end().ends_with(':') => Some(*word),
            _ => None,
        })
        .next_back();
    key.unwrap_or_default().to_owned()
}
