//! Writes and edits as plans: computed, staged and journaled before the first file changes.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use muster_agent_link::wire::{
    Code, EditFiles, EditedFile, EditedFiles, StoredAnswer, WrittenFile,
};
use muster_base::limits;
use sha2::{Digest, Sha256};

use super::edit;
use super::place::{Access, Place, Places};
use crate::Failure;
use crate::journal::{FilePlan, Plan, sync_dir};

/// One file with its content after the call.
struct Staged {
    place: Place,
    old: Option<String>,
    content: Vec<u8>,
}

/// A computed call that has not touched any file yet.
pub(crate) struct Writer {
    files: Vec<Staged>,
    answer: serde_json::Value,
}

impl Writer {
    /// Plans `write-file`.
    pub(crate) fn write(places: &Places, path: &Path, content: Vec<u8>) -> Result<Self, Failure> {
        let place = places.locate(path, Access::Write)?;
        let old = match place.open()? {
            Some(file) => Some(hash_of(file).map_err(|error| failed(&place, &error))?),
            None => None,
        };
        let answer = WrittenFile {
            ok: true,
            bytes: content.len() as u64,
        };
        Ok(Self {
            files: vec![Staged {
                place,
                old,
                content,
            }],
            answer: serde_json::to_value(answer).unwrap_or_default(),
        })
    }

    /// Plans `edit-files`: every file is read and every edit made in memory, or nothing is.
    pub(crate) fn edit(places: &Places, call: &EditFiles) -> Result<Self, Failure> {
        if call.files.is_empty() || call.files.len() > limits::EDIT_FILES_MAX {
            let message = format!("files must name 1 to {} files", limits::EDIT_FILES_MAX);
            return Err(Failure::bad(message));
        }
        let mut seen = HashSet::new();
        let mut files = Vec::new();
        let mut edited = Vec::new();
        for file in &call.files {
            let place = places.locate(Path::new(&file.path), Access::Change)?;
            if !seen.insert(place.path.clone()) {
                return Err(Failure::bad(format!("{} is named twice", file.path)));
            }
            let old = read_text(&place)?;
            let new = edit::apply(&old, &file.edits);
            let new = new.map_err(|error| Failure::bad(format!("{}: {error}", file.path)))?;
            edited.push(EditedFile {
                path: file.path.clone(),
                diff: edit::unified_diff(&file.path, &old, &new),
            });
            files.push(Staged {
                place,
                old: Some(hash(old.as_bytes())),
                content: new.into_bytes(),
            });
        }
        let answer = EditedFiles {
            ok: true,
            files: edited,
        };
        Ok(Self {
            files,
            answer: serde_json::to_value(answer).unwrap_or_default(),
        })
    }

    /// Puts the new contents into the effect's folder, so that a recovery can finish the call.
    pub(crate) fn stage(&self, folder: &Path) -> io::Result<Plan> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let mut files = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let staged = index.to_string();
            let mut copy = fs::File::create(folder.join(&staged))?;
            copy.write_all(&file.content)?;
            copy.sync_all()?;
            files.push(FilePlan {
                path: file.place.path.clone(),
                old: file.old.clone(),
                new: hash(&file.content),
                staged,
            });
        }
        sync_dir(folder)?;
        sync_dir(folder.parent().unwrap_or(folder))?;
        Ok(Plan::Files {
            files,
            answer: self.answer.clone(),
        })
    }

    /// Writes every file. The intent is on disk by now.
    pub(crate) fn apply(self) -> StoredAnswer {
        let mut written: Vec<String> = Vec::new();
        for file in &self.files {
            if let Err(error) = file.place.replace(&file.content) {
                return partly(&failed(&file.place, &error), &written);
            }
            written.push(file.place.path.display().to_string());
        }
        StoredAnswer {
            status: 200,
            body: self.answer,
        }
    }
}

fn partly(failure: &Failure, written: &[String]) -> StoredAnswer {
    if written.is_empty() {
        return failure.answer();
    }
    let message = format!("{failure}; already written: {}", written.join(", "));
    Failure::new(failure.code, message).answer()
}

/// Finishes a call that a crash interrupted: what has the new content is done, what has the
/// old content is written, anything else was changed by somebody and is left alone.
pub(crate) fn recover(
    places: &Places,
    folder: &Path,
    files: &[FilePlan],
    answer: serde_json::Value,
) -> StoredAnswer {
    for file in files {
        if let Err(failure) = recover_file(places, folder, file) {
            let message = format!(
                "the agent restarted during this call and its outcome for {} is unknown: {failure}",
                file.path.display()
            );
            return Failure::new(Code::EffectUnknown, message).answer();
        }
    }
    StoredAnswer {
        status: 200,
        body: answer,
    }
}

fn recover_file(places: &Places, folder: &Path, file: &FilePlan) -> Result<(), Failure> {
    let place = places.locate(&file.path, Access::Write)?;
    let now = match place.open()? {
        Some(open) => Some(hash_of(open).map_err(|error| failed(&place, &error))?),
        None => None,
    };
    if now.as_ref() == Some(&file.new) {
        return Ok(());
    }
    if now != file.old {
        let message = "its content is neither the old nor the new one";
        return Err(Failure::new(Code::EffectUnknown, message));
    }
    let staged = fs::read(folder.join(&file.staged));
    let content = staged.map_err(|error| Failure::io("the staged content", &error))?;
    if hash(&content) != file.new {
        let message = "its staged content is damaged";
        return Err(Failure::new(Code::EffectUnknown, message));
    }
    place
        .replace(&content)
        .map_err(|error| failed(&place, &error))
}

fn failed(place: &Place, error: &io::Error) -> Failure {
    Failure::io(&place.path.display().to_string(), error)
}

fn read_text(place: &Place) -> Result<String, Failure> {
    let mut file = place.open_existing()?;
    let shown = place.path.display();
    let size = file
        .metadata()
        .map_err(|error| failed(place, &error))?
        .len();
    if size > limits::EDIT_FILE_BYTES_MAX {
        let message = format!("{shown} has {size} bytes, too many to edit");
        return Err(Failure::new(Code::TooLarge, message));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|error| failed(place, &error))?;
    String::from_utf8(bytes)
        .map_err(|error| Failure::bad(format!("{shown} is not UTF-8 text: {error}")))
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn hash_of(mut file: fs::File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hex::encode(hasher.finalize()));
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use muster_agent_link::wire::{Edit, FileEdits};

    use super::*;

    struct Fixture {
        folder: tempfile::TempDir,
        places: Places,
    }

    fn fixture() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::everything_but(folder.path().join("state"));
        Fixture { folder, places }
    }

    impl Fixture {
        fn file(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// Plans a write of `new` to a file that holds `old`.
        fn planned(&self, old: &str, new: &str) -> (Vec<FilePlan>, serde_json::Value) {
            fs::write(self.file("f"), old).unwrap();
            let writer = Writer::write(&self.places, &self.file("f"), new.into()).unwrap();
            match writer.stage(&self.file("staged")).unwrap() {
                Plan::Files { files, answer } => (files, answer),
                other @ (Plan::Process | Plan::Signal { .. }) => panic!("{other:?}"),
            }
        }

        fn recovered(&self, files: &[FilePlan], answer: &serde_json::Value) -> StoredAnswer {
            recover(&self.places, &self.file("staged"), files, answer.clone())
        }
    }

    #[test]
    fn recovery_writes_what_is_old_and_keeps_what_is_new() {
        let f = fixture();
        let (files, answer) = f.planned("old", "new");
        // Not written yet, then written already: the same answer and the same file.
        for _ in 0..2 {
            let settled = f.recovered(&files, &answer);
            assert_eq!((settled.status, &settled.body), (200, &answer));
            assert_eq!(fs::read(f.file("f")).unwrap(), b"new");
        }
    }

    #[test]
    fn recovery_leaves_a_file_alone_that_somebody_else_changed() {
        let f = fixture();
        let (files, answer) = f.planned("old", "new");
        fs::write(f.file("f"), "theirs").unwrap();
        let settled = f.recovered(&files, &answer);
        assert_eq!(settled.status, Code::EffectUnknown.status());
        assert!(
            settled.body["message"]
                .as_str()
                .unwrap()
                .contains("/f is unknown")
        );
        assert_eq!(fs::read(f.file("f")).unwrap(), b"theirs");
    }

    #[test]
    fn recovery_creates_a_file_that_was_not_there() {
        let f = fixture();
        let writer = Writer::write(&f.places, &f.file("a/new"), b"x".to_vec()).unwrap();
        let Plan::Files { files, answer } = writer.stage(&f.file("staged")).unwrap() else {
            panic!("not a plan of files");
        };
        assert_eq!(f.recovered(&files, &answer).status, 200);
        assert_eq!(fs::read(f.file("a/new")).unwrap(), b"x");
    }

    #[test]
    fn one_wrong_edit_changes_no_file() {
        let f = fixture();
        fs::write(f.file("a"), "a").unwrap();
        fs::write(f.file("b"), "b").unwrap();
        let edits = |name: &str, search: &str| FileEdits {
            path: f.file(name).display().to_string(),
            edits: vec![Edit {
                search: search.to_owned(),
                replace: "changed".to_owned(),
                replace_all: false,
            }],
        };
        let wrong = EditFiles {
            files: vec![edits("a", "a"), edits("b", "missing")],
        };
        let failure = Writer::edit(&f.places, &wrong).err().unwrap();
        assert_eq!(failure.code, Code::BadRequest);
        let twice = EditFiles {
            files: vec![edits("a", "a"), edits("./a", "a")],
        };
        assert!(
            Writer::edit(&f.places, &twice)
                .err()
                .unwrap()
                .message
                .contains("twice")
        );
        assert_eq!(fs::read(f.file("a")).unwrap(), b"a");
    }
}
