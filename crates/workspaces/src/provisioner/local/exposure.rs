//! Whether a sandbox would show the server's own data folder.
//!
//! Commands may read the system folders and what the template adds. Where the server is not
//! root they do so as its own user, and file modes protect nothing from them.

use std::path::{Path, PathBuf};

/// What every workspace may read of the host.
const SYSTEM: &[&str] = &[
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/etc",
];

/// The readable folder through which the data folder could be reached, if there is one.
pub(super) fn exposed_by(data_dir: &Path, ro_paths: &[PathBuf]) -> Option<PathBuf> {
    let data = real(data_dir);
    let system = SYSTEM.iter().map(Path::new);
    let above = system.into_iter().find(|folder| data.starts_with(folder));
    let shared = || {
        ro_paths.iter().find(|path| {
            let path = real(path);
            data.starts_with(&path) || path.starts_with(&data)
        })
    };
    above.map(Path::to_owned).or_else(|| shared().cloned())
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_folder_is_exposed_by_folders_above_it_below_it_and_by_links_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let (data, other, link) = (base.join("data"), base.join("other"), base.join("link"));
        std::fs::create_dir_all(data.join("workspaces")).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&data, &link).unwrap();
        let exposed = |path: &Path| exposed_by(&data, &[path.to_owned()]).is_some();
        assert!(!exposed(&other));
        for path in [&base, &data, &data.join("workspaces"), &link] {
            assert!(exposed(path), "{}", path.display());
        }
        assert!(exposed_by(Path::new("/opt/muster/data"), &[]).is_some());
        assert!(exposed_by(Path::new("/var/lib/muster"), &[]).is_none());
    }
}
