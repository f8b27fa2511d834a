//! From a path to an open folder that nobody can swap under us.
//!
//! A path is resolved once, links included, checked against the allowed roots, and then walked
//! again from `/` one component at a time *without* following links. A link that appears in
//! between stops the walk. Everything after that happens relative to the open folder.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use muster_agent_link::wire::Code;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::Failure;

/// Links in one path; more is a loop.
const LINKS_MAX: usize = 40;
const DIRECTORY_MODE: u32 = 0o755;
const FILE_MODE: u32 = 0o644;

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// The file exists and is changed.
    Change,
    /// The file, and the folders above it, may be new.
    Write,
}

/// Which parts of the file system the file calls may touch.
///
/// In a `strict` sandbox the mount namespace is the limit and everything in it is allowed; at
/// lower levels the roots are.
#[derive(Clone, Debug)]
pub struct Places {
    /// Roots that may be read; a root that may be written may be read as well.
    pub read: Vec<PathBuf>,
    /// Roots that may be written.
    pub write: Vec<PathBuf>,
    /// Never touched, wherever it lies: the agent's own state.
    pub denied: Vec<PathBuf>,
}

impl Places {
    /// Everything but the agent's own state.
    #[must_use]
    pub fn everything_but(state: PathBuf) -> Self {
        Self {
            read: Vec::new(),
            write: vec![PathBuf::from("/")],
            denied: vec![state],
        }
    }

    fn allows(&self, path: &Path, access: Access) -> bool {
        let below = |root: &PathBuf| path.starts_with(real(root));
        let writable = self.write.iter().any(below);
        let allowed = match access {
            Access::Read => writable || self.read.iter().any(below),
            Access::Change | Access::Write => writable,
        };
        allowed && !self.denied.iter().any(below)
    }

    /// Resolves an absolute path of an existing or new file.
    pub(crate) fn locate(&self, path: &Path, access: Access) -> Result<Place, Failure> {
        let shown = path.display().to_string();
        if !path.is_absolute() {
            return Err(Failure::bad(format!("{shown} is not an absolute path")));
        }
        let resolved = resolve(path, LINKS_MAX).map_err(|error| Failure::io(&shown, &error))?;
        if !self.allows(&resolved, access) {
            let message = format!("{shown} is outside of what this workspace may touch");
            return Err(Failure::new(Code::Forbidden, message));
        }
        let (Some(parent), Some(name)) = (resolved.parent(), resolved.file_name()) else {
            return Err(Failure::bad(format!("{shown} is a directory")));
        };
        let dir = walk(parent, access).map_err(|error| Failure::io(&shown, &error))?;
        Ok(Place {
            dir,
            name: name.to_owned(),
            path: resolved,
        })
    }

    /// Resolves an existing directory and opens it for listing.
    pub(crate) fn directory(&self, path: &Path) -> Result<(OwnedFd, PathBuf), Failure> {
        let failed = |error: io::Error| Failure::io(&path.display().to_string(), &error);
        let resolved = resolve(path, LINKS_MAX).map_err(failed)?;
        if !self.allows(&resolved, Access::Read) {
            let message = format!(
                "{} is outside of what this workspace may touch",
                path.display()
            );
            return Err(Failure::new(Code::Forbidden, message));
        }
        let dir = walk(&resolved, Access::Read).map_err(failed)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&dir, ".", flags, Mode::empty());
        let opened = opened.map_err(|error| failed(error.into()))?;
        Ok((opened, resolved))
    }
}

/// A configured root as the kernel knows it, so that it compares with resolved paths.
fn real(root: &Path) -> PathBuf {
    root.canonicalize().unwrap_or_else(|_| root.to_owned())
}

/// Resolves every link, also where the end of the path does not exist yet.
fn resolve(path: &Path, links: usize) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Ok(resolved) => return Ok(resolved),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if links == 0 {
        return Err(Errno::LOOP.into());
    }
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        // `..` behind something that does not exist.
        return Err(Errno::NOENT.into());
    };
    let parent = resolve(parent, links - 1)?;
    match std::fs::read_link(parent.join(name)) {
        // A link whose target does not exist: the target is what is written.
        Ok(target) => resolve(&parent.join(target), links - 1),
        Err(_) => Ok(parent.join(name)),
    }
}

/// Opens a resolved folder component by component; makes missing ones when writing.
fn walk(folder: &Path, access: Access) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut dir = rustix::fs::open("/", flags, Mode::empty())?;
    for component in folder.components() {
        let name = match component {
            Component::RootDir => continue,
            Component::Normal(name) => name,
            Component::Prefix(_) | Component::CurDir | Component::ParentDir => {
                return Err(Errno::INVAL.into());
            }
        };
        dir = match rustix::fs::openat(&dir, name, flags, Mode::empty()) {
            Ok(next) => next,
            Err(Errno::NOENT) if access == Access::Write => make_dir(&dir, name, flags)?,
            // `NOFOLLOW` with `DIRECTORY` reports a link as "not a directory".
            Err(error) => return Err(error.into()),
        };
    }
    Ok(dir)
}

fn make_dir(dir: &OwnedFd, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    match rustix::fs::mkdirat(dir, name, Mode::from_raw_mode(DIRECTORY_MODE)) {
        // Somebody else made it meanwhile; opening it decides.
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(rustix::fs::openat(dir, name, flags, Mode::empty())?)
}

/// A name in an open folder.
#[derive(Debug)]
pub(crate) struct Place {
    dir: OwnedFd,
    name: OsString,
    /// Where it is, for plans and messages.
    pub(crate) path: PathBuf,
}

impl Place {
    fn failed(&self, error: Errno) -> Failure {
        Failure::io(&self.path.display().to_string(), &error.into())
    }

    /// Opens a regular file for reading; `None` if there is nothing of that name.
    pub(crate) fn open(&self) -> Result<Option<File>, Failure> {
        // NONBLOCK: opening a fifo must not wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.dir, &self.name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        let stat = rustix::fs::fstat(&file).map_err(|error| self.failed(error))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(Some(File::from(file))),
            FileType::Directory => Err(Failure::bad(format!(
                "{} is a directory",
                self.path.display()
            ))),
            FileType::Symlink
            | FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => Err(Failure::bad(format!(
                "{} is not a regular file",
                self.path.display()
            ))),
        }
    }

    /// Opens a regular file that must exist.
    pub(crate) fn open_existing(&self) -> Result<File, Failure> {
        self.open()?.ok_or_else(|| {
            let message = format!("{} does not exist", self.path.display());
            Failure::new(Code::NotFound, message)
        })
    }

    /// Puts `content` in place of what is there: temporary file, old mode, rename.
    pub(crate) fn replace(&self, content: &[u8]) -> io::Result<()> {
        let mode = self.mode()?;
        let fresh = format!(".muster-{:016x}", rand::random::<u64>());
        let written = self.write_fresh(&fresh, mode, content);
        let renamed = written.and_then(|()| {
            Ok(rustix::fs::renameat(
                &self.dir, &fresh, &self.dir, &self.name,
            )?)
        });
        if renamed.is_err() {
            // It may not exist either; the first error is the one to report.
            let _ = rustix::fs::unlinkat(&self.dir, &fresh, AtFlags::empty());
        }
        renamed?;
        self.sync_dir()
    }

    /// The old file's mode, or that of new files.
    fn mode(&self) -> io::Result<Mode> {
        match rustix::fs::statat(&self.dir, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Ok(Mode::from_raw_mode(stat.st_mode & 0o7777)),
                FileType::Directory => Err(Errno::ISDIR.into()),
                FileType::Symlink => Err(Errno::LOOP.into()),
                FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice
                | FileType::Unknown => Err(Errno::INVAL.into()),
            },
            Err(Errno::NOENT) => Ok(Mode::from_raw_mode(FILE_MODE)),
            Err(error) => Err(error.into()),
        }
    }

    fn write_fresh(&self, name: &str, mode: Mode, content: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let owner_only = Mode::RUSR | Mode::WUSR;
        let file = rustix::fs::openat(&self.dir, name, flags, owner_only)?;
        rustix::fs::fchmod(&file, mode)?;
        let mut file = File::from(file);
        file.write_all(content)?;
        file.sync_all()
    }

    fn sync_dir(&self) -> io::Result<()> {
        // The walk's descriptor can't be synced; one on the same folder can.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(&self.dir, ".", flags, Mode::empty())?;
        Ok(rustix::fs::fsync(dir)?)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    struct Fixture {
        _folder: tempfile::TempDir,
        root: PathBuf,
        outside: PathBuf,
        places: Places,
    }

    fn fixture() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let (root, outside) = (base.join("home"), base.join("outside"));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::write(outside.join("secret"), "secret").unwrap();
        let places = Places {
            read: Vec::new(),
            write: vec![root.clone()],
            denied: vec![root.join("state")],
        };
        Fixture {
            _folder: folder,
            root,
            outside,
            places,
        }
    }

    fn code(result: Result<Place, Failure>) -> Code {
        result.unwrap_err().code
    }

    #[test]
    fn link_out_of_the_home_is_refused_for_reading_and_writing() {
        let f = fixture();
        symlink(f.outside.join("secret"), f.root.join("link")).unwrap();
        symlink(&f.outside, f.root.join("folder")).unwrap();
        symlink(f.outside.join("new"), f.root.join("dangling")).unwrap();
        for name in [
            "link",
            "folder/secret",
            "folder/new",
            "dangling",
            "../outside/secret",
        ] {
            for access in [Access::Read, Access::Write] {
                let place = f.places.locate(&f.root.join(name), access);
                assert_eq!(code(place), Code::Forbidden, "{name}");
            }
        }
        assert!(!f.outside.join("new").exists());
    }

    #[test]
    fn state_of_the_agent_is_refused() {
        let f = fixture();
        std::fs::create_dir(f.root.join("state")).unwrap();
        symlink("state", f.root.join("s")).unwrap();
        let place = f.places.locate(&f.root.join("s/journal"), Access::Write);
        assert_eq!(code(place), Code::Forbidden);
    }

    #[test]
    fn link_inside_the_home_is_followed() {
        let f = fixture();
        std::fs::write(f.root.join("real"), "old").unwrap();
        symlink(f.root.join("real"), f.root.join("link")).unwrap();
        let place = f
            .places
            .locate(&f.root.join("link"), Access::Write)
            .unwrap();
        place.replace(b"new").unwrap();
        assert_eq!(std::fs::read(f.root.join("real")).unwrap(), b"new");
        assert!(f.root.join("link").is_symlink());
    }

    #[test]
    fn folder_swapped_for_a_link_between_check_and_walk_is_noticed() {
        let f = fixture();
        std::fs::create_dir(f.root.join("folder")).unwrap();
        let resolved = resolve(&f.root.join("folder/secret"), LINKS_MAX).unwrap();
        std::fs::remove_dir(f.root.join("folder")).unwrap();
        symlink(&f.outside, f.root.join("folder")).unwrap();
        assert!(walk(resolved.parent().unwrap(), Access::Write).is_err());
    }

    #[test]
    fn name_swapped_for_a_link_during_a_write_is_replaced_not_followed() {
        let f = fixture();
        let path = f.root.join("file");
        let place = f.places.locate(&path, Access::Write).unwrap();
        symlink(f.outside.join("secret"), &path).unwrap();
        assert!(place.replace(b"overwritten").is_err());
        assert_eq!(std::fs::read(f.outside.join("secret")).unwrap(), b"secret");
    }

    #[test]
    fn replacing_keeps_the_mode_and_makes_folders() {
        let f = fixture();
        let script = f.root.join("a/b/run.sh");
        let places = &f.places;
        places
            .locate(&script, Access::Write)
            .unwrap()
            .replace(b"1")
            .unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o751)).unwrap();
        places
            .locate(&script, Access::Write)
            .unwrap()
            .replace(b"2")
            .unwrap();
        let mode = std::fs::metadata(&script).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o751);
        let left: Vec<_> = std::fs::read_dir(script.parent().unwrap())
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "no temporary file stays");
    }

    #[test]
    fn fifo_and_folder_are_no_files() {
        let f = fixture();
        rustix::fs::mkfifoat(rustix::fs::CWD, f.root.join("fifo"), Mode::RUSR).unwrap();
        for path in [f.root.join("fifo"), f.root.clone()] {
            let places = Places::everything_but(PathBuf::from("/nowhere"));
            let place = places.locate(&path, Access::Read).unwrap();
            assert_eq!(place.open().unwrap_err().code, Code::BadRequest);
        }
    }
}
