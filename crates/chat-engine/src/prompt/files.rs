//! The bytes of uploads: found when a prompt is built, never stored with the conversation.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use muster_base::FileId;
use muster_base::limits::PROMPT_FILES_BYTES_MAX;
use muster_chat_state::content::Part as Stored;
use muster_llm::Part;
use muster_store::chat_files::File;

use super::convert;
use super::fragment::Fragment;

/// The uploads that a conversation names, as far as they were looked for.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// `None` for one that is gone, or for which there is no room.
    known: HashMap<FileId, Option<Bytes>>,
    /// Of all of them together.
    bytes: usize,
}

impl Files {
    /// What was not looked for yet, the latest first: where there is no room for all of them,
    /// the oldest ones stay out.
    pub(crate) fn unknown<'a>(
        &self,
        parts: impl DoubleEndedIterator<Item = &'a Stored>,
    ) -> Vec<FileId> {
        let mut seen = HashSet::new();
        let named = parts.rev().filter_map(Stored::upload);
        named
            .filter(|id| !self.known.contains_key(id) && seen.insert(*id))
            .collect()
    }

    /// Those to be read: they are there, and there is room for them.
    pub(crate) fn admit(&mut self, wanted: Vec<FileId>, there: &[File]) -> Vec<FileId> {
        let mut admitted = Vec::new();
        for id in wanted {
            self.known.insert(id, None);
            let file = there.iter().find(|file| file.id == id);
            let Some(size) = file.and_then(|file| usize::try_from(file.size).ok()) else {
                continue;
            };
            if self.bytes.saturating_add(size) <= PROMPT_FILES_BYTES_MAX {
                self.bytes += size;
                admitted.push(id);
            }
        }
        admitted
    }

    /// Takes what was read.
    pub(crate) fn take(&mut self, read: Vec<(FileId, Vec<u8>)>) {
        let read = read.into_iter();
        self.known
            .extend(read.map(|(id, bytes)| (id, Some(Bytes::from(bytes)))));
    }

    /// An upload as the model gets it; `None` for any other part.
    pub(crate) fn part(&self, stored: &Stored) -> Option<Part> {
        let id = stored.upload()?;
        let Stored::File(file) = stored else {
            return None;
        };
        let name = file.name.as_deref();
        Some(match self.known.get(&id).and_then(Option::as_ref) {
            Some(bytes) => convert::file_part(name, &file.media_type, bytes.clone()),
            None => Part::text(Fragment::AbsentFile(name.unwrap_or("An upload")).render()),
        })
    }
}

#[cfg(test)]
mod tests {
    use muster_base::{Micros, OrganizationId, UserId};
    use muster_chat_state::content;

    use super::*;

    fn id(n: u128) -> FileId {
        FileId::from(uuid::Uuid::from_u128(n))
    }

    fn stored(n: u128) -> Stored {
        Stored::File(content::File {
            media_type: "application/json".to_owned(),
            file_id: Some(id(n)),
            name: Some(format!("{n}.json")),
            ..content::File::default()
        })
    }

    fn there(n: u128, size: usize) -> File {
        File {
            id: id(n),
            owner_id: UserId::NIL,
            organization_id: OrganizationId::NIL,
            chat_id: None,
            name: String::new(),
            media_type: "application/json".to_owned(),
            size: i64::try_from(size).unwrap(),
            created_at: Micros(0),
        }
    }

    #[test]
    fn each_upload_is_looked_for_once_and_the_latest_first() {
        let mut files = Files::default();
        let parts = [stored(1), Stored::text("x"), stored(2), stored(1)];
        assert_eq!(files.unknown(parts.iter()), [id(1), id(2)]);
        files.admit(vec![id(1)], &[]);
        assert_eq!(files.unknown(parts.iter()), [id(2)]);
    }

    #[test]
    fn upload_that_is_gone_leaves_a_word_in_its_place() {
        let mut files = Files::default();
        let admitted = files.admit(vec![id(1), id(2)], &[there(1, 2)]);
        assert_eq!(admitted, [id(1)]);
        files.take(vec![(id(1), b"{}".to_vec())]);
        let Some(Part::File(file)) = files.part(&stored(1)) else {
            panic!("no file");
        };
        // What every provider reads.
        assert_eq!(file.media_type, "text/plain");
        let gone = Part::text("[file] 2.json is not available any more.");
        assert_eq!(files.part(&stored(2)), Some(gone));
        assert_eq!(files.part(&Stored::text("x")), None);
    }

    #[test]
    fn oldest_uploads_stay_out_where_there_is_no_room() {
        let mut files = Files::default();
        let there = [
            there(1, 1),
            there(2, PROMPT_FILES_BYTES_MAX - 1),
            there(3, 1),
        ];
        assert_eq!(
            files.admit(vec![id(3), id(2), id(1)], &there),
            [id(3), id(2)]
        );
    }
}
