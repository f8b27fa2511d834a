//! The registry of statements.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::engine::Engine;
use crate::engine::tokens::{self, Text};

/// One SQL statement: a name for logs and a text for each engine, expanded at its first use.
pub struct Statement {
    name: &'static str,
    sqlite: Variant,
    postgres: Variant,
    /// The names of its columns, known since its first run.
    columns: OnceLock<Arc<[String]>>,
}

struct Variant {
    source: &'static str,
    expanded: OnceLock<Text>,
}

impl Variant {
    const fn new(source: &'static str) -> Self {
        Self {
            source,
            expanded: OnceLock::new(),
        }
    }
}

impl Statement {
    /// A statement with one text for both engines.
    #[must_use]
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self::pair(name, text, text)
    }

    /// A statement whose engines need different texts of the same meaning.
    #[must_use]
    pub const fn pair(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            name,
            sqlite: Variant::new(sqlite),
            postgres: Variant::new(postgres),
            columns: OnceLock::new(),
        }
    }

    /// `<table>/<verb>_<what>`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The text as an engine takes it, its tokens expanded.
    #[must_use]
    pub fn sql(&self, engine: Engine) -> &str {
        &self.text(engine).sql
    }

    /// The names of the columns; `read` takes them from the engine once.
    pub(crate) fn columns(&self, read: impl FnOnce() -> Arc<[String]>) -> &Arc<[String]> {
        self.columns.get_or_init(read)
    }

    pub(crate) fn text(&self, engine: Engine) -> &Text {
        let variant = match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        };
        variant
            .expanded
            .get_or_init(|| tokens::statement(engine, variant.source))
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Statement({})", self.name)
    }
}

include!(concat!(env!("OUT_DIR"), "/queries.rs"));

/// The place of a statement in [`ALL`], found by the compiler.
#[expect(clippy::panic, reason = "runs in the compiler: a name without a file")]
#[expect(clippy::indexing_slicing, reason = "runs in the compiler")]
pub(crate) const fn index_of(name: &str) -> usize {
    let mut index = 0;
    while index < NAMES.len() {
        if same(NAMES[index].as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no file of this name below crates/store/queries")
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler")]
const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The statement of the file `queries/<name>.sql`, as `&'static Statement`.
macro_rules! query {
    ($name:literal) => {{
        const INDEX: usize = $crate::queries::index_of($name);
        &$crate::queries::ALL[INDEX]
    }};
}

#[cfg(test)]
mod tests;
