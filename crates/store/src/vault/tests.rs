use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

const OLD: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn place(row: &str) -> Place<'_> {
    Place {
        table: "providers",
        column: "api_key",
        row,
    }
}

#[test]
fn sealed_secret_opens_at_its_place_only() {
    let vault = Vault::new([OLD]).unwrap();
    let sealed = vault.seal(&place("1"), b"secret").unwrap();
    let opened = vault.open_text(&place("1"), &sealed).unwrap();
    assert_eq!(opened.expose(), "secret");
    assert_eq!(vault.open(&place("2"), &sealed), Err(VaultError::Damaged));
}

#[test]
fn same_secret_never_looks_the_same_twice() {
    let vault = Vault::new([OLD]).unwrap();
    let seal = || vault.seal(&place("1"), b"secret").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn older_key_of_the_ring_opens_and_the_first_one_seals() {
    let before = Vault::new([OLD]).unwrap();
    let after = Vault::new([NEW, OLD]).unwrap();
    let sealed = before.seal(&place("1"), b"secret").unwrap();
    assert!(after.open(&place("1"), &sealed).is_ok());
    assert_eq!(Vault::sealed_with(&sealed), Ok(before.key_id()));
    assert_ne!(before.key_id(), after.key_id());
    let gone = Vault::new([NEW]).unwrap();
    let refused = gone.open(&place("1"), &sealed);
    assert_eq!(refused, Err(VaultError::UnknownKey(before.key_id())));
}

#[test]
fn every_damaged_byte_is_noticed() {
    let vault = Vault::new([OLD]).unwrap();
    let sealed = vault.seal(&place("1"), b"secret").unwrap();
    for at in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        assert!(vault.open(&place("1"), &damaged).is_err(), "byte {at}");
        assert!(
            vault.open(&place("1"), &sealed[..at]).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn key_that_is_none_is_refused() {
    for keys in [&[][..], &["11"], &["x"], &[OLD, "11"]] {
        assert_eq!(
            Vault::new(keys.iter().copied()).err(),
            Some(VaultError::BadKey)
        );
    }
}

#[test]
fn key_file_is_made_once_and_must_be_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key");
    let first = Vault::from_file(&path).unwrap();
    let again = Vault::from_file(&path).unwrap();
    assert_eq!(first.key_id(), again.key_id());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(Vault::from_file(&path).err(), Some(VaultError::KeyFileMode));
}

#[test]
fn crash_while_the_first_key_is_written_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key");
    // Killed at any point before the name is there: only a draft is left.
    for written in ["", "1111", OLD] {
        fs::write(path.with_extension("new"), written).unwrap();
        let first = Vault::from_file(&path).unwrap();
        let again = Vault::from_file(&path).unwrap();
        assert_eq!(first.key_id(), again.key_id());
        let key = fs::read_to_string(&path).unwrap();
        assert_eq!(key.trim().len(), 2 * KEY_BYTES);
        assert_ne!(key.trim(), OLD);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn key_file_in_the_folder_we_are_in_is_replaced_too() {
    let name = format!("vault-test-{}.key", std::process::id());
    let made = Vault::from_file(Path::new(&name));
    let grown = Vault::add_key_to_file(Path::new(&name));
    fs::remove_file(&name).unwrap();
    assert!(grown.unwrap().has_old_keys());
    assert!(!made.unwrap().has_old_keys());
}

#[test]
fn neither_keys_nor_secrets_are_printed() {
    let vault = Vault::new([OLD]).unwrap();
    assert_eq!(format!("{vault:?}"), format!("Vault({})", vault.key_id()));
}

#[test]
fn resealing_changes_the_key_and_nothing_else() {
    let before = Vault::new([OLD]).unwrap();
    let both = Vault::new([NEW, OLD]).unwrap();
    let sealed = before.seal(&place("1"), b"secret").unwrap();
    let fresh = both.reseal(&place("1"), &sealed).unwrap().unwrap();
    assert_eq!(Vault::sealed_with(&fresh), Ok(both.key_id()));
    let after = Vault::new([NEW]).unwrap();
    assert_eq!(after.open(&place("1"), &fresh).unwrap().expose(), b"secret");
    assert_eq!(both.reseal(&place("1"), &fresh), Ok(None));
    let elsewhere = both.reseal(&place("2"), &sealed);
    assert_eq!(elsewhere, Err(VaultError::Damaged));
}

#[test]
fn key_file_grows_at_the_front_and_shrinks_to_the_front() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key");
    let first = Vault::from_file(&path).unwrap();
    let sealed = first.seal(&place("1"), b"secret").unwrap();
    let second = Vault::add_key_to_file(&path).unwrap();
    assert_ne!(first.key_id(), second.key_id());
    assert!(second.open(&place("1"), &sealed).is_ok());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let last = Vault::drop_old_keys_from_file(&path).unwrap();
    assert_eq!(last.key_id(), second.key_id());
    let gone = Err(VaultError::UnknownKey(first.key_id()));
    assert_eq!(last.open(&place("1"), &sealed), gone);
    // A crash between writing and renaming leaves a file that the next attempt overwrites.
    fs::write(path.with_extension("new"), "half of a k").unwrap();
    assert!(Vault::add_key_to_file(&path).is_ok());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
}
