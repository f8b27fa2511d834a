//! Takes secrets out of the provider's own words before anyone keeps them.

/// How keys of well-known services begin.
const KEY_PREFIXES: [&str; 14] = [
    "sk-",
    "sk_",
    "pk-",
    "rk_",
    "gsk_",
    "xai-",
    "xox",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "AIza",
    "AKIA",
    "eyJ",
];
/// A word that announces a secret as the next one.
const ANNOUNCEMENTS: [&str; 3] = ["bearer", "basic", "password"];
/// Letters and digits in one run this long are a token, not a word.
const TOKEN_CHARS: usize = 40;
/// Between the two, a run must mix letters and digits to look like a token.
const MIXED_TOKEN_CHARS: usize = 24;
const MARK: &str = "[redacted]";

/// Replaces everything that looks like a key, a token or a URL's query and user part.
pub(crate) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut announced = false;
    for piece in text.split_inclusive(is_separator) {
        let word = piece.trim_end_matches(is_separator);
        let tail = piece.strip_prefix(word).unwrap_or_default();
        if word.is_empty() {
            out.push_str(tail);
            continue;
        }
        if announced || is_secret(word) {
            out.push_str(MARK);
        } else {
            out.push_str(&without_url_secrets(word));
        }
        announced = ANNOUNCEMENTS
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name));
        out.push_str(tail);
    }
    out
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '<' | '>' | '{' | '}'
        )
}

fn is_secret(word: &str) -> bool {
    // "key=sk-…" and "token:abc…": what counts stands behind the last sign.
    let value = word
        .rsplit(['=', ':'])
        .next()
        .unwrap_or(word)
        .trim_end_matches('.');
    let is_token = |run: &str| {
        let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let long = run.len() >= TOKEN_CHARS;
        long || (run.len() >= MIXED_TOKEN_CHARS && letters >= 4 && digits >= 4)
    };
    // A request id helps support and opens nothing; a URL is handled by its parts.
    if value.starts_with("req_") || value.starts_with("//") {
        return false;
    }
    let mut runs = value.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '+')));
    KEY_PREFIXES
        .iter()
        .any(|prefix| value.starts_with(prefix) && value.len() > prefix.len() + 3)
        || runs.any(is_token)
}

fn without_url_secrets(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let bare = rest.split(['?', '#']).next().unwrap_or(rest);
    let authority_end = bare.find('/').unwrap_or(bare.len());
    let (authority, path) = bare.split_at(authority_end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}
