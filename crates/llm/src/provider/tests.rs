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

#[test]
fn server_is_a_scheme_a_host_and_a_port() {
    let at = |kind, base_url: Option<&str>| ProviderConfig {
        kind,
        base_url: base_url.map(str::to_owned),
        api_key: None,
        region: None,
    };
    let openai = |base_url| at(Openai, base_url);
    let usual = openai(None);
    for same in [
        "https://api.openai.com/v2",
        " https://API.openai.com:443 ",
        "",
    ] {
        assert!(openai(Some(same)).asks_the_server_of(&usual), "{same}");
    }
    for other in [
        "http://api.openai.com/v1",
        "https://api.openai.com:8443/v1",
        "https://api.openai.com.example/v1",
    ] {
        assert!(!openai(Some(other)).asks_the_server_of(&usual), "{other}");
    }
    let compat = |base_url| at(OpenaiCompat, base_url);
    let local = compat(Some("http://127.0.0.1:1234/v1"));
    assert!(compat(None).asks_the_server_of(&local), "asks nobody");
    assert!(!local.asks_the_server_of(&compat(None)));
}
