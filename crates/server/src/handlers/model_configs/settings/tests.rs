use muster_llm::ProviderKind::{
    Anthropic, Azure, Bedrock, Google, Openai, OpenaiCompat, Openrouter, Vercel,
};
use serde_json::json;

use super::*;

/// The fields that are refused in a document for a model.
fn refused(kind: ProviderKind, model: &str, document: &Value) -> Vec<String> {
    let settings = serde_json::from_value(document.clone()).unwrap();
    match checked(kind, model, settings) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let wrong = error.into_body().validations.into_iter();
            wrong.map(|one| one.field).collect()
        }
    }
}

#[track_caller]
fn check(kind: ProviderKind, document: &Value, fields: &[&str]) {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("model_config.{field}"))
        .collect();
    assert_eq!(refused(kind, "m", document), fields, "{document}");
}

/// One provider's own options; paths are below its key.
#[track_caller]
fn check_own(kind: ProviderKind, own: Value, fields: &[&str]) {
    let key = options_key(kind);
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("provider_options.{key}.{field}"))
        .collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mut options = serde_json::Map::new();
    options.insert(key.to_owned(), own);
    check(kind, &json!({"provider_options": options}), &fields);
}

#[test]
fn document_is_refused_field_by_field() {
    check(Openai, &json!({}), &[]);
    check(
        Openai,
        &json!({"temperature": 2.1, "max_output_tokens": 0, "mood": 1}),
        &["mood", "max_output_tokens", "temperature"],
    );
    check(
        Openai,
        &json!({"temperature": 2, "max_output_tokens": 1, "top_p": 0, "presence_penalty": -2}),
        &[],
    );
    check(Anthropic, &json!({"top_k": 1}), &[]);
    check(Anthropic, &json!({"top_k": -1}), &["top_k"]);
    // What the format lacks would be dropped in silence.
    check(Openai, &json!({"top_k": 1}), &["top_k"]);
    check(
        Anthropic,
        &json!({"presence_penalty": 1}),
        &["presence_penalty"],
    );
}

#[test]
fn prices_are_decimals_in_either_place_and_nested_ones_win() {
    let price = |text: Value| json!({"cost": {"input_price_per_million_tokens": text}});
    for good in [json!("3.5"), json!(3.5), json!(0), json!(null)] {
        check(Openai, &price(good), &[]);
    }
    for bad in [json!("cheap"), json!(-1), json!(true), json!([])] {
        let field = "cost.input_price_per_million_tokens";
        check(Openai, &price(bad), &[field]);
    }
    check(Openai, &json!({"cost": {"input": 1}}), &["cost.input"]);
    check(
        Openai,
        &json!({"output_price_per_million_tokens": "cheap"}),
        &["cost.output_price_per_million_tokens"],
    );
    let older = json!({
        "input_price_per_million_tokens": 1,
        "output_price_per_million_tokens": "2",
        "cost": {"input_price_per_million_tokens": "3"},
    });
    let stored = checked(Openai, "m", serde_json::from_value(older).unwrap()).unwrap();
    let nested = json!({"cost": {
        "input_price_per_million_tokens": "3",
        "output_price_per_million_tokens": "2",
    }});
    assert_eq!(stored, nested);
}

#[test]
fn options_must_be_known_and_of_this_provider() {
    check(
        Anthropic,
        &json!({"provider_options": {"openai": {}, "x": {}}}),
        &["provider_options.openai", "provider_options.x"],
    );
    check(
        Openai,
        &json!({"provider_options": []}),
        &["provider_options"],
    );
    check(
        Azure,
        &json!({"provider_options": {"openai": 1}}),
        &["provider_options.openai"],
    );
    check_own(Bedrock, json!({"mood": "good", "effort": null}), &["mood"]);
}

#[test]
fn effort_is_one_that_the_provider_offers() {
    for (kind, path, good, bad) in [
        (Openai, "reasoning_effort", "xhigh", "max"),
        (Azure, "reasoning_effort", "none", "max"),
        (OpenaiCompat, "reasoning_effort", "minimal", "max"),
        (Anthropic, "effort", "max", "xhigh"),
        (Bedrock, "effort", "low", "none"),
    ] {
        check_own(kind, json!({path: good}), &[]);
        check_own(kind, json!({path: bad}), &[path]);
        check_own(kind, json!({path: 1}), &[path]);
    }
    for (kind, good, bad) in [(Openrouter, "high", "xhigh"), (Vercel, "xhigh", "max")] {
        check_own(kind, json!({"reasoning": {"effort": good}}), &[]);
        check_own(
            kind,
            json!({"reasoning": {"effort": bad}}),
            &["reasoning.effort"],
        );
    }
}

#[test]
fn each_kind_of_value_is_checked_at_its_edges() {
    let long = |count: usize| "x".repeat(count);
    let metadata = |count: usize| -> Value {
        let entries = (0..count).map(|n| (n.to_string(), json!("v")));
        Value::Object(entries.collect())
    };
    let words = |count: usize| json!({"order": vec!["a"; count]});
    for (kind, field, good, bad) in [
        (Openai, "store", json!(false), json!("no")),
        (Openai, "user", json!(long(256)), json!(long(257))),
        (Openai, "user", json!("a b"), json!("a\nb")),
        (Openai, "safety_identifier", json!("x"), json!(" ")),
        (Openai, "service_tier", json!("flex"), json!("cheap")),
        (Openai, "top_log_probs", json!(20), json!(21)),
        (Openai, "top_log_probs", json!(0), json!(-1)),
        (Openai, "top_log_probs", json!(1), json!(1.5)),
        (Openai, "metadata", metadata(16), metadata(17)),
        (
            Openai,
            "metadata",
            json!({"a": long(512)}),
            json!({"a": long(513)}),
        ),
        (
            Openai,
            "metadata",
            json!({long(64): ""}),
            json!({long(65): ""}),
        ),
        (Openai, "metadata", json!({}), json!({"a": 1})),
        (Openai, "logit_bias", json!({"5": -100}), json!({"5": 101})),
        (
            Anthropic,
            "allowed_domains",
            json!(["a.com/x", "b.org"]),
            json!(["https://a.com"]),
        ),
        (Anthropic, "allowed_domains", json!([]), json!(["a..com"])),
        (
            Anthropic,
            "blocked_domains",
            json!(["ä.de"]),
            json!("a.com"),
        ),
        (Openrouter, "provider", words(300), words(301)),
    ] {
        let document = |value: Value| match field {
            "top_log_probs" => json!({"log_probs": true, field: value}),
            _ => json!({field: value}),
        };
        check_own(kind, document(good), &[]);
        let path = match field {
            "provider" => "provider.order",
            field => field,
        };
        check_own(kind, document(bad), &[path]);
    }
}

#[test]
fn objects_are_checked_inside() {
    let budget = |tokens: i64| json!({"thinking": {"budget_tokens": tokens}});
    check_own(Anthropic, budget(1_024), &[]);
    check_own(Anthropic, budget(1_023), &["thinking.budget_tokens"]);
    check_own(
        Anthropic,
        json!({"thinking": {}}),
        &["thinking.budget_tokens"],
    );
    check_own(Anthropic, json!({"thinking": true}), &["thinking"]);
    check_own(
        Google,
        json!({"thinking_config": {"thinking_budget": -1, "level": 2}}),
        &["thinking_config.level"],
    );
    check_own(
        Google,
        json!({"safety_settings": [
            {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"},
            {"category": "RUDE"},
            1,
        ]}),
        &[
            "safety_settings[1].category",
            "safety_settings[1].threshold",
            "safety_settings[2]",
        ],
    );
    check_own(
        Openrouter,
        json!({"provider": {"quantizations": ["fp8", "fp3"], "sort": "luck"}}),
        &["provider.quantizations", "provider.sort"],
    );
    check_own(
        Openai,
        json!({"prediction": {"type": "content", "content": "a\nb"}}),
        &[],
    );
}

#[test]
fn extra_body_leaves_ours_alone() {
    for kind in [Openrouter, Vercel] {
        check_own(kind, json!({"extra_body": {"seed": 1, "plugins": []}}), &[]);
        check_own(
            kind,
            json!({"extra_body": {"tools": [], "model": "x", "stream": false, "messages": 1}}),
            &[
                "extra_body.model",
                "extra_body.messages",
                "extra_body.stream",
                "extra_body.tools",
            ],
        );
        check_own(kind, json!({"extra_body": [1]}), &["extra_body"]);
    }
    check_own(Openai, json!({"extra_body": {}}), &["extra_body"]);
}

#[test]
fn options_that_exclude_or_need_each_other_are_named() {
    let domains = |allowed: &[&str], blocked: &[&str]| json!({"allowed_domains": allowed, "blocked_domains": blocked});
    check_own(
        Anthropic,
        domains(&["a.com"], &["b.com"]),
        &["blocked_domains"],
    );
    check_own(Anthropic, domains(&["a.com"], &[]), &[]);
    check_own(Openai, json!({"top_log_probs": 3}), &["top_log_probs"]);
    check_own(
        Openai,
        json!({"top_log_probs": 3, "log_probs": false}),
        &["top_log_probs"],
    );
    check_own(Vercel, json!({"top_logprobs": 3, "logprobs": true}), &[]);
    check_own(
        Vercel,
        json!({"reasoning": {"effort": "low", "max_tokens": 9}}),
        &["reasoning.max_tokens"],
    );
}

#[test]
fn option_that_the_models_format_lacks_is_refused() {
    let own = |field: &str, value: Value| json!({"provider_options": {"openai": {field: value}}});
    let summary = own("reasoning_summary", json!("auto"));
    let bias = own("logit_bias", json!({"1": 1}));
    let with = |document: &Value, wire_api: &str| {
        let mut document = document.clone();
        document["wire_api"] = wire_api.into();
        document
    };
    for kind in [Openai, Azure] {
        let check = |model: &str, document: &Value, good: bool| {
            assert_eq!(
                refused(kind, model, document).is_empty(),
                good,
                "{model} {document}"
            );
        };
        check("gpt-5", &summary, true);
        check("my-model", &summary, false);
        check("my-model", &with(&summary, "responses"), true);
        check("gpt-5", &bias, false);
        check("gpt-5", &with(&bias, "chat_completions"), true);
        check("my-model", &bias, true);
        check("gpt-5", &json!({"presence_penalty": 1}), false);
    }
    check(Vercel, &json!({"wire_api": "responses"}), &["wire_api"]);
}

#[test]
fn what_thinking_excludes_is_refused_and_named() {
    let document = |budget: i64, more: Value| {
        let mut document = more;
        document["provider_options"] =
            json!({"anthropic": {"thinking": {"budget_tokens": budget}}});
        document
    };
    let budget = "provider_options.anthropic.thinking.budget_tokens";
    for kind in [Anthropic, Bedrock] {
        check(kind, &document(1_024, json!({})), &[]);
        check(kind, &document(31_999, json!({})), &[]);
        check(kind, &document(32_000, json!({})), &[budget]);
        let limited = |limit: i64| document(2_000, json!({"max_output_tokens": limit}));
        check(kind, &limited(2_001), &[]);
        check(kind, &limited(2_000), &[budget]);
        let sampled = json!({"temperature": 1, "top_p": 0.9, "top_k": 3});
        let names = ["temperature", "top_p", "top_k"];
        check(kind, &document(2_000, sampled.clone()), &names);
        check(kind, &document(2_000, json!({"temperature": null})), &[]);
        check(kind, &sampled, &[]);
        check(kind, &json!({"temperature": 1.01}), &["temperature"]);
    }
}

#[test]
fn newer_claude_takes_an_effort_and_no_budget_or_sampling() {
    let full = |field: &str| format!("model_config.{field}");
    for (kind, model) in [
        (Anthropic, "claude-opus-4-7"),
        (Bedrock, "us.anthropic.claude-sonnet-5-v1:0"),
    ] {
        let good = json!({"provider_options": {"anthropic": {"effort": "max"}}});
        assert_eq!(refused(kind, model, &good), Vec::<String>::new());
        let bad = json!({"top_k": 3, "temperature": 1,
            "provider_options": {"anthropic": {"thinking": {"budget_tokens": 2_000}}}});
        let expected = [
            full("provider_options.anthropic.thinking.budget_tokens"),
            full("temperature"),
            full("top_k"),
        ];
        assert_eq!(refused(kind, model, &bad), expected);
        assert_eq!(refused(kind, model, &json!({"top_p": 1})), [full("top_p")]);
    }
    // Another provider's model of that name is its own matter.
    let sampled = json!({"temperature": 1});
    assert_eq!(
        refused(Openrouter, "claude-opus-4-7", &sampled),
        Vec::<String>::new()
    );
}

#[test]
fn bedrock_searches_nothing() {
    for name in ["web_search_enabled", "allowed_domains", "blocked_domains"] {
        check_own(Bedrock, json!({name: null}), &[]);
        check_own(Bedrock, json!({name: true}), &[name]);
    }
}
