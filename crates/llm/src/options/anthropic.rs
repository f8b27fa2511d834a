//! Options of Anthropic's models, directly or on Bedrock.

use super::table::{OptionField, OptionKind, Place, Rule, Wire};

const BY_CODEC: &[(Wire, Place)] = &[(Wire::Messages, Place::Codec)];

const EFFORT: OptionField = OptionField::new(
    "effort",
    OptionKind::Effort,
    &[(Wire::Messages, Place::Body("output_config.effort"))],
    "How much work the model puts into an answer.",
);

const THINKING: OptionField = OptionField::new(
    "thinking",
    OptionKind::Object(&[OptionField::inner(
        "budget_tokens",
        OptionKind::Whole(1_024, 1_000_000),
        "Tokens to think with; kept below the limit of the answer.",
    )
    .required()]),
    // Not sent where a turn began without thinking, and never above the output limit.
    BY_CODEC,
    "Lets the model think before it answers.",
);

const SEND_REASONING: OptionField = OptionField::new(
    "send_reasoning",
    OptionKind::Flag,
    BY_CODEC,
    "Whether earlier thinking goes back to the model; on unless it is switched off.",
);

const ONE_TOOL_AT_A_TIME: OptionField = OptionField::new(
    "disable_parallel_tool_use",
    OptionKind::Flag,
    BY_CODEC,
    "The model asks for one tool at a time.",
);

pub(super) const FIELDS: &[OptionField] = &[
    EFFORT,
    THINKING,
    SEND_REASONING,
    ONE_TOOL_AT_A_TIME,
    OptionField::new(
        "web_search_enabled",
        OptionKind::Flag,
        BY_CODEC,
        "Lets the model search the web.",
    ),
    OptionField::new(
        "allowed_domains",
        OptionKind::Domains,
        BY_CODEC,
        "Web searches find pages of these domains only.",
    ),
    OptionField::new(
        "blocked_domains",
        OptionKind::Domains,
        BY_CODEC,
        "Web searches find no pages of these domains.",
    ),
];

/// Bedrock runs no searches.
pub(super) const BEDROCK_FIELDS: &[OptionField] =
    &[EFFORT, THINKING, SEND_REASONING, ONE_TOOL_AT_A_TIME];

pub(super) const RULES: &[Rule] = &[Rule::NotBoth("allowed_domains", "blocked_domains")];
