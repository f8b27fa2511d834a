//! The same sandbox made by `bwrap`, where a policy lets only that program make namespaces.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use super::mounts;
use crate::sandbox::error::AtStep;
use crate::sandbox::protocol::InitEvent;
use crate::sandbox::{Error, LAUNCH, NetworkMode, SandboxSpec};

const SYSTEM: &[&str] = &["/usr", "/opt", "/etc"];
const LINKED: &[&str] = &["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// Becomes `bwrap`, which starts init.
pub(super) fn exec(spec: &SandboxSpec) -> Result<ExitCode, Error> {
    super::tell(&InitEvent::Spawned {
        init_pid: std::process::id(),
    })?;
    let exe = std::fs::read_link("/proc/self/exe").at("find this program")?;
    let error = arguments(spec, &exe)?.exec();
    Err(error).at("start bwrap")
}

fn arguments(spec: &SandboxSpec, exe: &Path) -> Result<Command, Error> {
    let mut bwrap = Command::new("bwrap");
    bwrap.args([
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--new-session",
        "--as-pid-1",
        "--clearenv",
        "--uid",
        "1000",
        "--gid",
        "1000",
    ]);
    bwrap.arg("--hostname").arg(&spec.hostname);
    if spec.network == NetworkMode::None {
        bwrap.arg("--unshare-net");
    }
    for path in SYSTEM.iter().filter(|path| Path::new(path).exists()) {
        bwrap.args(["--ro-bind", path, path]);
    }
    for path in LINKED {
        match std::fs::read_link(path) {
            Ok(to) => bwrap.arg("--symlink").arg(to).arg(path),
            Err(_) => bwrap.args(["--ro-bind-try", path, path]),
        };
    }
    for (path, is_dir) in mounts::secrets_of(Path::new("/etc")) {
        if is_dir {
            bwrap.arg("--tmpfs").arg(&path);
            bwrap.arg("--remount-ro").arg(path);
        } else {
            bwrap.args(["--ro-bind", "/dev/null"]).arg(path);
        }
    }
    for table in ["passwd", "group"] {
        let source = spec.state_dir().join(table);
        let text = match table {
            "passwd" => "root:x:0:0::/root:/bin/false\nagent:x:1000:1000::/home/agent:/bin/sh\n",
            _ => "root:x:0:\nagent:x:1000:\n",
        };
        std::fs::write(&source, text).at("user tables")?;
        bwrap
            .arg("--ro-bind")
            .arg(source)
            .arg(Path::new("/etc").join(table));
    }
    bwrap.args([
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run",
    ]);
    bwrap.arg("--bind").arg(spec.home_dir()).arg("/home/agent");
    bwrap
        .arg("--ro-bind")
        .arg(spec.run_dir())
        .arg("/run/muster");
    bwrap
        .arg("--bind")
        .arg(spec.state_dir())
        .arg("/run/muster/state");
    bwrap.args(["--ro-bind", "/dev/null", "/run/muster/super.sock"]);
    bwrap.arg("--ro-bind").arg(exe).arg("/run/bin/muster");
    for path in &spec.ro_paths {
        bwrap.arg("--ro-bind").arg(path).arg(path);
    }
    bwrap.args(["--remount-ro", "/", "--chdir", "/"]);
    bwrap.args(["--", "/run/bin/muster", LAUNCH, "--init"]);
    Ok(bwrap)
}

/// What `bwrap --version` says; `None` when the program is missing.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("bwrap")
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
