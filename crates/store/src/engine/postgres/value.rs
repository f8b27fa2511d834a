//! Values in the server's binary form. Each kind fits exactly the column types that the
//! migrations use for it.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::Value;

/// Marks the only version of the binary form of `jsonb`.
const JSONB_VERSION: u8 = 1;

/// A value met a column of another type.
#[derive(Debug, thiserror::Error)]
#[error("a {0} value does not fit this type")]
struct Mismatch(&'static str);

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) if *ty == Type::BOOL => value.to_sql(ty, out),
            Self::Int(value) if *ty == Type::INT8 => value.to_sql(ty, out),
            Self::Real(value) if *ty == Type::FLOAT8 => value.to_sql(ty, out),
            Self::Text(text) if is_text(ty) => text.to_sql(ty, out),
            Self::Bytes(bytes) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            Self::Uuid(id) if *ty == Type::UUID => id.to_sql(ty, out),
            Self::Json(text) if *ty == Type::JSONB => {
                out.extend_from_slice(&[JSONB_VERSION]);
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Self::Bool(_) => Err(Mismatch("boolean").into()),
            Self::Int(_) => Err(Mismatch("integer").into()),
            Self::Real(_) => Err(Mismatch("real").into()),
            Self::Text(_) => Err(Mismatch("text").into()),
            Self::Bytes(_) => Err(Mismatch("bytes").into()),
            Self::Uuid(_) => Err(Mismatch("uuid").into()),
            Self::Json(_) => Err(Mismatch("json").into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        is_known(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *ty {
            Type::BOOL => bool::from_sql(ty, raw).map(Self::Bool),
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Int),
            // Not a column's type, but that of `count` windows and literals.
            Type::INT4 => i32::from_sql(ty, raw).map(|value| Self::Int(value.into())),
            Type::FLOAT8 => f64::from_sql(ty, raw).map(Self::Real),
            Type::BYTEA => Vec::from_sql(ty, raw).map(Self::Bytes),
            Type::UUID => Uuid::from_sql(ty, raw).map(Self::Uuid),
            Type::JSONB => match raw.split_first() {
                Some((&JSONB_VERSION, text)) => {
                    Ok(Self::Json(std::str::from_utf8(text)?.to_owned()))
                }
                _ => Err(Mismatch("json").into()),
            },
            _ => String::from_sql(ty, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        is_known(ty)
    }
}

fn is_text(ty: &Type) -> bool {
    *ty == Type::TEXT || *ty == Type::VARCHAR || *ty == Type::NAME
}

fn is_known(ty: &Type) -> bool {
    let others = [
        Type::BOOL,
        Type::INT8,
        Type::INT4,
        Type::FLOAT8,
        Type::BYTEA,
        Type::UUID,
        Type::JSONB,
    ];
    is_text(ty) || others.contains(ty)
}
