//! Checks the `model_config` document before it is saved: an unknown field or value is an
//! error there and then, never dropped in silence.

use muster_api::{ModelCost, ModelSettings, Validation};
use muster_llm::{Effort, Price, ProviderKind};
use serde_json::Value;

use crate::error::{Error, Result};

/// The options of one provider: their key, who takes them, and their fields.
struct Options {
    key: &'static str,
    providers: &'static [ProviderKind],
    fields: &'static [&'static str],
    /// Where an effort stands, as a path below the key.
    effort: Option<&'static str>,
}

/// What the codecs of this version understand. A provider comes with its codec.
const OPTIONS: &[Options] = &[
    Options {
        key: "openai",
        providers: &[ProviderKind::Openai, ProviderKind::Azure],
        fields: &["reasoning_effort", "parallel_tool_calls"],
        effort: Some("reasoning_effort"),
    },
    Options {
        key: "anthropic",
        providers: &[ProviderKind::Anthropic, ProviderKind::Bedrock],
        fields: &["effort", "thinking", "disable_parallel_tool_use"],
        effort: Some("effort"),
    },
    Options {
        key: "openaicompat",
        providers: &[ProviderKind::OpenaiCompat],
        fields: &["reasoning_effort"],
        effort: Some("reasoning_effort"),
    },
];

/// The document to store.
pub(super) fn checked(kind: ProviderKind, settings: ModelSettings) -> Result<Value> {
    let mut wrong = Vec::new();
    ranges(&settings, &mut wrong);
    if let Some(cost) = &settings.cost {
        prices(cost, &mut wrong);
    }
    if let Some(options) = &settings.provider_options {
        provider_options(kind, options, &mut wrong);
    }
    if !wrong.is_empty() {
        return Err(Error::validations(wrong));
    }
    serde_json::to_value(settings).map_err(Error::internal)
}

fn refuse(wrong: &mut Vec<Validation>, field: &str, detail: &str) {
    wrong.push(Validation::new(format!("model_config.{field}"), detail));
}

fn ranges(settings: &ModelSettings, wrong: &mut Vec<Validation>) {
    let positive = [
        ("max_output_tokens", settings.max_output_tokens),
        ("top_k", settings.top_k),
    ];
    for (field, value) in positive {
        if value.is_some_and(|value| u32::try_from(value).is_err() || value == 0) {
            refuse(wrong, field, "must be a positive number");
        }
    }
    let within = [
        ("temperature", settings.temperature, 0.0, 2.0),
        ("top_p", settings.top_p, 0.0, 1.0),
        ("presence_penalty", settings.presence_penalty, -2.0, 2.0),
        ("frequency_penalty", settings.frequency_penalty, -2.0, 2.0),
    ];
    for (field, value, low, high) in within {
        if value.is_some_and(|value| !(low..=high).contains(&value)) {
            refuse(wrong, field, &format!("must be between {low} and {high}"));
        }
    }
}

fn prices(cost: &ModelCost, wrong: &mut Vec<Validation>) {
    let prices = [
        ("input", &cost.input_price_per_million_tokens),
        ("output", &cost.output_price_per_million_tokens),
        ("cache_read", &cost.cache_read_price_per_million_tokens),
        ("cache_write", &cost.cache_write_price_per_million_tokens),
    ];
    for (component, price) in prices {
        let Some(price) = price else { continue };
        if serde_json::from_value::<Price>(price.clone()).is_err() {
            let field = format!("cost.{component}_price_per_million_tokens");
            refuse(wrong, &field, "must be a price in USD such as \"3.50\"");
        }
    }
}

fn provider_options(kind: ProviderKind, options: &Value, wrong: &mut Vec<Validation>) {
    let Some(options) = options.as_object() else {
        return refuse(wrong, "provider_options", "must be an object");
    };
    for (key, value) in options {
        let path = format!("provider_options.{key}");
        let Some(known) = OPTIONS.iter().find(|known| known.key == key) else {
            refuse(wrong, &path, "is not known");
            continue;
        };
        if !known.providers.contains(&kind) {
            refuse(wrong, &path, "belongs to another provider");
            continue;
        }
        match value.as_object() {
            Some(fields) => options_of(kind, known, fields, wrong),
            None => refuse(wrong, &path, "must be an object"),
        }
    }
}

fn options_of(
    kind: ProviderKind,
    known: &Options,
    fields: &serde_json::Map<String, Value>,
    wrong: &mut Vec<Validation>,
) {
    for (field, value) in fields {
        let path = format!("provider_options.{}.{field}", known.key);
        if !known.fields.contains(&field.as_str()) {
            refuse(wrong, &path, "is not known");
        } else if known.effort == Some(field) {
            let effort: Option<Effort> = value.as_str().and_then(|text| text.parse().ok());
            if !effort.is_some_and(|effort| effort.is_offered_by(kind)) {
                refuse(wrong, &path, "is no effort that this provider offers");
            }
        } else if field == "thinking" {
            let budget = value.get("budget_tokens").and_then(Value::as_u64);
            if budget
                .and_then(|tokens| u32::try_from(tokens).ok())
                .is_none()
            {
                refuse(wrong, &path, "must have a number as budget_tokens");
            }
        } else if !value.is_boolean() {
            refuse(wrong, &path, "must be true or false");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: ProviderKind, document: &Value, fields: &[&str]) {
        let settings = serde_json::from_value(document.clone()).unwrap();
        let found = match checked(kind, settings) {
            Ok(_) => Vec::new(),
            Err(error) => error.into_body().validations,
        };
        let found: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(found, fields, "{document}");
    }

    #[test]
    fn document_is_refused_field_by_field() {
        let openai = ProviderKind::Openai;
        check(openai, &json!({}), &[]);
        check(
            openai,
            &json!({"temperature": 3.0, "max_output_tokens": 0}),
            &["model_config.max_output_tokens", "model_config.temperature"],
        );
        check(
            openai,
            &json!({"cost": {"input_price_per_million_tokens": "3.5"}}),
            &[],
        );
        check(
            openai,
            &json!({"cost": {"output_price_per_million_tokens": "cheap"}}),
            &["model_config.cost.output_price_per_million_tokens"],
        );
    }

    #[test]
    fn provider_options_must_be_known_and_of_this_provider() {
        let openai = ProviderKind::Openai;
        let anthropic = ProviderKind::Anthropic;
        let effort =
            |effort: &str| json!({"provider_options": {"openai": {"reasoning_effort": effort}}});
        check(openai, &effort("xhigh"), &[]);
        check(
            openai,
            &effort("max"),
            &["model_config.provider_options.openai.reasoning_effort"],
        );
        check(
            anthropic,
            &effort("low"),
            &["model_config.provider_options.openai"],
        );
        check(
            anthropic,
            &json!({"provider_options": {"anthropic": {"thinking": {"budget_tokens": 1024}}}}),
            &[],
        );
        check(
            anthropic,
            &json!({"provider_options": {"anthropic": {"mood": "good"}, "x": {}}}),
            &[
                "model_config.provider_options.anthropic.mood",
                "model_config.provider_options.x",
            ],
        );
    }
}
