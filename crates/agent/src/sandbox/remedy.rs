//! What to tell an administrator when the system refuses a step.

use std::io;
use std::path::Path;

/// The switch by which Ubuntu lets only programs with a profile make user namespaces.
const APPARMOR_SWITCH: &str = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
/// The switch of older Debian kernels.
const DEBIAN_SWITCH: &str = "/proc/sys/kernel/unprivileged_userns_clone";
/// How many user namespaces one user may have.
const MAX_SWITCH: &str = "/proc/sys/user/max_user_namespaces";

/// The remedy for a failed step, when there is one that we know of.
pub(crate) fn for_step(step: &str, error: &io::Error) -> Option<String> {
    match step {
        "user namespace" | "uid map" | "private mounts" => Some(user_namespaces()),
        "mount /proc" if error.kind() == io::ErrorKind::PermissionDenied => Some(
            "the server seems to run inside a container that masks parts of /proc; run it with \
             an unmasked /proc (`--security-opt systempaths=unconfined`) or on the host"
                .to_owned(),
        ),
        "run directory" | "workspace directory" => Some(
            "the data folder must be on a file system that this user may write and whose parent \
             folders it may pass"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Why user namespaces are refused here and how to allow them.
pub(crate) fn user_namespaces() -> String {
    if switch(APPARMOR_SWITCH).as_deref() == Some("1") {
        return "AppArmor restricts user namespaces: install `bubblewrap` with its profile, or run \
                `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
            .to_owned();
    }
    if switch(DEBIAN_SWITCH).as_deref() == Some("0") {
        return "run `sysctl -w kernel.unprivileged_userns_clone=1`".to_owned();
    }
    if switch(MAX_SWITCH).as_deref() == Some("0") {
        return "run `sysctl -w user.max_user_namespaces=15000`".to_owned();
    }
    if Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists() {
        return "the server runs inside a container without user namespaces: start the container \
                with a seccomp profile that allows them, or run the server on the host"
            .to_owned();
    }
    "allow unprivileged user namespaces for the server's user".to_owned()
}

fn switch(path: &str) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}
