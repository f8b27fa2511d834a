//! The file that holds the key ring where the deployment gives none: one hex key per line, the
//! sealing one first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::{KEY_BYTES, VaultError, fill};

/// The keys of the file, which is made with one key where it is missing. The lock of the data
/// folder keeps a second process from making it at the same time.
pub(super) fn load(path: &Path) -> Result<Vec<String>, VaultError> {
    if !path.try_exists().map_err(failed)? {
        replace(path, &[fresh()?])?;
    }
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(VaultError::KeyFileMode);
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let keys = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(keys.map(str::to_owned).collect())
}

/// A random key.
pub(super) fn fresh() -> Result<String, VaultError> {
    let mut key = [0; KEY_BYTES];
    fill(&mut key)?;
    Ok(hex::encode(key))
}

/// Makes or replaces the whole file at once: whenever the power fails there is the old file or
/// the new one, never a part. Losing a key would lose every secret it has sealed.
pub(super) fn replace(path: &Path, keys: &[String]) -> Result<(), VaultError> {
    let draft = path.with_extension("new");
    let mut file =
        private(OpenOptions::new().create(true).truncate(true), &draft).map_err(failed)?;
    // An older draft may have had another mode.
    file.set_permissions(fs::Permissions::from_mode(0o600))
        .map_err(failed)?;
    for key in keys {
        writeln!(file, "{key}").map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    fs::rename(&draft, path).map_err(failed)?;
    // A bare file name has a parent without a name.
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or_else(|| Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}

fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.write(true).mode(0o600).open(path)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it by value")]
fn failed(error: io::Error) -> VaultError {
    VaultError::KeyFile(error.kind())
}
