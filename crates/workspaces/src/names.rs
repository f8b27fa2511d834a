//! Names of workspaces.

use muster_base::limits;

/// Whether a person may call a workspace this: letters, digits and single inner dashes.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    let shaped = name
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    shaped && name.len() <= limits::WORKSPACE_NAME_CHARS_MAX
}

/// A name nobody chose: the template's name as far as it fits, and four hex digits.
#[must_use]
pub fn generated_name(template: &str, suffix: u16) -> String {
    let mut slug = String::new();
    for letter in template.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == limits::WORKSPACE_NAME_SLUG_CHARS {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "workspace" } else { slug };
    format!("{slug}-{suffix:04x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_joined_by_single_dashes() {
        for name in ["a", "blue-whale", "A1-b2-C3", &"x".repeat(32)] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", "-a", "a-", "a--b", "a_b", "a b", "é", &"x".repeat(33)] {
            assert!(!is_valid_name(name), "{name}");
        }
    }

    #[test]
    fn generated_names_are_valid_names() {
        let long = "A very long template's name, with (everything)";
        assert_eq!(generated_name("local", 0xab), "local-00ab");
        assert_eq!(generated_name("Größe!", 1), "gr-e-0001");
        assert_eq!(generated_name("***", 0xffff), "workspace-ffff");
        for template in [long, "x-", "-", "12345678901234567890123456-8"] {
            let name = generated_name(template, 7);
            assert!(is_valid_name(&name), "{name}");
        }
    }
}
