//! What an actor may do, asked before it is tried.

use std::sync::Arc;

use muster_base::{ChatId, GroupId, TemplateId, UserId, WorkspaceId};
use muster_rbac::{Action, Actions, Actor, Object, ResourceKind, authorize};
use uuid::Uuid;

use crate::{Error, Store, Tx, api_keys, chat_acl, chats, groups, templates, users, workspaces};

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is to be done.
    pub action: Action,
    /// To what; of one with an id, owner and organization are looked up.
    pub object: Object,
    /// Which key, since keys have no UUIDs.
    pub api_key: Option<String>,
}

/// The object of a question as the store knows it; none if there is no such thing.
async fn known(
    tx: &mut Tx<'_>,
    actor: &Actor,
    question: &Question,
) -> Result<Option<Object>, Error> {
    let asked = question.object;
    let found = match (asked.kind, asked.id, &question.api_key) {
        (ResourceKind::ApiKey, _, Some(id)) => {
            let key = api_keys::get(tx, id).await?;
            return Ok(key.map(|key| key.object()));
        }
        (_, Some(id), _) => stored(tx, actor, asked, id).await,
        (_, None, _) => Ok(asked),
    };
    match found {
        Ok(object) => Ok(Some(object)),
        Err(Error::NotFound { what: _ }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn stored(tx: &mut Tx<'_>, actor: &Actor, asked: Object, id: Uuid) -> Result<Object, Error> {
    match asked.kind {
        ResourceKind::User => Ok(users::get(tx, UserId(id)).await?.object()),
        ResourceKind::UserPersonal => {
            let user = users::get(tx, UserId(id)).await?;
            Ok(Object::of(asked.kind)
                .owned_by(user.id)
                .of_roles(&user.roles))
        }
        ResourceKind::Group => groups::object(tx, actor, GroupId(id)).await,
        ResourceKind::Template => Ok(templates::get(tx, TemplateId(id)).await?.object()),
        ResourceKind::Workspace => Ok(workspaces::get(tx, WorkspaceId(id)).await?.object()),
        ResourceKind::Chat => chat(tx, actor, ChatId(id)).await,
        // Their rights do not depend on which one it is.
        ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Organization
        | ResourceKind::File
        | ResourceKind::Job
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::Usage
        | ResourceKind::ModelCatalogue
        | ResourceKind::Debug => Ok(asked),
    }
}

async fn chat(tx: &mut Tx<'_>, actor: &Actor, id: ChatId) -> Result<Object, Error> {
    let chat = chats::get(tx, id).await?;
    match actor.user_id() {
        Some(user) if chat_acl::is_granted(tx, chat.root_chat_id, user).await? => {
            Ok(chat.object().shared_for(Actions::READ))
        }
        Some(_) | None => Ok(chat.object()),
    }
}

impl Store {
    /// Answers each question with yes or no. What does not exist is answered like what is
    /// hidden.
    ///
    /// # Errors
    /// A failing database.
    pub async fn may(&self, actor: &Actor, questions: Vec<Question>) -> Result<Vec<bool>, Error> {
        let (actor, questions) = (actor.clone(), Arc::new(questions));
        self.read("authcheck.may", move |tx| {
            let (actor, questions) = (actor.clone(), Arc::clone(&questions));
            Box::pin(async move {
                let mut answers = Vec::with_capacity(questions.len());
                for question in questions.iter() {
                    let object = known(tx, &actor, question).await?;
                    let allowed = |object| authorize(&actor, question.action, &object).is_ok();
                    answers.push(object.is_some_and(allowed));
                }
                Ok(answers)
            })
        })
        .await
    }
}
