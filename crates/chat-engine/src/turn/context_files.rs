//! Instruction files of the workspace, read once per agent and kept in the conversation (F09).

use muster_agent_link::CallContext as LinkContext;
use muster_agent_link::wire::{ContextConfig, InstructionFile};
use muster_base::AgentId;
use muster_base::limits::{CONTEXT_FILE_BYTES_MAX, CONTEXT_LOOKUP_LIMIT, CONTEXT_TOTAL_BYTES_MAX};
use muster_base::sanitize;
use muster_chat_state::content::{Content, ContextFile, Part};
use muster_chat_state::transitions::Step;
use muster_store::workspace_agents::{self, Lifecycle};

use super::finish::Then;
use super::{Stop, Work};

impl Work {
    /// Writes what the workspace tells about itself, if this conversation has not heard it from
    /// its present agent. True when something was written: then that was this task.
    pub(super) async fn attach_context(mut self) -> Result<(Self, bool), Stop> {
        let Some(workspace) = self.chat.workspace_id else {
            return Ok((self, false));
        };
        let bound = (workspace, self.chat.agent_id);
        let knows = |agent| self.history.knows_context_of(agent);
        // Once per turn and binding: an agent that stays away must not hold up every step.
        if self.turn.asked_context == Some(bound) || self.chat.agent_id.is_some_and(knows) {
            return Ok((self, false));
        }
        let (reached, config) = self.look_up().await;
        // On the way the chat may have been bound to the agent, or to another one.
        self.turn.asked_context = Some((workspace, reached.or(self.chat.agent_id)));
        let (Some(agent), Some(config)) = (reached, config) else {
            return Ok((self, false));
        };
        if self.history.knows_context_of(agent) {
            return Ok((self, false));
        }
        let content = Content::new(&parts(agent, config))?;
        let fence = self.fence();
        let step = Some(Step::ContextFiles(content));
        let work = self.commit(fence, step, Then::GoOn, false).await?;
        Ok((work, true))
    }

    /// Asks the agent, and gives which one it was. Whatever goes wrong is tried again with the
    /// next turn.
    async fn look_up(&mut self) -> (Option<AgentId>, Option<ContextConfig>) {
        let binding = self.binding();
        let mut reached = None;
        let asked = async {
            let agent = binding.agent().await.ok()?;
            reached = Some(agent.agent_id());
            if !self.is_ready(agent.agent_id()).await {
                return None;
            }
            let link = LinkContext::of_chat(self.chat.id, Vec::new());
            agent.context_config(&link).await.ok()
        };
        let clock = &self.shared.clock;
        let found = clock
            .timeout("turn.context", CONTEXT_LOOKUP_LIMIT, asked)
            .await;
        let found = found.ok().flatten();
        if found.is_none() {
            tracing::info!(chat.id = %self.chat.id, "context files were not read");
        }
        (reached, found)
    }

    /// Start-up scripts fetch repositories: before their end there is nothing to read.
    async fn is_ready(&self, agent: AgentId) -> bool {
        let read = self.shared.store.read("turn.agent_state", move |tx| {
            Box::pin(workspace_agents::get(tx, agent))
        });
        let agent: Result<_, muster_store::Error> = read.await;
        match agent {
            Ok(Some(agent)) => !matches!(
                agent.lifecycle_state,
                Lifecycle::Created | Lifecycle::Starting
            ),
            // An agent without a row has no scripts.
            Ok(None) => true,
            Err(_) => false,
        }
    }
}

/// One part per file. Without any file one part still says which agent was asked, so that it is
/// not asked again.
fn parts(agent: AgentId, config: ContextConfig) -> Vec<Part> {
    let ContextConfig {
        working_directory,
        operating_system,
        instruction_files,
        ..
    } = config;
    let mut left = CONTEXT_TOTAL_BYTES_MAX;
    let mut parts = Vec::new();
    for file in instruction_files {
        let Some(file) = bounded(file, &mut left) else {
            continue;
        };
        parts.push(Part::ContextFile(ContextFile {
            context_file_path: file.path,
            context_file_truncated: file.truncated,
            context_file_agent_id: Some(agent),
            context_file_content: Some(file.content),
            context_file_os: Some(operating_system.clone()),
            context_file_directory: Some(working_directory.clone()),
        }));
    }
    if parts.is_empty() {
        parts.push(Part::ContextFile(ContextFile {
            context_file_agent_id: Some(agent),
            ..ContextFile::default()
        }));
    }
    parts
}

/// A file without what nobody can see, and not too long; `None` where nothing is left of it.
fn bounded(file: InstructionFile, left: &mut usize) -> Option<InstructionFile> {
    let mut content = sanitize(&file.content).text;
    let room = CONTEXT_FILE_BYTES_MAX.min(*left);
    let is_cut = content.len() > room;
    content.truncate(content.floor_char_boundary(room));
    if content.is_empty() || file.path.is_empty() {
        return None;
    }
    *left -= content.len();
    Some(InstructionFile {
        truncated: file.truncated || is_cut,
        path: file.path,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(files: &[(&str, String)]) -> ContextConfig {
        let file = |(path, content): &(&str, String)| InstructionFile {
            path: (*path).to_owned(),
            content: content.clone(),
            truncated: false,
        };
        ContextConfig {
            working_directory: "/w".to_owned(),
            home_directory: "/h".to_owned(),
            operating_system: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            instruction_files: files.iter().map(file).collect(),
            skill_directories: Vec::new(),
        }
    }

    fn files(config: ContextConfig) -> Vec<ContextFile> {
        let file = |part| {
            let Part::ContextFile(file) = part else {
                panic!("{part:?}");
            };
            file
        };
        let parts = parts(AgentId::NIL, config);
        parts.into_iter().map(file).collect()
    }

    #[test]
    fn file_is_sanitised_and_cut_at_its_limit() {
        let fits = "x".repeat(CONTEXT_FILE_BYTES_MAX);
        let long = format!("{fits}y");
        let all = files(config(&[
            ("/w/AGENTS.md", format!("{fits}\u{200B}")),
            ("/w/CLAUDE.md", long),
            ("/h/AGENTS.md", " \u{FEFF}\n".to_owned()),
        ]));
        let cut: Vec<bool> = all.iter().map(|it| it.context_file_truncated).collect();
        assert_eq!(cut, [false, true]);
        for file in all {
            assert_eq!(file.context_file_content, Some(fits.clone()));
        }
    }

    #[test]
    fn all_files_together_have_a_limit() {
        let long = "x".repeat(CONTEXT_FILE_BYTES_MAX);
        let count = CONTEXT_TOTAL_BYTES_MAX / CONTEXT_FILE_BYTES_MAX;
        let many: Vec<_> = (0..=count)
            .map(|_| ("/w/AGENTS.md", long.clone()))
            .collect();
        assert_eq!(files(config(&many)).len(), count);
    }

    #[test]
    fn agent_without_files_is_remembered() {
        let all = files(config(&[]));
        let sentinel = ContextFile {
            context_file_agent_id: Some(AgentId::NIL),
            ..ContextFile::default()
        };
        assert_eq!(all, [sentinel]);
    }
}
