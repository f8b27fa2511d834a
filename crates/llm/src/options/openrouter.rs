//! Options of OpenRouter.

use super::table::{OptionField, OptionKind, Place, Rule, Wire};

/// What a gateway takes from us and no option may overwrite.
pub(super) const OURS: &[&str] = &["model", "messages", "stream", "tools"];

/// How a model behind a gateway reasons; both gateways name it alike.
pub(super) const REASONING: OptionField = OptionField::new(
    "reasoning",
    OptionKind::Object(&[
        chat(
            "enabled",
            OptionKind::Flag,
            &[(Wire::Chat, Place::Body("reasoning.enabled"))],
            "Whether the model reasons, with the provider's own measure.",
        ),
        chat(
            "exclude",
            OptionKind::Flag,
            &[(Wire::Chat, Place::Body("reasoning.exclude"))],
            "The model reasons, but answers do not show it.",
        ),
        chat(
            "max_tokens",
            OptionKind::Whole(1, u32::MAX as i64),
            &[(Wire::Chat, Place::Body("reasoning.max_tokens"))],
            "Tokens to reason with.",
        ),
        chat(
            "effort",
            OptionKind::Effort,
            &[(Wire::Chat, Place::Body("reasoning.effort"))],
            "How hard the model reasons.",
        ),
    ]),
    &[(Wire::Chat, Place::Fields)],
    "How the model reasons before it answers.",
);

pub(super) const EXTRA_BODY: OptionField = chat(
    "extra_body",
    OptionKind::Json(OURS),
    &[(Wire::Chat, Place::Whole)],
    "Anything else for the body of a request; goes before all other settings.",
);

pub(super) const fn chat(
    name: &'static str,
    kind: OptionKind,
    places: &'static [(Wire, Place)],
    help: &'static str,
) -> OptionField {
    OptionField::new(name, kind, places, help)
}

const fn inner(name: &'static str, kind: OptionKind, help: &'static str) -> OptionField {
    OptionField::inner(name, kind, help)
}

pub(super) const FIELDS: &[OptionField] = &[
    REASONING,
    chat(
        "provider",
        OptionKind::Object(&[
            inner(
                "order",
                OptionKind::Texts,
                "Providers to try, in this order.",
            ),
            inner(
                "allow_fallbacks",
                OptionKind::Flag,
                "Whether other providers may answer when these cannot.",
            ),
            inner(
                "require_parameters",
                OptionKind::Flag,
                "Only providers that know every parameter of the request.",
            ),
            inner(
                "data_collection",
                OptionKind::Choice(&["allow", "deny"]),
                "Whether providers that keep what they are sent may be used.",
            ),
            inner("only", OptionKind::Texts, "No other providers than these."),
            inner("ignore", OptionKind::Texts, "Never these providers."),
            inner(
                "quantizations",
                OptionKind::Choices(&[
                    "int4", "int8", "fp4", "fp6", "fp8", "fp16", "bf16", "fp32", "unknown",
                ]),
                "Only models of these precisions.",
            ),
            inner(
                "sort",
                OptionKind::Choice(&["price", "throughput", "latency"]),
                "Which providers come first.",
            ),
        ]),
        &[(Wire::Chat, Place::Body("provider"))],
        "Which of the gateway's providers answer.",
    ),
    chat(
        "parallel_tool_calls",
        OptionKind::Flag,
        &[(Wire::Chat, Place::Codec)],
        "Whether the model may ask for several tools at once.",
    ),
    chat(
        "include_usage",
        OptionKind::Flag,
        &[(Wire::Chat, Place::Body("usage.include"))],
        "Whether answers say in detail what they cost.",
    ),
    chat(
        "user",
        OptionKind::Text(256),
        &[(Wire::Chat, Place::Body("user"))],
        "Names the end user to the gateway.",
    ),
    chat(
        "log_probs",
        OptionKind::Flag,
        &[(Wire::Chat, Place::Body("logprobs"))],
        "Whether answers carry the probability of each token.",
    ),
    chat(
        "logit_bias",
        OptionKind::NumberMap(-100.0, 100.0),
        &[(Wire::Chat, Place::Body("logit_bias"))],
        "Makes tokens, named by their number, more or less likely.",
    ),
    EXTRA_BODY,
];

pub(super) const RULES: &[Rule] = &[Rule::NotBoth("reasoning.effort", "reasoning.max_tokens")];
