//! The official Python packages understand what the scripted model says.
//!
//! `cargo xtask install` makes the virtual environment that they live in. Without it the test
//! says so and passes, unless `MUSTER_TEST_REQUIRE` names `python`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use muster_base::Clock;
use muster_scripted_llm::Script;
use tokio::process::Command;

use crate::fixture::Fixture;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strangers");
/// Formats that the scripted model speaks.
const WIRES: [&str; 4] = ["messages", "chat", "responses", "gemini"];
/// Every scenario on every format, each through a fresh client.
const LIMIT: Duration = Duration::from_mins(5);

const SCENARIOS: [(&str, &str); 13] = [
    (
        "text",
        "[[on]]\nreply.text = \"Grüße, 🦀!\\nA second line.\"\n",
    ),
    (
        "reasoning",
        "[[on]]\nreply.reasoning = 'Let me think of that.'\nreply.text = 'So it is.'\n",
    ),
    (
        "calls",
        "[[on]]\nafter = {}\nreply.text = '{{result.2}}'\n[[on]]\nreply.text = 'Looking.'\n\
         reply.call = [{ tool = 'execute', args = { command = 'ls -l' } }, { tool = 'look' }, \
         { tool = 'execute', args = { command = 'pwd' } }]\n",
    ),
    ("search", "[[on]]\nreply.text = 'It is out.'\n{search}"),
    (
        "object",
        "[[on]]\npurpose = 'title'\nreply.object = { title = 'Hello' }\n",
    ),
    (
        "usage",
        "[[on]]\nreply.text = 'Counted.'\n\
         reply.usage = { input = 7, output = 50, reasoning = 20, cache_read = 100 }\n",
    ),
    (
        "length",
        "[[on]]\nreply.text = 'Half a'\nreply.stop = 'length'\n",
    ),
    (
        "everything",
        "[[on]]\nafter = {}\nreply.text = '{{result.0}}'\n\
         [[on]]\nreply.reasoning = 'Hm.'\nreply.text = 'Both.'\n\
         reply.call = [{ tool = 'execute', args = { command = 'ls -l' } }]\n{search}",
    ),
    ("error_401", "[[on]]\nreply.fault = { status = 401 }\n"),
    ("error_429", "[[on]]\nreply.fault = { status = 429 }\n"),
    ("error_500", "[[on]]\nreply.fault = { status = 500 }\n"),
    ("error_529", "[[on]]\nreply.fault = { status = 529 }\n"),
    (
        "stream_error",
        "[[on]]\nreply.text = 'one two three'\n\
         reply.fault = { stream_error = 'overloaded_error', at = 1 }\n",
    ),
];
const SEARCH: &str = "reply.search = { query = 'q', sources = [\
     { url = 'https://a.example/', title = 'A' }, { url = 'https://b.example/', title = 'B' }] }\n";

fn scenarios() -> Vec<Script> {
    let scripts = SCENARIOS.iter().map(|(name, rules)| {
        let rules = rules.replace("{search}", SEARCH);
        // Many pieces, so that the packages have something to put together.
        let text = format!("name = '{name}'\npace = {{ chunk_chars = 3 }}\n{rules}");
        Script::parse(&text).unwrap()
    });
    scripts.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the switches of the test run"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The interpreter that has the packages in the versions that are asked for.
fn python() -> Result<PathBuf, String> {
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")));
    let folder = cache
        .ok_or("there is no cache directory")?
        .join("muster/strangers");
    let wanted = std::fs::read_to_string(format!("{FOLDER}/requirements.txt")).unwrap();
    // `xtask install` writes down what it has installed.
    let installed = std::fs::read_to_string(folder.join("installed.txt")).unwrap_or_default();
    if installed == wanted {
        Ok(folder.join("bin/python"))
    } else {
        Err("the Python packages are not installed (cargo xtask install)".to_owned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_packages_understand_every_scenario() {
    let python = match python() {
        Ok(python) => python,
        Err(reason) => {
            let required = variable("MUSTER_TEST_REQUIRE").unwrap_or_default();
            assert!(
                !required.split(',').any(|name| name == "python"),
                "{reason}"
            );
            drop(writeln!(std::io::stdout(), "skipped: {reason}"));
            return;
        }
    };
    let fixture = Fixture::with("[[on]]\nelse = true\n", |options| {
        options.scripts.extend(scenarios());
    })
    .await;
    let mut command = Command::new(python);
    command
        .arg(format!("{FOLDER}/strangers.py"))
        .arg(fixture.address())
        .args(WIRES)
        // Nothing around the test may send the packages elsewhere.
        .env_clear()
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "*")
        .kill_on_drop(true);
    let clock = Clock::system();
    let running = clock.timeout("strangers", LIMIT, command.output());
    let output = running.await.expect("took too long").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    assert_eq!(fixture.model.stats().violations, 0);
    // Every scenario came up on every wire.
    for wire in WIRES {
        for (name, _) in SCENARIOS {
            assert!(said.contains(&format!("{wire} {name} ")), "{wire} {name}");
        }
    }
}
