//! Which uid belongs to which workspace, for a server that runs as root.
//!
//! One small file per uid under `<workspaces>/uids/`: making it is the reservation, so two
//! starts at once cannot get the same one. A released uid rests for a day, so that a late
//! process of the old workspace never meets the new one.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use muster_agent::sandbox::UidRange;
use muster_base::{Micros, WorkspaceId, limits};
use serde::{Deserialize, Serialize};

/// Content of a uid's file.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    workspace_id: WorkspaceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    released_at: Option<Micros>,
}

fn folder(root: &Path) -> PathBuf {
    root.join("uids")
}

/// The uid of a workspace: the one it has, or a free one.
pub(super) fn allocate(
    root: &Path,
    range: UidRange,
    workspace_id: WorkspaceId,
    now: Micros,
) -> io::Result<u32> {
    std::fs::create_dir_all(folder(root))?;
    let mut taken = BTreeSet::new();
    for (uid, path, claim) in claims(root)? {
        let rested = claim
            .released_at
            .is_some_and(|at| now.since(at) >= limits::SANDBOX_UID_REST);
        if claim.workspace_id == workspace_id && claim.released_at.is_none() {
            return Ok(uid);
        }
        if rested {
            std::fs::remove_file(path)?;
        } else {
            taken.insert(uid);
        }
    }
    loop {
        let uid = range.allocate(&taken).map_err(io::Error::other)?;
        let claim = Claim {
            workspace_id,
            released_at: None,
        };
        let path = folder(root).join(uid.to_string());
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(mut file) => {
                file.write_all(&serde_json::to_vec(&claim)?)?;
                return Ok(uid);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                taken.insert(uid);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Gives a deleted workspace's uid back.
pub(super) fn release(root: &Path, workspace_id: WorkspaceId, now: Micros) -> io::Result<()> {
    for (_, path, claim) in claims(root)? {
        if claim.workspace_id == workspace_id && claim.released_at.is_none() {
            let claim = Claim {
                released_at: Some(now),
                ..claim
            };
            std::fs::write(path, serde_json::to_vec(&claim)?)?;
        }
    }
    Ok(())
}

/// Every claim. A file that was cut short keeps its uid taken, for nobody.
fn claims(root: &Path) -> io::Result<Vec<(u32, PathBuf, Claim)>> {
    let entries = match std::fs::read_dir(folder(root)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut claims = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Some(uid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let nobody = Claim {
            workspace_id: WorkspaceId::NIL,
            released_at: None,
        };
        let claim = serde_json::from_slice(&std::fs::read(entry.path())?).unwrap_or(nobody);
        claims.push((uid, entry.path(), claim));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use muster_base::Clock;

    use super::*;

    #[test]
    fn a_released_uid_rests_for_a_day() {
        let root = tempfile::tempdir().unwrap();
        let range = UidRange {
            first: 10,
            last: 12,
        };
        let clock = Clock::system();
        let ids: Vec<_> = (0..3).map(|_| WorkspaceId::new(&clock)).collect();
        let take = |id, now| allocate(root.path(), range, id, now).ok();
        let start = Micros(1);
        assert_eq!(take(ids[0], start), Some(10));
        assert_eq!(take(ids[0], start), Some(10), "it keeps the one it has");
        assert_eq!(take(ids[1], start), Some(11));
        assert_eq!(take(ids[2], start), None, "the last one is for probes");
        release(root.path(), ids[0], start).unwrap();
        assert_eq!(take(ids[2], start), None);
        assert_eq!(take(ids[2], start + limits::SANDBOX_UID_REST), Some(10));
    }
}
