//! Settings of one person: one text per key.

use muster_base::UserId;
use muster_bus::{ConfigKind, Event};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, Store, Tx, params};

/// What a person wants added to every prompt of theirs.
pub const CHAT_CUSTOM_PROMPT: &str = "chat_custom_prompt";

/// `auto`, `dark`, `light` or empty.
pub const THEME_PREFERENCE: &str = "theme_preference";
/// The font of terminals; empty is the default one.
pub const TERMINAL_FONT: &str = "terminal_font";
/// Whether a person has closed the notice about notifications: `true` or `false`.
pub const TASK_NOTIFICATION_ALERT_DISMISSED: &str = "task_notification_alert_dismissed";
/// The sandbox level whose notice a person has closed.
pub const SANDBOX_NOTICE_DISMISSED: &str = "sandbox_notice_dismissed";

/// The value of a person's key.
///
/// # Errors
/// A failing database.
pub async fn get(tx: &mut Tx<'_>, user: UserId, key: &str) -> Result<Option<String>, Error> {
    let statement = query!("user_configs/get_by_key");
    let row = tx.query_opt(statement, &params![user, key]).await?;
    row.map(|row| row.get("value")).transpose()
}

/// Writes a person's key.
///
/// # Errors
/// `Reference` for an unknown person, or a failing database.
pub async fn set(tx: &mut Tx<'_>, user: UserId, key: &str, value: &str) -> Result<(), Error> {
    let now = tx.now();
    let values = params![user, key, value, now];
    tx.execute(query!("user_configs/upsert_value"), &values)
        .await?;
    if key == CHAT_CUSTOM_PROMPT {
        tx.notify(Event::ConfigChange {
            kind: ConfigKind::UserPrompt,
            entity_id: user.0,
        });
    }
    Ok(())
}

impl Store {
    /// The value of a person's key.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn get_user_config(
        &self,
        actor: &Actor,
        user: UserId,
        key: &'static str,
    ) -> Result<Option<String>, Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::ReadPersonal, &personal)?;
        self.read("user_config.get", move |tx| Box::pin(get(tx, user, key)))
            .await
    }

    /// Writes a person's key.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_user_config(
        &self,
        actor: &Actor,
        user: UserId,
        key: &'static str,
        value: String,
    ) -> Result<(), Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::UpdatePersonal, &personal)?;
        self.write("user_config.set", move |tx| {
            let value = value.clone();
            Box::pin(async move { set(tx, user, key, &value).await })
        })
        .await
    }
}
