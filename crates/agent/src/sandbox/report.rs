//! The isolation report: what was tried, what holds, what to do about the rest.

use serde::{Deserialize, Serialize};

use super::{Backend, Level};

/// One thing that was really tried on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// `kernel`, `landlock`, `user_namespaces`, `bwrap`, `seccomp`, `cgroup`, `uid_range`,
    /// `network`, `level_strict`, `level_landlock`.
    pub name: String,
    /// It works here.
    pub ok: bool,
    /// Version or mode when it works, the reason when it does not.
    pub detail: String,
    /// What an administrator can do; empty when nothing is to be done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

/// The result of a probe run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The best level that passed its denial checks.
    pub level: Level,
    /// Who makes the namespaces when the level is `strict`.
    pub backend: Backend,
    /// Every layer, working or not.
    pub layers: Vec<Layer>,
}

impl Report {
    /// Whether `required` can be reached; otherwise the reason with the remedy.
    ///
    /// # Errors
    /// [`super::Error::Level`] naming the failed layer.
    pub fn require(&self, required: Level) -> Result<(), super::Error> {
        if self.level >= required {
            return Ok(());
        }
        let wanted = format!("level_{required}");
        let reason = self
            .layers
            .iter()
            .find(|layer| layer.name == wanted)
            .map_or_else(
                || "it was not probed".to_owned(),
                |layer| match layer.remedy.as_str() {
                    "" => layer.detail.clone(),
                    remedy => format!("{}; {remedy}", layer.detail),
                },
            );
        Err(super::Error::Level {
            wanted: required,
            reason,
        })
    }

    /// The layers that do not hold.
    pub fn missing(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| !layer.ok)
    }
}
