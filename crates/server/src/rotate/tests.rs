use std::path::Path;

use muster_base::{ProviderId, Secret};
use muster_store::providers::NewProvider;
use muster_store::site_configs::CSRF_KEY;
use muster_store::{Faults, Options};

use super::*;
use crate::config::Settings;
use crate::start::store_options;

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
    let key = keys.map(|keys| keys.into_iter().find_map(|(_, key)| key.ok()?));
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
    let clock = Clock::system();
    for last in [Step::KeyAdded, Step::Resealed, Step::OldForgotten] {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), None);
        let csrf = fill(&config).await;
        let killed = rotate(&config, &clock, ForgetOld::Yes, |step| {
            let gone = std::io::Error::from(std::io::ErrorKind::Interrupted);
            match step == last {
                true => Err(StartError::DataFolder(gone)),
                false => Ok(()),
            }
        });
        assert!(killed.await.is_err(), "{last:?}");
        assert!(is_whole(&config, &csrf).await, "{last:?}");
        // A half-written key file is only ever a draft.
        std::fs::write(folder.path().join(KEY_FILE).with_extension("new"), "11").unwrap();
        assert!(is_whole(&config, &csrf).await, "{last:?}");
        // Doing it again completes it.
        let done = rotate_keys(&config, &clock, ForgetOld::Yes).await.unwrap();
        assert!(!done.has_old_keys);
        assert!(is_whole(&config, &csrf).await, "{last:?}");
    }
}

#[tokio::test]
async fn a_database_that_fails_in_the_middle_has_sealed_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let before = config(folder.path(), Some(&[OLD]));
    let csrf = fill(&before).await;
    let both = config(folder.path(), Some(&[NEW, OLD]));
    for statement in [
        "providers/update_sealed_api_key",
        "site_configs/update_value",
    ] {
        let faults = Faults::default();
        faults.fail(statement);
        let keys = given_keys(&both).unwrap().unwrap();
        let options = store_options(&both, &Clock::system(), keys).unwrap();
        let store = Store::open(Options {
            faults: Some(faults),
            ..options
        });
        let store = store.await.unwrap();
        assert!(resealed(&store).await.is_err(), "{statement}");
        store.close().await;
        assert!(is_whole(&before, &csrf).await, "{statement}");
    }
    let rotated = rotate_keys(&both, &Clock::system(), ForgetOld::No).await;
    assert_eq!(rotated.unwrap().resealed, 2);
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
