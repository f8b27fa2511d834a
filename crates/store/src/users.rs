//! People.

use std::sync::Arc;

use muster_base::{Micros, OrganizationId, UserId, limits};
use muster_rbac::{Action, Actor, Denied, Object, ResourceKind, Role, Visible, authorize, visible};

use crate::wire_enum::wire_enum;
use crate::{Error, Row, Store, Tx, organizations, params, site_configs};

mod change;

pub use change::{ChangeError, Sessions};

wire_enum! {
    /// Whether an account may be used.
    pub enum UserStatus {
        /// In use.
        Active = "active",
        /// Not seen for long; being seen makes it active.
        Dormant = "dormant",
        /// May not sign in; its keys are dead.
        Suspended = "suspended",
    }
}

wire_enum! {
    /// How a person signs in.
    pub enum LoginType {
        /// Email and password.
        Password = "password",
        /// GitHub.
        Github = "github",
        /// Single sign-on.
        Oidc = "oidc",
        /// Not at all, or by a link.
        None = "none",
    }
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub name: String,
    pub avatar_url: String,
    /// A hash, and still nothing for a log: `Debug` shows a placeholder.
    pub hashed_password: Option<muster_base::Secret>,
    pub status: UserStatus,
    /// Without the implied `member`.
    pub roles: Vec<Role>,
    pub login_type: LoginType,
    pub is_system: bool,
    pub is_service_account: bool,
    pub last_seen_at: Micros,
    pub deleted: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A person to be written. The id is new.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewUser {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub name: String,
    pub hashed_password: Option<muster_base::Secret>,
    pub status: UserStatus,
    pub roles: Vec<Role>,
    pub login_type: LoginType,
}

/// A person can't be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Somebody was first.
    #[error("the first user exists already")]
    FirstUserExists,
    /// Another account has this email address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Another account has this name.
    #[error("the user name is taken")]
    UsernameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Which people a list shows.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "named like the query parameters")]
pub struct UserFilter {
    pub status: Option<UserStatus>,
    /// Part of a name or of the email address.
    pub search: Option<String>,
    pub role: Option<Role>,
    pub last_seen_before: Option<Micros>,
    pub last_seen_after: Option<Micros>,
    pub after_id: Option<UserId>,
    pub limit: i64,
    pub offset: i64,
}

impl User {
    /// What the policy sees.
    #[must_use]
    pub fn object(&self) -> Object {
        Object::of(ResourceKind::User)
            .owned_by(self.id)
            .of_roles(&self.roles)
            .with_id(self.id)
    }

    /// What an actor sees of somebody they meet in a list of names: all of those whom they
    /// may read, else no address.
    #[must_use]
    pub(crate) fn seen_by(mut self, actor: &Actor) -> Self {
        if authorize(actor, Action::Read, &self.object()).is_err() {
            self.email = String::new();
        }
        self
    }
}

pub(crate) fn from_row(row: &Row) -> Result<User, Error> {
    let roles: serde_json::Value = row.get("roles")?;
    let hash: Option<String> = row.get("hashed_password")?;
    Ok(User {
        id: row.get("id")?,
        username: row.get("username")?,
        email: row.get("email")?,
        name: row.get("name")?,
        avatar_url: row.get("avatar_url")?,
        hashed_password: hash.map(muster_base::Secret::new),
        status: row.get("status")?,
        roles: known_roles(&roles),
        login_type: row.get("login_type")?,
        is_system: row.get("is_system")?,
        is_service_account: row.get("is_service_account")?,
        last_seen_at: row.get("last_seen_at")?,
        deleted: row.get("deleted")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A role of a later version grants nothing here, and must not lock its bearer out.
pub(crate) fn known_roles(roles: &serde_json::Value) -> Vec<Role> {
    let names = roles.as_array().into_iter().flatten();
    names
        .filter_map(|name| name.as_str()?.parse().ok())
        .collect()
}

/// What somebody is called: by their name, or else by that of their account.
fn called(row: &Row) -> Result<String, Error> {
    let name: String = row.get("name")?;
    if name.trim().is_empty() {
        return row.get("username");
    }
    Ok(name)
}

/// Names and addresses differ only if they differ in more than case.
pub(crate) fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A person by id, deleted or not.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: UserId) -> Result<User, Error> {
    from_row(
        &tx.query_one(query!("users/get_by_id"), &params![id])
            .await?,
    )
}

/// A person by email address.
///
/// # Errors
/// A failing database.
pub async fn get_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>, Error> {
    let values = params![folded(email)];
    let row = tx.query_opt(query!("users/get_by_email"), &values).await?;
    row.as_ref().map(from_row).transpose()
}

/// A person by user name.
///
/// # Errors
/// A failing database.
pub async fn get_by_username(tx: &mut Tx<'_>, username: &str) -> Result<Option<User>, Error> {
    let values = params![folded(username)];
    let row = tx
        .query_opt(query!("users/get_by_username"), &values)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Writes a person and makes them a member of the default organization.
///
/// # Errors
/// A taken name or address, or a failing database.
pub async fn insert(tx: &mut Tx<'_>, user: &NewUser) -> Result<OrganizationId, CreateError> {
    if get_by_email(tx, &user.email).await?.is_some() {
        return Err(CreateError::EmailTaken);
    }
    if get_by_username(tx, &user.username).await?.is_some() {
        return Err(CreateError::UsernameTaken);
    }
    let roles: serde_json::Value = user.roles.iter().map(|role| role.as_str()).collect();
    let now = tx.now();
    let hash = user
        .hashed_password
        .as_ref()
        .map(|hash| hash.expose().as_str());
    let values = params![
        user.id,
        user.username.as_str(),
        folded(&user.username),
        user.email.as_str(),
        folded(&user.email),
        user.name.as_str(),
        folded(&user.name),
        hash,
        user.status,
        roles,
        user.login_type,
        now,
    ];
    tx.execute(query!("users/insert"), &values).await?;
    let organization = organizations::get_default(tx).await?.id;
    organizations::add_member(tx, organization, user.id).await?;
    Ok(organization)
}

/// Writes the first person. Of any number at once, one succeeds.
///
/// # Errors
/// `FirstUserExists`, or a failing database.
pub async fn insert_first(tx: &mut Tx<'_>, user: &NewUser) -> Result<OrganizationId, CreateError> {
    let id = user.id.to_string();
    if !site_configs::insert_new(tx, site_configs::FIRST_USER, &id).await? {
        return Err(CreateError::FirstUserExists);
    }
    insert(tx, user).await
}

/// The first person, once there is one.
///
/// # Errors
/// A failing database.
pub async fn get_first(tx: &mut Tx<'_>) -> Result<Option<User>, Error> {
    let Some(id) = site_configs::get(tx, site_configs::FIRST_USER).await? else {
        return Ok(None);
    };
    let id: Result<UserId, _> = id.parse();
    match id {
        Ok(id) => get(tx, id).await.map(Some),
        Err(_) => Err(Error::Corrupt { what: "first user" }),
    }
}

impl Store {
    /// Whether the first person exists. No secret: the sign-in page asks it.
    ///
    /// # Errors
    /// A failing database.
    pub async fn has_first_user(&self) -> Result<bool, Error> {
        self.read("user.has_first", |tx| {
            Box::pin(async move { Ok(get_first(tx).await?.is_some()) })
        })
        .await
    }

    /// Creates the first person.
    ///
    /// # Errors
    /// `FirstUserExists`, not allowed, or a failing database.
    pub async fn create_first_user(
        &self,
        actor: &Actor,
        user: NewUser,
    ) -> Result<OrganizationId, CreateError> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::User)).map_err(Error::from)?;
        let user = Arc::new(user);
        self.write("user.create_first", move |tx| {
            let user = Arc::clone(&user);
            Box::pin(async move { insert_first(tx, &user).await })
        })
        .await
    }

    /// Creates a person.
    ///
    /// # Errors
    /// A taken name or address, not allowed, or a failing database.
    pub async fn create_user(&self, actor: &Actor, user: NewUser) -> Result<User, CreateError> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::User)).map_err(Error::from)?;
        let user = Arc::new(user);
        self.write("user.create", move |tx| {
            let user = Arc::clone(&user);
            Box::pin(async move {
                insert(tx, &user).await?;
                Ok(get(tx, user.id).await?)
            })
        })
        .await
    }

    /// Whether the actor may create people, for callers with work to do before they try.
    ///
    /// # Errors
    /// Not allowed.
    pub fn may_create_users(&self, actor: &Actor) -> Result<(), Error> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::User))?;
        Ok(())
    }

    /// A person with their organizations.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_user(
        &self,
        actor: &Actor,
        id: UserId,
    ) -> Result<(User, Vec<OrganizationId>), Error> {
        let actor = actor.clone();
        self.read("user.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let user = get(tx, id).await?;
                authorize(&actor, Action::Read, &user.object())?;
                let organizations = organizations::list_of_user(tx, id).await?;
                Ok((user, organizations))
            })
        })
        .await
    }

    /// A person by user name.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_user_by_name(&self, actor: &Actor, name: &str) -> Result<User, Error> {
        let (actor, name) = (actor.clone(), name.to_owned());
        self.read("user.get_by_name", move |tx| {
            let (actor, name) = (actor.clone(), name.clone());
            Box::pin(async move {
                let found = get_by_username(tx, &name).await?;
                let user = found.ok_or(Error::NotFound { what: "user" })?;
                authorize(&actor, Action::Read, &user.object())?;
                Ok(user)
            })
        })
        .await
    }

    /// The person who tries to sign in with this address, with the password hash.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn find_login(&self, actor: &Actor, email: &str) -> Result<Option<User>, Error> {
        authorize(actor, Action::Read, &Object::of(ResourceKind::User))?;
        let email = email.to_owned();
        self.read("user.find_login", move |tx| {
            let email = email.clone();
            Box::pin(async move { get_by_email(tx, &email).await })
        })
        .await
    }

    /// A page of the people that the actor may see, and how many there are.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_users(
        &self,
        actor: &Actor,
        filter: UserFilter,
    ) -> Result<(Vec<(User, Vec<OrganizationId>)>, i64), Error> {
        let only: Option<UserId> = match visible(actor, Action::Read, ResourceKind::User) {
            Visible::All => None,
            Visible::Own(id) => Some(id),
            Visible::Nothing => {
                let denied = Denied {
                    action: Action::Read,
                    kind: ResourceKind::User,
                    hidden: false,
                };
                return Err(denied.into());
            }
        };
        let limit = filter.limit.clamp(0, limits::USERS_PAGE_MAX);
        let offset = filter.offset.max(0);
        let search = filter.search.as_deref().map(like_pattern);
        // Everybody has the implied role.
        let role = filter.role.filter(|role| *role != Role::Member);
        let role = role.map(|role| format!("%\"{role}\"%"));
        self.read("user.list", move |tx| {
            let (search, role) = (search.clone(), role.clone());
            let (before, after) = (filter.last_seen_before, filter.last_seen_after);
            Box::pin(async move {
                let mut values = params![only, filter.status, search, role, before, after].to_vec();
                let count = tx.query_one(query!("users/count_all"), &values).await?;
                values.extend(params![filter.after_id, limit, offset]);
                let rows = tx.query(query!("users/list_page"), &values).await?;
                let mut users = Vec::with_capacity(rows.len());
                for row in &rows {
                    let user = from_row(row)?;
                    let organizations = organizations::list_of_user(tx, user.id).await?;
                    users.push((user, organizations));
                }
                Ok((users, count.get("count")?))
            })
        })
        .await
    }

    /// What those are called who run the deployment, for everybody who must ask them for
    /// something; at most `max`.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_owner_names(&self, actor: &Actor, max: i64) -> Result<Vec<String>, Error> {
        // Whoever may see which models there are may know whom to ask for one.
        let catalogue = Object::of(ResourceKind::ModelCatalogue);
        authorize(actor, Action::Read, &catalogue)?;
        self.read("user.list_owner_names", move |tx| {
            Box::pin(async move {
                let rows = tx
                    .query(query!("users/list_owner_names"), &params![max])
                    .await?;
                rows.iter().map(called).collect()
            })
        })
        .await
    }

    /// Stores a new hash of the same password: its parameters have changed.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn rehash_password(
        &self,
        actor: &Actor,
        id: UserId,
        hash: muster_base::Secret,
    ) -> Result<(), Error> {
        authorize(
            actor,
            Action::Update,
            &Object::of(ResourceKind::User).owned_by(id),
        )?;
        self.write("user.rehash_password", move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                let now = tx.now();
                let values = params![id, hash.expose().as_str(), now];
                tx.execute(query!("users/update_password"), &values).await?;
                Ok(())
            })
        })
        .await
    }
}

/// A `like` pattern for a part of a folded text; the person's own wildcards count as letters.
pub(crate) fn like_pattern(search: &str) -> String {
    let escaped: String = folded(search)
        .chars()
        .flat_map(|letter| {
            let escape = matches!(letter, '%' | '_' | '\\').then_some('\\');
            escape.into_iter().chain([letter])
        })
        .collect();
    format!("%{escaped}%")
}
