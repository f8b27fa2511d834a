//! Parity: what the table of options offers stands in the request that the real codec sends,
//! for every provider, format, field and value.

use muster_base::Clock;
use muster_llm::{
    Effort, Format, LanguageModel, Message, Native, OptionField, OptionKind, Params, Part, Place,
    ProviderKind, ProviderOptions, Reasoning, Request, ResponseSchema, Role, Rule, ToolDefinition,
    Wire, WireApi, common_fields, fields_of, options_key, rules_of,
};
use serde_json::{Map, Value, json};

use crate::places::{by_codec, pointer, stands_at};
use crate::server::{Server, answer, config, in_time};
use crate::unique::parse_unique;

/// Providers without a codec. This list may only shrink.
const MISSING: &[ProviderKind] = &[];

/// One provider, asked in one format.
struct Asked {
    provider: ProviderKind,
    wire: Wire,
    model: std::sync::Arc<dyn LanguageModel>,
    server: Server,
}

impl Asked {
    async fn new(provider: ProviderKind, wire: Wire) -> Option<Self> {
        let refusal = vec![answer("400 Bad Request", "", "{}")];
        let server = Server::start(vec![refusal; 400]).await;
        let model = config(provider, &server.address).connect(&Clock::system());
        assert_eq!(model.is_err(), MISSING.contains(&provider), "{provider}");
        Some(Self {
            provider,
            wire,
            model: model.ok()?,
            server,
        })
    }

    /// What the codec makes of `request`.
    async fn body(&mut self, request: Request) -> Value {
        let refused = in_time(self.model.generate(request)).await;
        assert!(refused.is_err());
        let sent = self.server.request().await;
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let asks_responses = head.lines().next().unwrap().contains("/responses");
        assert_eq!(asks_responses, self.wire == Wire::Responses, "{head}");
        parse_unique(body)
    }

    /// A request in which every option has something to act on.
    fn request(&self, options: &Value) -> Request {
        let mut document = Map::new();
        document.insert(options_key(self.provider).to_owned(), options.clone());
        let native = Native {
            provider_format: Format::AnthropicMessages,
            model: "model-1".to_owned(),
            json: json!({"type": "thinking", "thinking": "Hm.", "signature": "signed"}),
        };
        let thought = Part::Reasoning(Reasoning {
            text: "Hm.".to_owned(),
            signature: Some("signed".to_owned()),
            native: Some(native),
            ..Reasoning::default()
        });
        Request {
            model: "model-1".to_owned(),
            messages: vec![
                Message::new(Role::User, vec![Part::text("Hi")]),
                Message::new(Role::Assistant, vec![thought, Part::text("Hi.")]),
                Message::new(Role::User, vec![Part::text("Go on.")]),
            ],
            tools: vec![ToolDefinition {
                name: "execute".to_owned(),
                description: "Runs it.".to_owned(),
                input_schema: json!({"type": "object", "properties": {}}),
            }],
            params: Params {
                max_output_tokens: Some(4_000_000),
                ..Params::default()
            },
            options: ProviderOptions::of(self.provider, &Value::Object(document)),
            wire_api: match self.wire {
                Wire::Responses => Some(WireApi::Responses),
                Wire::Chat => Some(WireApi::ChatCompletions),
                Wire::Messages | Wire::Gemini => None,
            },
            response_schema: Some(ResponseSchema {
                name: "answer".to_owned(),
                schema: json!({"type": "object"}),
            }),
            ..Request::default()
        }
    }

    async fn check(&mut self, field: &OptionField, value: &Value) {
        let mut options = companions(self.provider, field.name);
        options.insert(field.name.to_owned(), value.clone());
        let mut request = self.request(&Value::Object(options));
        // A model that searches cites, and what follows a schema has no place for citations.
        if request.options.flag("web_search_enabled") == Some(true) {
            request.response_schema = None;
        }
        // What the engine does with the configuration's own effort.
        request.params.reasoning_effort = request.options.effort(self.provider);
        let body = self.body(request).await;
        let (provider, wire) = (self.provider, self.wire);
        assert!(
            stands(field, value, wire, &body),
            "{provider} {wire:?} {} {value}: {body}",
            field.name
        );
    }
}

/// What must be set beside a field to make it act.
fn companions(provider: ProviderKind, field: &str) -> Map<String, Value> {
    let needs = rules_of(provider).iter().filter_map(|rule| match rule {
        Rule::Needs(one, needs) if *one == field => Some((*needs).to_owned()),
        Rule::Needs(..) | Rule::NotBoth(..) => None,
    });
    let searches = ["search_context_size", "allowed_domains", "blocked_domains"];
    let search = searches
        .contains(&field)
        .then(|| "web_search_enabled".to_owned());
    needs
        .chain(search)
        .map(|name| (name, json!(true)))
        .collect()
}

fn stands(field: &OptionField, value: &Value, wire: Wire, body: &Value) -> bool {
    match field.place(wire).unwrap() {
        Place::Body(path) => stands_at(path, value, body),
        Place::Codec => by_codec(wire, field.name, value, body),
        Place::Whole => {
            let entries = value.as_object().unwrap();
            entries.iter().all(|(key, value)| body[key] == *value)
        }
        Place::Fields => {
            let OptionKind::Object(inner) = field.kind else {
                panic!("{} is no object", field.name);
            };
            let set = inner.iter().filter(|one| value.get(one.name).is_some());
            set.into_iter()
                .all(|one| stands(one, &value[one.name], wire, body))
        }
    }
}

/// Values of a field: every choice, every effort, both edges of a range.
fn samples(provider: ProviderKind, kind: OptionKind) -> Vec<Value> {
    match kind {
        OptionKind::Flag => vec![json!(true), json!(false)],
        OptionKind::Text(_) => vec![json!("some-text")],
        OptionKind::Paragraph(_) => vec![json!("One line.\nAnother line.")],
        OptionKind::Choice(words) => words.iter().map(|word| json!(word)).collect(),
        OptionKind::Choices(words) => {
            let single = words.iter().map(|word| json!([word]));
            single.chain([json!(words)]).collect()
        }
        OptionKind::Effort => {
            let efforts = Effort::ALL.into_iter();
            let offered = efforts.filter(|effort| effort.is_offered_by(provider));
            offered.map(|effort| json!(effort.as_str())).collect()
        }
        OptionKind::Whole(least, most) => vec![json!(least), json!(most)],
        OptionKind::Number(least, most) => vec![json!(least), json!(most)],
        OptionKind::Texts => vec![json!(["first", "second"])],
        OptionKind::Domains => vec![json!(["example.com", "example.org/docs"])],
        OptionKind::TextMap => vec![json!({"team": "blue"})],
        OptionKind::NumberMap(least, most) => vec![json!({"5": least, "6": most})],
        OptionKind::Object(inner) => objects(provider, inner),
        OptionKind::Objects(inner) => {
            let objects = objects(provider, inner).into_iter();
            objects.map(|object| json!([object])).collect()
        }
        OptionKind::Json(_) => vec![json!({"seed": 7, "plugins": [{"id": "web"}]})],
    }
}

/// One object per value of each field, with what the object cannot do without.
fn objects(provider: ProviderKind, fields: &[OptionField]) -> Vec<Value> {
    let required = fields.iter().filter(|field| field.required);
    let required: Map<String, Value> = required
        .map(|field| {
            (
                field.name.to_owned(),
                samples(provider, field.kind).remove(0),
            )
        })
        .collect();
    let values = fields.iter().flat_map(|field| {
        let values = samples(provider, field.kind).into_iter();
        values.map(|value| (field.name.to_owned(), value))
    });
    let objects = values.map(|(name, value)| {
        let mut object = required.clone();
        object.insert(name, value);
        Value::Object(object)
    });
    objects.collect()
}

/// Every provider in every format that has a codec.
async fn all() -> Vec<Asked> {
    let mut all = Vec::new();
    for provider in ProviderKind::ALL {
        for wire in Wire::all_of(provider) {
            all.extend(Asked::new(provider, *wire).await);
        }
    }
    all
}

#[test]
fn every_option_stands_on_a_format_of_its_provider() {
    for provider in ProviderKind::ALL {
        let wires = Wire::all_of(provider);
        for field in fields_of(provider) {
            let is_sent = wires.iter().any(|wire| field.place(*wire).is_some());
            assert!(is_sent, "{provider} {} stands nowhere", field.name);
        }
    }
}

#[tokio::test]
async fn every_offered_value_of_every_option_is_sent() {
    for mut asked in all().await {
        let (provider, wire) = (asked.provider, asked.wire);
        let fields = fields_of(provider).iter();
        for field in fields.filter(|field| field.place(wire).is_some()) {
            for value in samples(provider, field.kind) {
                asked.check(field, &value).await;
            }
        }
    }
}

/// The common parameters, by their name in the table.
fn set(params: &mut Params, name: &str, value: &Value) {
    let whole = || value.as_u64().map(|n| u32::try_from(n).unwrap());
    match name {
        "max_output_tokens" => params.max_output_tokens = whole(),
        "temperature" => params.temperature = value.as_f64(),
        "top_p" => params.top_p = value.as_f64(),
        "top_k" => params.top_k = whole(),
        "presence_penalty" => params.presence_penalty = value.as_f64(),
        "frequency_penalty" => params.frequency_penalty = value.as_f64(),
        name => panic!("{name} is no parameter"),
    }
}

#[tokio::test]
async fn every_common_parameter_is_sent_where_the_table_says_so_and_nowhere_else() {
    for mut asked in all().await {
        let (provider, wire) = (asked.provider, asked.wire);
        let plain = asked.request(&json!({}));
        let without = asked.body(plain.clone()).await;
        let values = common_fields(provider).iter().flat_map(|field| {
            let values = samples(provider, field.kind).into_iter();
            values.map(move |value| (field, value))
        });
        for (field, value) in values {
            let mut request = plain.clone();
            set(&mut request.params, field.name, &value);
            let body = asked.body(request).await;
            let is_right = match field.place(wire) {
                Some(_) => stands(field, &value, wire, &body),
                None => body == without,
            };
            let name = field.name;
            assert!(is_right, "{provider} {wire:?} {name} {value}: {body}");
        }
    }
}

fn effort_path(provider: ProviderKind, wire: Wire) -> &'static str {
    match (provider, wire) {
        (ProviderKind::Anthropic | ProviderKind::Bedrock, _) => "output_config.effort",
        (ProviderKind::Openrouter | ProviderKind::Vercel, _) | (_, Wire::Responses) => {
            "reasoning.effort"
        }
        _ => "reasoning_effort",
    }
}

#[tokio::test]
async fn effort_of_a_message_is_sent_where_the_provider_offers_it() {
    for mut asked in all().await {
        let (provider, wire) = (asked.provider, asked.wire);
        for effort in Effort::ALL {
            let mut request = asked.request(&json!({}));
            request.params.reasoning_effort = Some(effort);
            let body = asked.body(request).await;
            let sent = pointer(effort_path(provider, wire), &body);
            let wanted = effort
                .is_offered_by(provider)
                .then(|| json!(effort.as_str()));
            assert_eq!(sent, wanted.as_ref(), "{provider} {wire:?}");
        }
    }
}
