use super::*;

fn shown(url: &str) -> String {
    normalised(Url::parse(url).unwrap()).to_string()
}

#[test]
fn a_dated_address_gets_a_version_and_keeps_its_own() {
    assert_eq!(
        shown("https://me.openai.azure.com/openai/deployments/main"),
        "https://me.openai.azure.com/openai/deployments/main?api-version=2025-04-01-preview"
    );
    let own = "https://me.openai.azure.com/openai/deployments/main?x=1&api-version=2024-10-21";
    assert_eq!(shown(own), own);
}

#[test]
fn a_bare_resource_is_asked_at_the_undated_address() {
    for url in [
        "https://me.openai.azure.com",
        "https://me.openai.azure.com/openai/",
        "https://me.openai.azure.com/openai/v1",
    ] {
        assert_eq!(shown(url), "https://me.openai.azure.com/openai/v1");
    }
    // Somebody's proxy is left as it is written.
    let proxy = "http://proxy.example/azure";
    assert_eq!(
        shown(proxy),
        "http://proxy.example/azure?api-version=2025-04-01-preview"
    );
}

#[test]
fn only_chat_completions_belong_to_the_deployment() {
    let base = "/openai/deployments/main";
    assert_eq!(base_path(base, "/chat/completions"), base);
    assert_eq!(base_path(base, "/responses"), "/openai");
    assert_eq!(base_path(base, "/models"), "/openai");
    assert_eq!(base_path("/openai/v1", "/responses"), "/openai/v1");
}
