//! Session tokens and API tokens: `<10>-<22>` of `[a-zA-Z0-9]`.
//!
//! The first half names the row, the second half is the secret and is stored as SHA-256 only.

use muster_base::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const ID_CHARS: usize = 10;
const SECRET_CHARS: usize = 22;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no random numbers")]
pub(crate) struct NoRandom;

/// A token that somebody showed, or a fresh one.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    id: String,
    secret: Secret,
}

impl Token {
    /// A fresh token.
    pub(crate) fn generate() -> Result<Self, NoRandom> {
        Ok(Self {
            id: random_text(ID_CHARS)?,
            secret: Secret::new(random_text(SECRET_CHARS)?),
        })
    }

    /// Reads a shown token; anything malformed is treated like an unknown key.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('-')?;
        let well_formed = |half: &str, chars| {
            half.len() == chars && half.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        (well_formed(id, ID_CHARS) && well_formed(secret, SECRET_CHARS)).then(|| Self {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
        })
    }

    /// The public half.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What is stored of the secret half.
    pub(crate) fn hashed_secret(&self) -> Vec<u8> {
        hash(self.secret.expose())
    }

    /// Compares in constant time.
    pub(crate) fn matches(&self, hashed_secret: &[u8]) -> bool {
        self.hashed_secret().ct_eq(hashed_secret).into()
    }

    /// The whole token, for its bearer.
    pub(crate) fn reveal(&self) -> String {
        format!("{}-{}", self.id, self.secret.expose())
    }
}

/// SHA-256 of a secret.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A fresh secret of 256 bits, for a login link.
pub(crate) fn link_secret() -> Result<Secret, NoRandom> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_cause| NoRandom)?;
    Ok(Secret::new(hex::encode(bytes)))
}

/// Every letter is equally likely: bytes that would favour some are drawn again.
fn random_text(chars: usize) -> Result<String, NoRandom> {
    let fair = u8::MAX - u8::MAX % 62;
    let mut text = String::with_capacity(chars);
    while text.len() < chars {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_cause| NoRandom)?;
        let letters = bytes.iter().filter(|byte| **byte < fair);
        let letters = letters.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        text.extend(
            letters
                .take(chars - text.len())
                .map(|byte| char::from(*byte)),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_token_reads_back_and_matches_its_hash() {
        let token = Token::generate().unwrap();
        let read = Token::parse(&token.reveal()).unwrap();
        assert_eq!(read.id(), token.id());
        assert!(read.matches(&token.hashed_secret()));
        assert!(!read.matches(&Token::generate().unwrap().hashed_secret()));
        assert!(!format!("{token:?}").contains(token.secret.expose()));
    }

    #[test]
    fn malformed_token_is_no_token() {
        for text in [
            "",
            "-",
            "aaaaaaaaaa",
            "aaaaaaaaaa-",
            "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbb",
            "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbb",
            "aaaaaaaaa!-bbbbbbbbbbbbbbbbbbbbbb",
            "äaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb",
        ] {
            assert!(Token::parse(text).is_none(), "{text:?}");
        }
    }
}
