//! What a failure's text and status say: the raw material of the classification.

use crate::provider::ProviderKind;

/// A provider's words in one normal form: lower case, `_` and `-` as spaces, so that an error
/// code (`rate_limit_error`) reads like the sentence it stands for.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    text: String,
    /// The HTTP status, given or read from the text.
    pub(super) status: Option<u16>,
}

/// Statuses that count when they stand alone in a text.
const BARE_STATUSES: [u16; 9] = [401, 403, 408, 429, 500, 502, 503, 504, 529];

/// Statuses that words stand for, most telling first.
const STATUS_WORDS: [(&str, u16); 21] = [
    ("overloaded", 529),
    ("rate limit", 429),
    ("too many requests", 429),
    ("throttl", 429),
    ("resource exhausted", 429),
    ("unauthorized", 401),
    ("unauthenticated", 401),
    ("invalid api key", 401),
    ("authentication error", 401),
    ("payment required", 402),
    ("forbidden", 403),
    ("permission error", 403),
    ("request too large", 413),
    ("not found error", 404),
    ("bad gateway", 502),
    ("service unavailable", 503),
    ("gateway timeout", 504),
    ("internal server error", 500),
    ("invalid request error", 400),
    ("invalid argument", 400),
    ("validation exception", 400),
];

pub(super) const INTERRUPTED: [&str; 6] = [
    "chat interrupted",
    "chat was interrupted",
    "request interrupted",
    "request was interrupted",
    "operation interrupted",
    "operation was interrupted",
];
pub(super) const OVERLOADED: [&str; 1] = ["overloaded"];
pub(super) const QUOTA: [&str; 6] = [
    "quota",
    "specified api usage limits",
    "insufficient credit",
    "insufficient credits",
    "billing hard limit",
    "billing limit reached",
];
/// What our own gateway and limits say in a 409.
pub(super) const OWN_LIMIT: [&str; 2] = ["usage limit", "spend limit"];
pub(super) const AUTH: [&str; 10] = [
    "authentication",
    "unauthorized",
    "unauthenticated",
    "invalid api key",
    "incorrect api key",
    "api key not valid",
    "invalid x api key",
    "billing",
    "payment required",
    "credit balance is too low",
];
/// Lose to a config signal: a region or a model may be what is forbidden.
pub(super) const WEAK_AUTH: [&str; 4] = [
    "forbidden",
    "permission denied",
    "permission error",
    "access denied",
];
pub(super) const RATE_LIMIT: [&str; 5] = [
    "rate limit",
    "throttl",
    "ratelimit",
    "too many requests",
    "resource exhausted",
];
pub(super) const TIMEOUT: [&str; 13] = [
    "timeout",
    "timed out",
    "unavailable",
    "connection reset",
    "reset by peer",
    "connection refused",
    "connection closed",
    "eof",
    "broken pipe",
    "bad gateway",
    "stream closed early",
    "malformed sse",
    "deadline exceeded",
];
pub(super) const CONTEXT_LENGTH: [&str; 10] = [
    "context size",
    "exceed context limit",
    "context length exceeded",
    "maximum context length",
    "context window",
    "context length",
    "prompt is too long",
    "input is too long",
    "too many input tokens",
    "exceeds the maximum number of tokens",
];
pub(super) const CONFIG: [&str; 19] = [
    "invalid model",
    "unknown model",
    "unsupported model",
    "no such model",
    "model not found",
    "model not supported",
    "model is not supported",
    "model is not available",
    "model not available",
    "not a valid model",
    "model does not exist",
    "does not have access to model",
    "unsupported parameter",
    "unsupported value",
    "malformed config",
    "invalid configuration",
    "unsupported region",
    "not supported in your region",
    "region not supported",
];
/// "The model `x` does not exist" has the name in between, so two words must both occur.
const CONFIG_PAIRS: [(&str, &str); 3] = [
    ("model", "does not exist"),
    ("model", "not found"),
    ("region", "not available"),
];
pub(super) const CHAIN_BROKEN: [&str; 3] = [
    "previous response not found",
    "previous response id not found",
    // An organization whose data is not kept has no response to go on from.
    "previous response cannot be used",
];
const CHAIN_PAIR: (&str, &str) = ("previous response", "not found");
/// What a provider says of a block of its own that it will not have back. Which one it is
/// stands in the middle of the sentence.
const BLOCKS_REFUSED: [&str; 4] = [
    "invalid encrypted content",
    // Half of what belongs together was kept.
    "was provided without its required",
    "thought signature is not valid",
    "corrupted thought signature",
];
const BLOCKS_REFUSED_PAIRS: [(&str, &str); 3] = [
    ("encrypted content", "could not be verified"),
    ("item with id", "not found"),
    ("invalid `signature`", "thinking"),
];
pub(super) const SERVER_ERROR: [&str; 5] = [
    "server error",
    "server exception",
    "internal error",
    "api error",
    "stream error",
];

impl Signals {
    pub(super) fn read(status: Option<u16>, code: Option<&str>, text: &str) -> Self {
        let code = split_camel_case(code.unwrap_or_default());
        let joined = format!("{code} {text}");
        let text = joined.to_lowercase().replace(['_', '-'], " ");
        let status = status.or_else(|| status_in(&text));
        Self { text, status }
    }

    /// Whether one of the phrases occurs. A phrase of three letters or fewer must be a word:
    /// "eof" is not in "geofence".
    pub(super) fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| {
            if phrase.len() <= 3 {
                words(&self.text).any(|word| word == *phrase)
            } else {
                self.text.contains(phrase)
            }
        })
    }

    pub(super) fn is(&self, statuses: &[u16]) -> bool {
        self.status.is_some_and(|status| statuses.contains(&status))
    }

    fn says_both(&self, (one, other): (&str, &str)) -> bool {
        self.text.contains(one) && self.text.contains(other)
    }

    pub(super) fn is_chain_broken(&self) -> bool {
        self.says(&CHAIN_BROKEN) || self.says_both(CHAIN_PAIR)
    }

    pub(super) fn are_blocks_refused(&self) -> bool {
        let mut pairs = BLOCKS_REFUSED_PAIRS.into_iter();
        self.says(&BLOCKS_REFUSED) || pairs.any(|pair| self.says_both(pair))
    }

    pub(super) fn is_context_length(&self) -> bool {
        self.says(&CONTEXT_LENGTH)
    }

    /// Words (not statuses) that blame the model or the settings.
    pub(super) fn is_config(&self) -> bool {
        self.is_context_length()
            || self.says(&CONFIG)
            || CONFIG_PAIRS.into_iter().any(|pair| self.says_both(pair))
    }

    /// The provider that the text names, most specific first: a gateway's message names the
    /// model maker too.
    pub(super) fn provider(&self) -> Option<ProviderKind> {
        const NAMES: [(&[&str], ProviderKind); 8] = [
            (
                &["openai compat", "openaicompat"],
                ProviderKind::OpenaiCompat,
            ),
            (&["azure"], ProviderKind::Azure),
            (&["openrouter"], ProviderKind::Openrouter),
            (&["bedrock"], ProviderKind::Bedrock),
            (&["vercel"], ProviderKind::Vercel),
            (&["anthropic", "claude"], ProviderKind::Anthropic),
            (&["google", "gemini", "vertex"], ProviderKind::Google),
            (&["openai"], ProviderKind::Openai),
        ];
        let named = NAMES.into_iter().find(|(names, _)| self.says(names));
        named.map(|(_, provider)| provider)
    }
}

/// `ThrottlingException` as words: AWS names its errors like classes.
fn split_camel_case(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + 4);
    let mut after_lower = false;
    for letter in code.chars() {
        if after_lower && letter.is_ascii_uppercase() {
            out.push(' ');
        }
        after_lower = letter.is_ascii_lowercase();
        out.push(letter);
    }
    out
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// "status NNN" or "http NNN", else a bare status of the short list, else what words mean.
fn status_in(text: &str) -> Option<u16> {
    let mut named = false;
    let mut bare = None;
    for word in words(text) {
        let number: Option<u16> = word.parse().ok();
        match number.filter(|number| (100..600).contains(number) && word.len() == 3) {
            Some(number) if named => return Some(number),
            Some(number) if bare.is_none() && BARE_STATUSES.contains(&number) => {
                bare = Some(number);
            }
            Some(_) | None => {}
        }
        // "status code 503" and "HTTP/1.1 503" keep the name alive over a short word.
        named = matches!(word, "status" | "http") || (named && (word == "code" || word.len() == 1));
    }
    let by_words = || {
        STATUS_WORDS
            .into_iter()
            .find(|(phrase, _)| text.contains(phrase))
    };
    bare.or_else(|| by_words().map(|(_, status)| status))
}
