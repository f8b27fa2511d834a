//! The Landlock layer of every command: which files, which ports, whom it may signal.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

use super::{CommandPolicy, Error, Level, NetworkMode};

/// The newest rules that our tests cover; older kernels enforce what they know of them.
const NEWEST: ABI = ABI::V6;

/// System folders: read and execute. At level `strict` they are the sandbox's own read-only
/// binds, otherwise the host's.
const SYSTEM: &[&str] = &[
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt",
];

/// The sandbox's own `/etc`, with its secrets covered.
const STRICT_ETC: &[&str] = &["/etc"];

/// Without a mount namespace nothing can be covered, and a server that is not root may read
/// more of the host's `/etc` than a workspace should. Only what programs need to run is shown:
/// the loader, names, time, language, certificates, and the configuration of tools.
const SHARED_ETC: &[&str] = &[
    "/etc/ImageMagick-6",
    "/etc/ImageMagick-7",
    "/etc/alternatives",
    "/etc/bash.bashrc",
    "/etc/bash_completion.d",
    "/etc/bindresvport.blacklist",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/debian_version",
    "/etc/emacs",
    "/etc/ethertypes",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/gitattributes",
    "/etc/gitconfig",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/issue",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/locale.alias",
    "/etc/locale.conf",
    "/etc/localtime",
    "/etc/lsb-release",
    "/etc/magic",
    "/etc/magic.mime",
    "/etc/mailcap",
    "/etc/manpath.config",
    "/etc/mime.types",
    "/etc/mke2fs.conf",
    "/etc/nanorc",
    "/etc/networks",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/perl",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/protocols",
    "/etc/redhat-release",
    "/etc/resolv.conf",
    "/etc/rpc",
    "/etc/selinux/config",
    "/etc/services",
    "/etc/shells",
    "/etc/skel",
    "/etc/ssh/ssh_config",
    "/etc/ssh/ssh_known_hosts",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
    "/etc/vim",
    "/etc/wgetrc",
    "/etc/xattr.conf",
    "/etc/xdg",
    "/etc/zsh",
];
/// Names of folders with a version in them.
const SHARED_ETC_PREFIXES: &[&str] = &["java", "python", "lua", "php", "ruby"];

/// Devices that hold nothing.
const DEVICES_RW: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"];
const DEVICES_RO: &[&str] = &["/dev/random", "/dev/urandom"];

/// What only a workspace with namespaces has for itself.
const STRICT_RO: &[&str] = &["/proc", "/run/bin"];
const STRICT_RW: &[&str] = &["/dev/pts", "/dev/ptmx", "/dev/shm"];

/// Without a process namespace `/proc` shows the host; these files name no process.
const SHARED_PROC: &[&str] = &[
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/loadavg",
    "/proc/uptime",
    "/proc/version",
    "/proc/filesystems",
    "/proc/sys",
    "/proc/self",
];

/// Applies the rules to this thread and all it becomes or starts, for good.
pub(crate) fn apply(policy: &CommandPolicy) -> Result<(), Error> {
    let status = build(policy)
        .and_then(RulesetCreated::restrict_self)
        .map_err(failed)?;
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
        RulesetStatus::NotEnforced => Err(Error::LandlockMissing),
    }
}

fn build(policy: &CommandPolicy) -> Result<RulesetCreated, landlock::RulesetError> {
    let all = AccessFs::from_all(NEWEST);
    let read = AccessFs::from_read(NEWEST);
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .scope(Scope::from_all(NEWEST))?;
    if policy.network == NetworkMode::None {
        // No port rule follows: the second lock behind the filter on sockets.
        ruleset = ruleset.handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?;
    }
    let created = ruleset
        .create()?
        .add_rules(path_beneath_rules(existing(SYSTEM), read))?
        .add_rules(path_beneath_rules(policy.readable.iter(), read))?
        .add_rules(path_beneath_rules(policy.writable.iter(), all))?
        .add_rules(path_beneath_rules(existing(DEVICES_RW), device))?
        .add_rules(path_beneath_rules(existing(DEVICES_RO), AccessFs::ReadFile))?;
    if policy.level == Level::Strict {
        created
            .add_rules(path_beneath_rules(existing(STRICT_ETC), read))?
            .add_rules(path_beneath_rules(existing(STRICT_RO), read))?
            .add_rules(path_beneath_rules(existing(STRICT_RW), all))
    } else {
        created
            .add_rules(path_beneath_rules(existing(SHARED_ETC), read))?
            .add_rules(path_beneath_rules(versioned_etc(), read))?
            .add_rules(path_beneath_rules(
                existing(SHARED_PROC),
                AccessFs::ReadFile | AccessFs::ReadDir,
            ))
    }
}

/// Folders of languages below `/etc`, whose names say which version they belong to.
fn versioned_etc() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir("/etc").into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| {
            let is_language = |prefix: &&str| name.starts_with(*prefix);
            SHARED_ETC_PREFIXES.iter().any(is_language)
        })
    })
}

/// The paths that exist here: a distribution need not have all of them.
fn existing(paths: &'static [&'static str]) -> impl Iterator<Item = PathBuf> {
    paths
        .iter()
        .map(|path| Path::new(path).to_path_buf())
        .filter(|path| path.exists())
}

/// The kernel's Landlock version (0 = none), found by its system call: the files that would
/// tell it are often not mounted. A ruleset binds a thread, so a short-lived one is asked.
pub(crate) fn version() -> i32 {
    let asked = std::thread::spawn(|| {
        let status = Ruleset::default()
            .handle_access(AccessFs::MakeBlock)
            .and_then(Ruleset::create)
            .and_then(RulesetCreated::restrict_self)
            .ok()?;
        match status.landlock {
            LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => None,
            LandlockStatus::Available {
                effective_abi,
                kernel_abi,
            } => Some(kernel_abi.unwrap_or(effective_abi as i32)),
        }
    });
    asked.join().ok().flatten().unwrap_or(0)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Landlock(Box::new(error))
}
