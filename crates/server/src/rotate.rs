//! Changing the key that seals secrets.
//!
//! Where a key file holds the ring, this is three steps, each of which may be the last before
//! a crash: a fresh key is put before the old ones, everything is sealed again with it in one
//! transaction, and only then, and only when asked for, the old ones are forgotten. After any
//! of them every secret opens, and doing all of it again completes it.
//!
//! Where the deployment gives the ring, it gives the fresh key too: all servers know both
//! keys before this runs, so those on PostgreSQL may go on serving. A SQLite database belongs
//! to one process at a time anyway.

use muster_base::Clock;
use muster_rbac::{Actor, Purpose};
use muster_store::{Store, Vault};

use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::start::{KEY_FILE, StartError, given_keys, open_store};

/// What a rotation has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The public name of the key that seals now.
    pub key_id: String,
    /// Secrets that were sealed with another key before.
    pub resealed: u64,
    /// Whether keys are left that nothing needs any more.
    pub has_old_keys: bool,
}

/// Seals all secrets with the deployment's newest key.
///
/// Where a key file holds the ring, that key is made first; `forget_old` then removes the
/// others from the file, so that values in older backups do not open any more.
///
/// # Errors
/// When a server uses the data folder, keys or database can't be used, or a secret does not
/// open.
pub async fn rotate_keys(
    config: &Config,
    clock: &Clock,
    forget_old: ForgetOld,
) -> Result<Rotated, StartError> {
    rotate(config, clock, forget_old, |_| Ok(())).await
}

/// What a rotation of a key file has done for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    KeyAdded,
    Resealed,
    OldForgotten,
}

/// `done` hears of every step; tests let it be the last one.
async fn rotate(
    config: &Config,
    clock: &Clock,
    forget_old: ForgetOld,
    mut done: impl FnMut(Step) -> Result<(), StartError>,
) -> Result<Rotated, StartError> {
    if let Some(keys) = given_keys(config)? {
        return reseal(config, clock, keys).await;
    }
    // A running server knows only the keys that it was started with.
    let _folder = DataFolder::open(&config.data_dir, clock).map_err(StartError::DataFolder)?;
    let file = config.data_dir.join(KEY_FILE);
    let keys = Vault::add_key_to_file(&file)?;
    done(Step::KeyAdded)?;
    let mut rotated = reseal(config, clock, keys).await?;
    done(Step::Resealed)?;
    if forget_old == ForgetOld::Yes {
        Vault::drop_old_keys_from_file(&file)?;
        done(Step::OldForgotten)?;
        rotated.has_old_keys = false;
    }
    Ok(rotated)
}

/// Whether the keys that are not needed any more are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgetOld {
    /// They are removed.
    Yes,
    /// They stay, for backups.
    No,
}

async fn reseal(config: &Config, clock: &Clock, keys: Vault) -> Result<Rotated, StartError> {
    let key_id = keys.key_id().to_string();
    let has_old_keys = keys.has_old_keys();
    let store = open_store(config, clock, keys).await?;
    let resealed = resealed(&store).await;
    store.close().await;
    Ok(Rotated {
        key_id,
        resealed: resealed?,
        has_old_keys,
    })
}

async fn resealed(store: &Store) -> Result<u64, StartError> {
    let setup = Actor::system(Purpose::Setup);
    Ok(store.reseal_secrets(&setup).await?)
}

#[cfg(test)]
mod tests;
