//! The agent's life: open the state, then keep a link until there is a reason to end.

use std::io;
use std::sync::Arc;

use muster_agent_link::answer;
use muster_agent_link::wire::CloseCode;
use muster_base::{Backoff, Clock, TaskSet, limits};
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::link::{DialError, Signs, dial};
use crate::workspace::Workspace;
use crate::{JournalError, Options};

/// Exit code of the agent's process for [`ExitReason::TokenDead`]. The sandbox's init knows it
/// and does not start that agent again.
pub const EXIT_TOKEN_DEAD: u8 = 4;

/// Why an agent ended.
#[derive(Debug)]
pub enum ExitReason {
    /// It was asked to.
    Drained,
    /// Its token is no longer valid; starting it again is of no use.
    TokenDead,
    /// The server speaks another major version; a newer binary is needed.
    VersionRefused,
    /// Another process has taken this agent's place.
    Replaced,
    /// It could not begin.
    Failed(StartError),
}

/// An agent could not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal can't be used.
    #[error("the effect journal can't be opened")]
    Journal(#[from] JournalError),
    /// The state folder can't be used.
    #[error("the state folder can't be used")]
    State(#[source] io::Error),
}

/// What follows the end of a link.
enum Next {
    Exit(ExitReason),
    /// The first retry is soon.
    Again,
    /// The server restarts with all its agents: spread out.
    Spread,
}

/// Runs an agent until it is drained or its server does not want it any more. Commands that
/// run go on without it.
pub async fn run(options: Options, clock: Clock, drain: CancellationToken) -> ExitReason {
    let tasks = TaskSet::new();
    let workspace = match open(&options, &clock, &tasks).await {
        Ok(workspace) => workspace,
        Err(error) => return ExitReason::Failed(error),
    };
    let keeper = Keeper {
        options,
        clock,
        workspace,
        tasks: tasks.clone(),
    };
    let kept = drain.run_until_cancelled(keeper.keep()).await;
    tasks.shutdown().await;
    kept.unwrap_or(ExitReason::Drained)
}

/// Opens the state folder. An agent that was killed while it started a shim leaves the folder's
/// lock to that child until the child has become the shim; so a busy folder is waited for.
async fn open(
    options: &Options,
    clock: &Clock,
    tasks: &TaskSet,
) -> Result<Arc<Workspace>, StartError> {
    let watch = clock.stopwatch();
    loop {
        match Workspace::open(options, clock, tasks) {
            Err(StartError::Journal(JournalError::Busy))
                if watch.elapsed() < limits::AGENT_LOCK_LIMIT =>
            {
                clock.timer("agent.lock", limits::AGENT_LOCK_PERIOD).await;
            }
            opened => return opened,
        }
    }
}

struct Keeper {
    options: Options,
    clock: Clock,
    workspace: Arc<Workspace>,
    tasks: TaskSet,
}

impl Keeper {
    async fn keep(&self) -> ExitReason {
        let backoff = Backoff {
            first: limits::LINK_RECONNECT_FIRST,
            max: limits::LINK_RECONNECT_MAX,
        };
        let mut failures = 0;
        loop {
            let delay = match self.connect_once(&mut failures).await {
                Next::Exit(reason) => return reason,
                Next::Again => backoff.jittered(failures.max(1)),
                Next::Spread => backoff.jittered(u32::MAX),
            };
            self.clock.timer("link.reconnect", delay).await;
        }
    }

    async fn connect_once(&self, failures: &mut u32) -> Next {
        let dialled = dial(&self.options.endpoint, &self.options.token, &self.clock).await;
        let stream = match dialled {
            Ok(stream) => stream,
            Err(DialError::TokenDead) => return Next::Exit(ExitReason::TokenDead),
            Err(DialError::VersionRefused) => return Next::Exit(ExitReason::VersionRefused),
            Err(
                error @ (DialError::Unreachable(_)
                | DialError::WebSocket(_)
                | DialError::Unavailable),
            ) => {
                *failures = failures.saturating_add(1);
                let tries = *failures;
                let error: &dyn std::error::Error = &error;
                tracing::warn!(tries, error, "no link to the server");
                return Next::Again;
            }
        };
        tracing::info!("linked to the server");
        *failures = 0;
        let signs = Arc::new(Signs::default());
        let dead = self.tasks.drain().child_token();
        let api = Api {
            workspace: self.workspace.clone(),
            signs: signs.clone(),
        };
        let service = move |request| api.clone().serve(request);
        let served = answer(stream, service, &self.tasks, dead.clone());
        let ended = tokio::select! {
            ended = served => ended,
            () = signs.watch_silence(&self.clock, &dead) => Ok(()),
        };
        if let Err(error) = ended {
            tracing::debug!(error = %error, "link broke");
        }
        match signs.close_code() {
            CloseCode::Other => Next::Again,
            CloseCode::ShuttingDown => Next::Spread,
            CloseCode::Replaced => Next::Exit(ExitReason::Replaced),
            CloseCode::VersionRefused => Next::Exit(ExitReason::VersionRefused),
            CloseCode::TokenDead => Next::Exit(ExitReason::TokenDead),
        }
    }
}
