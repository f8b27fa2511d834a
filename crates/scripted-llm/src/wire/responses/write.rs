//! An answer as items and events.

use serde_json::{Map, Value, json};

use super::{BOUND, ENCRYPTED_REASONING, SEARCH_SOURCES};
use crate::answer::{Answer, AnswerCall, Finish, Search, Source, Usage, pieces};
use crate::chunks::Event;
use crate::conversation::Conversation;
use crate::wire::seal;

/// `created_at` of every answer: a fixed second, since answers depend on the request only.
const CREATED: i64 = 1_767_225_600;

/// The id under which a response is kept.
pub(crate) fn id(answer: &Answer) -> String {
    format!("resp_{}", answer.id)
}

/// What reasoning looks like to everybody but the model that wrote it.
pub(super) fn sealed(model: &str, reasoning: &str) -> String {
    seal::sealed(&format!("{model}\n{reasoning}"))
}

/// The id of an item; what comes after reasoning is bound to it.
fn item_id(kind: &str, id: &str, answer: &Answer) -> String {
    let mark = answer.reasoning.as_ref().map(|_| BOUND);
    let mark = mark.map(String::from).unwrap_or_default();
    format!("{kind}_{id}{mark}")
}

/// The items of an answer, in the order in which they are written.
pub(crate) fn output(answer: &Answer, conversation: &Conversation) -> Vec<Value> {
    let mut items = Vec::new();
    let reasoning = answer.reasoning.as_ref();
    items.extend(reasoning.map(|text| reasoning_item(text, answer, conversation)));
    let search = answer.search.as_ref();
    items.extend(search.map(|search| search_item(search, answer, conversation)));
    let text = answer.text.as_ref();
    items.extend(text.map(|text| message_item(text, answer)));
    items.extend(answer.calls.iter().map(|call| call_item(call, answer)));
    items
}

fn reasoning_item(text: &str, answer: &Answer, conversation: &Conversation) -> Value {
    let summary = if answer.redacted {
        json!([])
    } else {
        json!([{"type": "summary_text", "text": text}])
    };
    let mut item = json!({
        "id": format!("rs_{}", answer.id), "type": "reasoning", "summary": summary,
    });
    if conversation.includes(ENCRYPTED_REASONING)
        && let Some(fields) = item.as_object_mut()
    {
        let sealed = sealed(&conversation.model, text);
        fields.insert("encrypted_content".into(), sealed.into());
    }
    item
}

fn search_item(search: &Search, answer: &Answer, conversation: &Conversation) -> Value {
    let Search { query, sources } = search;
    let mut action = json!({"type": "search", "query": query});
    if conversation.includes(SEARCH_SOURCES)
        && let Some(fields) = action.as_object_mut()
    {
        let sources = sources.iter().map(|source| &source.url);
        let sources = sources.map(|url| json!({"type": "url", "url": url}));
        fields.insert("sources".into(), sources.collect());
    }
    json!({
        "id": item_id("ws", &answer.id, answer), "type": "web_search_call",
        "status": "completed", "action": action,
    })
}

fn message_item(text: &str, answer: &Answer) -> Value {
    let status = if answer.finish == Finish::Length {
        "incomplete"
    } else {
        "completed"
    };
    json!({
        "id": item_id("msg", &answer.id, answer), "type": "message", "role": "assistant",
        "status": status, "content": [text_part(text, annotations(answer))],
    })
}

fn text_part(text: &str, annotations: Vec<Value>) -> Value {
    let annotations = Value::Array(annotations);
    json!({"type": "output_text", "text": text, "annotations": annotations, "logprobs": []})
}

/// What a search has found, as annotations of the whole text.
fn annotations(answer: &Answer) -> Vec<Value> {
    let end = answer.text.as_ref().map_or(0, |text| text.chars().count());
    let sources = answer.search.iter().flat_map(|search| &search.sources);
    let annotation = |Source { url, title }: &Source| {
        json!({"type": "url_citation", "url": url, "title": title,
               "start_index": 0, "end_index": end})
    };
    sources.map(annotation).collect()
}

fn call_item(call: &AnswerCall, answer: &Answer) -> Value {
    json!({
        "id": item_id("fc", &call.id, answer), "type": "function_call", "status": "completed",
        "call_id": format!("call_{}", call.id), "name": call.name, "arguments": call.args,
    })
}

/// This wire counts cached tokens as part of the input.
fn usage(usage: Usage) -> Value {
    let input = usage.input + usage.cache_read + usage.cache_creation;
    json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": usage.cache_read},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": input + usage.output,
    })
}

/// The status of a finished answer, the event that ends it, and why it is incomplete.
const fn ending(finish: Finish) -> (&'static str, &'static str, Option<&'static str>) {
    match finish {
        Finish::Stop | Finish::ToolCalls | Finish::Pause => {
            ("completed", "response.completed", None)
        }
        Finish::Length => (
            "incomplete",
            "response.incomplete",
            Some("max_output_tokens"),
        ),
        Finish::ContentFilter => ("incomplete", "response.incomplete", Some("content_filter")),
    }
}

/// The response before its first item.
fn opened(answer: &Answer, conversation: &Conversation) -> Value {
    json!({
        "id": id(answer), "object": "response", "created_at": CREATED, "status": "in_progress",
        "background": false, "error": null, "incomplete_details": null, "instructions": null,
        "max_output_tokens": null, "metadata": {}, "model": conversation.model, "output": [],
        "parallel_tool_calls": true, "previous_response_id": null, "service_tier": "default",
        "temperature": 1.0, "text": {"format": {"type": "text"}}, "tool_choice": "auto",
        "tools": [], "top_p": 1.0, "truncation": "disabled", "usage": null,
    })
}

/// The answer as one document.
pub(crate) fn whole(answer: &Answer, conversation: &Conversation) -> Value {
    let mut response = opened(answer, conversation);
    let (status, _, cause) = ending(answer.finish);
    if let Some(fields) = response.as_object_mut() {
        fields.insert("status".into(), status.into());
        fields.insert("output".into(), output(answer, conversation).into());
        fields.insert("usage".into(), usage(answer.usage));
        if let Some(reason) = cause {
            fields.insert("incomplete_details".into(), json!({"reason": reason}));
        }
    }
    response
}

/// The answer as stream events.
pub(crate) fn events(answer: &Answer, conversation: &Conversation) -> Vec<Event> {
    let mut out = Out::default();
    let opened = opened(answer, conversation);
    out.push("response.created", json!({"response": opened}));
    out.push("response.in_progress", json!({"response": opened}));
    for item in output(answer, conversation) {
        match super::kind(&item) {
            "reasoning" => out.reasoning(&item, answer),
            "web_search_call" => out.search(&item),
            "message" => out.message(&item, answer),
            _ => out.call(&item, answer),
        }
        out.items += 1;
    }
    let (_, name, _) = ending(answer.finish);
    let data = json!({"response": whole(answer, conversation)});
    out.push(name, data);
    if let Some(last) = out.events.pop() {
        out.events.push(last.terminal());
    }
    out.events
}

/// Events under construction.
#[derive(Default)]
struct Out {
    events: Vec<Event>,
    /// Items that are complete.
    items: usize,
}

impl Out {
    fn push(&mut self, name: &'static str, data: Value) {
        let event = self.event(name, data);
        self.events.push(event);
    }

    fn push_content(&mut self, name: &'static str, data: Value) {
        let event = self.event(name, data).content();
        self.events.push(event);
    }

    fn event(&self, name: &'static str, data: Value) -> Event {
        let mut fields = Map::new();
        fields.insert("type".into(), name.into());
        fields.insert("sequence_number".into(), self.events.len().into());
        if let Value::Object(more) = data {
            fields.extend(more);
        }
        Event::named(name, &Value::Object(fields))
    }

    /// The item without what is streamed of it.
    fn added(&mut self, item: &Value, empty: (&str, Value)) {
        let mut item = item.clone();
        if let Some(fields) = item.as_object_mut() {
            fields.insert(empty.0.into(), empty.1);
            if fields.contains_key("status") {
                fields.insert("status".into(), "in_progress".into());
            }
        }
        let data = json!({"output_index": self.items, "item": item});
        self.push("response.output_item.added", data);
    }

    fn done(&mut self, item: &Value) {
        let data = json!({"output_index": self.items, "item": item});
        self.push("response.output_item.done", data);
    }

    fn reasoning(&mut self, item: &Value, answer: &Answer) {
        self.added(item, ("summary", json!([])));
        let (at, id) = (self.items, item.get("id").cloned());
        let text = answer.reasoning.as_deref().filter(|_| !answer.redacted);
        let data = |field: &str, value: Value| json!({"item_id": id, "output_index": at, "summary_index": 0, field: value});
        if let Some(text) = text {
            let part = |text: &str| json!({"type": "summary_text", "text": text});
            let added = data("part", part(""));
            self.push("response.reasoning_summary_part.added", added);
            for piece in pieces(text, answer.pace) {
                let delta = data("delta", piece.into());
                self.push_content("response.reasoning_summary_text.delta", delta);
            }
            let done = data("text", text.into());
            self.push("response.reasoning_summary_text.done", done);
            let done = data("part", part(text));
            self.push("response.reasoning_summary_part.done", done);
        }
        self.done(item);
    }

    fn search(&mut self, item: &Value) {
        self.added(item, ("action", json!({"type": "search", "query": ""})));
        let data = json!({"item_id": item.get("id"), "output_index": self.items});
        self.push("response.web_search_call.in_progress", data.clone());
        self.push_content("response.web_search_call.searching", data.clone());
        self.push("response.web_search_call.completed", data);
        self.done(item);
    }

    fn message(&mut self, item: &Value, answer: &Answer) {
        self.added(item, ("content", json!([])));
        let (at, id) = (self.items, item.get("id").cloned());
        let data = |field: &str, value: Value| json!({"item_id": id, "output_index": at, "content_index": 0, field: value});
        let text = answer.text.as_deref().unwrap_or_default();
        let added = data("part", text_part("", Vec::new()));
        self.push("response.content_part.added", added);
        for piece in pieces(text, answer.pace) {
            let mut delta = data("delta", piece.into());
            if let Some(fields) = delta.as_object_mut() {
                fields.insert("logprobs".into(), json!([]));
            }
            self.push_content("response.output_text.delta", delta);
        }
        for (n, annotation) in annotations(answer).into_iter().enumerate() {
            let mut added = data("annotation", annotation);
            if let Some(fields) = added.as_object_mut() {
                fields.insert("annotation_index".into(), n.into());
            }
            self.push("response.output_text.annotation.added", added);
        }
        let mut done = data("text", text.into());
        if let Some(fields) = done.as_object_mut() {
            fields.insert("logprobs".into(), json!([]));
        }
        self.push("response.output_text.done", done);
        let done = data("part", text_part(text, annotations(answer)));
        self.push("response.content_part.done", done);
        self.done(item);
    }

    fn call(&mut self, item: &Value, answer: &Answer) {
        self.added(item, ("arguments", "".into()));
        let (at, id) = (self.items, item.get("id").cloned());
        let args = crate::conversation::text_field(item, "arguments");
        for piece in pieces(args, answer.pace) {
            let delta = json!({"item_id": id, "output_index": at, "delta": piece});
            self.push_content("response.function_call_arguments.delta", delta);
        }
        let name = item.get("name");
        let done = json!({"item_id": id, "output_index": at, "name": name, "arguments": args});
        self.push("response.function_call_arguments.done", done);
        self.done(item);
    }
}
