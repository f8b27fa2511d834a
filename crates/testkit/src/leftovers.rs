//! Sandboxes outlive their server, as they should; those of a test must not outlive the test.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A process may start another one while it is being ended; more rounds than that mean that
/// something is started all the time.
const ROUNDS_MAX: usize = 50;

/// Kills every process that holds a file below the folder open.
pub fn end_processes_in(folder: &Path) {
    for _ in 0..ROUNDS_MAX {
        let pids = holders(folder);
        if pids.is_empty() {
            return;
        }
        let mut kill = Command::new("kill");
        kill.arg("-KILL").args(pids).stderr(Stdio::null());
        // One that has ended meanwhile is as good as killed.
        drop(kill.status());
    }
}

fn holders(folder: &Path) -> Vec<String> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|pid| pid.parse::<u32>().is_ok() && *pid != own && holds(pid, folder))
        .collect()
}

fn holds(pid: &str, folder: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten();
    files
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|file| file.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_a_file_of_the_folder_is_ended_and_nobody_else() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [mut inside, mut beside] = folders.each_ref().map(|folder| {
            let log = fs::File::create(folder.path().join("log")).unwrap();
            let mut sleep = Command::new("sleep");
            sleep.arg("600").stdout(log).spawn().unwrap()
        });
        end_processes_in(folders[0].path());
        assert!(!inside.wait().unwrap().success());
        assert_eq!(beside.try_wait().unwrap(), None);
        beside.kill().unwrap();
        beside.wait().unwrap();
    }
}
