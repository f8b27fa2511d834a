//! Checks the `model_config` document before it is saved: an unknown field or value is an
//! error there and then, never dropped in silence.

use muster_api::{self as api, ModelCost, ModelSettings};
use muster_base::limits::OUTPUT_TOKENS_DEFAULT;
use muster_llm::{
    Price, ProviderKind, Wire, WireApi, common_fields, fields_of, options_key, rules_of,
    thinks_adaptively,
};
use serde_json::Value;

use super::options::Check;
use crate::error::{Error, Result};
use crate::views;

/// The document to store for `model` of `kind`.
pub(super) fn checked(
    kind: ProviderKind,
    model: &str,
    mut settings: ModelSettings,
) -> Result<Value> {
    views::models::nest_prices(&mut settings);
    let wire_api = settings.wire_api.map(|wire_api| match wire_api {
        api::WireApi::Responses => WireApi::Responses,
        api::WireApi::ChatCompletions => WireApi::ChatCompletions,
    });
    let mut check = Check {
        provider: kind,
        wire: Wire::chosen(kind, model, wire_api),
        wrong: Vec::new(),
    };
    for name in settings.other.keys() {
        check.refuse(format!("model_config.{name}"), "is not known");
    }
    if wire_api.is_some() && Wire::all_of(kind).len() < 2 {
        check.refuse("model_config.wire_api", "this provider has one format only");
    }
    if let Some(cost) = &settings.cost {
        prices(cost, &mut check);
    }
    let options = settings.provider_options.take();
    let document = serde_json::to_value(&settings).map_err(Error::internal)?;
    common(&document, &mut check);
    if let Some(options) = &options {
        provider_options(kind, options, &mut check);
    }
    if check.wire == Wire::Messages {
        let options = options.as_ref().unwrap_or(&Value::Null);
        thinking(model, &document, options, &mut check);
    }
    if !check.wrong.is_empty() {
        return Err(Error::validations(check.wrong));
    }
    settings.provider_options = options;
    serde_json::to_value(settings).map_err(Error::internal)
}

/// The parameters that all providers share, by the same table.
fn common(document: &Value, check: &mut Check) {
    for field in common_fields(check.provider) {
        if let Some(value) = document.get(field.name) {
            check.field(&format!("model_config.{}", field.name), field, value);
        }
    }
}

/// What Claude's thinking excludes: the codec would leave it out in silence.
fn thinking(model: &str, document: &Value, options: &Value, check: &mut Check) {
    let path = format!("/{}/thinking/budget_tokens", options_key(check.provider));
    let budget = options.pointer(&path).and_then(Value::as_u64);
    let path = format!("model_config.provider_options{}", path.replace('/', "."));
    let is_adaptive = thinks_adaptively(model);
    let limit = document.get("max_output_tokens").and_then(Value::as_u64);
    let limit = limit.unwrap_or_else(|| u64::from(OUTPUT_TOKENS_DEFAULT));
    let excluded_by = match budget {
        Some(_) if is_adaptive => {
            check.refuse(
                path,
                "is not taken by this model: say how hard it thinks by effort",
            );
            Some("is not taken by this model")
        }
        None if is_adaptive => Some("is not taken by this model"),
        Some(budget) => {
            if budget >= limit {
                check.refuse(path, format!("must be below max_output_tokens ({limit})"));
            }
            Some("excludes thinking")
        }
        None => None,
    };
    let Some(problem) = excluded_by else { return };
    for name in ["temperature", "top_p", "top_k"] {
        if document.get(name).is_some_and(|value| !value.is_null()) {
            check.refuse(format!("model_config.{name}"), problem);
        }
    }
}

fn prices(cost: &ModelCost, check: &mut Check) {
    for name in cost.other.keys() {
        check.refuse(format!("model_config.cost.{name}"), "is not known");
    }
    let prices = [
        ("input", &cost.input_price_per_million_tokens),
        ("output", &cost.output_price_per_million_tokens),
        ("cache_read", &cost.cache_read_price_per_million_tokens),
        ("cache_write", &cost.cache_write_price_per_million_tokens),
    ];
    for (component, price) in prices {
        let Some(price) = price else { continue };
        if serde_json::from_value::<Price>(price.clone()).is_err() {
            let path = format!("model_config.cost.{component}_price_per_million_tokens");
            check.refuse(path, "must be a price in USD such as \"3.50\"");
        }
    }
}

fn provider_options(kind: ProviderKind, options: &Value, check: &mut Check) {
    let path = "model_config.provider_options";
    let Some(options) = options.as_object() else {
        return check.refuse(path, "must be an object");
    };
    for (key, value) in options {
        let path = format!("{path}.{key}");
        if key != options_key(kind) {
            let is_known = ProviderKind::ALL
                .iter()
                .any(|kind| options_key(*kind) == key);
            let problem = if is_known {
                "belongs to another provider"
            } else {
                "is not known"
            };
            check.refuse(path, problem);
            continue;
        }
        match value.as_object() {
            Some(fields) => {
                check.object(&path, fields_of(kind), fields);
                check.rules(&path, rules_of(kind), value);
            }
            None => check.refuse(path, "must be an object"),
        }
    }
}

#[cfg(test)]
mod tests;
