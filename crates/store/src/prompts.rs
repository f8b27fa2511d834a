//! What administrators and people add to every prompt.
//!
//! The texts are sanitised where they are written and again where they are read: an older
//! version, or somebody at the database, may have stored what nobody can see.

use muster_base::limits::PROMPT_BYTES_MAX;
use muster_base::{UserId, sanitize};
use muster_bus::{ConfigKind, Event};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::user_configs::CHAT_CUSTOM_PROMPT;
use crate::{Error, Store, Tx, site_configs, user_configs};

/// The deployment's own system prompt.
const CHAT_SYSTEM_PROMPT: &str = "chat_system_prompt";
/// Whether the built-in prompt stands before it: `true` unless it says `false`.
const CHAT_INCLUDE_DEFAULT: &str = "chat_include_default_system_prompt";

const CONFIG: Object = Object::of(ResourceKind::DeploymentConfig);

/// What every new chat of the deployment begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentPrompt {
    /// Empty when there is none.
    pub text: String,
    /// The built-in prompt stands before it.
    pub include_default: bool,
}

impl Default for DeploymentPrompt {
    fn default() -> Self {
        Self {
            text: String::new(),
            include_default: true,
        }
    }
}

/// A person's own prompt; empty when they said nothing.
///
/// # Errors
/// A failing database.
pub async fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<String, Error> {
    let stored = user_configs::get(tx, user, CHAT_CUSTOM_PROMPT).await?;
    Ok(stored.map(|text| read_back(&text)).unwrap_or_default())
}

fn read_back(stored: &str) -> String {
    let mut text = sanitize(stored).text;
    text.truncate(text.floor_char_boundary(PROMPT_BYTES_MAX));
    text
}

impl Store {
    /// The deployment's prompt.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn deployment_prompt(&self, actor: &Actor) -> Result<DeploymentPrompt, Error> {
        authorize(actor, Action::Read, &CONFIG)?;
        self.read("prompt.deployment", |tx| {
            Box::pin(async move {
                let text = site_configs::get(tx, CHAT_SYSTEM_PROMPT).await?;
                let include = site_configs::get(tx, CHAT_INCLUDE_DEFAULT).await?;
                Ok(DeploymentPrompt {
                    text: text.map(|text| read_back(&text)).unwrap_or_default(),
                    include_default: include.is_none_or(|value| value != "false"),
                })
            })
        })
        .await
    }

    /// Writes the deployment's prompt; `None` keeps whether the built-in one is included.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_deployment_prompt(
        &self,
        actor: &Actor,
        text: String,
        include_default: Option<bool>,
    ) -> Result<(), Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        self.write("prompt.set_deployment", move |tx| {
            let text = text.clone();
            Box::pin(async move {
                site_configs::set(tx, CHAT_SYSTEM_PROMPT, &text).await?;
                if let Some(include) = include_default {
                    let value = include.to_string();
                    site_configs::set(tx, CHAT_INCLUDE_DEFAULT, &value).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// A person's own prompt.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn user_prompt(&self, actor: &Actor, user: UserId) -> Result<String, Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::ReadPersonal, &personal)?;
        self.read("prompt.user", move |tx| Box::pin(of_user(tx, user)))
            .await
    }

    /// Writes a person's own prompt; every replica forgets the one that it has cached.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_user_prompt(
        &self,
        actor: &Actor,
        user: UserId,
        text: String,
    ) -> Result<(), Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::UpdatePersonal, &personal)?;
        self.write("prompt.set_user", move |tx| {
            let text = text.clone();
            Box::pin(async move {
                user_configs::set(tx, user, CHAT_CUSTOM_PROMPT, &text).await?;
                tx.notify(Event::ConfigChange {
                    kind: ConfigKind::UserPrompt,
                    entity_id: user.0,
                });
                Ok(())
            })
        })
        .await
    }
}
