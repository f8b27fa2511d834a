//! The uploads that a conversation names, read once per turn.

use super::prepare::store_failed;
use super::{Stop, Work, worker};

impl Work {
    /// Reads the bytes of uploads that this turn has not read yet. A conversation without any
    /// asks nothing.
    pub(super) async fn load_files(&mut self) -> Result<(), Stop> {
        let items = self.history.items.iter();
        let wanted = self.turn.files.unknown(items.flat_map(|item| &item.parts));
        if wanted.is_empty() {
            return Ok(());
        }
        let (store, chat) = (&self.shared.store, self.chat.id);
        let there = store.list_chat_files(&worker(), chat).await;
        let there = there.map_err(|error| store_failed(&error))?;
        let admitted = self.turn.files.admit(wanted, &there);
        let read = store.list_chat_file_bytes(&worker(), chat, admitted).await;
        let read = read.map_err(|error| store_failed(&error))?;
        self.turn.files.take(read);
        Ok(())
    }
}
