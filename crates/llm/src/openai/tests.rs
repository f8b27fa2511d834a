use super::*;

#[test]
fn known_models_are_asked_in_responses_and_others_are_not() {
    let known = [
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4o-2024-08-06",
        "gpt-5-codex",
        "o1",
        "o3-mini",
        "o4-mini",
        "codex-mini-latest",
        "computer-use-preview",
        "chatgpt-4o-latest",
    ];
    for model in known {
        assert_eq!(wire_api_for(model, None), WireApi::Responses, "{model}");
    }
    for model in [
        "gpt-4",
        "gpt-3.5-turbo",
        "gpt-oss-120b",
        "my-gpt-5",
        "o",
        "",
    ] {
        assert_eq!(
            wire_api_for(model, None),
            WireApi::ChatCompletions,
            "{model}"
        );
    }
}

#[test]
fn the_configuration_decides_over_the_name() {
    for api in [WireApi::Responses, WireApi::ChatCompletions] {
        assert_eq!(wire_api_for("gpt-5", Some(api)), api);
        assert_eq!(wire_api_for("my-deployment", Some(api)), api);
    }
}

#[test]
fn only_stored_responses_are_chained_to() {
    let options = |store: serde_json::Value| {
        let document = serde_json::json!({ "openai": { "store": store } });
        ProviderOptions::of(ProviderKind::Openai, &document)
    };
    let chains = |provider, model, store| is_chainable(provider, model, None, &options(store));
    for provider in ProviderKind::ALL {
        let expected = matches!(provider, ProviderKind::Openai | ProviderKind::Azure);
        assert_eq!(chains(provider, "gpt-5", serde_json::Value::Null), expected);
        assert!(!chains(provider, "gpt-5", false.into()), "{provider}");
        assert!(!chains(provider, "gpt-4", true.into()), "{provider}");
    }
    assert!(chains(ProviderKind::Openai, "gpt-5", true.into()));
}
