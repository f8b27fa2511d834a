//! Whether attempts are kept, and for how long. Nothing is unless somebody says so.

use std::time::Duration;

use muster_base::UserId;
use muster_base::limits::{DEBUG_RETENTION_DAYS_DEFAULT, DEBUG_RETENTION_DAYS_MAX};
use muster_bus::{ConfigKind, Event};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use uuid::Uuid;

use crate::{Error, Store, Tx, site_configs, user_configs};

/// Whether people may have their own attempts kept.
const ALLOW_USERS: &str = "chat_debug_logging_allow_users";
/// Whether the attempts of every chat are kept.
const ALL_CHATS: &str = "chat_debug_logging_all_chats";
/// For how many days.
const RETENTION_DAYS: &str = "chat_debug_retention_days";
/// Whether a person wants the attempts of their chats to be kept.
const OWN: &str = "chat_debug_logging";

const CONFIG: Object = Object::of(ResourceKind::DeploymentConfig);
const SECS_PER_DAY: u64 = 24 * 60 * 60;

/// What the deployment wants kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DebugLogging {
    /// People may have the attempts of their own chats kept.
    pub allow_users: bool,
    /// Those of every chat are.
    pub all_chats: bool,
}

/// What of it is to change; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DebugSettings {
    pub allow_users: Option<bool>,
    pub all_chats: Option<bool>,
}

/// What holds for one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserDebugLogging {
    /// What the person said; counts only where people may.
    pub wanted: bool,
    pub deployment: DebugLogging,
}

impl UserDebugLogging {
    /// Whether the attempts of this person's chats are kept.
    #[must_use]
    pub const fn is_on(self) -> bool {
        self.deployment.all_chats || (self.deployment.allow_users && self.wanted)
    }
}

async fn flag(tx: &mut Tx<'_>, key: &str) -> Result<bool, Error> {
    Ok(site_configs::get(tx, key).await?.as_deref() == Some("true"))
}

async fn deployment(tx: &mut Tx<'_>) -> Result<DebugLogging, Error> {
    Ok(DebugLogging {
        allow_users: flag(tx, ALLOW_USERS).await?,
        all_chats: flag(tx, ALL_CHATS).await?,
    })
}

async fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<UserDebugLogging, Error> {
    let wanted = user_configs::get(tx, user, OWN).await?;
    Ok(UserDebugLogging {
        wanted: wanted.as_deref() == Some("true"),
        deployment: deployment(tx).await?,
    })
}

/// Whether the attempts of a person's chats are kept.
///
/// # Errors
/// A failing database.
pub async fn is_on(tx: &mut Tx<'_>, user: UserId) -> Result<bool, Error> {
    Ok(of_user(tx, user).await?.is_on())
}

async fn days(tx: &mut Tx<'_>) -> Result<i64, Error> {
    let stored = site_configs::get(tx, RETENTION_DAYS).await?;
    let days = stored.and_then(|days| days.parse().ok());
    let days = days.filter(|days| (0..=DEBUG_RETENTION_DAYS_MAX).contains(days));
    Ok(days.unwrap_or(DEBUG_RETENTION_DAYS_DEFAULT))
}

/// For how long attempts are kept; `None` as long as there is room.
pub(super) async fn retention(tx: &mut Tx<'_>) -> Result<Option<Duration>, Error> {
    let days = u64::try_from(days(tx).await?).unwrap_or_default();
    Ok((days > 0).then(|| Duration::from_secs(days * SECS_PER_DAY)))
}

/// Every replica forgets whose attempts are kept.
fn tell(tx: &mut Tx<'_>, of: Uuid) {
    tx.notify(Event::ConfigChange {
        kind: ConfigKind::DebugLogging,
        entity_id: of,
    });
}

impl Store {
    /// What the deployment wants kept.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn debug_logging(&self, actor: &Actor) -> Result<DebugLogging, Error> {
        authorize(actor, Action::Read, &CONFIG)?;
        self.read("debug_logging.get", |tx| Box::pin(deployment(tx)))
            .await
    }

    /// Changes what the deployment wants kept.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_debug_logging(
        &self,
        actor: &Actor,
        change: DebugSettings,
    ) -> Result<(), Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        self.write("debug_logging.set", move |tx| {
            Box::pin(async move {
                let DebugSettings {
                    allow_users,
                    all_chats,
                } = change;
                let changes = [(ALLOW_USERS, allow_users), (ALL_CHATS, all_chats)];
                for (key, value) in changes.into_iter().filter_map(|(k, v)| Some((k, v?))) {
                    site_configs::set(tx, key, &value.to_string()).await?;
                }
                tell(tx, Uuid::nil());
                Ok(())
            })
        })
        .await
    }

    /// For how many days attempts are kept; 0 is as long as there is room.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn debug_retention_days(&self, actor: &Actor) -> Result<i64, Error> {
        authorize(actor, Action::Read, &CONFIG)?;
        self.read("debug_logging.retention", |tx| Box::pin(days(tx)))
            .await
    }

    /// Changes for how many days attempts are kept.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_debug_retention_days(&self, actor: &Actor, days: i64) -> Result<(), Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        self.write("debug_logging.set_retention", move |tx| {
            Box::pin(async move { site_configs::set(tx, RETENTION_DAYS, &days.to_string()).await })
        })
        .await
    }

    /// What holds for a person.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn user_debug_logging(
        &self,
        actor: &Actor,
        user: UserId,
    ) -> Result<UserDebugLogging, Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::ReadPersonal, &personal)?;
        self.read("debug_logging.user", move |tx| Box::pin(of_user(tx, user)))
            .await
    }

    /// Writes what a person wants; `false` where people may not want it.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_user_debug_logging(
        &self,
        actor: &Actor,
        user: UserId,
        wanted: bool,
    ) -> Result<bool, Error> {
        let personal = Object::of(ResourceKind::UserPersonal).owned_by(user);
        authorize(actor, Action::UpdatePersonal, &personal)?;
        self.write("debug_logging.set_user", move |tx| {
            Box::pin(async move {
                if wanted && !deployment(tx).await?.allow_users {
                    return Ok(false);
                }
                user_configs::set(tx, user, OWN, &wanted.to_string()).await?;
                tell(tx, user.0);
                Ok(true)
            })
        })
        .await
    }
}
