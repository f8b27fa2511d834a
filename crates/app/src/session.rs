//! Where the command line remembers who it is: one file, readable by its owner only.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use muster_base::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::client::Client;
use crate::environment;

/// A server and the token for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) url: Url,
    #[serde(with = "token_text")]
    pub(crate) token: Secret,
}

/// The token's one way to disk and back.
mod token_text {
    use muster_base::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(token: &Secret, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(token.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Secret, D::Error> {
        String::deserialize(d).map(Secret::new)
    }
}

/// The file of the signed-in session.
pub(crate) fn file() -> PathBuf {
    environment::config_folder().join("session.json")
}

impl Session {
    /// `MUSTER_URL` with `MUSTER_SESSION_TOKEN`, else the file written by `muster login` or
    /// `muster up`.
    pub(crate) fn load() -> Result<Self> {
        if let (Some(url), Some(token)) = (
            environment::variable("MUSTER_URL"),
            environment::variable("MUSTER_SESSION_TOKEN"),
        ) {
            return Ok(Self {
                url: url.parse().context("MUSTER_URL")?,
                token: Secret::new(token),
            });
        }
        let path = file();
        let text = fs::read_to_string(&path).with_context(|| {
            "not signed in: run `muster login URL`, or `muster up` here".to_owned()
        })?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Writes the file with mode 0600, its folder with 0700.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .with_context(|| path.display().to_string())?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        Ok(())
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::new(self.url.clone(), Some(self.token.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn saved_session_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/session.json");
        let url: Url = "http://127.0.0.1:7080".parse().unwrap();
        let session = Session {
            url,
            token: Secret::new("abc-def".into()),
        };
        session.save(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let read: Session = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(read.token, session.token);
        assert!(!format!("{session:?}").contains("abc-def"));
    }
}
