use serde_json::json;

use super::*;
use crate::testing::options;

/// Every field of every provider, those in objects too, with its path.
fn all_fields(fields: &'static [OptionField], path: &str) -> Vec<(String, &'static OptionField)> {
    let mut all = Vec::new();
    for field in fields {
        let path = format!("{path}.{}", field.name);
        if let OptionKind::Object(inner) | OptionKind::Objects(inner) = field.kind {
            all.extend(all_fields(inner, &path));
        }
        all.push((path, field));
    }
    all
}

#[test]
fn every_provider_offers_the_fields_of_the_specification() {
    let openai = "include instructions logit_bias log_probs top_log_probs max_tool_calls \
        parallel_tool_calls user reasoning_effort reasoning_summary max_completion_tokens \
        text_verbosity prediction store metadata prompt_cache_key safety_identifier service_tier \
        structured_outputs strict_json_schema web_search_enabled search_context_size \
        allowed_domains";
    let anthropic = "send_reasoning thinking effort disable_parallel_tool_use \
        web_search_enabled allowed_domains blocked_domains";
    let google = "thinking_config cached_content safety_settings threshold web_search_enabled";
    let openrouter = "reasoning extra_body include_usage logit_bias log_probs \
        parallel_tool_calls user provider";
    let vercel = "reasoning providerOptions user logit_bias logprobs top_logprobs \
        parallel_tool_calls extra_body";
    let bedrock = "send_reasoning thinking effort disable_parallel_tool_use";
    let expected = [
        anthropic,
        openai,
        bedrock,
        google,
        openai,
        "user reasoning_effort",
        openrouter,
        vercel,
    ];
    for (provider, expected) in ProviderKind::ALL.into_iter().zip(expected) {
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        let mut offered: Vec<&str> = fields_of(provider).iter().map(|field| field.name).collect();
        expected.sort_unstable();
        offered.sort_unstable();
        assert_eq!(offered, expected, "{provider}");
    }
}

#[test]
fn what_one_of_openais_formats_lacks_is_marked() {
    let only = |wire: Wire| {
        let fields = fields_of(ProviderKind::Openai).iter();
        let mut only: Vec<&str> = fields
            .filter(|field| field.places.iter().all(|(of, _)| *of == wire))
            .map(|field| field.name)
            .collect();
        only.sort_unstable();
        only.join(" ")
    };
    assert_eq!(
        only(Wire::Responses),
        "allowed_domains include instructions max_tool_calls reasoning_summary \
         search_context_size strict_json_schema web_search_enabled"
    );
    assert_eq!(
        only(Wire::Chat),
        "logit_bias max_completion_tokens prediction structured_outputs"
    );
}

#[test]
fn every_field_says_in_a_sentence_what_it_does_and_stands_on_a_wire() {
    for provider in ProviderKind::ALL {
        let wires = Wire::all_of(provider);
        for field in fields_of(provider) {
            let carried = wires.iter().any(|wire| field.place(*wire).is_some());
            assert!(carried, "{provider} {}", field.name);
        }
        let fields = fields_of(provider).iter().chain(common_fields(provider));
        for (path, field) in fields.flat_map(|field| all_fields(std::slice::from_ref(field), "")) {
            let help = field.help;
            let whole = help.len() <= 120 && help.ends_with('.') && !help.contains(". ");
            assert!(whole, "{provider} {path}: {help}");
        }
    }
}

/// The paths once more, for a reader who compares them with the providers' documentation: the
/// parity test looks where the table says, and would not see that the table is wrong.
#[test]
fn every_option_has_its_place_in_the_providers_own_words() {
    let mut out = String::new();
    for provider in ProviderKind::ALL {
        let fields = fields_of(provider).iter().chain(common_fields(provider));
        for (path, field) in fields.flat_map(|field| all_fields(std::slice::from_ref(field), "")) {
            for wire in Wire::all_of(provider) {
                let place = match field.place(*wire) {
                    Some(Place::Body(path)) => path,
                    Some(Place::Codec) => "by the codec",
                    Some(Place::Whole) => "over the whole body",
                    Some(Place::Fields) | None => continue,
                };
                let wire = wire.as_str();
                let line = format!(
                    "{provider} {wire} {}: {place}\n",
                    path.trim_start_matches('.')
                );
                out.push_str(&line);
            }
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn rules_name_fields_that_exist() {
    for provider in ProviderKind::ALL {
        let known: Vec<String> = all_fields(fields_of(provider), "")
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        for rule in rules_of(provider) {
            let (Rule::NotBoth(one, other) | Rule::Needs(one, other)) = *rule;
            for path in [one, other] {
                assert!(known.contains(&format!(".{path}")), "{provider} {path}");
            }
        }
    }
}

#[test]
fn a_provider_with_efforts_has_one_place_for_them_and_others_have_none() {
    for provider in ProviderKind::ALL {
        let offers = Effort::ALL
            .iter()
            .any(|effort| effort.is_offered_by(provider));
        for wire in Wire::all_of(provider) {
            let path = effort_path(fields_of(provider), *wire);
            assert_eq!(path.is_some(), offers, "{provider} {wire:?}");
        }
    }
}

#[test]
fn each_field_of_an_object_finds_its_own_place() {
    let google = options(
        ProviderKind::Google,
        json!({"thinking_config": {"thinking_budget": -1, "include_thoughts": true}}),
    );
    assert_eq!(
        Value::Object(google.body(ProviderKind::Google, Wire::Gemini, None)),
        json!({"generationConfig": {"thinkingConfig": {
            "thinkingBudget": -1, "includeThoughts": true
        }}})
    );
}

#[test]
fn threshold_is_spelled_out_for_what_has_no_setting() {
    let google = options(
        ProviderKind::Google,
        json!({
            "threshold": "OFF",
            "safety_settings": [
                {"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}
            ],
        }),
    );
    let body = google.body(ProviderKind::Google, Wire::Gemini, None);
    let settings = body["safetySettings"].as_array().unwrap();
    assert_eq!(settings.len(), 5);
    assert_eq!(settings[0]["threshold"], "BLOCK_NONE");
    assert!(settings[1..].iter().all(|one| one["threshold"] == "OFF"));
    let categories: std::collections::BTreeSet<_> = settings
        .iter()
        .map(|one| one["category"].as_str().unwrap())
        .collect();
    assert_eq!(categories.len(), 5);
}

#[test]
fn effort_of_the_request_is_the_one_that_is_sent() {
    let vercel = ProviderKind::Vercel;
    let options = options(
        vercel,
        json!({"reasoning": {"max_tokens": 9, "exclude": true}}),
    );
    let body = |effort| Value::Object(options.body(vercel, Wire::Chat, effort));
    assert_eq!(
        body(Some(Effort::Xhigh)),
        json!({"reasoning": {"effort": "xhigh", "exclude": true}})
    );
    // One that the provider does not offer never reaches it.
    assert_eq!(
        body(Some(Effort::Max)),
        json!({"reasoning": {"max_tokens": 9, "exclude": true}})
    );
}

#[test]
fn own_effort_is_found_under_each_providers_name() {
    let check = |provider, own: Value, expected| {
        assert_eq!(options(provider, own).effort(provider), expected);
    };
    let low = Some(Effort::Low);
    check(ProviderKind::Azure, json!({"reasoning_effort": "low"}), low);
    check(ProviderKind::Bedrock, json!({"effort": "low"}), low);
    check(
        ProviderKind::Openrouter,
        json!({"reasoning": {"effort": "low"}}),
        low,
    );
    check(ProviderKind::Openai, json!({"effort": "low"}), None);
    check(ProviderKind::Google, json!({"effort": "low"}), None);
}

#[test]
fn null_is_as_good_as_absent() {
    let openai = options(ProviderKind::Openai, json!({"user": null}));
    assert_eq!(
        openai.body(ProviderKind::Openai, Wire::Chat, None),
        Map::new()
    );
}

#[test]
fn extra_body_goes_over_all_and_into_objects() {
    let extra = json!({"temperature": 0, "reasoning": {"effort": "low"}});
    let openrouter = options(ProviderKind::Openrouter, json!({"extra_body": extra}));
    let extra = openrouter.extra_body(ProviderKind::Openrouter).unwrap();
    let mut body = json!({"temperature": 1, "top_p": 1, "reasoning": {"exclude": true}});
    merge(body.as_object_mut().unwrap(), extra);
    assert_eq!(
        body,
        json!({"temperature": 0, "top_p": 1, "reasoning": {"exclude": true, "effort": "low"}})
    );
    let openai = options(ProviderKind::Openai, json!({"extra_body": {"a": 1}}));
    assert_eq!(openai.extra_body(ProviderKind::Openai), None);
}
