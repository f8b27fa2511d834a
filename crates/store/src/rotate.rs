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
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::SEALED_TABLES;

    /// Every `table: "…"` of a place in the files of a folder and the folders in it.
    fn tables_in(folder: &Path, tables: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                tables_in(&path, tables);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let quoted = text.split("table: \"").skip(1);
            tables.extend(quoted.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }

    #[test]
    fn every_sealed_table_is_sealed_again() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = BTreeSet::new();
        tables_in(&source, &mut found);
        // This very file quotes the pattern.
        found.retain(|table| table.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        assert_eq!(Vec::from_iter(found), SEALED_TABLES);
    }

    #[test]
    fn sealed_table_in_a_folder_of_its_own_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("c.rs"), "Place { table: \"deep\", row }").unwrap();
        let mut found = BTreeSet::new();
        tables_in(folder.path(), &mut found);
        assert_eq!(Vec::from_iter(found), ["deep"]);
    }
}
