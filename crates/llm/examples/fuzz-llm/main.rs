//! Fuzzes everything that reads a provider's answer: `cargo xtask fuzz --inputs N [--seed S]`.
//!
//! Needs no other tool and never differs between two runs. Ends with a failure and the numbers
//! of the inputs when one of them panicked, or was read differently when it was cut elsewhere;
//! `--from NUMBER --inputs 1` tries such an input again.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program for people, which may stop at the first surprise"
)]

mod frames;
mod fuzzer;
mod rng;
mod seeds;

use std::error::Error;
use std::process::ExitCode;
use std::thread;

use muster_base::Clock;

/// Inputs that one thread takes at once.
const BATCH: u64 = 50_000;

#[derive(Debug)]
struct Plan {
    seed: u64,
    from: u64,
    inputs: u64,
    threads: u64,
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan, Box<dyn Error>> {
    let mut plan = Plan {
        seed: 1,
        from: 0,
        inputs: 100_000,
        threads: 2,
    };
    while let Some(word) = words.next() {
        let number = words.next().unwrap_or_default().parse();
        match word.as_str() {
            "--seed" => plan.seed = number?,
            "--from" => plan.from = number?,
            "--inputs" => plan.inputs = number?,
            "--threads" => plan.threads = number?.max(1),
            other => return Err(format!("`{other}` is no option").into()),
        }
    }
    Ok(plan)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let plan = plan(std::env::args().skip(1))?;
    let stopwatch = Clock::system().stopwatch();
    let mut total = fuzzer::Report::default();
    let end = plan.from + plan.inputs;
    let mut next = plan.from;
    while next < end {
        let reports: Vec<_> = thread::scope(|scope| {
            let starts = (0..plan.threads).map(|thread| (next + thread * BATCH).min(end));
            let running: Vec<_> = starts
                .map(|from| {
                    let seed = plan.seed;
                    scope.spawn(move || fuzzer::run(seed, from..(from + BATCH).min(end)))
                })
                .collect();
            running
                .into_iter()
                .flat_map(thread::ScopedJoinHandle::join)
                .collect()
        });
        reports.into_iter().for_each(|report| total.add(report));
        next = (next + plan.threads * BATCH).min(end);
    }
    let covered: Vec<_> = fuzzer::covered()
        .into_iter()
        .map(muster_llm::ProviderKind::as_str)
        .collect();
    println!("seed {}: {total}, {:.0?}", plan.seed, stopwatch.elapsed());
    println!("decoders of {}", covered.join(", "));
    if total.broken.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let first: Vec<_> = total.broken.iter().take(20).collect();
    println!("broken: {first:?}");
    Ok(ExitCode::FAILURE)
}
