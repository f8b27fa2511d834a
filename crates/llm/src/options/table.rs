//! The table: every option, who offers it, what it takes, where it goes.

use crate::provider::ProviderKind;

/// A request format, as far as options are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Anthropic Messages, directly or inside Bedrock.
    Messages,
    /// OpenAI Responses.
    Responses,
    /// Chat Completions in the provider's own dialect.
    Chat,
    /// Gemini `generateContent`.
    Gemini,
}

/// Where an option stands in a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this dotted path, as it is.
    Body(&'static str),
    /// The codec turns it into something else: a tool, a header, a choice.
    Codec,
}

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionKind {
    /// `true` or `false`.
    Flag,
    /// One line of text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of the provider's reasoning efforts ([`crate::Effort::is_offered_by`]).
    Effort,
    /// A whole number within these bounds, both included.
    Whole(u64, u64),
    /// A number within these bounds, both included.
    Number(f64, f64),
    /// A list of texts.
    Texts,
    /// An object with these fields.
    Object(&'static [OptionField]),
    /// A list of objects with these fields.
    Objects(&'static [OptionField]),
    /// Any JSON object.
    Map,
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionField {
    /// Its key in `provider_options.<provider>`.
    pub name: &'static str,
    /// What it takes.
    pub kind: OptionKind,
    /// One sentence for the form.
    pub help: &'static str,
    /// The formats that carry it, and where. An option that the chosen format does not carry
    /// is refused when the model configuration is saved.
    pub places: &'static [(Wire, Place)],
}

impl OptionField {
    /// Where the option stands in `wire`.
    #[must_use]
    pub fn place(&self, wire: Wire) -> Option<Place> {
        let place = self.places.iter().find(|(of, _)| *of == wire);
        place.map(|(_, place)| *place)
    }
}

/// The key of a provider's options in the `provider_options` document.
#[must_use]
pub const fn options_key(provider: ProviderKind) -> &'static str {
    match provider {
        ProviderKind::Openai | ProviderKind::Azure => "openai",
        ProviderKind::Anthropic | ProviderKind::Bedrock => "anthropic",
        ProviderKind::Google => "google",
        ProviderKind::OpenaiCompat => "openaicompat",
        ProviderKind::Openrouter => "openrouter",
        ProviderKind::Vercel => "vercel",
    }
}

/// All options of a provider, in the order in which a form shows them.
#[must_use]
pub const fn fields_of(provider: ProviderKind) -> &'static [OptionField] {
    match provider {
        ProviderKind::Openai | ProviderKind::Azure => OPENAI,
        ProviderKind::Anthropic | ProviderKind::Bedrock => ANTHROPIC,
        ProviderKind::Google => GOOGLE,
        ProviderKind::OpenaiCompat => COMPAT,
        ProviderKind::Openrouter => OPENROUTER,
        ProviderKind::Vercel => VERCEL,
    }
}

const OPENAI: &[OptionField] = &[OptionField {
    name: "parallel_tool_calls",
    kind: OptionKind::Flag,
    help: "Whether the model may ask for several tools at once.",
    places: &[(Wire::Responses, Place::Codec), (Wire::Chat, Place::Codec)],
}];
const ANTHROPIC: &[OptionField] = &[];
const GOOGLE: &[OptionField] = &[];
const COMPAT: &[OptionField] = &[];
const OPENROUTER: &[OptionField] = &[];
const VERCEL: &[OptionField] = &[];
