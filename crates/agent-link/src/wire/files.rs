//! Bodies and queries of the file calls.

use serde::{Deserialize, Serialize};

/// Query of `GET read-file`: raw bytes, type by extension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFile {
    /// Absolute path.
    pub path: String,
    /// First byte, 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Bytes at most; the rest of the file if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Query of `GET read-file-lines`; absent limits have the defaults of `base::limits`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFileLines {
    /// Absolute path.
    pub path: String,
    /// First line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Lines at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// A larger file is read by window only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_file_size: Option<u64>,
    /// Longer lines are cut and end in `[truncated]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_line_bytes: Option<usize>,
    /// More lines in an answer are an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_response_lines: Option<usize>,
    /// More bytes in an answer are an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_response_bytes: Option<usize>,
}

/// Answer of `read-file-lines`. Over budget is `success: false`, never silently cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLines {
    /// Whether `content` holds all that was asked for.
    pub success: bool,
    /// Bytes of the file.
    pub file_size: u64,
    /// Lines of the file.
    pub total_lines: u64,
    /// Lines in `content`.
    pub lines_read: u64,
    /// Lines as `N<TAB>text`.
    pub content: String,
    /// How to narrow the call, if it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Query of `POST write-file`; the body is the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteFile {
    /// Absolute path.
    pub path: String,
}

/// Answer of `write-file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Always true.
    pub ok: bool,
    /// Bytes written.
    pub bytes: u64,
}

/// Body of `POST edit-files`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditFiles {
    /// Files to change; each path once.
    pub files: Vec<FileEdits>,
}

/// The edits of one file, applied in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEdits {
    /// Absolute path of an existing file.
    pub path: String,
    /// Edits, each seeing the result of those before it.
    pub edits: Vec<Edit>,
}

/// Replaces one text by another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Text to find; exactly once unless `replace_all`.
    #[serde(alias = "old_text")]
    pub search: String,
    /// Its replacement.
    #[serde(alias = "new_text")]
    pub replace: String,
    /// Whether every occurrence is replaced.
    #[serde(default)]
    pub replace_all: bool,
}

/// Answer of `edit-files`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedFiles {
    /// Always true.
    pub ok: bool,
    /// One entry per file, in the order of the call.
    pub files: Vec<EditedFile>,
}

/// What an edit changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedFile {
    /// Absolute path.
    pub path: String,
    /// Unified diff.
    pub diff: String,
}

/// Body of `POST list-directory`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDirectory {
    /// Parts of the path below the root or the home.
    #[serde(default)]
    pub path: Vec<String>,
    /// What the path starts from.
    pub relativity: Relativity,
}

/// The start of a directory's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relativity {
    /// `/`
    Root,
    /// The user's home.
    Home,
}

/// Answer of `list-directory`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Parts of the absolute path.
    pub absolute_path: Vec<String>,
    /// The absolute path.
    pub absolute_path_string: String,
    /// Entries, folders first, by name.
    pub contents: Vec<DirectoryEntry>,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// Its name.
    pub name: String,
    /// Its absolute path.
    pub absolute_path_string: String,
    /// Whether it is (or links to) a directory.
    pub is_dir: bool,
}
