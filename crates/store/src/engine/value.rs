//! Values on their way in, rows on their way out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use muster_base::{
    AgentId, BuildId, ChatId, ConnectionId, DebugRunId, EffectId, FileId, GroupId, InviteId, JobId,
    LeaseId, MessageId, Micros, ModelConfigId, OrganizationId, PresetId, ProviderId, QueueId,
    ReplicaId, RequestId, ResourceId, RunnerId, TemplateId, TemplateVersionId, UserId, WorkerId,
    WorkspaceId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Error;

/// One parameter or one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
    /// A document as text.
    Json(String),
}

impl Value {
    /// A text. U+0000 becomes U+FFFD, since PostgreSQL stores none and both engines are to
    /// store the same.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.contains('\0') {
            return Self::Text(text.replace('\0', "\u{fffd}"));
        }
        Self::Text(text)
    }

    /// A document. U+0000 in it becomes U+FFFD.
    ///
    /// # Errors
    /// When `document` has no JSON form.
    pub fn json(document: &impl Serialize) -> Result<Self, Error> {
        let text = serde_json::to_string(document).map_err(|error| {
            tracing::debug!(%error, "document has no JSON form");
            Error::Corrupt { what: "document" }
        })?;
        Ok(Self::clean_json(text))
    }

    /// A list of ids for `/*in:uuid:$n*/`.
    pub fn ids<T: Into<Uuid>>(ids: impl IntoIterator<Item = T>) -> Self {
        let hex = ids.into_iter().map(|id| id.into().simple().to_string());
        Self::from(hex.collect::<serde_json::Value>())
    }

    /// A list of texts for `/*in:text:$n*/`.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::from(
            texts
                .into_iter()
                .map(T::into)
                .collect::<serde_json::Value>(),
        )
    }

    /// A list of numbers for `/*in:int:$n*/`.
    pub fn ints(numbers: impl IntoIterator<Item = i64>) -> Self {
        Self::from(numbers.into_iter().collect::<serde_json::Value>())
    }

    /// In JSON text U+0000 can only be written `\u0000`, where the backslash is not itself
    /// escaped: that is, preceded by an even number of backslashes.
    fn clean_json(text: String) -> Self {
        const NUL: &str = "\\u0000";
        if !text.contains(NUL) {
            return Self::Json(text);
        }
        let mut clean = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(NUL) {
            clean.push_str(before);
            let backslashes = clean
                .bytes()
                .rev()
                .take_while(|byte| *byte == b'\\')
                .count();
            clean.push_str(if backslashes % 2 == 0 { "\\ufffd" } else { NUL });
            rest = after;
        }
        clean.push_str(rest);
        Self::Json(clean)
    }
}

macro_rules! from {
    ($($type:ty => $value:ident => $to:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $to
            }
        }
    )*};
}

from! {
    bool => value => Self::Bool(value);
    i64 => value => Self::Int(value);
    i32 => value => Self::Int(value.into());
    u32 => value => Self::Int(value.into());
    f64 => value => Self::Real(value);
    &str => value => Self::text(value);
    &String => value => Self::text(value.as_str());
    String => value => Self::text(value);
    Vec<u8> => value => Self::Bytes(value);
    &[u8] => value => Self::Bytes(value.to_vec());
    Uuid => value => Self::Uuid(value);
    Micros => value => Self::Int(value.0);
    MessageId => value => Self::Int(value.0);
    QueueId => value => Self::Int(value.0);
    serde_json::Value => value => Self::clean_json(value.to_string());
    &serde_json::Value => value => Self::clean_json(value.to_string());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A type that a cell can be read as. `None` when the cell holds something else.
///
/// `SQLite` knows fewer types than PostgreSQL, so a boolean may come as 0 or 1, an id as 16
/// bytes and a document as text.
pub trait FromValue: Sized {
    /// Reads a cell.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! read {
    ($($type:ty : $($pattern:pat => $to:expr),+;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $($pattern => $to,)+
                    _ => None,
                }
            }
        }
    )*};
}

read! {
    i64: Value::Int(int) => Some(*int);
    bool: Value::Bool(bool) => Some(*bool), Value::Int(int @ (0 | 1)) => Some(*int == 1);
    f64: Value::Real(real) => Some(*real);
    String: Value::Text(text) => Some(text.clone());
    Vec<u8>: Value::Bytes(bytes) => Some(bytes.clone());
    Uuid: Value::Uuid(id) => Some(*id), Value::Bytes(bytes) => Self::from_slice(bytes).ok();
    serde_json::Value: Value::Json(text) | Value::Text(text) => serde_json::from_str(text).ok();
    Micros: Value::Int(int) => Some(Self(*int));
    MessageId: Value::Int(int) => Some(Self(*int));
    QueueId: Value::Int(int) => Some(Self(*int));
    i32: Value::Int(int) => Self::try_from(*int).ok();
    u32: Value::Int(int) => Self::try_from(*int).ok();
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null {
            return Some(None);
        }
        T::from_value(value).map(Some)
    }
}

macro_rules! ids {
    ($($id:ident),* $(,)?) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Self::Uuid(id.0)
            }
        }

        impl FromValue for $id {
            fn from_value(value: &Value) -> Option<Self> {
                Uuid::from_value(value).map(Self)
            }
        }
    )*};
}

ids! {
    AgentId, BuildId, ChatId, ConnectionId, DebugRunId, EffectId, FileId, GroupId, InviteId, JobId, LeaseId, ModelConfigId, OrganizationId,
    PresetId, ProviderId, ReplicaId, RequestId, ResourceId, RunnerId, TemplateId, TemplateVersionId, UserId,
    WorkerId, WorkspaceId,
}

/// One row, read by column name.
#[derive(Debug)]
pub struct Row {
    statement: &'static str,
    columns: Arc<[String]>,
    values: Vec<Value>,
    /// Where the next column probably is: rows are read in the order of their columns.
    next: AtomicUsize,
}

impl Row {
    pub(crate) const fn new(
        statement: &'static str,
        columns: Arc<[String]>,
        values: Vec<Value>,
    ) -> Self {
        Self {
            statement,
            columns,
            values,
            next: AtomicUsize::new(0),
        }
    }

    /// The cell of a column.
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column or it holds another type.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, Error> {
        self.value(column)
            .and_then(T::from_value)
            .ok_or_else(|| self.wrong(column))
    }

    /// The document of a `{json}` column as a type of its own.
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column or the document does not fit.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Error> {
        match self.value(column) {
            Some(Value::Json(text) | Value::Text(text)) => {
                serde_json::from_str(text).map_err(|error| {
                    tracing::debug!(%error, column, "document does not fit its type");
                    self.wrong(column)
                })
            }
            _ => Err(self.wrong(column)),
        }
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    fn value(&self, column: &str) -> Option<&Value> {
        let next = self.next.load(Ordering::Relaxed);
        let at = match self.columns.get(next) {
            Some(name) if name == column => next,
            Some(_) | None => self.columns.iter().position(|name| name == column)?,
        };
        self.next.store(at + 1, Ordering::Relaxed);
        self.values.get(at)
    }

    fn wrong(&self, column: &str) -> Error {
        Error::Column {
            statement: self.statement,
            column: column.to_owned(),
        }
    }
}

/// The parameters of a statement: `params![id, title, now]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

#[cfg(test)]
mod tests;
