//! Options of OpenAI, which Azure shares, and of compatible servers.

use super::table::{OptionField, OptionKind, Place, Rule, Wire};

/// On both formats under the same name.
macro_rules! both {
    ($path:literal) => {
        &[
            (Wire::Responses, Place::Body($path)),
            (Wire::Chat, Place::Body($path)),
        ]
    };
}

const fn field(
    name: &'static str,
    kind: OptionKind,
    places: &'static [(Wire, Place)],
    help: &'static str,
) -> OptionField {
    OptionField::new(name, kind, places, help)
}

pub(super) const FIELDS: &[OptionField] = &[
    field(
        "reasoning_effort",
        OptionKind::Effort,
        &[
            (Wire::Responses, Place::Body("reasoning.effort")),
            (Wire::Chat, Place::Body("reasoning_effort")),
        ],
        "How hard the model thinks before it answers.",
    ),
    field(
        "reasoning_summary",
        OptionKind::Choice(&["auto", "concise", "detailed"]),
        &[(Wire::Responses, Place::Body("reasoning.summary"))],
        "How much of its reasoning the model tells.",
    ),
    field(
        "text_verbosity",
        OptionKind::Choice(&["low", "medium", "high"]),
        &[
            (Wire::Responses, Place::Body("text.verbosity")),
            (Wire::Chat, Place::Body("verbosity")),
        ],
        "How long answers are.",
    ),
    field(
        "instructions",
        OptionKind::Paragraph(65_536),
        &[(Wire::Responses, Place::Codec)],
        "Text that stands before the conversation in every request.",
    ),
    field(
        "parallel_tool_calls",
        OptionKind::Flag,
        // Refused by the provider in a request without tools.
        &[(Wire::Responses, Place::Codec), (Wire::Chat, Place::Codec)],
        "Whether the model may ask for several tools at once.",
    ),
    field(
        "max_tool_calls",
        OptionKind::Whole(1, 1_000),
        &[(Wire::Responses, Place::Body("max_tool_calls"))],
        "Most calls of tools that the provider runs itself, in one answer.",
    ),
    field(
        "max_completion_tokens",
        OptionKind::Whole(1, u32::MAX as i64),
        // Takes the place of the common limit.
        &[(Wire::Chat, Place::Codec)],
        "Most tokens of one answer, reasoning included; goes before the common limit.",
    ),
    field(
        "web_search_enabled",
        OptionKind::Flag,
        &[(Wire::Responses, Place::Codec)],
        "Lets the model search the web.",
    ),
    field(
        "search_context_size",
        OptionKind::Choice(&["low", "medium", "high"]),
        &[(Wire::Responses, Place::Codec)],
        "How much of what a web search finds the model reads.",
    ),
    field(
        "allowed_domains",
        OptionKind::Domains,
        &[(Wire::Responses, Place::Codec)],
        "Web searches find pages of these domains only.",
    ),
    field(
        "structured_outputs",
        OptionKind::Flag,
        &[(Wire::Chat, Place::Codec)],
        "Whether the model takes a JSON schema for its answer; without it, it is asked for any JSON.",
    ),
    field(
        "strict_json_schema",
        OptionKind::Flag,
        &[(Wire::Responses, Place::Codec)],
        "Whether an answer that has a JSON schema must follow it to the letter.",
    ),
    field(
        "store",
        OptionKind::Flag,
        // On Responses it also decides whether turns are chained.
        &[
            (Wire::Responses, Place::Codec),
            (Wire::Chat, Place::Body("store")),
        ],
        "Whether the provider keeps answers, so that a turn can go on from the last one.",
    ),
    field(
        "metadata",
        OptionKind::TextMap,
        both!("metadata"),
        "Names and texts that the provider keeps with an answer.",
    ),
    field(
        "service_tier",
        OptionKind::Choice(&["auto", "default", "flex", "scale", "priority"]),
        both!("service_tier"),
        "The class of service that requests are billed as.",
    ),
    field(
        "prompt_cache_key",
        OptionKind::Text(64),
        both!("prompt_cache_key"),
        "Requests with the same key share the provider's prompt cache more often.",
    ),
    field(
        "safety_identifier",
        OptionKind::Text(64),
        both!("safety_identifier"),
        "Names the end user to the provider's abuse detection, without saying who it is.",
    ),
    field(
        "user",
        OptionKind::Text(256),
        both!("user"),
        "The older name of the end user for the provider.",
    ),
    field(
        "include",
        OptionKind::Choices(&[
            "code_interpreter_call.outputs",
            "computer_call_output.output.image_url",
            "file_search_call.results",
            "message.input_image.image_url",
            "message.output_text.logprobs",
            "reasoning.encrypted_content",
            "web_search_call.action.sources",
        ]),
        // The codec has some of its own.
        &[(Wire::Responses, Place::Codec)],
        "What else the provider puts into its answers.",
    ),
    field(
        "log_probs",
        OptionKind::Flag,
        &[
            (Wire::Responses, Place::Codec),
            (Wire::Chat, Place::Body("logprobs")),
        ],
        "Whether answers carry the probability of each token.",
    ),
    field(
        "top_log_probs",
        OptionKind::Whole(0, 20),
        both!("top_logprobs"),
        "How many alternatives to each token answers carry.",
    ),
    field(
        "logit_bias",
        OptionKind::NumberMap(-100.0, 100.0),
        &[(Wire::Chat, Place::Body("logit_bias"))],
        "Makes tokens, named by their number, more or less likely.",
    ),
    field(
        "prediction",
        OptionKind::Object(&[
            OptionField::inner("type", OptionKind::Choice(&["content"]), "Always content.")
                .required(),
            OptionField::inner(
                "content",
                OptionKind::Paragraph(262_144),
                "The text that most of the answer is expected to repeat.",
            )
            .required(),
        ]),
        &[(Wire::Chat, Place::Body("prediction"))],
        "Text that is known beforehand to be much of the answer; makes it faster.",
    ),
];

pub(super) const RULES: &[Rule] = &[Rule::Needs("top_log_probs", "log_probs")];

pub(super) const COMPAT_FIELDS: &[OptionField] = &[
    field(
        "reasoning_effort",
        OptionKind::Effort,
        &[(Wire::Chat, Place::Body("reasoning_effort"))],
        "How hard the model thinks before it answers.",
    ),
    field(
        "user",
        OptionKind::Text(256),
        &[(Wire::Chat, Place::Body("user"))],
        "Names the end user to the server.",
    ),
];
