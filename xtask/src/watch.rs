//! A program that is given up when it falls silent.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::run;

/// The output of a killed program ends at once, unless something that left its group holds it.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// How a watched program ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Exited {
        success: bool,
    },
    /// It wrote no line for too long, and was killed.
    Silent,
}

impl From<ExitStatus> for Ended {
    fn from(status: ExitStatus) -> Self {
        Self::Exited {
            success: status.success(),
        }
    }
}

/// Runs a command and gives each line of its standard output to `each`; kills it, with all that
/// it started, once no line came for `silence`.
///
/// # Errors
/// When the program can't be started or waited for.
pub(crate) fn lines(
    command: &mut Command,
    silence: Duration,
    mut each: impl FnMut(&str),
) -> Result<Ended> {
    let mut child = command
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let output = child.stdout.take().context("it has no output")?;
    let (send, receive) = mpsc::channel();
    // Not joined: something that left the group may hold the other end open.
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    loop {
        match receive.recv_timeout(silence) {
            Ok(line) => each(&String::from_utf8_lossy(&line)),
            Err(RecvTimeoutError::Disconnected) => return Ok(child.wait()?.into()),
            Err(RecvTimeoutError::Timeout) => {
                kill(&mut child)?;
                // Its last words, up to the moment when nobody can write any more.
                while let Ok(line) = receive.recv_timeout(LAST_WORDS) {
                    each(&String::from_utf8_lossy(&line));
                }
                return Ok(Ended::Silent);
            }
        }
    }
}

/// Whatever is left of a program would hold this one's output open as well.
fn kill(child: &mut Child) -> Result<()> {
    let group = format!("-{}", child.id());
    run::run(Command::new("kill").args(["-KILL", "--", &group]))?;
    child.wait()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, silence: Duration) -> (Ended, Vec<String>) {
        let mut seen = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let ended = lines(&mut command, silence, |line| seen.push(line.to_owned()));
        (ended.unwrap(), seen)
    }

    #[test]
    fn lines_and_the_result_are_passed_on() {
        let patient = Duration::from_secs(60);
        let (ended, seen) = shell("echo one; printf two; exit 3", patient);
        assert_eq!(ended, Ended::Exited { success: false });
        assert_eq!(seen, ["one", "two"]);
        assert_eq!(shell("true", patient).0, Ended::Exited { success: true });
    }

    #[test]
    fn silent_program_is_killed_with_its_children() {
        let silence = Duration::from_millis(200);
        let (ended, seen) = shell("sleep 600 & echo $!; wait", silence);
        assert_eq!(ended, Ended::Silent);
        let child = std::path::Path::new("/proc").join(&seen[0]).join("cmdline");
        // Gone, or dead and not reaped yet.
        assert_eq!(std::fs::read(child).unwrap_or_default(), b"");
    }
}
