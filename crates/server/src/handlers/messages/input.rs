//! What a client may say, checked part by part.

use muster_api as api;
use muster_base::{ChatId, FileId, ModelConfigId, limits};
use muster_chat_state::Part;
use muster_chat_state::content::{File, FileReference};
use muster_llm::{Effort, ProviderKind};
use muster_store::Error as StoreError;
use muster_store::model_configs::ModelConfig;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};

/// The parts of a message to a chat, or to a new one; what is wrong is named as `content[i]`.
pub(crate) async fn parts(
    app: &App,
    caller: &Caller,
    chat: Option<ChatId>,
    content: Vec<api::InputPart>,
) -> Result<Vec<Part>> {
    let mut parts = checked(content)?;
    for (index, part) in parts.iter_mut().enumerate() {
        let Part::File(file) = part else { continue };
        let Some(id) = file.file_id else { continue };
        let refused = || Error::invalid(format!("content[{index}].file_id"), "is no file of yours");
        let known = match app.store.get_chat_file(caller.actor(), id).await {
            Err(StoreError::NotFound { .. } | StoreError::Denied(_)) => return Err(refused()),
            other => other?,
        };
        let is_usable = match known.chat_id {
            Some(used_by) => chat == Some(used_by),
            None => known.owner_id == caller.0.user.id,
        };
        if !is_usable {
            return Err(refused());
        }
        file.media_type = known.media_type;
        file.name = Some(known.name);
    }
    Ok(parts)
}

/// The parts as far as they can be checked alone.
fn checked(content: Vec<api::InputPart>) -> Result<Vec<Part>> {
    if content.is_empty() || content.len() > limits::MESSAGE_PARTS_MAX {
        let rule = format!("has 1 to {} parts", limits::MESSAGE_PARTS_MAX);
        return Err(Error::invalid("content", rule));
    }
    let is_file = |part: &&api::InputPart| matches!(part, api::InputPart::File { .. });
    let files = i64::try_from(content.iter().filter(is_file).count());
    if files.is_ok_and(|files| files > limits::FILES_PER_CHAT_MAX) {
        let rule = format!("has at most {} files", limits::FILES_PER_CHAT_MAX);
        return Err(Error::invalid("content", rule));
    }
    let parts = content.into_iter().enumerate();
    parts.map(|(index, part)| one(index, part)).collect()
}

fn one(index: usize, part: api::InputPart) -> Result<Part> {
    let field = |name: &str| format!("content[{index}].{name}");
    match part {
        api::InputPart::Text { text } => {
            let text = text.trim();
            if text.is_empty() {
                return Err(Error::invalid(field("text"), "must not be empty"));
            }
            Ok(Part::text(text))
        }
        api::InputPart::File { file_id } => Ok(Part::File(File {
            file_id: Some(FileId::from(file_id)),
            ..File::default()
        })),
        api::InputPart::FileReference {
            file_name,
            start_line,
            end_line,
            content,
        } => {
            if file_name.trim().is_empty() {
                return Err(Error::invalid(field("file_name"), "must not be empty"));
            }
            Ok(Part::FileReference(FileReference {
                file_name,
                start_line,
                end_line,
                content,
            }))
        }
    }
}

/// The model to use: the named one or the default, which must offer the effort.
pub(crate) async fn model(
    app: &App,
    caller: &Caller,
    named: Option<ModelConfigId>,
    effort: Option<&str>,
) -> Result<ModelConfigId> {
    let unusable = || Error::invalid("model_config_id", "is no enabled model");
    let config = match named {
        Some(id) => match app.store.get_model_config(caller.actor(), id).await {
            Err(muster_store::Error::NotFound { .. }) => return Err(unusable()),
            other => Some(other?).filter(|config| config.enabled && !config.deleted),
        },
        None => app.store.default_model_config(caller.actor()).await?,
    };
    let Some(config) = config else {
        return Err(match named {
            Some(_) => unusable(),
            None => Error::bad_request("No model is configured. Ask an administrator to add one.")
                .field("model_config_id", "there is no default model"),
        });
    };
    if let Some(effort) = effort {
        check_effort(&config, effort)?;
    }
    Ok(config.id)
}

/// An effort that comes without a model is asked of the chat's own. Whether that may still be
/// used is not said here: its turn says it, as it does where no effort is named.
pub(crate) async fn effort_of(
    app: &App,
    caller: &Caller,
    model: ModelConfigId,
    effort: &str,
) -> Result<()> {
    let config = app.store.get_model_config(caller.actor(), model).await?;
    check_effort(&config, effort)
}

fn check_effort(config: &ModelConfig, effort: &str) -> Result<()> {
    let kind: Option<ProviderKind> = config.provider.parse().ok();
    let effort: Option<Effort> = effort.parse().ok();
    let offered = effort
        .zip(kind)
        .is_some_and(|(effort, kind)| effort.is_offered_by(kind));
    if offered {
        return Ok(());
    }
    Err(Error::invalid(
        "reasoning_effort",
        "is no effort that this model offers",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(content: Vec<api::InputPart>) -> String {
        let body = checked(content).unwrap_err().into_body();
        body.validations.into_iter().next().unwrap().field
    }

    fn text(text: &str) -> api::InputPart {
        api::InputPart::Text {
            text: text.to_owned(),
        }
    }

    #[test]
    fn part_that_is_wrong_is_named() {
        assert_eq!(refused(Vec::new()), "content");
        assert_eq!(refused(vec![text("a"), text(" \n")]), "content[1].text");
        assert_eq!(
            refused(vec![text("a"); limits::MESSAGE_PARTS_MAX + 1]),
            "content"
        );
    }

    #[test]
    fn message_has_as_many_files_as_a_chat_can_hold() {
        let file_id = uuid::Uuid::nil();
        let max = usize::try_from(limits::FILES_PER_CHAT_MAX).unwrap();
        let files = |count| vec![api::InputPart::File { file_id }; count];
        assert_eq!(checked(files(max)).unwrap().len(), max);
        assert_eq!(refused(files(max + 1)), "content");
    }

    #[test]
    fn text_is_trimmed() {
        assert_eq!(checked(vec![text("  a b ")]).unwrap(), [Part::text("a b")]);
    }
}
