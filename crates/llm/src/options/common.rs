//! Parameters that have one name for all providers. The codecs write them; the places say where.

use super::table::{OptionField, OptionKind, Place, Wire};

const fn field(
    name: &'static str,
    kind: OptionKind,
    places: &'static [(Wire, Place)],
    help: &'static str,
) -> OptionField {
    OptionField::new(name, kind, places, help)
}

pub(super) const FIELDS: &[OptionField] = &fields(2.0);

/// Anthropic's models end where the others have their middle.
pub(super) const ANTHROPIC_FIELDS: &[OptionField] = &fields(1.0);

const fn fields(temperature_max: f64) -> [OptionField; 6] {
    [
        field(
            "max_output_tokens",
            OptionKind::Whole(1, u32::MAX as i64),
            &[
                (Wire::Messages, Place::Body("max_tokens")),
                (Wire::Responses, Place::Body("max_output_tokens")),
                // The dialects name it in two ways.
                (Wire::Chat, Place::Codec),
                (
                    Wire::Gemini,
                    Place::Body("generationConfig.maxOutputTokens"),
                ),
            ],
            "Most tokens of one answer, reasoning included.",
        ),
        field(
            "temperature",
            OptionKind::Number(0.0, temperature_max),
            &[
                (Wire::Messages, Place::Body("temperature")),
                (Wire::Responses, Place::Body("temperature")),
                (Wire::Chat, Place::Body("temperature")),
                (Wire::Gemini, Place::Body("generationConfig.temperature")),
            ],
            "How freely the model chooses its words; 0 is the strictest.",
        ),
        field(
            "top_p",
            OptionKind::Number(0.0, 1.0),
            &[
                (Wire::Messages, Place::Body("top_p")),
                (Wire::Responses, Place::Body("top_p")),
                (Wire::Chat, Place::Body("top_p")),
                (Wire::Gemini, Place::Body("generationConfig.topP")),
            ],
            "The model chooses among the likeliest words that together have this probability.",
        ),
        field(
            "top_k",
            OptionKind::Whole(1, u32::MAX as i64),
            &[
                (Wire::Messages, Place::Body("top_k")),
                (Wire::Gemini, Place::Body("generationConfig.topK")),
            ],
            "The model chooses among this many of the likeliest words.",
        ),
        field(
            "presence_penalty",
            OptionKind::Number(-2.0, 2.0),
            &[
                (Wire::Chat, Place::Body("presence_penalty")),
                (
                    Wire::Gemini,
                    Place::Body("generationConfig.presencePenalty"),
                ),
            ],
            "Makes words less likely that occurred at all.",
        ),
        field(
            "frequency_penalty",
            OptionKind::Number(-2.0, 2.0),
            &[
                (Wire::Chat, Place::Body("frequency_penalty")),
                (
                    Wire::Gemini,
                    Place::Body("generationConfig.frequencyPenalty"),
                ),
            ],
            "Makes words less likely by how often they occurred.",
        ),
    ]
}
