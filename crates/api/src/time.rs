//! Times on the wire.

use muster_base::Micros;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A point in time, RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime)]
pub struct Time(#[cfg_attr(feature = "ts", ts(type = "string"))] pub Micros);

impl From<Micros> for Time {
    fn from(at: Micros) -> Self {
        Self(at)
    }
}
