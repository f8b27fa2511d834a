//! What only the provider can make: signatures and sealed texts. They are keyed hashes, so
//! that an altered block is noticed without remembering any answer.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const KEY: &[u8] = b"scripted thinking";

/// The signature that this server gives to a text.
pub(crate) fn signature(text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(KEY) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A text that only this server reads.
pub(crate) fn sealed(text: &str) -> String {
    format!("{}.{}", hex::encode(text), signature(text))
}

/// Whether a sealed text is as this server wrote it.
pub(crate) fn is_sealed(data: &str) -> bool {
    opened(data).is_some()
}

/// The text of a sealed one, if it is as this server wrote it.
pub(crate) fn opened(data: &str) -> Option<String> {
    let (text, mark) = data.split_once('.')?;
    let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
    (signature(&text) == mark).then_some(text)
}
