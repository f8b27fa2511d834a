//! The only reader of the environment in this program.

use std::path::PathBuf;

/// A variable that is set to something.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The default data folder: `$XDG_DATA_HOME/muster`, else `~/.local/share/muster`.
pub(crate) fn data_folder() -> PathBuf {
    base_folder("XDG_DATA_HOME", ".local/share")
}

/// Where the command line keeps its sessions: `$XDG_CONFIG_HOME/muster`, else `~/.config/muster`.
pub(crate) fn config_folder() -> PathBuf {
    base_folder("XDG_CONFIG_HOME", ".config")
}

fn base_folder(name: &str, below_home: &str) -> PathBuf {
    let base = variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || PathBuf::from(variable("HOME").unwrap_or_else(|| "/".into())).join(below_home);
    base.unwrap_or_else(home).join("muster")
}

/// The whole environment, for commands that inherit it.
pub(crate) fn all() -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    std::env::vars_os()
}
