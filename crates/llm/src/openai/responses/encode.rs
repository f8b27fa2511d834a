//! From a request to the body of `POST /responses`.

use serde_json::{Map, Value, json};

use super::super::is_stored;
use super::items;
use super::wire::{Body, Choice, Filters, Tool};
use crate::model::{Delivery, Request, ToolChoice};
use crate::options::Wire;
use crate::provider::ProviderKind;

/// Asks for reasoning in a form that can be sent back whether or not the provider keeps it.
const ENCRYPTED_REASONING: &str = "reasoning.encrypted_content";
/// Asks for the probabilities that `log_probs` wants.
const LOG_PROBS: &str = "message.output_text.logprobs";
/// Models of this format that do not reason: they refuse to be asked for encrypted reasoning.
const PLAIN_PREFIXES: [&str; 3] = ["gpt-4", "chatgpt-", "gpt-5-chat"];

pub(super) fn body(request: &Request, provider: ProviderKind) -> Body<'_> {
    let params = &request.params;
    let effort = params.reasoning_effort;
    let mut options = request.options.body(provider, Wire::Responses, effort);
    let parallel = request.options.flag("parallel_tool_calls");
    let tools = tools(request);
    let has_tools = !tools.is_empty();
    let store = is_stored(&request.options);
    Body {
        include: include(request),
        input: items::of(request, store),
        instructions: instructions(request),
        max_output_tokens: params.max_output_tokens,
        model: &request.model,
        parallel_tool_calls: parallel.filter(|_| has_tools),
        previous_response_id: request.previous_response_id.as_deref(),
        store,
        stream: (request.delivery == Delivery::Streamed).then_some(true),
        temperature: params.temperature,
        text: text(request, &mut options),
        tool_choice: tool_choice(request).filter(|_| has_tools),
        tools,
        top_p: params.top_p,
        options,
    }
}

fn include(request: &Request) -> Vec<Value> {
    let mut include = request.options.texts("include");
    let mut add = |wanted: &'static str| {
        if !include.contains(&wanted) {
            include.push(wanted);
        }
    };
    let reasons = |prefix: &&str| request.model.starts_with(*prefix);
    if !PLAIN_PREFIXES.iter().any(reasons) {
        add(ENCRYPTED_REASONING);
    }
    if request.options.flag("log_probs") == Some(true) {
        add(LOG_PROBS);
    }
    include.into_iter().map(Value::from).collect()
}

/// All system texts in one field. A chained response does not inherit it, and so nothing is
/// said twice to a model that continues after a previous response.
fn instructions(request: &Request) -> String {
    let own = request.options.text("instructions");
    let texts = request.system.iter().map(|system| system.text.as_str());
    let texts = texts.chain(own).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join("\n\n")
}

fn text(request: &Request, options: &mut Map<String, Value>) -> Map<String, Value> {
    let mut text = match options.remove("text") {
        Some(Value::Object(text)) => text,
        Some(_) | None => Map::new(),
    };
    if let Some(wanted) = &request.response_schema {
        let strict = request.options.flag("strict_json_schema").unwrap_or(true);
        let format = json!({
            "type": "json_schema",
            "name": wanted.name,
            "schema": wanted.schema,
            "strict": strict,
        });
        text.insert("format".to_owned(), format);
    }
    text
}

fn tools(request: &Request) -> Vec<Tool<'_>> {
    let functions = request.tools.iter().map(|tool| Tool::Function {
        name: &tool.name,
        description: &tool.description,
        parameters: &tool.input_schema,
        strict: false,
    });
    functions.chain(web_search(request)).collect()
}

fn web_search(request: &Request) -> Option<Tool<'_>> {
    let options = &request.options;
    options.flag("web_search_enabled").filter(|is_on| *is_on)?;
    let allowed_domains = options.texts("allowed_domains");
    let filters = (!allowed_domains.is_empty()).then_some(Filters { allowed_domains });
    Some(Tool::WebSearch {
        search_context_size: options.text("search_context_size"),
        filters,
    })
}

fn tool_choice(request: &Request) -> Option<Choice<'_>> {
    match &request.tool_choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(Choice::Mode("none")),
        ToolChoice::Required => Some(Choice::Mode("required")),
        ToolChoice::Named(name) => Some(Choice::Named {
            kind: "function",
            name,
        }),
    }
}
