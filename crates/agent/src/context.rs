//! What the workspace tells the model about itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use muster_agent_link::wire::{ContextConfig, InstructionFile};
use muster_base::limits;

/// Names of instruction files; of several in one folder all are given, in this order.
const INSTRUCTION_FILES: [&str; 3] = ["AGENTS.md", "CLAUDE.md", ".cursorrules"];
/// Folders of skills, below the directory or the home.
const SKILL_FOLDERS: [&str; 2] = [".agents/skills", ".claude/skills"];

/// Reads instruction files and skill folders afresh.
pub(crate) fn read(home: &Path, directory: &Path) -> ContextConfig {
    let mut folders = vec![directory];
    if home != directory {
        folders.push(home);
    }
    let below = |names: &'static [&'static str]| {
        let folders = folders.clone();
        folders
            .into_iter()
            .flat_map(move |folder| names.iter().map(move |name| folder.join(name)))
    };
    let instruction_files = below(&INSTRUCTION_FILES)
        .filter_map(|path| match instruction_file(&path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %error, "instructions unreadable");
                None
            }
        })
        .collect();
    let skill_directories = below(&SKILL_FOLDERS)
        .filter(|path| path.is_dir())
        .map(|path| path.display().to_string())
        .collect();
    ContextConfig {
        working_directory: directory.display().to_string(),
        home_directory: home.display().to_string(),
        operating_system: std::env::consts::OS.to_owned(),
        architecture: architecture().to_owned(),
        instruction_files,
        skill_directories,
    }
}

/// The architecture as the rest of the world calls it in file names.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn instruction_file(path: &Path) -> io::Result<InstructionFile> {
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut bytes = Vec::new();
    let max = limits::INSTRUCTION_FILE_BYTES_MAX;
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    let truncated = bytes.len() as u64 > max;
    let text = String::from_utf8_lossy(&bytes);
    let room = usize::try_from(max).unwrap_or(usize::MAX);
    Ok(InstructionFile {
        path: path.display().to_string(),
        content: crate::exec::prefix(&text, room).to_owned(),
        truncated,
    })
}
