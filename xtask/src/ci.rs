//! `cargo xtask ci`: the gate plus what is too slow or too rare for every landing.

use anyhow::Result;

use crate::report::Report;
use crate::run::{self, cargo, has};
use crate::{generate, sim, test, up};

/// Fixed seeds of the simulation that every CI run repeats.
const SEEDS: u64 = 20;

pub(crate) fn run() -> Result<()> {
    let mut report = Report::default();
    test::all(&mut report);
    report.part("generated files are current", || {
        generate::generate(generate::Mode::Check)
    });
    if has("cargo-deny") {
        report.part("dependency policy", || {
            run::run(&mut cargo(["deny", "check"]))
        });
    } else {
        report.skip("dependency policy", "cargo-deny is not installed");
    }
    report.part("documentation", || {
        let mut command = cargo(["doc", "--workspace", "--no-deps", "--locked"]);
        run::run(command.env("RUSTDOCFLAGS", "-D warnings"))
    });
    report.part("duplicate packages (a warning)", || {
        run::run(&mut cargo(["tree", "-d", "--depth", "0"]))
    });
    report.part("simulation", || {
        (1..=SEEDS).try_for_each(|seed| sim::simulate(seed, 2_000))
    });
    report.part("release build and demo", up::smoke);
    report.finish()
}
