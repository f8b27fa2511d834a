//! `propose_plan`: shows a plan that the model has written to a file of the workspace (F14).

use futures_util::future::BoxFuture;
use muster_agent_link::wire;
use muster_base::limits::{FILE_NAME_BYTES_MAX, PLAN_BYTES_MAX};
use muster_base::{FileId, sanitize};
use muster_rbac::{Actor, Purpose};
use muster_store::chat_files::NewFile;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, parse};

const MEDIA_TYPE: &str = "text/markdown";

pub(super) struct ProposePlan;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    path: String,
}

#[derive(Serialize)]
struct Proposed {
    ok: bool,
    path: String,
    kind: &'static str,
    file_id: FileId,
    media_type: &'static str,
}

impl Tool for ProposePlan {
    fn name(&self) -> &'static str {
        "propose_plan"
    }

    fn description(&self) -> &'static str {
        "Show the person a plan and let them decide. Write the plan to a Markdown file of the \
         workspace first, then name that file here; the person sees it as it is now. Propose it \
         again after you have changed it."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "Absolute path of the plan, ending in .md."}
            },
            "required": ["path"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Keyed
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let proposed = match parse(args) {
                Ok(args) => propose(context, args).await,
                Err(output) => Err(output),
            };
            proposed.unwrap_or_else(|output| output)
        })
    }
}

async fn propose(context: &CallContext, args: Args) -> Result<Output, Output> {
    let chat = &context.turn.chat;
    let path = args.path;
    check(&path)?;
    let store = &context.turn.shared.store;
    let worker = Actor::system(Purpose::ChatWorker);
    let failed = |error: muster_store::Error| Output::error(error.to_string());
    let effect = context.effect.id;
    let known = store.chat_file_of_effect(&worker, chat.owner_id, effect);
    let file_id = match known.await.map_err(failed)? {
        Some(known) => known,
        None => {
            let file = NewFile {
                id: FileId::new(context.clock()),
                owner_id: chat.owner_id,
                organization_id: chat.organization_id,
                chat_id: Some(context.chat_id),
                name: name(&path),
                media_type: MEDIA_TYPE.to_owned(),
                data: read(context, &path).await?,
                effect_id: Some(effect),
            };
            store
                .create_chat_file(&worker, file)
                .await
                .map_err(failed)?
        }
    };
    Ok(Output::json(&Proposed {
        ok: true,
        path,
        kind: "plan",
        file_id,
        media_type: MEDIA_TYPE,
    }))
}

fn check(path: &str) -> Result<(), Output> {
    if !path.starts_with('/') {
        return Err(Output::error("path must be absolute."));
    }
    let (_, end) = path.rsplit_once('.').unwrap_or_default();
    if !end.eq_ignore_ascii_case("md") {
        return Err(Output::error("path must end in .md."));
    }
    Ok(())
}

/// The last piece of the path, as the file is called for people.
fn name(path: &str) -> String {
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut name = sanitize(name).text.replace(char::is_control, " ");
    name.truncate(name.floor_char_boundary(FILE_NAME_BYTES_MAX));
    name
}

async fn read(context: &CallContext, path: &str) -> Result<Vec<u8>, Output> {
    let agent = context.agent().await?;
    let query = wire::ReadFile {
        path: path.to_owned(),
        limit: Some(PLAN_BYTES_MAX as u64 + 1),
        ..wire::ReadFile::default()
    };
    let file = agent.read_file(&context.link(), &query).await;
    let file = file.map_err(|error| Output::from_agent(&error))?;
    if file.bytes.len() > PLAN_BYTES_MAX {
        return Err(Output::error("The plan is larger than 1 MiB."));
    }
    match std::str::from_utf8(&file.bytes) {
        Ok(text) if text.trim().is_empty() => Err(Output::error("The plan is empty.")),
        Ok(_) => Ok(file.bytes.to_vec()),
        Err(_) => Err(Output::error("The plan is no UTF-8 text.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_absolute_and_ends_in_md() {
        for good in ["/w/plan.md", "/w/PLAN.MD", "/.md"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "plan.md",
            "/w/plan",
            "/w/plan.txt",
            "/w/md",
            "/w/plan.md/",
            "",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn file_is_called_like_the_end_of_its_path() {
        assert_eq!(name("/w/a b.md"), "a b.md");
        assert_eq!(name("/w/\u{200B}p\u{7}.md"), "p .md");
        let long = format!("/w/{}.md", "é".repeat(200));
        assert_eq!(name(&long).len(), FILE_NAME_BYTES_MAX - 1);
    }
}
