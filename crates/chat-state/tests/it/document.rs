//! The published table is the one that runs.

use std::path::Path;

use muster_chat_state::table;

use crate::dice::switch;

#[test]
fn generated_document_is_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/chat-state.md");
    let text = table::markdown();
    if switch("MUSTER_BLESS") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == text,
        "docs/chat-state.md is not up to date: MUSTER_BLESS=1 cargo test -p muster-chat-state document"
    );
}
