//! `meta.json`: what the driver must know about a workspace after a restart.

use std::io::{self, Write};

use muster_base::{Micros, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::layout::Layout;
use crate::provisioner::StartRequest;

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) workspace_id: WorkspaceId,
    pub(super) owner_id: Option<UserId>,
    pub(super) name: String,
    pub(super) uid: Option<u32>,
    pub(super) build_number: i64,
    pub(super) isolation: Json,
    pub(super) started_at: Micros,
}

impl Meta {
    pub(super) fn of(request: &StartRequest, uid: Option<u32>, now: Micros) -> Self {
        Self {
            workspace_id: request.target.workspace_id,
            owner_id: request.owner.id,
            name: request.workspace_name.clone(),
            uid,
            build_number: request.target.build_number,
            isolation: Json::Null,
            started_at: now,
        }
    }

    pub(super) fn with_isolation(self, isolation: Json) -> Self {
        Self { isolation, ..self }
    }

    /// Nothing when there is none, or none that can be read: the next start writes a new one.
    pub(super) fn read(layout: &Layout) -> Option<Self> {
        let text = std::fs::read(layout.meta()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Replaces the document in one step.
    pub(super) fn write(&self, layout: &Layout) -> io::Result<()> {
        let fresh = layout.meta().with_extension("json.new");
        let mut file = std::fs::File::create(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        std::fs::rename(&fresh, layout.meta())
    }
}
