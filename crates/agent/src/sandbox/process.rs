//! Looking at and ending processes through `/proc`.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Rounds of [`kill_descendants`]; each round kills what the one before missed.
const KILL_ROUNDS: u32 = 200;
/// Pause between two rounds, so that a dying process can finish dying.
const KILL_PAUSE: Duration = Duration::from_millis(5);

/// A pid from its number.
pub(crate) fn pid(raw: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(raw).ok()?)
}

/// Sends a signal; a process that is already gone is a success.
pub(crate) fn signal(raw: u32, signal: Signal) {
    if let Some(pid) = pid(raw) {
        // The only other failure is a pid that now belongs to somebody else: not ours to end.
        let _ = kill_process(pid, signal);
    }
}

/// All descendants of a process, living or not yet reaped, nearest first.
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    let table = parents();
    let mut found = Vec::new();
    let mut level = vec![root];
    while let Some(parent) = level.pop() {
        for (child, _) in table.iter().filter(|(_, of)| *of == parent) {
            found.push(*child);
            level.push(*child);
        }
    }
    found
}

/// Kills all descendants of a process until none is left. They are stopped first, so that a
/// fork bomb cannot outrun us. Returns whether it succeeded; zombies do not count.
pub(crate) fn kill_descendants(root: u32) -> bool {
    for _ in 0..KILL_ROUNDS {
        let living: Vec<u32> = descendants(root)
            .into_iter()
            .filter(|p| lives(*p))
            .collect();
        if living.is_empty() {
            return true;
        }
        for process in &living {
            signal(*process, Signal::STOP);
        }
        for process in &living {
            signal(*process, Signal::KILL);
        }
        std::thread::sleep(KILL_PAUSE);
    }
    false
}

/// Whether a process exists and is not a zombie.
pub(crate) fn lives(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// When a process was started, in the kernel's ticks: with its number, who it is. None for one
/// that is gone.
pub(crate) fn started(process: Pid) -> Option<u64> {
    let number = process.as_raw_nonzero();
    let text = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    // Field 22; the first one here is field 3.
    rest.split_whitespace().nth(19)?.parse().ok()
}

/// Every process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, stat(process)?.1)))
        .collect()
}

/// State and parent from `/proc/<pid>/stat`. The name may hold blanks and parentheses, so
/// fields are counted from its last closing one.
fn stat(process: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}
