//! What a model attempt needs: the model, the prompt, the request.

use muster_llm::{Attribution, Delivery, Failure, Request, ToolChoice};

use super::{Stop, Work};
use crate::model::{self, ChosenModel, NoModel};
use crate::prompt::chaining::Chain;
use crate::prompt::{assemble, blocks};
use crate::tools;

/// The turn's model, or why there is none.
pub(super) enum Prepared {
    Ready(Box<(ChosenModel, Request)>),
    Refused(Box<Failure>),
}

impl Work {
    /// Resolves the model once per turn and builds the request from what is stored.
    pub(super) async fn prepare(&mut self) -> Result<Prepared, Stop> {
        let model = match self.model().await? {
            Ok(model) => model,
            Err(failure) => return Ok(Prepared::Refused(failure)),
        };
        let user_prompt = match self.turn.user_prompt.clone() {
            Some(prompt) => prompt,
            None => {
                let owner = self.chat.owner_id;
                let prompt = self.shared.config.user_prompt(owner).await;
                let prompt = prompt.map_err(|error| store_failed(&error))?;
                self.turn.user_prompt.insert(prompt).clone()
            }
        };
        self.load_files().await?;
        let request = self.request(&model, &user_prompt);
        Ok(Prepared::Ready(Box::new((model, request))))
    }

    /// The turn's model, or why there is none.
    pub(super) async fn model(&mut self) -> Result<Result<ChosenModel, Box<Failure>>, Stop> {
        if let Some(model) = &self.turn.model {
            return Ok(Ok(model.clone()));
        }
        match model::choose(&self.shared.config, &self.chat).await {
            Ok(model) => Ok(Ok(self.turn.model.insert(model).clone())),
            Err(NoModel::Refused(failure)) => Ok(Err(failure)),
            Err(NoModel::Store(error)) => Err(store_failed(&error)),
        }
    }

    fn request(&self, model: &ChosenModel, user_prompt: &str) -> Request {
        let items = &self.history.items;
        let may_chain = model.is_chainable() && !self.turn.is_unchained;
        let chain = may_chain.then(|| Chain::of(items, model.config_id));
        let chain = chain.flatten();
        let sent = items
            .iter()
            .enumerate()
            .filter(|(at, item)| chain.is_none_or(|chain| chain.sends(*at, item.author)));
        let plain = self.turn.plain_until;
        let messages = sent.map(|(_, item)| {
            let is_plain = plain.is_some_and(|last| item.id <= last);
            let parts = match is_plain {
                true => blocks::plain(&item.parts),
                false => model.account.sees(&item.parts),
            };
            (item.author, parts)
        });
        let prompt = assemble::prompt(messages, user_prompt, &self.turn.files);
        Request {
            model: model.model.clone(),
            system: prompt.system,
            messages: prompt.messages,
            tools: tools::definitions_for(&self.chat),
            tool_choice: ToolChoice::Auto,
            params: model.params.clone(),
            options: model.options.clone(),
            wire_api: model.wire_api,
            computer: None,
            previous_response_id: chain.map(|chain| chain.response_id.to_owned()),
            response_schema: None,
            delivery: Delivery::Streamed,
            tap: None,
            attribution: Some(Attribution {
                owner: self.chat.owner_id,
                chat: self.chat.id,
                parent: self.chat.parent_chat_id,
                workspace: self.chat.workspace_id,
            }),
        }
    }
}

pub(super) fn store_failed(error: &muster_store::Error) -> Stop {
    Stop::Failed(error.clone().into())
}
