//! The real providers, for whoever has a key of their own for tests. Without
//! `<PROVIDER>_TEST_API_KEY` nothing is asked and nothing is said.

use std::path::Path;

use muster_base::{Clock, Secret};
use muster_llm::{FailureKind, Params, Part, ProviderConfig, ProviderKind};

use crate::server::{collect, in_time, request};

#[expect(
    clippy::disallowed_methods,
    reason = "the only variables that a test may read"
)]
fn variable(kind: ProviderKind, what: &str) -> Option<String> {
    let provider = kind.as_str().to_uppercase().replace('-', "_");
    let value = std::env::var(format!("{provider}_TEST_{what}"));
    value.ok().filter(|value| !value.is_empty())
}

/// The smallest model of each provider; `<PROVIDER>_TEST_MODEL` names another.
fn model(kind: ProviderKind) -> String {
    let usual = match kind {
        ProviderKind::Anthropic => "claude-haiku-4-5",
        ProviderKind::Azure | ProviderKind::Openai => "gpt-4.1-nano",
        ProviderKind::Bedrock => "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        ProviderKind::Google => "gemini-2.5-flash-lite",
        ProviderKind::OpenaiCompat => "llama3.2",
        ProviderKind::Openrouter | ProviderKind::Vercel => "openai/gpt-4.1-nano",
    };
    variable(kind, "MODEL").unwrap_or_else(|| usual.to_owned())
}

fn config(kind: ProviderKind) -> Option<ProviderConfig> {
    Some(ProviderConfig {
        kind,
        api_key: Some(Secret::new(variable(kind, "API_KEY")?)),
        base_url: variable(kind, "BASE_URL"),
        region: variable(kind, "REGION"),
    })
}

async fn check(kind: ProviderKind) {
    let Some(config) = config(kind) else { return };
    let clock = Clock::system();
    assert_eq!(in_time(config.prove(&clock)).await, Ok(()));
    let mut asked = request();
    asked.model = model(kind);
    asked.params = Params {
        max_output_tokens: Some(64),
        ..Params::default()
    };
    let client = config.connect(&clock).unwrap();
    let (parts, ended) = collect(&*client, asked).await;
    assert_eq!(ended, Ok(()));
    assert!(
        parts.iter().any(|part| matches!(part, Part::Text(_))),
        "{parts:?}"
    );

    let wrong = ProviderConfig {
        api_key: Some(Secret::new("wrong".to_owned())),
        ..config
    };
    let refused = in_time(wrong.prove(&clock)).await;
    assert_eq!(refused.unwrap_err().kind, FailureKind::Auth);
}

macro_rules! providers {
    ($($name:ident: $kind:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            check(ProviderKind::$kind).await;
        }
    )*};
}

providers!(
    anthropic: Anthropic,
    azure: Azure,
    bedrock: Bedrock,
    google: Google,
    openai: Openai,
    openai_compat: OpenaiCompat,
    openrouter: Openrouter,
    vercel: Vercel,
);

/// Names of variables that hold somebody's real key. Put together here, so that this file
/// does not name them either.
fn production_names() -> Vec<String> {
    let providers = [
        "ANTHROPIC",
        "OPENAI",
        "AZURE_OPENAI",
        "GEMINI",
        "GOOGLE",
        "OPENROUTER",
    ];
    let keys = providers
        .iter()
        .map(|provider| format!("{provider}_API_KEY"));
    let aws = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "BEARER_TOKEN_BEDROCK"];
    let aws = aws.iter().map(|name| format!("AWS_{name}"));
    keys.chain(aws)
        .chain([["AI_GATEWAY", "API_KEY"].join("_")])
        .collect()
}

/// Shows what the presets make of an environment that is the test's own.
const PRESETS: &str = "/server/src/config/tests.rs";

fn search(folder: &Path, names: &[String], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, names, found);
            continue;
        }
        let shown = path.to_string_lossy().replace('\\', "/");
        let is_test = shown.contains("/tests/") || shown.ends_with("/tests.rs");
        if !is_test || !shown.ends_with(".rs") || shown.ends_with(PRESETS) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .filter(|line| names.iter().any(|name| line.contains(name)));
        found.extend(lines.map(|line| format!("{shown}: {}", line.trim())));
    }
}

#[test]
fn no_test_names_a_variable_of_production() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    search(crates, &production_names(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}
