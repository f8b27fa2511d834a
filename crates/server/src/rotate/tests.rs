use std::path::Path;

use muster_base::{ProviderId, Secret};
use muster_store::providers::NewProvider;
use muster_store::site_configs::CSRF_KEY;

use super::*;
use crate::config::Settings;

const OLD: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn config(folder: &Path, keys: Option<&[&str]>) -> Config {
    let settings = Settings {
        encryption_keys: keys.map(|keys| Secret::new(keys.join(","))),
        ..Settings::default()
    };
    settings.into_config(folder.to_owned()).unwrap()
}

async fn open(config: &Config) -> Result<Store, StartError> {
    let keys = match given_keys(config)? {
        Some(keys) => keys,
        None => Vault::from_file(&config.data_dir.join(KEY_FILE))?,
    };
    open_store(config, &Clock::system(), keys).await
}

/// A deployment with one secret of each kind.
async fn fill(config: &Config) -> Vec<u8> {
    let store = open(config).await.unwrap();
    let setup = Actor::system(Purpose::Setup);
    let csrf = store.ensure_site_key(&setup, CSRF_KEY).await.unwrap();
    let provider = NewProvider {
        id: ProviderId::new(store.clock()),
        provider: "openai".to_owned(),
        display_name: String::new(),
        enabled: true,
        base_url: None,
        region: None,
        api_key: Some(Secret::new("sk-secret".to_owned())),
    };
    store.create_provider(&setup, provider).await.unwrap();
    store.close().await;
    csrf.expose().clone()
}

/// Whether all secrets of the deployment open and are what they were.
async fn is_whole(config: &Config, csrf: &[u8]) -> bool {
    let store = open(config).await.unwrap();
    let worker = Actor::system(Purpose::ChatWorker);
    let setup = Actor::system(Purpose::Setup);
    let keys = store.providers_with_keys(&worker).await;
    let site = store.ensure_site_key(&setup, CSRF_KEY).await;
    store.close().await;
    let key = keys.map(|keys| keys.into_iter().find_map(|(_, key)| key));
    matches!(key, Ok(Some(key)) if key.expose() == "sk-secret")
        && site.is_ok_and(|site| site.expose() == csrf)
}

#[tokio::test]
async fn key_file_gets_a_fresh_key_that_seals_everything() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), None);
    let csrf = fill(&config).await;
    let clock = Clock::system();
    let first = rotate_keys(&config, &clock, ForgetOld::No).await.unwrap();
    assert_eq!((first.resealed, first.has_old_keys), (2, true));
    assert!(is_whole(&config, &csrf).await);
    let second = rotate_keys(&config, &clock, ForgetOld::Yes).await.unwrap();
    assert_ne!(first.key_id, second.key_id);
    assert_eq!((second.resealed, second.has_old_keys), (2, false));
    assert!(is_whole(&config, &csrf).await);
    let text = std::fs::read_to_string(folder.path().join(KEY_FILE)).unwrap();
    assert_eq!(text.lines().count(), 1);
}

#[tokio::test]
async fn a_crash_after_any_step_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), None);
    let csrf = fill(&config).await;
    // Killed after the fresh key was written: old values open, new ones use the fresh key.
    Vault::add_key_to_file(&folder.path().join(KEY_FILE)).unwrap();
    assert!(is_whole(&config, &csrf).await);
    // Killed after everything was sealed again, before the old keys were forgotten.
    let clock = Clock::system();
    rotate_keys(&config, &clock, ForgetOld::No).await.unwrap();
    assert!(is_whole(&config, &csrf).await);
    // Doing it again completes it.
    let done = rotate_keys(&config, &clock, ForgetOld::Yes).await.unwrap();
    assert!(!done.has_old_keys);
    assert!(is_whole(&config, &csrf).await);
}

#[tokio::test]
async fn a_running_server_keeps_its_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), None);
    let clock = Clock::system();
    let _server = DataFolder::open(folder.path(), &clock).unwrap();
    let refused = rotate_keys(&config, &clock, ForgetOld::No).await;
    assert!(
        matches!(refused, Err(StartError::DataFolder(_))),
        "{refused:?}"
    );
    assert!(!folder.path().join(KEY_FILE).exists());
}

#[tokio::test]
async fn given_keys_reseal_to_the_first_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let before = config(folder.path(), Some(&[OLD]));
    let csrf = fill(&before).await;
    let both = config(folder.path(), Some(&[NEW, OLD]));
    assert!(is_whole(&both, &csrf).await);
    let clock = Clock::system();
    let rotated = rotate_keys(&both, &clock, ForgetOld::No).await.unwrap();
    assert_eq!((rotated.resealed, rotated.has_old_keys), (2, true));
    assert!(is_whole(&config(folder.path(), Some(&[NEW])), &csrf).await);
    let again = rotate_keys(&both, &clock, ForgetOld::No).await.unwrap();
    assert_eq!(again.resealed, 0);
}

#[tokio::test]
async fn a_missing_key_stops_the_rotation_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let before = config(folder.path(), Some(&[OLD]));
    let csrf = fill(&before).await;
    let wrong = config(folder.path(), Some(&[NEW]));
    let refused = rotate_keys(&wrong, &Clock::system(), ForgetOld::No).await;
    assert!(refused.is_err());
    assert!(is_whole(&before, &csrf).await);
}
