//! Options of Vercel's AI Gateway.

use super::openrouter::{EXTRA_BODY, REASONING, chat};
use super::table::{OptionField, OptionKind, Place, Rule, Wire};

pub(super) const FIELDS: &[OptionField] = &[
    REASONING,
    chat(
        "providerOptions",
        OptionKind::Object(&[
            OptionField::inner(
                "order",
                OptionKind::Texts,
                "Providers to try, in this order.",
            ),
            OptionField::inner(
                "models",
                OptionKind::Texts,
                "Models to try, in this order, when the chosen one cannot answer.",
            ),
        ]),
        &[(Wire::Chat, Place::Body("providerOptions.gateway"))],
        "Which of the gateway's providers and models answer.",
    ),
    chat(
        "parallel_tool_calls",
        OptionKind::Flag,
        &[(Wire::Chat, Place::Codec)],
        "Whether the model may ask for several tools at once.",
    ),
    chat(
        "user",
        OptionKind::Text(256),
        &[(Wire::Chat, Place::Body("user"))],
        "Names the end user to the gateway.",
    ),
    chat(
        "logprobs",
        OptionKind::Flag,
        &[(Wire::Chat, Place::Body("logprobs"))],
        "Whether answers carry the probability of each token.",
    ),
    chat(
        "top_logprobs",
        OptionKind::Whole(0, 20),
        &[(Wire::Chat, Place::Body("top_logprobs"))],
        "How many alternatives to each token answers carry.",
    ),
    chat(
        "logit_bias",
        OptionKind::NumberMap(-100.0, 100.0),
        &[(Wire::Chat, Place::Body("logit_bias"))],
        "Makes tokens, named by their number, more or less likely.",
    ),
    EXTRA_BODY,
];

pub(super) const RULES: &[Rule] = &[
    Rule::NotBoth("reasoning.effort", "reasoning.max_tokens"),
    Rule::Needs("top_logprobs", "logprobs"),
];
