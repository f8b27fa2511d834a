//! Where PostgreSQL comes from.
//!
//! In order: the server that `DATABASE_URL` names; else a throwaway cluster of an installed
//! PostgreSQL, one per test process, on a Unix socket, without fsync; else none.
//!
//! The cluster belongs to a small shell script that waits on a pipe from the test process.
//! However that process ends, the kernel closes the pipe, the script stops the server and
//! removes its files: nothing is left running. As root the script runs as another user,
//! since PostgreSQL refuses root.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use tokio::sync::OnceCell;

/// Runs `initdb` and a server with settings `$3…` in folder `$2` until its input ends.
const SUPERVISOR: &str = r#"
bin=$1 dir=$2
trap '' INT HUP
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U muster -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || exit 1
shift 2
"$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=400 \
    -c deadlock_timeout=100ms "$@" >>"$dir/log" 2>&1 </dev/null &
server=$!
looks=0
until "$bin/pg_isready" -q -h "$dir"; do
    kill -0 "$server" 2>/dev/null || exit 1
    looks=$((looks + 1))
    [ "$looks" -lt 3000 ] || { kill -QUIT "$server"; wait "$server"; exit 1; }
    sleep 0.02
done
echo ready
read -r _
kill -QUIT "$server"
wait "$server"
"#;

/// Data of tests need not survive anything.
const FORGETFUL: [&str; 6] = [
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
];

/// A server on which tests may make databases.
#[derive(Debug)]
pub(super) struct Cluster {
    /// A URL in two parts: before and after the name of a database.
    url: (String, String),
    /// A database that exists.
    admin: String,
    /// The migrated database that others are copies of.
    template: OnceCell<String>,
    /// Our own server ends with this process, whose end of the pipe is in here.
    supervisor: Option<Child>,
}

/// The server of this process, started at its first use.
pub(super) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(|| find(&FORGETFUL)).as_ref()
}

/// Like [`shared`], but one that keeps what it has confirmed: for measurements.
pub(super) fn durable() -> Option<&'static Cluster> {
    static DURABLE: OnceLock<Option<Cluster>> = OnceLock::new();
    DURABLE.get_or_init(|| find(&[])).as_ref()
}

fn find(settings: &[&str]) -> Option<Cluster> {
    let given = super::environment("DATABASE_URL").filter(|url| url.starts_with("postgres"));
    let found = match given {
        Some(url) => Cluster::given(&url),
        None => Cluster::start(&installed()?, settings),
    };
    Some(found.unwrap_or_else(|error| super::panic_with(&format!("PostgreSQL: {error:#}"))))
}

/// The programs of the newest installed PostgreSQL.
fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let newest = versions.max_by_key(|entry| {
        let name = entry.file_name();
        name.to_str().and_then(|name| name.parse::<u32>().ok())
    })?;
    let bin = newest.path().join("bin");
    bin.join("initdb").exists().then_some(bin)
}

impl Cluster {
    fn given(url: &str) -> Result<Self> {
        let (scheme, rest) = url
            .split_once("://")
            .context("DATABASE_URL has no scheme")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, database) = rest.split_once('/').unwrap_or((rest, "postgres"));
        Ok(Self {
            url: (format!("{scheme}://{host}/"), format!("?{query}")),
            admin: database.to_owned(),
            template: OnceCell::new(),
            supervisor: None,
        })
    }

    fn start(bin: &Path, settings: &[&str]) -> Result<Self> {
        // Not below `target/`: its path may be closed to another user, and a socket's path
        // is limited to about 100 bytes.
        let folder = tempfile::Builder::new()
            .prefix("muster-pg-")
            .tempdir()?
            .keep();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SUPERVISOR, "muster-test-postgres"])
            .args([bin, &folder])
            .args(settings)
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some((user, group)) = other_user()? {
            std::os::unix::fs::chown(&folder, Some(user), Some(group))?;
            command.uid(user).gid(group);
        }
        let mut supervisor = command.spawn().context("start the supervisor")?;
        let output = supervisor.stdout.take().context("no output")?;
        wait_until_ready(output)?;
        let folder = folder.to_string_lossy().replace('/', "%2F");
        Ok(Self {
            url: (format!("postgres://muster@{folder}/"), String::new()),
            admin: "postgres".to_owned(),
            template: OnceCell::new(),
            supervisor: Some(supervisor),
        })
    }

    /// The URL of one of its databases.
    pub(super) fn url(&self, database: &str) -> String {
        let (before, after) = &self.url;
        format!("{before}{database}{after}")
    }

    /// A database that exists.
    pub(super) fn admin_database(&self) -> &str {
        &self.admin
    }

    /// The name of the migrated database, once it is made.
    pub(super) const fn template(&self) -> &OnceCell<String> {
        &self.template
    }

    /// Whether what is left on it stays.
    pub(super) const fn outlives_tests(&self) -> bool {
        self.supervisor.is_none()
    }
}

fn wait_until_ready(output: ChildStdout) -> Result<()> {
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.trim() != "ready" {
        bail!("the throwaway cluster did not start");
    }
    Ok(())
}

/// Whom to run the server as when we are root.
fn other_user() -> Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt;

    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let user = find("postgres").or_else(|| find("nobody"));
    user.context("no user to run PostgreSQL as").map(Some)
}
