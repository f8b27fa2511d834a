//! The file system of a workspace: the host's programs read-only, everything else private.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount,
    mount_bind_recursive, mount_change, mount_remount, move_mount, open_tree, unmount,
};

use super::INSIDE_ID;
use crate::sandbox::error::AtStep;
use crate::sandbox::{Error, LAUNCH, NetworkMode, SandboxSpec};

/// Where the host's tree hangs while the new one is built.
const OLD: &str = "/.host";
/// The folder that is covered in our private mount table to build the new root on. It exists
/// on every system.
const STAGE: &str = "/tmp";

/// Programs and libraries of the host.
const SYSTEM: &[&str] = &[
    "usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt", "etc",
];
/// Files below `/etc` that are nobody's business, readable or not.
const MASKED: &[&str] = &[
    "shadow",
    "shadow-",
    "gshadow",
    "gshadow-",
    "sudoers",
    "sudoers.d",
    "muster",
    "security/opasswd",
    "krb5.keytab",
    "ssl/private",
    "wireguard",
];
/// Host keys are masked by pattern.
const HOST_KEYS: (&str, &str) = ("ssh", "ssh_host_");
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "tty"];

/// Where the workspace's own folders appear, in the order of [`open_trees`].
const TREE_TARGETS: [&str; 4] = [
    "/home/agent",
    "/run/muster",
    "/run/muster/state",
    "/run/bin/muster",
];

/// Detaches copies of the mounts of home, sockets, state and this program. They survive the
/// change of user and of namespaces and are inherited by the first process.
pub(super) fn open_trees(spec: &SandboxSpec, exe: &Path) -> Result<Vec<OwnedFd>, Error> {
    let sources = [
        spec.home_dir(),
        spec.run_dir(),
        spec.state_dir(),
        exe.to_path_buf(),
    ];
    sources
        .iter()
        .map(|source| {
            let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
            let tree = open_tree(CWD, source, flags).at("workspace directory")?;
            fcntl_setfd(&tree, FdFlags::empty()).at("workspace directory")?;
            Ok(tree)
        })
        .collect()
}

/// Builds the new root and moves into it. `trees` are the numbers of [`open_trees`].
pub(super) fn build(spec: &SandboxSpec, trees: &[OsString]) -> Result<(), Error> {
    new_root()?;
    for name in SYSTEM {
        host_entry(Path::new(name))?;
    }
    mask_etc()?;
    identity(spec)?;
    kernel_file_systems()?;
    devices()?;
    private_dirs()?;
    place_trees(spec, trees)?;
    if spec.network == NetworkMode::Host {
        resolver()?;
    }
    for path in &spec.ro_paths {
        let relative = path.strip_prefix("/").unwrap_or(path);
        let source = Path::new(OLD).join(relative);
        bind(&source, path, Access::Read)?;
    }
    unmount(OLD, UnmountFlags::DETACH).at("leave the host's tree")?;
    fs::remove_dir(OLD).at("leave the host's tree")?;
    remount(Path::new("/"), MountFlags::RDONLY).at("read-only root")
}

/// A private, empty root; the host's is below [`OLD`].
fn new_root() -> Result<(), Error> {
    let all = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", all).at("private mounts")?;
    tmpfs(Path::new(STAGE), c"mode=0755,size=4m").at("private mounts")?;
    let old = Path::new(STAGE).join(OLD.trim_start_matches('/'));
    fs::create_dir(&old).at("private mounts")?;
    rustix::process::pivot_root(STAGE, &old).at("change the root")?;
    rustix::process::chdir("/").at("change the root")
}

/// A system folder of the host, or the symbolic link that stands in its place.
fn host_entry(name: &Path) -> Result<(), Error> {
    let (source, target) = (Path::new(OLD).join(name), Path::new("/").join(name));
    match fs::symlink_metadata(&source) {
        Ok(found) if found.is_symlink() => {
            let to = fs::read_link(&source).at("system folders")?;
            symlink(to, target).at("system folders")
        }
        Ok(_) => bind(&source, &target, Access::Read),
        Err(_) => Ok(()),
    }
}

/// Covers the secrets of `/etc`: files by the null device without device rights (every open
/// is refused), folders by an empty one.
fn mask_etc() -> Result<(), Error> {
    for (path, is_dir) in secrets_of(Path::new("/etc")) {
        if is_dir {
            tmpfs(&path, c"mode=0555,size=4k").at("mask /etc")?;
            remount(&path, MountFlags::RDONLY).at("mask /etc")?;
        } else {
            bind(&Path::new(OLD).join("dev/null"), &path, Access::Read)?;
        }
    }
    Ok(())
}

/// The files and folders below `/etc` that no workspace may see, with whether each is a folder.
pub(super) fn secrets_of(etc: &Path) -> Vec<(PathBuf, bool)> {
    let mut secrets: Vec<PathBuf> = MASKED.iter().map(|name| etc.join(name)).collect();
    let (folder, prefix) = HOST_KEYS;
    if let Ok(entries) = fs::read_dir(etc.join(folder)) {
        let keys = entries.flatten().map(|entry| entry.path());
        secrets.extend(keys.filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(prefix) && !name.ends_with(".pub"))
        }));
    }
    let found = secrets.into_iter().filter_map(|path| {
        let kind = fs::symlink_metadata(&path).ok()?.file_type();
        (kind.is_dir() || kind.is_file()).then(|| (path, kind.is_dir()))
    });
    found.collect()
}

/// User, group and host tables that know the workspace's own user and name.
fn identity(spec: &SandboxSpec) -> Result<(), Error> {
    let tables = [
        (
            "passwd",
            format!(
                "root:x:0:0:root:/root:/usr/sbin/nologin\n\
                 agent:x:{INSIDE_ID}:{INSIDE_ID}:agent:/home/agent:/bin/sh\n\
                 nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
            ),
        ),
        (
            "group",
            format!("root:x:0:\nagent:x:{INSIDE_ID}:\nnogroup:x:65534:\n"),
        ),
        (
            "hosts",
            format!(
                "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {}\n",
                spec.hostname
            ),
        ),
    ];
    fs::create_dir("/.tables").at("user tables")?;
    for (name, text) in tables {
        let source = Path::new("/.tables").join(name);
        fs::write(&source, text).at("user tables")?;
        let target = Path::new("/etc").join(name);
        if target.is_file() {
            bind(&source, &target, Access::Read)?;
        }
    }
    fs::remove_dir_all("/.tables").at("user tables")
}

fn kernel_file_systems() -> Result<(), Error> {
    fs::create_dir("/proc").at("mount /proc")?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    // Processes that may not be looked into (init, the agent) are not even listed.
    mount("proc", "/proc", "proc", flags, c"hidepid=2").at("mount /proc")
}

fn devices() -> Result<(), Error> {
    const STEP: &str = "mount /dev";
    let dev = Path::new("/dev");
    fs::create_dir(dev).at(STEP)?;
    let quiet = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("tmpfs", dev, "tmpfs", quiet, c"mode=0755,size=64k").at(STEP)?;
    for name in DEVICES {
        let source = Path::new(OLD).join("dev").join(name);
        bind(&source, &dev.join(name), Access::Device)?;
    }
    for name in ["pts", "shm"] {
        fs::create_dir(dev.join(name)).at(STEP)?;
    }
    let options = c"newinstance,ptmxmode=0666,mode=620";
    mount("devpts", "/dev/pts", "devpts", quiet, options).at(STEP)?;
    tmpfs(&dev.join("shm"), c"mode=1777,size=25%").at(STEP)?;
    let links = [
        ("pts/ptmx", "ptmx"),
        ("/proc/self/fd", "fd"),
        ("/proc/self/fd/0", "stdin"),
        ("/proc/self/fd/1", "stdout"),
        ("/proc/self/fd/2", "stderr"),
    ];
    for (to, name) in links {
        symlink(to, dev.join(name)).at(STEP)?;
    }
    remount(dev, MountFlags::RDONLY | quiet).at(STEP)
}

fn private_dirs() -> Result<(), Error> {
    const STEP: &str = "private folders";
    for (path, options) in [
        ("/tmp", c"mode=1777,size=50%"),
        ("/run", c"mode=0755,size=1m"),
        ("/var", c"mode=0755,size=1m"),
    ] {
        fs::create_dir(path).at(STEP)?;
        tmpfs(Path::new(path), options).at(STEP)?;
    }
    for (to, name) in [("/tmp", "/var/tmp"), ("/run", "/var/run")] {
        symlink(to, name).at(STEP)?;
    }
    Ok(())
}

/// Moves the inherited trees to their places and gives up their descriptors.
fn place_trees(spec: &SandboxSpec, trees: &[OsString]) -> Result<(), Error> {
    const STEP: &str = "workspace directory";
    if trees.len() != TREE_TARGETS.len() {
        return Err(Error::Arguments(LAUNCH));
    }
    for (number, target) in trees.iter().zip(TREE_TARGETS) {
        let target = Path::new(target);
        let file = target.ends_with("bin/muster");
        make_target(target, file).at(STEP)?;
        let source = Path::new("/proc/self/fd").join(number);
        move_mount(
            CWD,
            &source,
            CWD,
            target,
            MoveMountFlags::MOVE_MOUNT_T_SYMLINKS | MoveMountFlags::MOVE_MOUNT_F_SYMLINKS,
        )
        .at(STEP)?;
        // Nobody makes files among the sockets; to connect needs no right to write.
        let read_only = if file || target == Path::new("/run/muster") {
            MountFlags::RDONLY
        } else {
            MountFlags::empty()
        };
        let flags = MountFlags::NOSUID | MountFlags::NODEV | read_only;
        remount(target, flags).at(STEP)?;
    }
    // The supervisor's socket is for the host only.
    let socket = Path::new("/run/muster/super.sock");
    if socket.exists() {
        bind(&Path::new(OLD).join("dev/null"), socket, Access::Read)?;
    }
    debug_assert!(spec.dir.is_absolute());
    Ok(())
}

/// On many hosts the resolver's configuration is a link into `/run`, which is private here.
fn resolver() -> Result<(), Error> {
    let Ok(to) = fs::read_link(Path::new(OLD).join("etc/resolv.conf")) else {
        return Ok(());
    };
    let target = Path::new("/etc").join(to);
    let Some(text) = host_path(&target).and_then(|path| fs::read(path).ok()) else {
        return Ok(());
    };
    if target.exists() {
        return Ok(());
    }
    let target = fs::canonicalize(target.parent().unwrap_or_else(|| Path::new("/")))
        .map(|parent| parent.join(target.file_name().unwrap_or_default()))
        .unwrap_or(target);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).at("resolver")?;
    }
    fs::write(target, text).at("resolver")
}

/// A host path as it is reachable below [`OLD`].
fn host_path(path: &Path) -> Option<PathBuf> {
    let mut host = PathBuf::from(OLD);
    for part in path.components() {
        match part {
            std::path::Component::Normal(name) => host.push(name),
            std::path::Component::ParentDir => {
                host.pop();
            }
            std::path::Component::RootDir
            | std::path::Component::CurDir
            | std::path::Component::Prefix(_) => {}
        }
    }
    host.starts_with(OLD).then_some(host)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Device,
}

/// Binds a path of the host with everything mounted below it.
fn bind(source: &Path, target: &Path, access: Access) -> Result<(), Error> {
    const STEP: &str = "bind host folders";
    let file = !fs::metadata(source).at(STEP)?.is_dir();
    if !target.exists() {
        make_target(target, file).at(STEP)?;
    }
    mount_bind_recursive(source, target).at(STEP)?;
    let flags = match access {
        Access::Read => MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV,
        Access::Device => MountFlags::NOSUID | MountFlags::NOEXEC,
    };
    remount(target, flags).at(STEP)
}

fn make_target(target: &Path, file: bool) -> io::Result<()> {
    let parent = target.parent().filter(|_| file);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o755);
    builder.create(parent.unwrap_or(target))?;
    if file {
        fs::write(target, "")?;
    }
    Ok(())
}

fn tmpfs(target: &Path, options: &std::ffi::CStr) -> rustix::io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", target, "tmpfs", flags, options)
}

/// Adds flags to a mount and to all below it. Flags that the host set are kept: the kernel
/// refuses to clear them here.
fn remount(target: &Path, add: MountFlags) -> io::Result<()> {
    // Before the new `/proc` is mounted, the host's one describes us as well.
    let table = fs::read_to_string("/proc/self/mountinfo")
        .or_else(|_| fs::read_to_string(Path::new(OLD).join("proc/self/mountinfo")))?;
    let mut done = 0_usize;
    for line in table.lines() {
        let mut fields = line.split(' ').skip(4);
        let (Some(point), Some(options)) = (fields.next(), fields.next()) else {
            continue;
        };
        let point = PathBuf::from(unescape(point));
        let inside = match target.to_str() {
            // The root alone: what hangs below has its own flags already.
            Some("/") => point == target,
            _ => point.starts_with(target),
        };
        if !inside {
            continue;
        }
        done += 1;
        mount_remount(&point, MountFlags::BIND | add | kept(options), c"")?;
    }
    if done == 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(())
}

fn kept(options: &str) -> MountFlags {
    let mut flags = MountFlags::empty();
    for option in options.split(',') {
        flags |= match option {
            "ro" => MountFlags::RDONLY,
            "nosuid" => MountFlags::NOSUID,
            "nodev" => MountFlags::NODEV,
            "noexec" => MountFlags::NOEXEC,
            _ => MountFlags::empty(),
        };
    }
    flags
}

/// Mount points are listed with blanks, tabs, line ends and backslashes in octal.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}
