use super::ProviderKind::{Anthropic, Openai, OpenaiCompat, Openrouter, Vercel};
use super::*;
use crate::openai::Effort;
use muster_base::Secret;

#[test]
fn a_prefix_names_the_provider_before_configuration_and_guess() {
    let check = |reference, configured, expected| {
        assert_eq!(
            resolve_model(reference, configured),
            expected,
            "{reference} {configured:?}"
        );
    };
    check("openai:gpt-5", Some(Anthropic), Some((Openai, "gpt-5")));
    check("anthropic/claude-x", None, Some((Anthropic, "claude-x")));
    check(
        "openai-compat:llama3:8b",
        None,
        Some((OpenaiCompat, "llama3:8b")),
    );
    check(
        "llama3:8b",
        Some(OpenaiCompat),
        Some((OpenaiCompat, "llama3:8b")),
    );
    check(
        "anthropic/claude-x",
        Some(Openrouter),
        Some((Openrouter, "anthropic/claude-x")),
    );
    check(
        "anthropic:claude-x",
        Some(Vercel),
        Some((Anthropic, "claude-x")),
    );
    check("claude-x", None, Some((Anthropic, "claude-x")));
    check("gpt-5", None, Some((Openai, "gpt-5")));
    check("chatgpt-x", None, Some((Openai, "chatgpt-x")));
    check("o3-mini", None, Some((Openai, "o3-mini")));
    check("olmo", None, None);
    check("openai:", None, None);
}

#[test]
fn providers_keep_their_fixed_order() {
    let mut sorted = ProviderKind::ALL;
    sorted.sort_unstable();
    assert_eq!(sorted, ProviderKind::ALL);
    let names = ProviderKind::ALL.map(ProviderKind::as_str);
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(
        "openai_compat".parse::<ProviderKind>(),
        Err(UnknownProvider)
    );
}

#[test]
fn every_provider_offers_the_efforts_of_the_table() {
    let offered = |kind| {
        let efforts = Effort::ALL
            .into_iter()
            .filter(|effort| effort.is_offered_by(kind));
        efforts.map(Effort::as_str).collect::<Vec<_>>().join(" ")
    };
    let openai = "none minimal low medium high xhigh";
    let anthropic = "low medium high max";
    let expected = [
        anthropic,
        openai,
        anthropic,
        "",
        openai,
        openai,
        "low medium high",
        openai,
    ];
    assert_eq!(ProviderKind::ALL.map(offered), expected);
    for effort in Effort::ALL {
        assert_eq!(effort.as_str().parse(), Ok(effort));
    }
}

#[test]
fn a_configuration_never_shows_its_key() {
    let config = ProviderConfig {
        kind: Openai,
        base_url: None,
        api_key: Some(Secret::new("very-secret".to_owned())),
        region: None,
    };
    assert!(!format!("{config:?}").contains("very-secret"));
}
