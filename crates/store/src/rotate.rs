//! Sealing every secret again after the deployment's key has changed.

use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, Store, providers, site_configs};

/// The tables that hold sealed values. A test finds the place of a secret that is missing
/// here, for what is not sealed again is lost with its key.
#[cfg(test)]
const SEALED_TABLES: [&str; 2] = ["providers", "site_configs"];

impl Store {
    /// Seals every secret with the first key of the ring and says how many were not. All or
    /// nothing: a crash in the middle changes nothing, and doing it twice changes nothing
    /// the second time.
    ///
    /// # Errors
    /// Not allowed, a secret that does not open, or a failing database.
    pub async fn reseal_secrets(&self, actor: &Actor) -> Result<u64, Error> {
        authorize(
            actor,
            Action::Update,
            &Object::of(ResourceKind::DeploymentConfig),
        )?;
        self.write("secrets.reseal", |tx| {
            Box::pin(async move {
                let providers = providers::reseal(tx).await?;
                Ok(providers + site_configs::reseal(tx).await?)
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::SEALED_TABLES;

    /// Every `table: "…"` of a place in this crate.
    fn sealed_tables() -> Vec<String> {
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = fs::read_dir(source).unwrap();
        let mut tables = Vec::new();
        for path in files
            .map(|file| file.unwrap().path())
            .filter(|path| path.is_file())
        {
            let text = fs::read_to_string(path).unwrap();
            let quoted = text.split("table: \"").skip(1);
            tables.extend(quoted.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
        tables.sort();
        tables.dedup();
        tables
    }

    #[test]
    fn every_sealed_table_is_sealed_again() {
        let mut found = sealed_tables();
        // This very file quotes the pattern.
        found.retain(|table| table.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        assert_eq!(found, SEALED_TABLES);
    }
}
