//! The workspace as cargo sees it.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::run::{cargo, output};

#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
}

impl Package {
    /// The folder's name: `muster-` is left out.
    pub(crate) fn short(&self) -> &str {
        self.name.strip_prefix("muster-").unwrap_or(&self.name)
    }

    /// Dependencies that end up in the product.
    pub(crate) fn production(&self) -> impl Iterator<Item = &str> {
        self.dependencies
            .iter()
            .filter(|d| d.kind.is_none())
            .map(|d| d.name.as_str())
    }

    /// All dependencies, development ones too.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.dependencies
            .iter()
            .map(|dependency| dependency.name.as_str())
    }
}

pub(crate) fn load() -> Result<Metadata> {
    let text = output(&mut cargo([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]))?;
    serde_json::from_str(&text).context("cargo metadata")
}
