//! Secrets at rest: envelope encryption with a ring of keys.
//!
//! Every value is sealed under a random data key, and the data key under a key derived from
//! the deployment's (HKDF-SHA-256), both with AES-256-GCM. Table, column and row id are
//! associated data, so a sealed value that was copied to another place does not open there.
//!
//! Sealed form: `version(1) key id(8) nonce(12) sealed data key(48) nonce(12) ciphertext`.

mod key_file;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use muster_base::Secret;
use sha2::Sha256;

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const WRAPPED_BYTES: usize = KEY_BYTES + TAG_BYTES;

/// A secret can't be sealed or opened. Says nothing about the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// A key is not 64 hex digits, or there is none.
    #[error("an encryption key must be 64 hex digits")]
    BadKey,
    /// The key file can't be read or written.
    #[error("the key file can't be used ({0})")]
    KeyFile(io::ErrorKind),
    /// Others may read the key file.
    #[error("the key file is readable by others: set its mode to 0600")]
    KeyFileMode,
    /// Sealed under a key that this deployment no longer has.
    #[error("the value was sealed with key {0}, which is not in the key ring")]
    UnknownKey(KeyId),
    /// Damaged, or moved from another row.
    #[error("the sealed value does not belong here or is damaged")]
    Damaged,
    /// The system gives no random numbers.
    #[error("no random numbers")]
    Random,
}

/// The public name of a key, derived from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; ID_BYTES]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a secret is stored.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub table: &'static str,
    pub column: &'static str,
    /// The row's id as text.
    pub row: &'a str,
}

impl Place<'_> {
    /// Length-prefixed, so that no two places read the same.
    fn associated(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for part in [self.table, self.column, self.row] {
            data.extend((part.len() as u64).to_be_bytes());
            data.extend(part.as_bytes());
        }
        data
    }
}

/// The key ring: the first key seals, all open.
#[derive(Clone)]
pub struct Vault(Arc<Ring>);

struct Ring {
    first: Key,
    older: Vec<Key>,
}

struct Key {
    id: KeyId,
    wrap: Aes256Gcm,
}

impl Vault {
    /// A ring of 32-byte keys as hex, the sealing one first.
    ///
    /// # Errors
    /// [`VaultError::BadKey`] when a key is none or the list is empty.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<Self, VaultError> {
        let mut keys = keys.into_iter().map(Key::parse);
        let first = keys.next().ok_or(VaultError::BadKey)??;
        let older = keys.collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Ring { first, older })))
    }

    /// The ring of the key file: one key per line. It is made on the first start, mode 0600.
    ///
    /// # Errors
    /// When the file can't be made or read, holds no keys or is readable by others.
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        key_file::load(path).and_then(|keys| Self::new(keys.iter().map(String::as_str)))
    }

    /// Puts a fresh key before those of the key file and gives the new ring. The old keys
    /// stay: whatever they have sealed still opens.
    ///
    /// # Errors
    /// Like [`Vault::from_file`], and when the file can't be written.
    pub fn add_key_to_file(path: &Path) -> Result<Self, VaultError> {
        let mut keys = key_file::load(path)?;
        keys.insert(0, key_file::fresh()?);
        key_file::replace(path, &keys)?;
        Self::from_file(path)
    }

    /// Forgets all keys of the key file but the first, and gives the new ring.
    ///
    /// # Errors
    /// Like [`Vault::add_key_to_file`].
    pub fn drop_old_keys_from_file(path: &Path) -> Result<Self, VaultError> {
        let mut keys = key_file::load(path)?;
        keys.truncate(1);
        key_file::replace(path, &keys)?;
        Self::from_file(path)
    }

    /// The key that seals now; goes into the key-id column beside a secret.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.0.first.id
    }

    /// Whether there are keys that only open.
    #[must_use]
    pub fn has_old_keys(&self) -> bool {
        !self.0.older.is_empty()
    }

    /// Seals a secret for one place.
    ///
    /// # Errors
    /// Only without random numbers.
    pub fn seal(&self, place: &Place<'_>, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let associated = place.associated();
        let mut data_key = [0; KEY_BYTES];
        fill(&mut data_key)?;
        let cipher = cipher(&data_key)?;
        let mut sealed = vec![VERSION];
        sealed.extend(self.0.first.id.0);
        sealed.extend(encrypt(&self.0.first.wrap, &data_key, &associated)?);
        sealed.extend(encrypt(&cipher, secret, &associated)?);
        Ok(sealed)
    }

    /// Opens a sealed secret of one place.
    ///
    /// # Errors
    /// When its key is gone, or when it was damaged or sealed for another place.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let associated = place.associated();
        let (id, rest) = split_id(sealed)?;
        let (wrapped, body) = rest
            .split_at_checked(NONCE_BYTES + WRAPPED_BYTES)
            .ok_or(VaultError::Damaged)?;
        let key = self.find(id).ok_or(VaultError::UnknownKey(id))?;
        let data_key = decrypt(&key.wrap, wrapped, &associated)?;
        decrypt(&cipher(&data_key)?, body, &associated).map(Secret::new)
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// Like [`Vault::open`], and when it is no text.
    pub fn open_text(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Secret, VaultError> {
        let bytes = self.open(place, sealed)?;
        let text = std::str::from_utf8(bytes.expose()).map_err(|_opaque| VaultError::Damaged)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// The same secret sealed with the first key; `None` when it already is.
    ///
    /// # Errors
    /// Like [`Vault::open`] and [`Vault::seal`].
    pub fn reseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        if Self::sealed_with(sealed)? == self.key_id() {
            return Ok(None);
        }
        let secret = self.open(place, sealed)?;
        self.seal(place, secret.expose()).map(Some)
    }

    /// The key that a value is sealed under; rotation looks for those that are not
    /// [`Vault::key_id`].
    ///
    /// # Errors
    /// When the value is not a sealed one.
    pub fn sealed_with(sealed: &[u8]) -> Result<KeyId, VaultError> {
        split_id(sealed).map(|(id, _)| id)
    }

    fn find(&self, id: KeyId) -> Option<&Key> {
        std::iter::once(&self.0.first)
            .chain(&self.0.older)
            .find(|key| key.id == id)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.key_id())
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes = hex::decode(text).map_err(|_opaque| VaultError::BadKey)?;
        if bytes.len() != KEY_BYTES {
            return Err(VaultError::BadKey);
        }
        let derive = Hkdf::<Sha256>::new(None, &bytes);
        let mut id = [0; ID_BYTES];
        let mut wrap = [0; KEY_BYTES];
        derive
            .expand(b"muster vault key id", &mut id)
            .and_then(|()| derive.expand(b"muster vault wrapping key", &mut wrap))
            .map_err(|_opaque| VaultError::BadKey)?;
        Ok(Self {
            id: KeyId(id),
            wrap: cipher(&wrap)?,
        })
    }
}

fn cipher(key: &[u8]) -> Result<Aes256Gcm, VaultError> {
    Aes256Gcm::new_from_slice(key).map_err(|_opaque| VaultError::Damaged)
}

fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|_opaque| VaultError::Random)
}

fn split_id(sealed: &[u8]) -> Result<(KeyId, &[u8]), VaultError> {
    match sealed.split_first_chunk::<{ 1 + ID_BYTES }>() {
        Some(([VERSION, id @ ..], rest)) => Ok((KeyId(*id), rest)),
        _ => Err(VaultError::Damaged),
    }
}

fn encrypt(cipher: &Aes256Gcm, msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    fill(&mut nonce)?;
    let sealed = cipher
        .encrypt(&Nonce::from(nonce), Payload { msg, aad })
        .map_err(|_opaque| VaultError::Damaged)?;
    Ok([&nonce[..], &sealed].concat())
}

fn decrypt(cipher: &Aes256Gcm, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, msg) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(VaultError::Damaged)?;
    cipher
        .decrypt(&Nonce::from(*nonce), Payload { msg, aad })
        .map_err(|_opaque| VaultError::Damaged)
}

#[cfg(test)]
mod tests;
