//! `cargo xtask test`: everything that must pass before a landing.

use anyhow::{Result, bail};

use crate::binaries::{self, Engine, Flaky, Selection};
use crate::report::Report;
use crate::run::{self, Args, cargo};
use crate::{check, install, tidy, web};

pub(crate) fn run(mut words: Args) -> Result<()> {
    if words.flag("--bless-ui") {
        return web::bless();
    }
    let selection = Selection {
        package: words.value("-p")?,
        name: words.next(),
    };
    let mut report = Report::default();
    if selection.package.is_none() && selection.name.is_none() {
        all(&mut report);
    } else {
        tests(&mut report, &selection);
    }
    report.finish()
}

/// Every part of the gate; `ci` adds its own behind these.
pub(crate) fn all(report: &mut Report) {
    report.part("install what is missing", install::run);
    report.part("tidy", tidy::run);
    report.part("format", check::format);
    // Before anything is compiled: the server takes in what the build of the UI wrote.
    match web::obstacle() {
        Some(obstacle) if !run::in_ci() => report.skip("web", &obstacle),
        Some(_) | None => report.part("web", web::test),
    }
    report.part("lints", || check::clippy(None));
    tests(report, &Selection::default());
    report.part("examples in the documentation", || {
        run::run(&mut cargo(["test", "--workspace", "--doc", "--locked"]))
    });
    match web::browser_obstacle() {
        Some(obstacle) if !run::in_ci() => report.skip("browser tests", &obstacle),
        Some(_) | None => {
            let mut flaky = Flaky::new();
            report.part("browser tests", || web::browser_test(&mut flaky));
            report.flaky(flaky);
        }
    }
}

fn tests(report: &mut Report, selection: &Selection) {
    let mut flaky = Flaky::new();
    report.part("tests on SQLite", || {
        binaries::run(Engine::Sqlite, selection, &mut flaky)
    });
    if install::has_postgres() {
        report.part("tests on PostgreSQL", || {
            binaries::run(Engine::Postgres, selection, &mut flaky)
        });
    } else if run::in_ci() {
        report.part("tests on PostgreSQL", || {
            bail!("no PostgreSQL server is installed")
        });
    } else {
        report.skip("tests on PostgreSQL", "no PostgreSQL server is installed");
    }
    report.flaky(flaky);
}
