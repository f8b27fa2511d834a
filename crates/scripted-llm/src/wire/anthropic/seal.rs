//! What only the provider can make: signatures and sealed texts. They are keyed hashes, so
//! that an altered block is noticed without remembering any answer.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const KEY: &[u8] = b"scripted thinking";

/// The signature that this server gives to a text.
pub(super) fn signature(text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(KEY) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A text that only this server reads.
pub(super) fn sealed(text: &str) -> String {
    format!("{}.{}", hex::encode(text), signature(text))
}

/// Whether a sealed text is as this server wrote it.
pub(super) fn is_sealed(data: &str) -> bool {
    let Some((text, mark)) = data.split_once('.') else {
        return false;
    };
    let text = hex::decode(text)
        .ok()
        .and_then(|text| String::from_utf8(text).ok());
    text.is_some_and(|text| signature(&text) == mark)
}
