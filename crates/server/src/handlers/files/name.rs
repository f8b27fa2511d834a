//! What a file is called, from and to `Content-Disposition` (RFC 6266).

use std::fmt::Write as _;

use http::HeaderMap;
use http::header::CONTENT_DISPOSITION;
use muster_base::limits::FILE_NAME_BYTES_MAX;
use muster_base::sanitize;

use super::sniff::MediaType;

/// What may stand in the encoded form of a name as it is (RFC 8187).
const PLAIN: &[u8] = b"!#$&+-.^_`|~";

/// The name that an upload gives itself, or one for its type.
pub(super) fn of(headers: &HeaderMap, media_type: MediaType) -> String {
    let header = headers.get(CONTENT_DISPOSITION);
    let header = header.map(|it| String::from_utf8_lossy(it.as_bytes()));
    let given = header.and_then(|header| given(&header));
    let name = clean(&given.unwrap_or_default());
    if name.is_empty() {
        return media_type.default_name().to_owned();
    }
    name
}

/// A name without what could lead somewhere or hide something.
fn clean(name: &str) -> String {
    let is_kept = |it: &char| !it.is_control() && !matches!(it, '/' | '\\');
    let name: String = name.chars().filter(is_kept).collect();
    let mut name = sanitize(&name).text;
    name.truncate(name.floor_char_boundary(FILE_NAME_BYTES_MAX));
    name.trim().to_owned()
}

/// The name in a header's value; the encoded form wins.
fn given(header: &str) -> Option<String> {
    let (mut plain, mut encoded) = (None, None);
    for (key, value) in parameters(header) {
        match key.as_str() {
            "filename" => plain = plain.or(Some(value)),
            "filename*" => encoded = encoded.or_else(|| decoded(&value)),
            _ => {}
        }
    }
    encoded.or(plain)
}

/// The parameters of a header's value: `kind; key=token; key="quoted \" text"`.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', '\t', ';']).to_ascii_lowercase();
        let after = after.trim_start();
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (value, tail) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), tail)
            }
        };
        found.push((key, value));
        rest = tail;
    }
    found
}

/// A quoted text and what stands behind it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// `UTF-8''na%C3%AFve.txt`; no other encoding is read.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let [first, rest @ ..] = left {
        let (byte, behind) = match (first, rest) {
            (b'%', [high, low, behind @ ..]) => (hex(*high)? * 16 + hex(*low)?, behind),
            (b'%', _) => return None,
            (plain, behind) => (*plain, behind),
        };
        bytes.push(byte);
        left = behind;
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// The header for a download: a plain name for old clients beside the exact one.
pub(super) fn disposition(name: &str, is_shown: bool) -> String {
    let kind = if is_shown { "inline" } else { "attachment" };
    let ascii = |it: char| match it {
        '"' | '\\' => '_',
        it if it.is_ascii_graphic() || it == ' ' => it,
        _ => '_',
    };
    let plain: String = name.chars().map(ascii).collect();
    let mut header = format!("{kind}; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
                header.push(char::from(byte));
            } else {
                // Writing to a text never fails.
                let _ignored = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(header: &str, expect: &str) {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(header.as_bytes()).unwrap();
        headers.insert(CONTENT_DISPOSITION, value);
        assert_eq!(of(&headers, MediaType::Csv), expect, "{header}");
    }

    #[test]
    fn name_is_read_in_every_form() {
        check("attachment; filename=a.csv", "a.csv");
        check("attachment; filename=\"a b; c=d.csv\"", "a b; c=d.csv");
        check("attachment; filename=\"a\\\"b.csv\"; size=3", "a\"b.csv");
        check("form-data; name=x; FILENAME=a.csv", "a.csv");
        check(
            "attachment; filename=\"_.csv\"; filename*=UTF-8''%C3%A9t%C3%A9.csv",
            "été.csv",
        );
        check("attachment; filename=\"été.csv\"", "été.csv");
        for nameless in [
            "",
            "attachment",
            "attachment; filename=",
            "attachment; filename=\"\"",
            "attachment; filename*=latin1''%E9",
            "attachment; filename*=UTF-8''%C3%",
            "attachment; filename*=UTF-8''%ff",
        ] {
            check(nameless, "file.csv");
        }
    }

    #[test]
    fn name_leads_nowhere_and_hides_nothing() {
        check("attachment; filename=\"../../etc/passwd\"", "....etcpasswd");
        check(
            "attachment; filename*=UTF-8''a%00b%0D%0A%2Fc%5C%E2%80%AEd.csv",
            "abcd.csv",
        );
    }

    #[test]
    fn name_is_cut_between_characters() {
        let fits = "x".repeat(FILE_NAME_BYTES_MAX);
        check(&format!("attachment; filename={fits}"), &fits);
        let long = "é".repeat(FILE_NAME_BYTES_MAX);
        let cut = "é".repeat(FILE_NAME_BYTES_MAX / 2);
        check(&format!("attachment; filename=\"{long}\""), &cut);
    }

    #[test]
    fn name_is_written_so_that_it_is_read_again() {
        assert_eq!(disposition("a b.png", true), "inline; filename=\"a b.png\"");
        assert_eq!(
            disposition("é\"\\.csv", false),
            "attachment; filename=\"___.csv\"; filename*=UTF-8''%C3%A9%22%5C.csv"
        );
        check(&disposition("é 'x'(1)%.csv", false), "é 'x'(1)%.csv");
    }
}
