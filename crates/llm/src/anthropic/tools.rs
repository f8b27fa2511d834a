//! Tools on offer: ours, those that the provider runs, and the one that it defines and we run.

use super::wire::Tool;
use crate::model::{Delivery, Request};
use crate::part::{FileData, Part};

/// Runs at the provider.
const WEB_SEARCH: &str = "web_search";
/// Defined by the provider, run by us.
const COMPUTER: &str = "computer";
/// The feature that the computer tool of this version belongs to.
const COMPUTER_BETA: &str = "computer-use-2025-11-24";
/// The feature that lets a message name uploaded files.
const FILES_BETA: &str = "files-api-2025-04-14";

/// All tools, in a fixed order: they are the head of the cached prefix.
pub(super) fn tools(request: &Request) -> Vec<Tool<'_>> {
    let search = web_search(request);
    let computer = request.computer.map(|screen| Tool::Computer {
        kind: "computer_20251124",
        name: COMPUTER,
        display_width_px: screen.width,
        display_height_px: screen.height,
    });
    let is_taken = |name: &str| {
        (name == WEB_SEARCH && search.is_some()) || (name == COMPUTER && computer.is_some())
    };
    let own = request.tools.iter().filter(|tool| !is_taken(&tool.name));
    let own = own.map(|tool| Tool::Own {
        name: &tool.name,
        description: &tool.description,
        input_schema: &tool.input_schema,
        // Arguments come as the model writes them, not once they are complete.
        eager_input_streaming: (request.delivery == Delivery::Streamed).then_some(true),
    });
    let mut tools: Vec<Tool<'_>> = own.collect();
    tools.extend(search);
    tools.extend(computer);
    tools
}

/// A structured answer has no room for citations, so nothing is looked up for it.
fn web_search(request: &Request) -> Option<Tool<'_>> {
    let options = &request.options;
    if options.flag("web_search_enabled") != Some(true) || request.response_schema.is_some() {
        return None;
    }
    let allowed_domains = options.texts("allowed_domains");
    // The provider takes one list at most; a configuration with both is refused when saved.
    let blocked_domains = match allowed_domains.is_empty() {
        true => options.texts("blocked_domains"),
        false => Vec::new(),
    };
    Some(Tool::WebSearch {
        kind: "web_search_20250305",
        name: WEB_SEARCH,
        allowed_domains,
        blocked_domains,
    })
}

/// The beta features that the request makes use of. Bedrock takes them in the body.
pub(crate) fn betas(request: &Request) -> Vec<&'static str> {
    let mut betas = Vec::new();
    if request.computer.is_some() {
        betas.push(COMPUTER_BETA);
    }
    let mut parts = request.messages.iter().flat_map(|message| &message.parts);
    let is_uploaded = |part: &Part| matches!(part, Part::File(file) if matches!(file.data, FileData::ProviderId(_)));
    if parts.any(is_uploaded) {
        betas.push(FILES_BETA);
    }
    betas
}
