//! The system texts that a new chat begins with. They are stored with it, so that a later
//! change of the configuration leaves the prompt's prefix of a running chat alone.

use muster_store::prompts::DeploymentPrompt;

use super::DEFAULT_SYSTEM_PROMPT;

const WITH_WORKSPACE: &str = "This chat is attached to a workspace. Its files and commands are \
    reached by the workspace tools; no workspace needs to be created.";
const WITHOUT_WORKSPACE: &str = "This chat has no workspace yet. Create or start one with the \
    workspace tools as soon as the task needs files or commands, and not before.";
const SUBAGENT_WITHOUT_WORKSPACE: &str = "This chat has no workspace, so there are no files and \
    no commands; work from what you are told.";

/// What a subagent reads in the place of a text of its parent's: the parent may have come to a
/// workspace since, and a subagent can come to none.
pub(crate) fn inherited_text(text: &str, has_workspace: bool) -> &str {
    match text {
        WITHOUT_WORKSPACE if has_workspace => WITH_WORKSPACE,
        WITHOUT_WORKSPACE => SUBAGENT_WITHOUT_WORKSPACE,
        other => other,
    }
}

/// The texts in their order: the deployment's prompt behind the built-in one, what the chat has
/// of a workspace, and what its creator adds.
#[must_use]
pub fn opening(
    deployment: &DeploymentPrompt,
    has_workspace: bool,
    own: Option<&str>,
) -> Vec<String> {
    let mut first = String::new();
    if deployment.include_default {
        first.push_str(DEFAULT_SYSTEM_PROMPT.trim());
        if !deployment.text.is_empty() {
            first.push_str("\n\n");
        }
    }
    first.push_str(&deployment.text);
    let awareness = if has_workspace {
        WITH_WORKSPACE
    } else {
        WITHOUT_WORKSPACE
    };
    [first.as_str(), awareness, own.unwrap_or_default()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(text: &str, include_default: bool) -> DeploymentPrompt {
        DeploymentPrompt {
            text: text.to_owned(),
            include_default,
        }
    }

    #[test]
    fn built_in_prompt_plans_before_it_proposes() {
        let (_, planning) = DEFAULT_SYSTEM_PROMPT.split_once("## Planning").unwrap();
        let steps = ["Research", "Write the plan", "Iterate", "`propose_plan`"];
        let places: Vec<_> = steps.map(|step| planning.find(step).unwrap()).to_vec();
        assert!(places.is_sorted(), "{places:?}");
        let acts = DEFAULT_SYSTEM_PROMPT.find("Act first").unwrap();
        let asks = DEFAULT_SYSTEM_PROMPT.find("Ask the person only").unwrap();
        assert!(acts < asks);
        assert_eq!(muster_base::sanitize(DEFAULT_SYSTEM_PROMPT).removed, 0);
    }

    #[test]
    fn deployment_prompt_follows_the_built_in_one_unless_that_is_switched_off() {
        let default = DEFAULT_SYSTEM_PROMPT.trim();
        let texts = opening(&DeploymentPrompt::default(), false, None);
        assert_eq!(texts, [default, WITHOUT_WORKSPACE]);
        let texts = opening(&deployment("Ours.", true), true, Some("Mine."));
        let both = format!("{default}\n\nOurs.");
        assert_eq!(texts, [both.as_str(), WITH_WORKSPACE, "Mine."]);
        let texts = opening(&deployment("Ours.", false), true, None);
        assert_eq!(texts, ["Ours.", WITH_WORKSPACE]);
        let texts = opening(&deployment("", false), true, None);
        assert_eq!(texts, [WITH_WORKSPACE]);
    }

    #[test]
    fn subagent_is_never_told_to_come_to_a_workspace() {
        for (text, has_workspace, expected) in [
            (WITHOUT_WORKSPACE, true, WITH_WORKSPACE),
            (WITHOUT_WORKSPACE, false, SUBAGENT_WITHOUT_WORKSPACE),
            (WITH_WORKSPACE, true, WITH_WORKSPACE),
            ("Ours.", true, "Ours."),
        ] {
            assert_eq!(inherited_text(text, has_workspace), expected);
        }
    }
}
