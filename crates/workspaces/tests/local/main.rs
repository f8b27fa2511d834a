//! The `local` driver with real sandboxes and the real agent.
//!
//! This binary is its own test runner: supervisor, launcher, init, agent and shim are the
//! binary again with hidden subcommands. Where no sandbox can be made the tests are skipped
//! with the reason; `MUSTER_TEST_REQUIRE=sandbox` makes that a failure.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; without the harness the lints cannot see that it is one"
)]

mod agent;
mod world;

use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use muster_agent::sandbox::{Backend, Level, Report};
use muster_base::EffectId;
use muster_store::jobs::JobErrorCode;
use muster_store::workspace_builds::{BuildReason, Transition};
use muster_workspaces::status::WorkspaceStatus;
use muster_workspaces::{ChatBinding, NewBuild};

use world::World;

type Case = (&'static str, fn());

const CASES: [Case; 5] = [
    (
        "a_workspace_comes_up_works_and_leaves_nothing",
        comes_up_works_and_leaves_nothing,
    ),
    (
        "a_command_outlives_a_restart_of_the_server",
        outlives_a_restart,
    ),
    (
        "a_missing_home_is_never_replaced_by_an_empty_one",
        missing_home_is_refused,
    ),
    (
        "a_level_that_cannot_be_reached_refuses_the_start",
        level_is_refused,
    ),
    (
        "an_agent_of_another_workspace_is_turned_away",
        other_workspace_is_turned_away,
    ),
];

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(code) = muster_agent::sandbox::dispatch(&args).or_else(|| agent::dispatch(&args)) {
        return code;
    }
    let words: Vec<String> = args
        .iter()
        .filter_map(|a| a.to_str().map(str::to_owned))
        .collect();
    let filter = words.iter().find(|word| !word.starts_with("--"));
    let wanted = CASES
        .iter()
        .filter(|(name, _)| filter.is_none_or(|part| name.contains(part)));
    if words.iter().any(|word| word == "--list") {
        wanted.for_each(|(name, _)| say(&format!("{name}: test")));
        return ExitCode::SUCCESS;
    }
    let report = world::report();
    if report.level == Level::None {
        say("local: skipped, no sandbox can be made here");
        return if world::is_required() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let mut failed = 0;
    for (name, run) in wanted {
        let is_ok = catch_unwind(AssertUnwindSafe(run)).is_ok();
        failed += u32::from(!is_ok);
        say(&format!(
            "test {name} ... {}",
            if is_ok { "ok" } else { "FAILED" }
        ));
    }
    say(&format!(
        "local: {failed} failed, at level {}",
        report.level
    ));
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn comes_up_works_and_leaves_nothing() {
    world::run(async {
        let world = World::new(world::report()).await;
        let server = world.serve().await;
        let created = server.create("blue", Some("demo")).await;
        let id = created.workspace.id;
        assert_eq!(server.ended(&created.build).await, WorkspaceStatus::Running);
        let isolation = server.workspace(id).await.isolation.unwrap();
        assert_eq!(isolation["is_isolated"], true, "{isolation}");
        assert_eq!(isolation["network"], "none");

        let binding = ChatBinding::to_workspace(id);
        assert_eq!(
            server
                .execute(binding, "cat greeting; echo kept > note")
                .await,
            "hello\n"
        );
        let stop = server.build(id, Transition::Stop).await;
        assert_eq!(server.ended(&stop).await, WorkspaceStatus::Stopped);
        assert_eq!(world.processes_of(id), Vec::<String>::new());

        let start = server.build(id, Transition::Start).await;
        assert_eq!(server.ended(&start).await, WorkspaceStatus::Running);
        assert_eq!(server.execute(binding, "cat note").await, "kept\n");
        let delete = server.build(id, Transition::Delete).await;
        assert_eq!(server.ended(&delete).await, WorkspaceStatus::Deleted);
        assert_eq!(world.processes_of(id), Vec::<String>::new());
        assert!(!world.dir(id).exists());
        server.stop().await;
    });
}

fn outlives_a_restart() {
    world::run(async {
        let world = World::new(world::report()).await;
        let server = world.serve().await;
        let created = server.create("blue", None).await;
        let id = created.workspace.id;
        server.ended(&created.build).await;
        let binding = ChatBinding::to_workspace(id);
        let effect = EffectId::new(&world.clock);
        server
            .start_command(
                binding,
                effect,
                "while [ ! -e go ]; do sleep 0.05; done; echo done",
            )
            .await;
        server.stop().await;

        let server = world.serve().await;
        assert_eq!(server.execute(binding, "touch go").await, "");
        assert_eq!(server.output(binding, effect).await, "done\n");
        let delete = server.build(id, Transition::Delete).await;
        assert_eq!(server.ended(&delete).await, WorkspaceStatus::Deleted);
        server.stop().await;
    });
}

fn missing_home_is_refused() {
    world::run(async {
        let world = World::new(world::report()).await;
        let server = world.serve().await;
        let created = server.create("blue", None).await;
        let id = created.workspace.id;
        server.ended(&created.build).await;
        let stop = server.build(id, Transition::Stop).await;
        server.ended(&stop).await;
        std::fs::rename(world.dir(id).join("home"), world.dir(id).join("elsewhere")).unwrap();
        let start = server.build(id, Transition::Start).await;
        assert_eq!(server.ended(&start).await, WorkspaceStatus::Failed);
        let error = server.job(&start).await.error.unwrap();
        assert!(
            error.starts_with("The home of this workspace is missing"),
            "{error}"
        );

        let anew = NewBuild {
            recreate: true,
            ..NewBuild::new(Transition::Start, BuildReason::Initiator)
        };
        let start = server.build_with(id, anew).await;
        assert_eq!(server.ended(&start).await, WorkspaceStatus::Running);
        let delete = server.build(id, Transition::Delete).await;
        server.ended(&delete).await;
        server.stop().await;
    });
}

fn level_is_refused() {
    world::run(async {
        let nothing_works = Report {
            level: Level::None,
            backend: Backend::Own,
            layers: Vec::new(),
        };
        let world = World::new(nothing_works).await;
        let server = world.serve().await;
        let created = server.create("blue", None).await;
        assert_eq!(server.ended(&created.build).await, WorkspaceStatus::Failed);
        let job = server.job(&created.build).await;
        assert_eq!(job.error_code, Some(JobErrorCode::SandboxLevel));
        assert_eq!(
            world.processes_of(created.workspace.id),
            Vec::<String>::new()
        );
        server.stop().await;
    });
}

fn other_workspace_is_turned_away() {
    world::run(async {
        let world = World::new(world::report()).await;
        let server = world.serve().await;
        let blue = server.create("blue", None).await;
        server.ended(&blue.build).await;
        let guessed = world.greet(blue.workspace.id, "MUSTER/1 guessed\n");
        assert_eq!(guessed, "NO token_dead\n");
        let delete = server.build(blue.workspace.id, Transition::Delete).await;
        server.ended(&delete).await;
        server.stop().await;
    });
}
