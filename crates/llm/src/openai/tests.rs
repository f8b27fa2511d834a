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
