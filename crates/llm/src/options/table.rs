//! The shape of the table: who offers which option, what it takes, where it goes.

use super::{anthropic, common, google, openai, openrouter, vercel};
use crate::openai::{WireApi, wire_api_for};
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

impl Wire {
    /// The format's name in the admin form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Responses => "responses",
            Self::Chat => "chat_completions",
            Self::Gemini => "generate_content",
        }
    }

    /// The format's name in a sentence.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Messages => "Messages",
            Self::Responses => "Responses",
            Self::Chat => "Chat Completions",
            Self::Gemini => "Gemini",
        }
    }

    /// The formats in which a provider may be asked.
    #[must_use]
    pub const fn all_of(provider: ProviderKind) -> &'static [Self] {
        match provider {
            ProviderKind::Openai | ProviderKind::Azure => &[Self::Responses, Self::Chat],
            ProviderKind::Anthropic | ProviderKind::Bedrock => &[Self::Messages],
            ProviderKind::Google => &[Self::Gemini],
            ProviderKind::OpenaiCompat | ProviderKind::Openrouter | ProviderKind::Vercel => {
                &[Self::Chat]
            }
        }
    }

    /// The format in which `provider` is asked for `model`.
    #[must_use]
    pub fn chosen(provider: ProviderKind, model: &str, configured: Option<WireApi>) -> Self {
        match Self::all_of(provider) {
            [only] => *only,
            _ => match wire_api_for(model, configured) {
                WireApi::Responses => Self::Responses,
                WireApi::ChatCompletions => Self::Chat,
            },
        }
    }
}

/// Where an option stands in a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this dotted path, as it is.
    Body(&'static str),
    /// Each field of the object stands at a place of its own.
    Fields,
    /// Its entries are merged over the finished body.
    Whole,
    /// The codec turns it into something else: a tool, a header, a choice.
    Codec,
}

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionKind {
    /// `true` or `false`.
    Flag,
    /// One line of text of at most so many characters.
    Text(usize),
    /// Any text of at most so many characters.
    Paragraph(usize),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of the provider's reasoning efforts ([`crate::Effort::is_offered_by`]).
    Effort,
    /// A whole number within these bounds, both included.
    Whole(i64, i64),
    /// A number within these bounds, both included.
    Number(f64, f64),
    /// A list of words, such as names of models.
    Texts,
    /// A list of words out of these.
    Choices(&'static [&'static str]),
    /// A list of host names, which may be followed by a path.
    Domains,
    /// A few names with a text each.
    TextMap,
    /// Names with a number each, within these bounds, both included.
    NumberMap(f64, f64),
    /// An object with these fields.
    Object(&'static [OptionField]),
    /// A list of objects with these fields.
    Objects(&'static [OptionField]),
    /// Any JSON object that has none of these keys.
    Json(&'static [&'static str]),
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionField {
    /// Its key in `provider_options.<provider>`, or in the object it belongs to.
    pub name: &'static str,
    /// What it takes.
    pub kind: OptionKind,
    /// One sentence for the form.
    pub help: &'static str,
    /// The formats that carry it, and where. An option that the chosen format does not carry
    /// is refused when the model configuration is saved. Fields of an object that stands at one
    /// place as a whole have none of their own.
    pub places: &'static [(Wire, Place)],
    /// An object without it means nothing.
    pub required: bool,
}

impl OptionField {
    pub(super) const fn new(
        name: &'static str,
        kind: OptionKind,
        places: &'static [(Wire, Place)],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            help,
            places,
            required: false,
        }
    }

    /// A field of an object that stands in the body as it is.
    pub(super) const fn inner(name: &'static str, kind: OptionKind, help: &'static str) -> Self {
        Self::new(name, kind, &[], help)
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Where the option stands in `wire`.
    #[must_use]
    pub fn place(&self, wire: Wire) -> Option<Place> {
        let place = self.places.iter().find(|(of, _)| *of == wire);
        place.map(|(_, place)| *place)
    }
}

/// Options that depend on each other, by dotted path below the provider's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The provider takes one of them.
    NotBoth(&'static str, &'static str),
    /// The provider takes the first only where the second is `true`.
    Needs(&'static str, &'static str),
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
        ProviderKind::Openai | ProviderKind::Azure => openai::FIELDS,
        ProviderKind::Anthropic => anthropic::FIELDS,
        ProviderKind::Bedrock => anthropic::BEDROCK_FIELDS,
        ProviderKind::Google => google::FIELDS,
        ProviderKind::OpenaiCompat => openai::COMPAT_FIELDS,
        ProviderKind::Openrouter => openrouter::FIELDS,
        ProviderKind::Vercel => vercel::FIELDS,
    }
}

/// What a provider's options demand of each other.
#[must_use]
pub const fn rules_of(provider: ProviderKind) -> &'static [Rule] {
    match provider {
        ProviderKind::Openai | ProviderKind::Azure => openai::RULES,
        ProviderKind::Anthropic => anthropic::RULES,
        ProviderKind::Bedrock | ProviderKind::Google | ProviderKind::OpenaiCompat => &[],
        ProviderKind::Openrouter => openrouter::RULES,
        ProviderKind::Vercel => vercel::RULES,
    }
}

/// The parameters beside `provider_options` that all providers share, in the order of the form,
/// within the provider's bounds.
/// What a format cannot carry is refused as an option would be.
#[must_use]
pub const fn common_fields(provider: ProviderKind) -> &'static [OptionField] {
    match provider {
        ProviderKind::Anthropic | ProviderKind::Bedrock => common::ANTHROPIC_FIELDS,
        ProviderKind::Azure
        | ProviderKind::Google
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => common::FIELDS,
    }
}
