//! How a model thinks, which its name tells.

/// The first version of the families below whose models choose for themselves how much they
/// think.
const ADAPTIVE_SINCE: (u32, u32) = (4, 7);
/// Families that are older than that.
const OLD_FAMILIES: [&str; 3] = ["opus", "sonnet", "haiku"];
/// Families that began after it.
const NEW_FAMILIES: [&str; 2] = ["fable", "mythos"];
/// Digits of a version's part; a date has more.
const VERSION_DIGITS_MAX: usize = 2;

/// Whether the model refuses a budget of thinking tokens, and sampling parameters with it: it
/// takes `adaptive` thinking, whose depth the effort steers.
///
/// The name may be one of Bedrock's, with words before `claude`. A name that says nothing is
/// taken for that of an older model.
#[must_use]
pub fn thinks_adaptively(model: &str) -> bool {
    let Some((_, name)) = model.split_once("claude-") else {
        return false;
    };
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let family = words.next().unwrap_or_default();
    if NEW_FAMILIES.contains(&family) {
        return true;
    }
    let is_short = |word: &&str| word.len() <= VERSION_DIGITS_MAX;
    let mut version = words
        .take_while(is_short)
        .map_while(|word| word.parse().ok());
    let Some(major) = version.next() else {
        return false;
    };
    let since = match OLD_FAMILIES.contains(&family) {
        true => ADAPTIVE_SINCE,
        // Before 4 the version stood before the family: `claude-3-5-sonnet`.
        false if family.chars().all(|c| c.is_ascii_digit()) => return false,
        false => (5, 0),
    };
    (major, version.next().unwrap_or(0)) >= since
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_models_think_as_much_as_they_like() {
        for model in [
            "claude-opus-4-7",
            "claude-opus-4-8-20260601",
            "claude-opus-4.7",
            "claude-opus-5",
            "claude-opus-5-5",
            "claude-sonnet-5-20260901",
            "claude-haiku-5-5",
            "claude-fable-5-1",
            "claude-mythos-preview",
            "claude-saga-6",
            "us.anthropic.claude-opus-4-7-v1:0",
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-5",
        ] {
            assert!(thinks_adaptively(model), "{model}");
        }
        for model in [
            "claude-opus-4-6",
            "claude-opus-4-6-v1",
            "claude-sonnet-4-6",
            "claude-sonnet-4-20250514",
            "claude-opus-4-1-20250805",
            "claude-haiku-4-5",
            "claude-3-7-sonnet-20250219",
            "claude-3-opus-20240229",
            "claude-2.1",
            "claude-instant-1.2",
            "claude-opus-latest",
            "claude-x",
            "anthropic.claude-3-5-sonnet-20241022-v2:0",
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
            "a-model",
            "",
        ] {
            assert!(!thinks_adaptively(model), "{model}");
        }
    }
}
