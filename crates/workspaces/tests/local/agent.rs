//! The roles of `muster agent` and its shim, as the program plays them.

use std::ffi::OsString;
use std::io::BufRead;
use std::path::PathBuf;
use std::process::ExitCode;

use muster_agent::sandbox::{self, CommandPolicy, Level};
use muster_agent::{Endpoint, ExitReason, Options, Places};
use muster_base::{Clock, Secret};
use tokio_util::sync::CancellationToken;

const SHIM: &str = "proc-shim";

pub(crate) fn dispatch(args: &[OsString]) -> Option<ExitCode> {
    let (name, rest) = args.split_first()?;
    match name.to_str()? {
        SHIM => Some(muster_agent::shim::main(rest.iter().cloned())),
        "agent" => Some(agent(rest)),
        _ => None,
    }
}

fn agent(args: &[OsString]) -> ExitCode {
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name).unwrap();
        PathBuf::from(args.get(at + 1).unwrap())
    };
    let state_dir = value("--state-dir");
    let policy = CommandPolicy::load(&state_dir).unwrap();
    let token = std::io::stdin().lock().lines().next().unwrap().unwrap();
    let places = match policy.level {
        Level::Strict => Places::everything_but(state_dir.clone()),
        Level::Landlock | Level::None => Places {
            read: policy.readable.clone(),
            write: policy.writable.clone(),
            denied: vec![state_dir.clone()],
        },
    };
    let exe = std::env::current_exe().unwrap().into_os_string();
    let options = Options {
        endpoint: Endpoint::Socket(value("--link-socket")),
        token: Secret::new(token),
        home: value("--directory"),
        directory: value("--directory"),
        env: environment(),
        command_wrapper: sandbox::command_wrapper(&policy, &state_dir),
        shim: vec![exe, OsString::from(SHIM)],
        places,
        state_dir,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(muster_agent::run(
        options,
        Clock::system(),
        CancellationToken::new(),
    ));
    match ended {
        ExitReason::Drained => ExitCode::SUCCESS,
        ExitReason::TokenDead => ExitCode::from(4),
        ExitReason::VersionRefused | ExitReason::Replaced | ExitReason::Failed(_) => {
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the agent's part of the real program"
)]
fn environment() -> Vec<(OsString, OsString)> {
    ["HOME", "PATH", "USER", "LANG"]
        .iter()
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)))
        .collect()
}
