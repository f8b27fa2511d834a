//! What calls of models cost: of a person, of everybody, of a chat (F08).
//!
//! A call counts at the price of its time, also when its message was edited away, was never
//! meant to be seen (a title, a summary), or stands in an archived chat.

use std::ops::AddAssign;
use std::sync::Arc;

use muster_base::{ChatId, MicroDollars, ModelConfigId, Span, UserId, limits};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::usage_limits::{self, Standing};
use crate::{Error, Row, Store, Tx, chats, params};

const USAGE: Object = Object::of(ResourceKind::Usage);

/// Sums over calls of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Of the calls that have a price.
    pub cost: MicroDollars,
    /// All calls.
    pub messages: i64,
    /// Those that have a price; the others cost an unknown amount.
    pub priced: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cache_read_tokens: i64,
    pub cache_creation_tokens: i64,
    pub runtime_ms: i64,
}

impl Totals {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            cost: MicroDollars(row.get("total_cost_micros")?),
            messages: row.get("message_count")?,
            priced: row.get("priced_message_count")?,
            input_tokens: row.get("total_input_tokens")?,
            output_tokens: row.get("total_output_tokens")?,
            cache_read_tokens: row.get("total_cache_read_tokens")?,
            cache_creation_tokens: row.get("total_cache_creation_tokens")?,
            runtime_ms: row.get("total_runtime_ms")?,
        })
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        let Self {
            cost,
            messages,
            priced,
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_creation_tokens,
            runtime_ms,
        } = other;
        self.cost += cost;
        for (sum, more) in [
            (&mut self.messages, messages),
            (&mut self.priced, priced),
            (&mut self.input_tokens, input_tokens),
            (&mut self.output_tokens, output_tokens),
            (&mut self.cache_read_tokens, cache_read_tokens),
            (&mut self.cache_creation_tokens, cache_creation_tokens),
            (&mut self.runtime_ms, runtime_ms),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

/// What one model cost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct ModelTotals {
    /// None for a call that names no configuration.
    pub model_config_id: Option<ModelConfigId>,
    pub display_name: String,
    pub provider: String,
    pub model: String,
    pub totals: Totals,
}

impl ModelTotals {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            model_config_id: row.get("model_config_id")?,
            display_name: row.get("display_name")?,
            provider: row.get("provider")?,
            model: row.get("model")?,
            totals: Totals::from_row(row)?,
        })
    }
}

/// What a root chat cost, with its subagents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct RootTotals {
    pub root_chat_id: ChatId,
    pub title: String,
    pub totals: Totals,
}

/// What a person cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserUsage {
    /// Everything.
    pub totals: Totals,
    /// Per model, the most expensive first.
    pub models: Vec<ModelTotals>,
    /// Per root chat, the most expensive first; at most [`limits::COST_CHATS_MAX`].
    pub chats: Vec<RootTotals>,
    /// How far the person has come in the current period, whatever was asked for.
    pub standing: Standing,
}

/// What a chat cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatUsage {
    /// With its subagents.
    pub totals: Totals,
    /// Without them.
    pub own_cost: MicroDollars,
    /// Per model, the most expensive first.
    pub models: Vec<ModelTotals>,
}

/// One of the people who spent something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Spender {
    pub user_id: UserId,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    /// Root chats in which something was spent.
    pub chat_count: i64,
    pub totals: Totals,
}

/// Which spenders a page shows.
#[derive(Clone, Debug)]
pub struct SpenderFilter {
    /// From when until when.
    pub span: Span,
    /// Part of a user name or of a name.
    pub search: Option<String>,
    /// Rows of the page.
    pub limit: i64,
    /// Rows before it.
    pub offset: i64,
}

fn sum(models: &[ModelTotals]) -> Totals {
    let mut totals = Totals::default();
    for model in models {
        totals += model.totals;
    }
    totals
}

async fn of_user(tx: &mut Tx<'_>, user: UserId, span: Span) -> Result<UserUsage, Error> {
    let values = params![user, span.start, span.end];
    let rows = tx.query(query!("chat_messages/list_cost_by_model"), &values);
    let models = rows.await?;
    let models: Vec<_> = models
        .iter()
        .map(ModelTotals::from_row)
        .collect::<Result<_, _>>()?;
    let values = params![user, span.start, span.end, limits::COST_CHATS_MAX];
    let rows = tx.query(query!("chat_messages/list_cost_by_root"), &values);
    let chats = rows.await?;
    let chats = chats.iter().map(|row| {
        Ok(RootTotals {
            root_chat_id: row.get("root_chat_id")?,
            title: row.get("chat_title")?,
            totals: Totals::from_row(row)?,
        })
    });
    Ok(UserUsage {
        totals: sum(&models),
        models,
        chats: chats.collect::<Result<_, Error>>()?,
        standing: usage_limits::standing(tx, user).await?,
    })
}

async fn of_chat(tx: &mut Tx<'_>, chat: ChatId) -> Result<ChatUsage, Error> {
    let statement = query!("chat_messages/list_cost_of_chat");
    let rows = tx.query(statement, &params![chat]).await?;
    let mut own_cost = MicroDollars::ZERO;
    let mut models = Vec::with_capacity(rows.len());
    for row in &rows {
        own_cost += MicroDollars(row.get("own_cost_micros")?);
        models.push(ModelTotals::from_row(row)?);
    }
    Ok(ChatUsage {
        totals: sum(&models),
        own_cost,
        models,
    })
}

fn spender(row: &Row) -> Result<Spender, Error> {
    Ok(Spender {
        user_id: row.get("id")?,
        username: row.get("username")?,
        name: row.get("name")?,
        avatar_url: row.get("avatar_url")?,
        chat_count: row.get("chat_count")?,
        totals: Totals::from_row(row)?,
    })
}

async fn spenders(tx: &mut Tx<'_>, filter: &SpenderFilter) -> Result<(Vec<Spender>, i64), Error> {
    let search = filter.search.as_deref().map(crate::users::like_pattern);
    let mut values = params![filter.span.start, filter.span.end, search].to_vec();
    let count = tx.query_one(query!("chat_messages/count_spenders"), &values);
    let count = count.await?.get("count")?;
    values.extend(params![filter.limit, filter.offset]);
    let rows = tx.query(query!("chat_messages/list_cost_by_user"), &values);
    let page: Result<_, _> = rows.await?.iter().map(spender).collect();
    Ok((page?, count))
}

impl Store {
    /// What a person cost in a stretch of time. A refusal says nothing of whether they exist.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn get_user_usage(
        &self,
        actor: &Actor,
        user: UserId,
        span: Span,
    ) -> Result<UserUsage, Error> {
        authorize(actor, Action::Read, &USAGE.owned_by(user))?;
        self.read("usage.user", move |tx| Box::pin(of_user(tx, user, span)))
            .await
    }

    /// What a chat cost, with the subagents below it.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_chat_usage(&self, actor: &Actor, chat: ChatId) -> Result<ChatUsage, Error> {
        let actor = actor.clone();
        self.read("usage.chat", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                // Whoever reads a shared chat need not know what its owner pays for it.
                chats::get_for(tx, &actor, Action::Update, chat).await?;
                of_chat(tx, chat).await
            })
        })
        .await
    }

    /// A page of the people who spent something, and how many there are on all pages. System
    /// accounts are left out; people who are gone are not, for the money is.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_spenders(
        &self,
        actor: &Actor,
        filter: SpenderFilter,
    ) -> Result<(Vec<Spender>, i64), Error> {
        authorize(actor, Action::Read, &USAGE)?;
        let filter = Arc::new(filter);
        self.read("usage.spenders", move |tx| {
            let filter = Arc::clone(&filter);
            Box::pin(async move { spenders(tx, &filter).await })
        })
        .await
    }
}
