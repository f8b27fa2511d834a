//! At how full a context window a person wants conversations summarised, per model (F18).
//!
//! One key per model among the person's settings. A value that is no threshold counts as absent.

use muster_base::limits::COMPACTION_PERCENT_OFF;
use muster_base::{ModelConfigId, UserId};
use muster_bus::{ConfigKind, Event};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, Store, Tx, model_configs, params, user_configs};

const PREFIX: &str = "chat_compaction_threshold:";

/// What a person said for one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    pub model_config_id: ModelConfigId,
    /// 0 to 100; 100 is never.
    pub percent: i64,
}

/// Whether a threshold was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Yes,
    /// The model is switched off.
    ModelDisabled,
}

fn key(model: ModelConfigId) -> String {
    format!("{PREFIX}{model}")
}

fn read(key: &str, value: &str) -> Option<Threshold> {
    let percent = value.parse().ok()?;
    (0..=COMPACTION_PERCENT_OFF)
        .contains(&percent)
        .then_some(())?;
    Some(Threshold {
        model_config_id: key.strip_prefix(PREFIX)?.parse().ok()?,
        percent,
    })
}

/// A person's thresholds.
///
/// # Errors
/// A failing database.
pub async fn list(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Threshold>, Error> {
    let statement = query!("user_configs/list_by_prefix");
    let pattern = format!("{PREFIX}%");
    let rows = tx.query(statement, &params![user, pattern]).await?;
    let mut thresholds = Vec::with_capacity(rows.len());
    for row in &rows {
        let (key, value): (String, String) = (row.get("key")?, row.get("value")?);
        thresholds.extend(read(&key, &value));
    }
    Ok(thresholds)
}

/// The engine keeps a person's settings for some seconds.
fn notify(tx: &mut Tx<'_>, user: UserId) {
    tx.notify(Event::ConfigChange {
        kind: ConfigKind::UserPrompt,
        entity_id: user.0,
    });
}

impl Store {
    /// A person's thresholds.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_compaction_thresholds(
        &self,
        actor: &Actor,
        user: UserId,
    ) -> Result<Vec<Threshold>, Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::ReadPersonal, &personal)?;
        self.read("compaction_thresholds.list", move |tx| {
            Box::pin(list(tx, user))
        })
        .await
    }

    /// Keeps a threshold for a model that is in use.
    ///
    /// # Errors
    /// `NotFound` for an unknown model, not allowed, or a failing database.
    pub async fn set_compaction_threshold(
        &self,
        actor: &Actor,
        user: UserId,
        threshold: Threshold,
    ) -> Result<Kept, Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::UpdatePersonal, &personal)?;
        self.write("compaction_thresholds.set", move |tx| {
            Box::pin(async move {
                let model = model_configs::get(tx, threshold.model_config_id).await?;
                if model.deleted {
                    return Err(Error::NotFound {
                        what: "model config",
                    });
                }
                if !model.enabled {
                    return Ok(Kept::ModelDisabled);
                }
                let (key, value) = (key(model.id), threshold.percent.to_string());
                user_configs::set(tx, user, &key, &value).await?;
                notify(tx, user);
                Ok(Kept::Yes)
            })
        })
        .await
    }

    /// Goes back to the model's own threshold. Nothing to forget is fine too.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn delete_compaction_threshold(
        &self,
        actor: &Actor,
        user: UserId,
        model: ModelConfigId,
    ) -> Result<(), Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::UpdatePersonal, &personal)?;
        self.write("compaction_thresholds.delete", move |tx| {
            Box::pin(async move {
                let statement = query!("user_configs/delete_by_key");
                tx.execute(statement, &params![user, key(model)]).await?;
                notify(tx, user);
                Ok(())
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_percentage_of_a_model_is_a_threshold() {
        let model = ModelConfigId::NIL;
        let percent = |value: &str| read(&key(model), value).map(|one| one.percent);
        assert_eq!(percent("0"), Some(0));
        assert_eq!(percent("100"), Some(100));
        assert_eq!(percent("101"), None);
        assert_eq!(percent("-1"), None);
        assert_eq!(percent("much"), None);
        assert_eq!(read("chat_compaction_threshold:gpt", "50"), None);
    }
}
