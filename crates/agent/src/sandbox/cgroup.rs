//! Limits by control groups, chosen per controller: a machine may have version 1, version 2,
//! both at once (hybrid), or none that we may use.
//!
//! A group is made only where this process is the manager of the tree: below the root that it
//! sees, or below a group that was delegated to it. Elsewhere some other program counts on
//! being the only writer, and the limits become those of single processes ([`Rlimits`]).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::{Limits, Rlimits, process};

/// The window in which the processor time of a group is counted.
const CPU_PERIOD_MICROS: f64 = 100_000.0;
/// Priority of commands where no group shares out the processor.
const NICE: i32 = 5;
/// Tries to remove a group whose last processes are still being buried, and the pause between.
const REMOVE_TRIES: u32 = 200;
const REMOVE_PAUSE: Duration = Duration::from_millis(5);
/// Where this process moves itself in a delegated version 2 group: inner nodes hold no process.
const LEAF: &str = "muster-server";

/// Where groups may be made, per controller.
#[derive(Clone, Debug, Default)]
struct Places {
    memory: Option<Place>,
    pids: Option<Place>,
    cpu: Option<Place>,
    /// Version 2 without any controller still tracks and kills processes.
    unified: Option<PathBuf>,
    /// Why a controller cannot be used.
    refused: Vec<String>,
}

#[derive(Clone, Debug)]
struct Place {
    version: Version,
    dir: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// The groups of one workspace.
#[derive(Debug)]
pub(crate) struct Cgroup {
    name: String,
    places: Places,
    made: Vec<PathBuf>,
}

impl Cgroup {
    /// Makes the groups that can be made here. Never fails: what is missing is limited per
    /// process, and [`Cgroup::describe`] says so.
    pub(crate) fn create(name: &str, limits: &Limits, wanted: bool) -> Self {
        let mut group = Self {
            name: group_name(name),
            places: if wanted { find() } else { Places::default() },
            made: Vec::new(),
        };
        group.places.memory = group.set_up(group.places.memory.clone(), |version, dir| {
            limit_memory(version, dir, limits.memory_bytes)
        });
        group.places.pids = group.set_up(group.places.pids.clone(), |_, dir| {
            write(dir, "pids.max", &limits.pids.to_string())
        });
        group.places.cpu = group.set_up(group.places.cpu.clone(), |version, dir| {
            limit_cpu(version, dir, limits.cpu)
        });
        if let Some(place) = group.places.unified.clone() {
            let kept = group.make(&place).is_ok();
            group.places.unified = kept.then_some(place);
        }
        group
    }

    fn set_up(
        &mut self,
        place: Option<Place>,
        limit: impl Fn(Version, &Path) -> io::Result<()>,
    ) -> Option<Place> {
        let place = place?;
        let made = self
            .make(&place.dir)
            .and_then(|dir| limit(place.version, &dir));
        match made {
            Ok(()) => Some(place),
            Err(error) => {
                let text = format!("{}: {error}", place.dir.display());
                self.places.refused.push(text);
                None
            }
        }
    }

    fn make(&mut self, place: &Path) -> io::Result<PathBuf> {
        let dir = place.join(&self.name);
        match fs::create_dir(&dir) {
            Ok(()) => {}
            // Left by a supervisor that was killed; it may even hold processes.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !self.made.contains(&dir) {
                    kill_group(&dir);
                }
            }
            Err(error) => return Err(error),
        }
        if !self.made.contains(&dir) {
            self.made.push(dir.clone());
        }
        Ok(dir)
    }

    /// Puts a process, and so all it will start, into the groups.
    pub(crate) fn join(&self, pid: u32) -> io::Result<()> {
        self.made
            .iter()
            .try_for_each(|dir| write(dir, "cgroup.procs", &pid.to_string()))
    }

    /// What every process must carry itself because no group does it.
    pub(crate) fn rlimits(&self, limits: &Limits) -> Rlimits {
        let unless = |place: &Option<Place>, value: u64| place.is_none().then_some(value);
        Rlimits {
            open_files: limits.open_files,
            memory_bytes: unless(&self.places.memory, limits.memory_bytes),
            pids: unless(&self.places.pids, limits.pids),
            nice: self.places.cpu.is_none().then_some(NICE),
        }
    }

    /// Which limits are enforced how, for the isolation report.
    pub(crate) fn describe(&self) -> String {
        self.places.describe()
    }

    /// Processes that the kernel killed because the group's memory was used up.
    pub(crate) fn oom_kills(&self) -> u64 {
        let Some(place) = &self.places.memory else {
            return 0;
        };
        let file = match place.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let text = fs::read_to_string(place.dir.join(&self.name).join(file)).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix("oom_kill "))
            .find_map(|count| count.trim().parse().ok())
            .unwrap_or(0)
    }

    /// Kills every process in the groups.
    pub(crate) fn kill(&self) {
        self.made.iter().for_each(|dir| kill_group(dir));
    }

    /// Removes the groups. Returns whether all are gone.
    pub(crate) fn remove(&self) -> bool {
        self.made.iter().all(|dir| remove_group(dir))
    }
}

/// Ends and removes what a killed supervisor left behind: groups and the processes in them.
///
/// To be called for a workspace that has no supervisor any more. Blocks for as long as the
/// processes take to die.
pub fn remove_leftovers(name: &str) {
    let places = find();
    let dirs = [&places.memory, &places.pids, &places.cpu]
        .into_iter()
        .flatten()
        .map(|place| &place.dir)
        .chain(&places.unified);
    for dir in dirs {
        let dir = dir.join(group_name(name));
        if dir.is_dir() {
            kill_group(&dir);
            remove_group(&dir);
        }
    }
}

fn group_name(name: &str) -> String {
    format!("muster-{name}")
}

fn remove_group(dir: &Path) -> bool {
    (0..REMOVE_TRIES).any(|_| match fs::remove_dir(dir) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(_) => {
            std::thread::sleep(REMOVE_PAUSE);
            false
        }
    })
}

impl Places {
    fn describe(&self) -> String {
        let one = |name: &str, place: &Option<Place>, without: &str| match place {
            Some(place) if place.version == Version::One => format!("{name} by cgroup v1"),
            Some(_) => format!("{name} by cgroup v2"),
            None => format!("{name} {without}"),
        };
        [
            one("memory", &self.memory, "per process"),
            one("processes", &self.pids, "per user"),
            one("processor", &self.cpu, "by priority only"),
        ]
        .join(", ")
    }
}

/// The modes that this process would use, with the reasons for missing ones.
pub(crate) fn available() -> (bool, String) {
    let places = find();
    let complete = places.memory.is_some() && places.pids.is_some() && places.cpu.is_some();
    let mut detail = places.describe();
    if !places.refused.is_empty() {
        detail = format!("{detail} ({})", places.refused.join("; "));
    }
    (complete, detail)
}

fn limit_memory(version: Version, dir: &Path, bytes: u64) -> io::Result<()> {
    let bytes = bytes.to_string();
    match version {
        Version::One => write(dir, "memory.limit_in_bytes", &bytes),
        Version::Two => {
            // The group is not killed as a whole: the agent must live to tell the model.
            write(dir, "memory.max", &bytes)?;
            // Missing where the kernel counts no swap.
            drop(write(dir, "memory.swap.max", "0"));
            Ok(())
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a share of a tenth of a second, clamped before"
)]
fn limit_cpu(version: Version, dir: &Path, cores: f64) -> io::Result<()> {
    let quota = (cores.clamp(0.01, 10_000.0) * CPU_PERIOD_MICROS) as i64;
    match version {
        Version::One => write(dir, "cpu.cfs_quota_us", &quota.to_string()),
        Version::Two => write(dir, "cpu.max", &format!("{quota} 100000")),
    }
}

/// `cgroup.kill` where the kernel has it, else one signal each until nobody is left.
fn kill_group(dir: &Path) {
    if dir.join("cgroup.kill").exists() && write(dir, "cgroup.kill", "1").is_ok() {
        return;
    }
    for _ in 0..REMOVE_TRIES {
        let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
        let living: Vec<u32> = text
            .lines()
            .filter_map(|line| line.parse().ok())
            .filter(|pid| process::lives(*pid))
            .collect();
        if living.is_empty() {
            return;
        }
        for signal in [Signal::STOP, Signal::KILL] {
            living.iter().for_each(|pid| process::signal(*pid, signal));
        }
        std::thread::sleep(REMOVE_PAUSE);
    }
}

fn write(dir: &Path, file: &str, value: &str) -> io::Result<()> {
    // The file must exist: a plain folder in the place of a group must not pass for one.
    let mut target = fs::OpenOptions::new().write(true).open(dir.join(file))?;
    io::Write::write_all(&mut target, value.as_bytes())
}

/// Finds where this process may make groups.
fn find() -> Places {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    find_in(&own, &mounts, &|place| usable(place))
}

/// Pure part of [`find`]: `may_use` decides about a folder.
fn find_in(own: &str, mounts: &str, may_use: &dyn Fn(&Found) -> Result<(), String>) -> Places {
    let mut places = Places::default();
    for line in own.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let Some(found) = locate(controllers, path, mounts) else {
            continue;
        };
        match may_use(&found) {
            Ok(()) => places.add(controllers, &found),
            Err(reason) => places.refused.push(reason),
        }
    }
    places
}

impl Places {
    fn add(&mut self, controllers: &str, found: &Found) {
        if controllers.is_empty() {
            self.unified = Some(found.dir.clone());
            let given = fs::read_to_string(found.dir.join("cgroup.controllers"));
            self.add_named(
                given.unwrap_or_default().split_whitespace(),
                Version::Two,
                found,
            );
        } else {
            self.add_named(controllers.split(','), Version::One, found);
        }
    }

    fn add_named<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        version: Version,
        found: &Found,
    ) {
        for name in names {
            let slot = match name {
                "memory" => &mut self.memory,
                "pids" => &mut self.pids,
                "cpu" => &mut self.cpu,
                _ => continue,
            };
            if version == Version::Two && enable(&found.dir, name).is_err() {
                continue;
            }
            *slot = Some(Place {
                version,
                dir: found.dir.clone(),
            });
        }
    }
}

/// A group of ours in the file system.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    dir: PathBuf,
    /// It is the root of what this process can see of the tree.
    root: bool,
}

/// Finds the folder of a group by the mounts of its hierarchy.
fn locate(controllers: &str, path: &str, mounts: &str) -> Option<Found> {
    mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut fields = left.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let mut fields = right.split(' ');
        let (kind, options) = (fields.next()?, fields.nth(1)?);
        let fits = match controllers {
            "" => kind == "cgroup2",
            names => kind == "cgroup" && names.split(',').all(|name| has(options, name)),
        };
        let below = Path::new(path).strip_prefix(root).ok()?;
        // A leaf that we moved ourselves into counts as its parent.
        let below = match below.file_name() {
            Some(name) if name == LEAF => below.parent()?,
            _ => below,
        };
        fits.then(|| Found {
            dir: Path::new(point).join(below),
            root: below.as_os_str().is_empty(),
        })
    })
}

fn has(options: &str, name: &str) -> bool {
    options.split(',').any(|option| option == name)
}

/// Whether this process is the manager of a group.
fn usable(found: &Found) -> Result<(), String> {
    let dir = found.dir.display();
    let owner = fs::metadata(&found.dir)
        .map_err(|error| format!("{dir}: {error}"))?
        .uid();
    let me = rustix::process::geteuid().as_raw();
    let delegated = owner == me && me != 0 || marked(&found.dir);
    if found.root && owner == me || delegated {
        Ok(())
    } else {
        Err(format!("{dir} is not delegated to this process"))
    }
}

/// The mark that a service manager puts on a group it has handed over.
fn marked(dir: &Path) -> bool {
    ["user.delegate", "trusted.delegate"].iter().any(|name| {
        let mut value = [0_u8; 1];
        rustix::fs::getxattr(dir, *name, &mut value).is_ok() && value == *b"1"
    })
}

/// Lets the children of a version 2 group use a controller.
fn enable(dir: &Path, controller: &str) -> io::Result<()> {
    let order = format!("+{controller}");
    match write(dir, "cgroup.subtree_control", &order) {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            // An inner node holds no processes: ours move into a leaf of their own.
            let leaf = dir.join(LEAF);
            fs::create_dir_all(&leaf)?;
            for pid in fs::read_to_string(dir.join("cgroup.procs"))?.lines() {
                write(&leaf, "cgroup.procs", pid)?;
            }
            write(dir, "cgroup.subtree_control", &order)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
