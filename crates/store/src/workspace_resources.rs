//! Resources: what a build made, and what its agents run on.

use muster_base::{JobId, Micros, ResourceId};
use serde_json::Value as Json;

use crate::workspace_builds::Transition;
use crate::{Error, Tx, params};

/// A resource to be written: what a build made.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewResource {
    pub id: ResourceId,
    pub job_id: JobId,
    pub transition: Transition,
    pub kind: String,
    pub name: String,
    pub metadata: Json,
}

/// A resource of a build.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Resource {
    pub id: ResourceId,
    pub job_id: JobId,
    pub transition: Transition,
    pub kind: String,
    pub name: String,
    pub hide: bool,
    pub icon: String,
    pub metadata: Json,
    pub created_at: Micros,
}

/// Writes a resource.
///
/// # Errors
/// A failing database.
pub async fn insert(tx: &mut Tx<'_>, resource: &NewResource) -> Result<(), Error> {
    let now = tx.now();
    let NewResource {
        id,
        job_id,
        transition,
        kind,
        name,
        metadata,
    } = resource.clone();
    let values = params![id, job_id, transition, kind, name, metadata, now];
    tx.execute(query!("workspace_resources/insert"), &values)
        .await?;
    Ok(())
}

/// The resources of a build's job.
///
/// # Errors
/// A failing database.
pub async fn list(tx: &mut Tx<'_>, id: JobId) -> Result<Vec<Resource>, Error> {
    let rows = tx
        .query(query!("workspace_resources/list_by_job"), &params![id])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Resource {
                id: row.get("id")?,
                job_id: row.get("job_id")?,
                transition: row.get("transition")?,
                kind: row.get("type")?,
                name: row.get("name")?,
                hide: row.get("hide")?,
                icon: row.get("icon")?,
                metadata: row.get("metadata")?,
                created_at: row.get("created_at")?,
            })
        })
        .collect()
}
