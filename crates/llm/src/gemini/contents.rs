//! From neutral messages to the contents of a request.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;

use super::generation;
use super::wire::{
    Blob, Built, Content, FunctionCall, FunctionResponse, Held, Outcome, Part, Stored,
};
use crate::codec::sendable_args;
use crate::model::{Message, Request, Role};
use crate::part::{self, File, FileData, Format, Native, ToolCall, ToolContent, ToolResult};

/// Stands for a signature where a call was not written by this model; the provider documents
/// the text for histories that come from elsewhere.
const FOREIGN_CALL: &str = "skip_thought_signature_validator";
/// From this generation on, the calls of the turn that is going on must be signed.
const SIGNED_SINCE: u32 = 3;
/// Pictures the provider takes.
const IMAGE_TYPES: [&str; 5] = [
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/heic",
    "image/heif",
];

/// The history as this format wants it. `replays_search` says whether the parts of the
/// provider's own searches may go back.
pub(super) fn contents(request: &Request, replays_search: bool) -> Vec<Content<'_>> {
    let history = History::of(request, replays_search);
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (at, message) in request.messages.iter().enumerate() {
        let is_new = turns.last().is_none_or(|turn| turn.role != message.role);
        if is_new {
            turns.push(Turn::new(message.role));
        }
        if let Some(turn) = turns.last_mut() {
            turn.add(message, at, &history);
        }
    }
    turns.into_iter().filter_map(Turn::content).collect()
}

/// What has to be known about the history before a part can be written.
struct History<'a> {
    model: &'a str,
    calls: HashMap<&'a str, Place>,
    /// Server-run calls that may be replayed: those with a result.
    paired: HashSet<&'a str>,
    /// The turn that is going on begins with this message.
    turn_start: usize,
    must_sign: bool,
}

/// A call, as its result needs to know it.
#[derive(Clone, Copy)]
struct Place {
    /// Results without an id are told apart by their order, which is that of the calls.
    order: usize,
    /// The provider gave the call its id.
    is_known: bool,
}

impl<'a> History<'a> {
    fn of(request: &'a Request, replays_search: bool) -> Self {
        let parts = || request.messages.iter().flat_map(|message| &message.parts);
        let calls = parts()
            .filter_map(call_of)
            .enumerate()
            .map(|(order, call)| {
                let is_known = wire_id(call).is_some();
                (call.id.as_str(), Place { order, is_known })
            });
        let results = parts().filter_map(server_result_id);
        let results: HashSet<&str> = results.filter(|_| replays_search).collect();
        let served = parts().filter_map(call_of);
        let served = served.filter(|call| call.provider_executed);
        let turn_start = request
            .messages
            .iter()
            .rposition(|it| it.role == Role::User);
        Self {
            model: &request.model,
            calls: calls.collect(),
            paired: served
                .map(|call| call.id.as_str())
                .filter(|id| results.contains(id))
                .collect(),
            turn_start: turn_start.unwrap_or(0),
            must_sign: generation(&request.model).is_some_and(|new| new >= SIGNED_SINCE),
        }
    }

    /// A part of the provider's own that may go back whole: it was written by this model.
    fn replayed(&self, native: Option<&Native>) -> Option<Value> {
        let native = own(native).filter(|native| native.model == self.model)?;
        Some(native.json.clone())
    }

    /// A part of a search, which goes back in pairs.
    fn replayed_search(&self, id: &str, native: Option<&Native>) -> Option<Value> {
        self.paired
            .contains(id)
            .then(|| self.replayed(native))
            .flatten()
    }
}

/// Messages of one role in a row, which become one content.
struct Turn<'a> {
    role: Role,
    /// Results of our tools; they stand first and in the order of their calls.
    results: Vec<(usize, Part<'a>)>,
    parts: Vec<Part<'a>>,
    /// What results show; it follows all results.
    media: Vec<Part<'a>>,
    has_call: bool,
}

impl<'a> Turn<'a> {
    const fn new(role: Role) -> Self {
        Self {
            role,
            results: Vec::new(),
            parts: Vec::new(),
            media: Vec::new(),
            has_call: false,
        }
    }

    fn add(&mut self, message: &'a Message, at: usize, history: &History<'a>) {
        for part in &message.parts {
            match part {
                part::Part::Text(text) => match history.replayed(text.native.as_ref()) {
                    Some(json) => self.parts.push(Part::Native(json)),
                    None if text.text.is_empty() => {}
                    None => self.parts.push(Held::Text(text.text.clone()).into()),
                },
                part::Part::Reasoning(thought) => {
                    let json = history.replayed(thought.native.as_ref());
                    // A thought without a signature is of no use to the model. The block
                    // decides: a stored thought has its signature there alone.
                    let json = json.filter(|json| json.get("thoughtSignature").is_some());
                    self.parts.extend(json.map(Part::Native));
                }
                part::Part::ToolCall(call) if call.provider_executed => {
                    let json = history.replayed_search(&call.id, call.native.as_ref());
                    self.parts.extend(json.map(Part::Native));
                }
                part::Part::ToolCall(call) => {
                    // The first call of a step stands for all of them.
                    let must_sign = history.must_sign && at > history.turn_start && !self.has_call;
                    self.has_call = true;
                    self.parts.extend(function_call(call, history, must_sign));
                }
                part::Part::ToolResult(result) if result.provider_executed => {
                    let json = history.replayed_search(&result.call_id, result.native.as_ref());
                    self.parts.extend(json.map(Part::Native));
                }
                part::Part::ToolResult(result) => self.result(result, history),
                part::Part::File(file) => self.parts.push(file_part(file)),
                part::Part::Source(_) => {}
            }
        }
    }

    fn result(&mut self, result: &'a ToolResult, history: &History<'_>) {
        let place = history.calls.get(result.call_id.as_str());
        let mut texts: Vec<String> = Vec::new();
        for piece in &result.content {
            match piece {
                ToolContent::Text(text) => texts.push(text.clone()),
                ToolContent::Json(value) => texts.push(value.to_string()),
                ToolContent::Media {
                    media_type,
                    bytes,
                    text,
                } => {
                    texts.extend(text.clone());
                    let shown = media(media_type, bytes, None);
                    if let Held::Text(note) = shown {
                        texts.push(note);
                        continue;
                    }
                    let kind = match media_type.split_once('/') {
                        Some(("image", _)) => "Image",
                        Some(_) | None => "File",
                    };
                    texts.push(format!("[{} follows]", kind.to_lowercase()));
                    let caption = format!("{kind} from the result of {}:", result.name);
                    self.media.push(Held::Text(caption).into());
                    self.media.push(shown.into());
                }
            }
        }
        let output = match result.content.as_slice() {
            [ToolContent::Json(value)] => value.clone(),
            _ => Value::String(texts.join("\n")),
        };
        let response = FunctionResponse {
            id: place
                .filter(|place| place.is_known)
                .map(|_| result.call_id.as_str()),
            name: &result.name,
            response: if result.is_error {
                Outcome::Error(output)
            } else {
                Outcome::Output(output)
            },
        };
        let order = place.map_or(usize::MAX, |place| place.order);
        self.results
            .push((order, Held::FunctionResponse(response).into()));
    }

    /// The content; `None` when nothing of it can be sent.
    fn content(mut self) -> Option<Content<'a>> {
        self.results.sort_by_key(|(order, _)| *order);
        let results = self.results.into_iter().map(|(_, part)| part);
        let parts: Vec<_> = results.chain(self.parts).chain(self.media).collect();
        let role = match self.role {
            Role::Assistant => "model",
            Role::User | Role::Tool => "user",
        };
        (!parts.is_empty()).then_some(Content { parts, role })
    }
}

fn function_call<'a>(
    call: &'a ToolCall,
    history: &History<'_>,
    must_sign: bool,
) -> Option<Part<'a>> {
    let Some(native) = own(call.native.as_ref()) else {
        let args = RawValue::from_string(sendable_args(&call.args)).ok()?;
        let name = &call.name;
        return Some(Part::Built(Built {
            data: Held::FunctionCall(FunctionCall { args, name }),
            thought_signature: must_sign.then_some(FOREIGN_CALL),
        }));
    };
    let mut json = native.json.clone();
    if let Some(part) = json.as_object_mut() {
        // The prompt may have renamed a call to keep ids unique; the view is right.
        if let Some(Value::String(id)) =
            part.get_mut("functionCall").and_then(|it| it.get_mut("id"))
        {
            id.clone_from(&call.id);
        }
        if native.model != history.model {
            part.remove("thoughtSignature");
        }
        if must_sign {
            part.entry("thoughtSignature")
                .or_insert(FOREIGN_CALL.into());
        }
    }
    Some(Part::Native(json))
}

fn call_of(part: &part::Part) -> Option<&ToolCall> {
    if let part::Part::ToolCall(call) = part {
        return Some(call);
    }
    None
}

fn server_result_id(part: &part::Part) -> Option<&str> {
    if let part::Part::ToolResult(result) = part {
        return result.provider_executed.then_some(result.call_id.as_str());
    }
    None
}

/// The id that the provider itself gave to a call.
fn wire_id(call: &ToolCall) -> Option<&str> {
    let native = own(call.native.as_ref())?;
    native.json.get("functionCall")?.get("id")?.as_str()
}

/// A native part, if it is of this format.
fn own(native: Option<&Native>) -> Option<&Native> {
    native.filter(|native| native.provider_format == Format::Gemini)
}

fn file_part(file: &File) -> Part<'_> {
    let data = match &file.data {
        FileData::Bytes(bytes) => media(&file.media_type, bytes, file.name.as_deref()),
        FileData::ProviderId(file_uri) => Held::FileData(Stored {
            file_uri,
            mime_type: &file.media_type,
        }),
    };
    data.into()
}

/// Bytes as the provider takes them, or a note that it does not.
fn media<'a>(media_type: &'a str, bytes: &[u8], name: Option<&str>) -> Held<'a> {
    let mime_type = if media_type.starts_with("text/") {
        // Any text is read, but not every name of one is known.
        Some("text/plain")
    } else {
        let is_taken = IMAGE_TYPES.contains(&media_type)
            || media_type == "application/pdf"
            || media_type.starts_with("audio/")
            || media_type.starts_with("video/");
        is_taken.then_some(media_type)
    };
    match mime_type.filter(|_| !bytes.is_empty()) {
        Some(mime_type) => Held::InlineData(Blob {
            data: STANDARD.encode(bytes),
            mime_type,
        }),
        None => {
            let name = name.unwrap_or("without a name");
            Held::Text(format!(
                "[file {name} of type {media_type}: not readable for this model]"
            ))
        }
    }
}
