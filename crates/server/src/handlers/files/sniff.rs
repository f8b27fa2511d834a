//! What a file is, by its first bytes and not by what its sender says.

/// As much of a file as is looked at.
const HEAD: usize = 512;

/// A type of file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    Png,
    Jpeg,
    Gif,
    Webp,
    Plain,
    Markdown,
    Csv,
    Json,
    Pdf,
}

impl MediaType {
    pub(super) const ALL: [Self; 9] = [
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Plain,
        Self::Markdown,
        Self::Csv,
        Self::Json,
        Self::Pdf,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Plain => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
        }
    }

    /// The type as it is sent to a browser: texts with their encoding.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Plain => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Png | Self::Jpeg | Self::Gif | Self::Webp | Self::Json | Self::Pdf => {
                self.as_str()
            }
        }
    }

    /// How a file of this type is called that came without a name.
    pub(super) const fn default_name(self) -> &'static str {
        match self {
            Self::Png => "file.png",
            Self::Jpeg => "file.jpg",
            Self::Gif => "file.gif",
            Self::Webp => "file.webp",
            Self::Plain => "file.txt",
            Self::Markdown => "file.md",
            Self::Csv => "file.csv",
            Self::Json => "file.json",
            Self::Pdf => "file.pdf",
        }
    }

    /// Reads a `Content-Type`, whatever parameters it has.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let essence = header.split(';').next().unwrap_or_default().trim();
        let is_it = |it: &Self| it.as_str().eq_ignore_ascii_case(essence);
        Self::ALL.into_iter().find(is_it)
    }

    pub(super) const fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Webp)
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// A type with a signature of its own.
    Exactly(MediaType),
    /// Text of any kind.
    Text,
    Unknown,
}

/// Whether these can be the bytes of such a file. Texts can't be told from one another.
pub(super) fn holds(declared: MediaType, bytes: &[u8]) -> bool {
    match seen(bytes) {
        Seen::Exactly(seen) => seen == declared,
        Seen::Text => matches!(
            declared,
            MediaType::Plain | MediaType::Markdown | MediaType::Csv | MediaType::Json
        ),
        Seen::Unknown => false,
    }
}

fn seen(bytes: &[u8]) -> Seen {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let signatures: [(&[u8], MediaType); 5] = [
        (b"\x89PNG\r\n\x1a\n", MediaType::Png),
        (b"\xff\xd8\xff", MediaType::Jpeg),
        (b"GIF87a", MediaType::Gif),
        (b"GIF89a", MediaType::Gif),
        (b"%PDF-", MediaType::Pdf),
    ];
    for (signature, media_type) in signatures {
        if head.starts_with(signature) {
            return Seen::Exactly(media_type);
        }
    }
    if is_webp(head) {
        return Seen::Exactly(MediaType::Webp);
    }
    if is_text(head) {
        Seen::Text
    } else {
        Seen::Unknown
    }
}

/// `RIFF`, a length, `WEBP`, and the first of one of its three kinds of chunk.
fn is_webp(head: &[u8]) -> bool {
    let at = |from: usize, text: &[u8]| head.get(from..from + text.len()) == Some(text);
    let is_chunk = [b"VP8 ", b"VP8L", b"VP8X"].into_iter().any(|it| at(12, it));
    at(0, b"RIFF") && at(8, b"WEBP") && is_chunk
}

/// UTF-8, perhaps cut in the middle of a character, without the control characters that no
/// text has.
fn is_text(head: &[u8]) -> bool {
    let is_whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() == HEAD,
    };
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    is_whole && !head.iter().any(is_binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [MediaType; 4] = [
        MediaType::Plain,
        MediaType::Markdown,
        MediaType::Csv,
        MediaType::Json,
    ];

    fn check(bytes: &[u8], expect: &[MediaType]) {
        let can_be = MediaType::ALL.into_iter().filter(|it| holds(*it, bytes));
        assert_eq!(can_be.collect::<Vec<_>>(), expect, "{bytes:?}");
    }

    #[test]
    fn file_with_a_signature_is_that_and_nothing_else() {
        check(b"\x89PNG\r\n\x1a\n....", &[MediaType::Png]);
        check(b"\xff\xd8\xff\xe0JFIF", &[MediaType::Jpeg]);
        check(b"GIF87a..", &[MediaType::Gif]);
        check(b"GIF89a<script>alert(1)</script>", &[MediaType::Gif]);
        check(b"%PDF-1.7\n", &[MediaType::Pdf]);
        check(b"RIFF\x10\0\0\0WEBPVP8L", &[MediaType::Webp]);
    }

    #[test]
    fn text_can_be_any_text_and_no_other_file() {
        for text in [
            "a,b\n1,2",
            "{\"a\": 1}",
            "# Title\n<h1 align=\"center\">x</h1>",
            "<!DOCTYPE html><script>alert(1)</script>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            "\u{FEFF}été\t\u{1b}[0m",
        ] {
            check(text.as_bytes(), &TEXTS);
        }
        let cut = "é".repeat(HEAD);
        check(&[b"x", cut.as_bytes()].concat(), &TEXTS);
    }

    #[test]
    fn what_is_unknown_is_nothing() {
        let files: [&[u8]; 9] = [
            b"PK\x03\x04",
            b"\x7fELF",
            b"MZ\x90\0",
            b"\x1f\x8b\x08",
            b"\xff\xfeh\0i\0",
            b"\xff\xd8",
            b"RIFF\x10\0\0\0WEBPXXXX",
            b"RIFF\x10\0\0\0WAVEfmt ",
            b"caf\xe9",
        ];
        for bytes in files {
            check(bytes, &[]);
        }
        // A cut character is one only at the end of what was looked at.
        check(b"caf\xc3", &[]);
    }

    #[test]
    fn declared_type_is_read_without_its_parameters() {
        let of = MediaType::parse;
        assert_eq!(of("text/plain; charset=utf-8"), Some(MediaType::Plain));
        assert_eq!(of(" IMAGE/PNG "), Some(MediaType::Png));
        for refused in [
            "",
            "image/svg+xml",
            "text/html",
            "application/zip",
            "text/*",
        ] {
            assert_eq!(of(refused), None, "{refused}");
        }
        for known in MediaType::ALL {
            assert_eq!(of(known.as_str()), Some(known));
            assert_eq!(of(known.header()), Some(known));
        }
    }
}
