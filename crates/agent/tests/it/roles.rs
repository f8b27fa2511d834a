//! The parts this binary can play when it starts itself.

use std::ffi::OsString;
use std::path::PathBuf;

use muster_agent::{Options, run, shim};
use muster_base::{Clock, Secret};
use tokio_util::sync::CancellationToken;

use crate::world;

const SHIM: &str = "role=shim";
const AGENT: &str = "role=agent";

/// Words that start this binary as a shim; the process's folder follows.
pub(crate) fn shim() -> Vec<OsString> {
    starting(SHIM)
}

/// Words that start this binary as an agent of the world in the folder that follows.
pub(crate) fn agent() -> Vec<OsString> {
    starting(AGENT)
}

fn starting(role: &str) -> Vec<OsString> {
    let this = std::env::current_exe().unwrap().into_os_string();
    let test = "roles::plays_the_part_it_is_given";
    let words = [test, "--exact", "--nocapture", "--test-threads=1", role];
    std::iter::once(this)
        .chain(words.map(OsString::from))
        .collect()
}

#[test]
fn plays_the_part_it_is_given() {
    let args: Vec<OsString> = std::env::args_os().collect();
    let Some(at) = args.iter().position(|arg| arg == SHIM || arg == AGENT) else {
        // An ordinary test run.
        return;
    };
    if args[at] == SHIM {
        let _code = shim::main(args.into_iter().skip(at + 1));
        return;
    }
    let folder = PathBuf::from(&args[at + 1]);
    let options: Options = world::options(&folder, Secret::new(world::TOKEN.to_owned()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let reason = runtime.block_on(run(options, Clock::system(), CancellationToken::new()));
    // A test that waits in vain for this agent finds the reason here.
    std::fs::write(folder.join("agent-exit"), format!("{reason:?}")).unwrap();
}
