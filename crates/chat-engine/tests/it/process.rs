//! An engine on a runtime of its own, so that ending it is what a crash is: nothing is let go
//! of, nothing is flushed.

use muster_chat_engine::{Engine as ChatEngine, Options, Replicas};
use muster_store::{Engine, Store};
use muster_testkit::db;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::support::World;

pub(crate) struct Process {
    runtime: Runtime,
    drain: CancellationToken,
}

impl Process {
    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(self) {
        self.runtime.shutdown_background();
    }

    /// Asks it to end.
    pub(crate) fn drain(&self) {
        self.drain.cancel();
    }
}

impl World {
    /// Starts an engine that can be killed.
    pub(crate) async fn process(&self) -> Process {
        self.process_with(self.options(Replicas::Several)).await
    }

    pub(crate) async fn process_with(&self, mut options: Options) -> Process {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let drain = CancellationToken::new();
        if db::engine() == Engine::Postgres {
            // Connections die with the runtime that made them.
            let own = self.database.options(&self.clock.clock());
            options.store = runtime.spawn(Store::open(own)).await.unwrap().unwrap();
        }
        let ends = drain.clone();
        drop(runtime.spawn(async move {
            let (engine, _handle) = ChatEngine::new(options);
            engine.run(ends).await
        }));
        Process { runtime, drain }
    }
}
