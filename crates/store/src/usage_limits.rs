//! What people may spend on chats, and how far they have come (F08).
//!
//! One limit applies to a person at a time: their own, else the smallest among those of their
//! groups, else that of the deployment. While limits are switched off none does. Money that is
//! spent stays spent: edited and archived conversations count.

use muster_base::{GroupId, MicroDollars, Micros, OrganizationId, Period, Span, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, FromValue, Row, Store, Tx, Value, params};

const CONFIG: Object = Object::of(ResourceKind::DeploymentConfig);
const LIMITS: Object = Object::of(ResourceKind::UsageLimit);
/// Over which spending is counted until somebody decides.
const PERIOD_DEFAULT: Period = Period::Month;

impl From<Period> for Value {
    fn from(period: Period) -> Self {
        Self::text(period.as_str())
    }
}

impl FromValue for Period {
    fn from_value(value: &Value) -> Option<Self> {
        Self::parse(&String::from_value(value)?)
    }
}

/// What the deployment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitConfig {
    /// What a person without another limit may spend; none switches all limits off.
    pub default_limit: Option<MicroDollars>,
    /// Over which spending is counted.
    pub period: Period,
    /// When somebody last decided; none when nobody has.
    pub updated_at: Option<Micros>,
}

/// A person's own limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct UserLimit {
    pub user_id: UserId,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    pub limit: MicroDollars,
}

/// The limit of each member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct GroupLimit {
    pub group_id: GroupId,
    pub name: String,
    pub display_name: String,
    pub avatar_url: String,
    /// Without deleted people and system accounts.
    pub member_count: i64,
    pub limit: MicroDollars,
}

/// All that administrators decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What the deployment says.
    pub config: LimitConfig,
    /// Of people, by name.
    pub users: Vec<UserLimit>,
    /// Of groups, by name.
    pub groups: Vec<GroupLimit>,
}

/// How far a person has come in the current period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they may spend; none is without limit.
    pub limit: Option<MicroDollars>,
    /// What they spent, as far as it counts against the limit.
    pub spent: MicroDollars,
    /// Over which it is counted.
    pub period: Period,
    /// From when until when.
    pub span: Span,
}

impl Standing {
    /// Whether nothing more may be begun before the period ends.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.limit.is_some_and(|limit| self.spent >= limit)
    }
}

/// The limit that applies, and the organization whose chats alone count against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Effective {
    limit: Option<MicroDollars>,
    within: Option<OrganizationId>,
    period: Period,
}

impl Effective {
    const NONE: Self = Self {
        limit: None,
        within: None,
        period: PERIOD_DEFAULT,
    };

    fn from_row(row: &Row) -> Result<Self, Error> {
        let none = Self {
            period: row.get("period")?,
            ..Self::NONE
        };
        if !row.get::<bool>("enabled")? {
            return Ok(none);
        }
        let own: Option<i64> = row.get("user_limit_micros")?;
        let of_group: Option<i64> = row.get("group_limit_micros")?;
        let (limit, within) = match (own, of_group) {
            (Some(limit), _) => (limit, None),
            (None, Some(limit)) => (limit, row.get("organization_id")?),
            (None, None) => (row.get("default_limit_micros")?, None),
        };
        Ok(Self {
            limit: Some(MicroDollars(limit)),
            within,
            ..none
        })
    }
}

/// How far a person has come; two statements.
///
/// # Errors
/// A failing database.
pub async fn standing(tx: &mut Tx<'_>, user: UserId) -> Result<Standing, Error> {
    let statement = query!("chat_usage_limit_config/get_of_user");
    let row = tx.query_opt(statement, &params![user]).await?;
    let effective = row.as_ref().map(Effective::from_row).transpose()?;
    let Effective {
        limit,
        within,
        period,
    } = effective.unwrap_or(Effective::NONE);
    let span = period.around(tx.now());
    let span = span.map_err(|_no_calendar| Error::Corrupt { what: "clock" })?;
    let values = params![user, span.start, span.end, within];
    let row = tx.query_one(query!("chat_messages/get_spent"), &values);
    Ok(Standing {
        limit,
        spent: MicroDollars(row.await?.get("spent_micros")?),
        period,
        span,
    })
}

async fn config(tx: &mut Tx<'_>) -> Result<LimitConfig, Error> {
    let statement = query!("chat_usage_limit_config/get_config");
    let Some(row) = tx.query_opt(statement, &[]).await? else {
        return Ok(LimitConfig {
            default_limit: None,
            period: PERIOD_DEFAULT,
            updated_at: None,
        });
    };
    let limit = MicroDollars(row.get("default_limit_micros")?);
    let enabled: bool = row.get("enabled")?;
    Ok(LimitConfig {
        default_limit: enabled.then_some(limit),
        period: row.get("period")?,
        updated_at: row.get("updated_at")?,
    })
}

fn user_limit(row: &Row) -> Result<UserLimit, Error> {
    Ok(UserLimit {
        user_id: row.get("id")?,
        username: row.get("username")?,
        name: row.get("name")?,
        avatar_url: row.get("avatar_url")?,
        limit: MicroDollars(row.get("chat_spend_limit_micros")?),
    })
}

fn group_limit(row: &Row) -> Result<GroupLimit, Error> {
    Ok(GroupLimit {
        group_id: row.get("id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        avatar_url: row.get("avatar_url")?,
        member_count: row.get("member_count")?,
        limit: MicroDollars(row.get("chat_spend_limit_micros")?),
    })
}

/// Something was changed, or what was to be changed is not there.
const fn touched(rows: u64, what: &'static str) -> Result<(), Error> {
    match rows {
        0 => Err(Error::NotFound { what }),
        _ => Ok(()),
    }
}

impl Store {
    /// All limits.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn get_usage_limits(&self, actor: &Actor) -> Result<Limits, Error> {
        authorize(actor, Action::Read, &LIMITS)?;
        self.read("usage_limits.get", |tx| {
            Box::pin(async move {
                let config = config(tx).await?;
                let users = tx.query(query!("users/list_spend_limits"), &[]).await?;
                let groups = tx.query(query!("groups/list_spend_limits"), &[]).await?;
                Ok(Limits {
                    config,
                    users: users.iter().map(user_limit).collect::<Result<_, _>>()?,
                    groups: groups.iter().map(group_limit).collect::<Result<_, _>>()?,
                })
            })
        })
        .await
    }

    /// Decides what a person without another limit may spend; without a limit all limits are
    /// off, those of people and groups too.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn set_usage_limits(
        &self,
        actor: &Actor,
        default_limit: Option<MicroDollars>,
        period: Period,
    ) -> Result<LimitConfig, Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        self.write("usage_limits.set", move |tx| {
            Box::pin(async move {
                let limit = default_limit.unwrap_or(MicroDollars::ZERO);
                let values = params![default_limit.is_some(), limit.0, period, tx.now()];
                let statement = query!("chat_usage_limit_config/upsert_config");
                tx.execute(statement, &values).await?;
                config(tx).await
            })
        })
        .await
    }

    /// How far a person has come in the current period.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn get_usage_standing(&self, actor: &Actor, user: UserId) -> Result<Standing, Error> {
        authorize(actor, Action::Read, &LIMITS.owned_by(user))?;
        self.read("usage_limits.standing", move |tx| {
            Box::pin(standing(tx, user))
        })
        .await
    }

    /// Gives a person a limit of their own, which goes before every other.
    ///
    /// # Errors
    /// `NotFound` for nobody, not allowed, or a failing database.
    pub async fn set_user_limit(
        &self,
        actor: &Actor,
        user: UserId,
        limit: MicroDollars,
    ) -> Result<UserLimit, Error> {
        authorize(actor, Action::Update, &LIMITS)?;
        self.write("usage_limits.set_user", move |tx| {
            Box::pin(async move {
                let values = params![user, limit.0, tx.now()];
                let statement = query!("users/update_spend_limit");
                let row = tx.query_opt(statement, &values).await?;
                user_limit(&row.ok_or(Error::NotFound { what: "user" })?)
            })
        })
        .await
    }

    /// Takes a person's own limit away.
    ///
    /// # Errors
    /// `NotFound` when there is none, not allowed, or a failing database.
    pub async fn delete_user_limit(&self, actor: &Actor, user: UserId) -> Result<(), Error> {
        authorize(actor, Action::Delete, &LIMITS)?;
        self.write("usage_limits.delete_user", move |tx| {
            Box::pin(async move {
                let statement = query!("users/update_no_spend_limit");
                let rows = tx.execute(statement, &params![user, tx.now()]).await?;
                touched(rows, "usage limit of a person")
            })
        })
        .await
    }

    /// Gives each member of a group a limit.
    ///
    /// # Errors
    /// `NotFound` for no group, not allowed, or a failing database.
    pub async fn set_group_limit(
        &self,
        actor: &Actor,
        group: GroupId,
        limit: MicroDollars,
    ) -> Result<GroupLimit, Error> {
        authorize(actor, Action::Update, &LIMITS)?;
        self.write("usage_limits.set_group", move |tx| {
            Box::pin(async move {
                let values = params![group, limit.0, tx.now()];
                let statement = query!("groups/update_spend_limit");
                touched(tx.execute(statement, &values).await?, "group")?;
                let statement = query!("groups/get_spend_limit");
                group_limit(&tx.query_one(statement, &params![group]).await?)
            })
        })
        .await
    }

    /// Takes a group's limit away.
    ///
    /// # Errors
    /// `NotFound` when there is none, not allowed, or a failing database.
    pub async fn delete_group_limit(&self, actor: &Actor, group: GroupId) -> Result<(), Error> {
        authorize(actor, Action::Delete, &LIMITS)?;
        self.write("usage_limits.delete_group", move |tx| {
            Box::pin(async move {
                let statement = query!("groups/update_no_spend_limit");
                let rows = tx.execute(statement, &params![group, tx.now()]).await?;
                touched(rows, "usage limit of a group")
            })
        })
        .await
    }
}
