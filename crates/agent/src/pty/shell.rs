//! What runs in a terminal: a login shell or a command, inside of the same walls as every
//! command of the workspace.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use portable_pty::CommandBuilder;

use crate::Options;

/// Tried in this order when the environment names no shell.
const SHELLS: [&str; 2] = ["/bin/bash", "/bin/sh"];

/// How terminals of this workspace are started.
#[derive(Debug)]
pub(crate) struct Shell {
    wrapper: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    home: PathBuf,
    directory: PathBuf,
}

impl Shell {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            wrapper: options.command_wrapper.clone(),
            env: options.env.clone(),
            home: options.home.clone(),
            directory: options.directory.clone(),
        }
    }

    /// The words and the environment of a terminal's first process.
    pub(crate) fn command(&self, command: Option<&str>) -> CommandBuilder {
        let mut argv = self.wrapper.clone();
        match command {
            Some(command) => argv.extend(["/bin/sh".into(), "-c".into(), command.into()]),
            None => argv.extend([self.shell(), "-l".into()]),
        }
        let mut builder = CommandBuilder::from_argv(argv);
        builder.env_clear();
        // Somebody sits in front of this one: unlike the commands of a model it may page, open
        // an editor and ask for a password.
        builder.env("TERM", "xterm-256color");
        builder.env("COLORTERM", "truecolor");
        builder.env("LANG", "C.UTF-8");
        for (key, value) in self.env.iter().filter(|(key, _)| key != "TERM") {
            builder.env(key, value);
        }
        let folder = if self.directory.is_dir() {
            &self.directory
        } else {
            &self.home
        };
        builder.cwd(folder);
        builder
    }

    fn shell(&self) -> OsString {
        let named = self.env.iter().find(|(key, _)| key == "SHELL");
        let named = named.map(|(_, value)| value.as_os_str());
        let known = SHELLS.iter().map(OsStr::new);
        let mut all = named.into_iter().chain(known);
        let found = all.find(|path| Path::new(path).is_absolute() && Path::new(path).is_file());
        found.unwrap_or_else(|| OsStr::new("/bin/sh")).to_owned()
    }
}
