//! From a request to the body of `generateContent`.

use serde_json::{Map, Value};

use super::contents::contents;
use super::wire::{
    Body, CallingConfig, Content, Empty, Function, GenerationConfig, Held, Tool, ToolConfig,
};
use super::{generation, schema};
use crate::model::{Request, ToolChoice};
use crate::options::Wire;
use crate::provider::ProviderKind;

/// From this generation on, search and functions may be offered together.
const SEARCH_BESIDE_FUNCTIONS_SINCE: u32 = 3;

pub(super) fn body(request: &Request) -> Body<'_> {
    let mut placed = request
        .options
        .body(ProviderKind::Google, Wire::Gemini, None);
    let config = match placed.remove("generationConfig") {
        Some(Value::Object(config)) => config,
        Some(_) | None => Map::new(),
    };
    // What has been cached brings its own system text and tools; the provider refuses others.
    let is_cached = placed.contains_key("cachedContent");
    let search = search(request);
    Body {
        contents: contents(request, search == Search::BesideFunctions),
        system_instruction: system(request).filter(|_| !is_cached),
        tools: if is_cached {
            Vec::new()
        } else {
            tools(request, search)
        },
        tool_config: tool_config(request, search).filter(|_| !is_cached),
        generation_config: generation_config(request, config),
        options: placed,
    }
}

/// Whether the provider searches the web, and in what company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Search {
    No,
    Alone,
    BesideFunctions,
}

fn search(request: &Request) -> Search {
    let is_wanted = request.options.flag("web_search_enabled") == Some(true);
    match (is_wanted, request.tools.is_empty()) {
        (false, _) => Search::No,
        (true, true) => Search::Alone,
        // Older models refuse the whole request; functions are what a turn cannot do without.
        (true, false) => match generation(&request.model) {
            Some(old) if old < SEARCH_BESIDE_FUNCTIONS_SINCE => Search::No,
            Some(_) | None => Search::BesideFunctions,
        },
    }
}

fn system(request: &Request) -> Option<Content<'_>> {
    let texts = request.system.iter().filter(|it| !it.text.is_empty());
    let parts: Vec<_> = texts.map(|it| Held::Text(it.text.clone()).into()).collect();
    (!parts.is_empty()).then_some(Content {
        parts,
        role: "user",
    })
}

fn tools(request: &Request, search: Search) -> Vec<Tool<'_>> {
    let functions = request.tools.iter().map(|tool| Function {
        description: &tool.description,
        name: &tool.name,
        parameters: schema::parameters(&tool.input_schema),
    });
    let functions: Vec<_> = functions.collect();
    let functions = (!functions.is_empty()).then_some(Tool::FunctionDeclarations(functions));
    let search = (search != Search::No).then_some(Tool::GoogleSearch(Empty {}));
    functions.into_iter().chain(search).collect()
}

fn tool_config(request: &Request, search: Search) -> Option<ToolConfig<'_>> {
    let choice = if request.tools.is_empty() {
        &ToolChoice::Auto
    } else {
        &request.tool_choice
    };
    let (mode, named) = match choice {
        ToolChoice::Auto => (None, None),
        ToolChoice::None => (Some("NONE"), None),
        ToolChoice::Required => (Some("ANY"), None),
        ToolChoice::Named(name) => (Some("ANY"), Some([name.as_str()])),
    };
    let beside = search == Search::BesideFunctions;
    (mode.is_some() || beside).then_some(ToolConfig {
        function_calling_config: mode.map(|mode| CallingConfig {
            mode,
            allowed_function_names: named,
        }),
        include_server_side_tool_invocations: beside,
    })
}

fn generation_config(request: &Request, options: Map<String, Value>) -> GenerationConfig<'_> {
    let params = &request.params;
    let wanted = request.response_schema.as_ref();
    GenerationConfig {
        temperature: params.temperature,
        top_p: params.top_p,
        top_k: params.top_k,
        max_output_tokens: params.max_output_tokens,
        stop_sequences: &params.stop,
        presence_penalty: params.presence_penalty,
        frequency_penalty: params.frequency_penalty,
        response_mime_type: wanted.map(|_| "application/json"),
        response_schema: wanted.map(|wanted| schema::subset(&wanted.schema)),
        options,
    }
}
