//! Options of Gemini.

use serde_json::{Map, Value, json};

use super::ProviderOptions;
use super::table::{OptionField, OptionKind, Place, Wire};

const CATEGORIES: &[&str] = &[
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
];

const THRESHOLDS: &[&str] = &[
    "BLOCK_LOW_AND_ABOVE",
    "BLOCK_MEDIUM_AND_ABOVE",
    "BLOCK_ONLY_HIGH",
    "BLOCK_NONE",
    "OFF",
];

pub(super) const FIELDS: &[OptionField] = &[
    OptionField::new(
        "thinking_config",
        OptionKind::Object(&[
            OptionField::new(
                "thinking_budget",
                // -1 leaves it to the model, 0 switches thinking off.
                OptionKind::Whole(-1, 65_536),
                &[(
                    Wire::Gemini,
                    Place::Body("generationConfig.thinkingConfig.thinkingBudget"),
                )],
                "Tokens to think with; 0 is none, -1 leaves it to the model.",
            ),
            OptionField::new(
                "include_thoughts",
                OptionKind::Flag,
                &[(
                    Wire::Gemini,
                    Place::Body("generationConfig.thinkingConfig.includeThoughts"),
                )],
                "Whether answers carry a summary of the thinking.",
            ),
        ]),
        &[(Wire::Gemini, Place::Fields)],
        "How the model thinks before it answers.",
    ),
    OptionField::new(
        "cached_content",
        OptionKind::Text(256),
        &[(Wire::Gemini, Place::Body("cachedContent"))],
        "Name of content that was cached at the provider before: cachedContents/….",
    ),
    OptionField::new(
        "safety_settings",
        OptionKind::Objects(&[
            OptionField::inner(
                "category",
                OptionKind::Choice(CATEGORIES),
                "The kind of harm.",
            )
            .required(),
            OptionField::inner(
                "threshold",
                OptionKind::Choice(THRESHOLDS),
                "From when on it is blocked.",
            )
            .required(),
        ]),
        &[(Wire::Gemini, Place::Body("safetySettings"))],
        "What the provider blocks, by kind of harm.",
    ),
    OptionField::new(
        "threshold",
        OptionKind::Choice(THRESHOLDS),
        // One entry of `safetySettings` for each kind of harm that has none.
        &[(Wire::Gemini, Place::Codec)],
        "From when on the provider blocks kinds of harm that have no setting of their own.",
    ),
    OptionField::new(
        "web_search_enabled",
        OptionKind::Flag,
        &[(Wire::Gemini, Place::Codec)],
        "Lets the model search the web.",
    ),
];

/// Spells `threshold` out, which the format has only per kind of harm.
pub(super) fn spell_threshold(options: &ProviderOptions, body: &mut Map<String, Value>) {
    let Some(threshold) = options.text("threshold") else {
        return;
    };
    let settings = body
        .entry("safetySettings")
        .or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(settings) = settings else {
        return;
    };
    let named: Vec<String> = settings
        .iter()
        .filter_map(|setting| setting.get("category")?.as_str().map(str::to_owned))
        .collect();
    let missing = CATEGORIES
        .iter()
        .filter(|category| !named.iter().any(|name| name == **category));
    settings.extend(missing.map(|category| json!({"category": category, "threshold": threshold})));
}
