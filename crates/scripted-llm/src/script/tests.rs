use super::*;

fn error_of(text: &str) -> String {
    Script::parse(text).unwrap_err().to_string()
}

#[test]
fn example_of_the_language_loads() {
    let script = Script::parse(
        r#"
name = "fix-test"
seed = 7
pace = { first_ms = 200, gap_ms = 20, chunk_chars = 12 }

[[on]]
step = 1
user = "(?i)fix .*test"
reply.reasoning = "Let me look at the failing test."
reply.text = "I will run the tests first."
reply.call = [{ tool = "execute", args = { command = "sh run-tests.sh" } }]

[[on]]
after = { tool = "execute", error = false, matches = "FAILED (?P<file>\\S+)" }
reply.call = [{ tool = "read_file", args = { path = "{{workspace}}/{{file}}" } }]

[[on]]
step = { min = 9 }
reply.text = "Done."
reply.usage = { input = 1200, output = 80, cache_read = 1000 }
"#,
    )
    .unwrap();
    assert_eq!(
        (script.name.as_str(), script.seed, script.rules.len()),
        ("fix-test", 7, 3)
    );
}

#[test]
fn unknown_key_is_named() {
    assert!(error_of("name = 'x'\n[[on]]\nstepp = 1\n").contains("stepp"));
}

#[test]
fn bad_regex_names_its_line() {
    assert!(error_of("name = 'x'\n\n[[on]]\nuser = '('\n").starts_with("script line 3"));
}

#[test]
fn rule_after_one_that_always_answers_is_unreachable() {
    let text = "name = 'x'\n[[on]]\nelse = true\n[[on]]\nstep = 1\n";
    assert_eq!(
        error_of(text),
        "script line 4: an earlier rule always answers, this one never does"
    );
}

#[test]
fn fault_of_two_kinds_is_refused() {
    let text = "name = 'x'\n[[on]]\nreply.fault = { hang = true, cut = true }\n";
    assert!(error_of(text).contains("one kind"));
}

#[test]
fn demo_script_loads() {
    Script::parse(crate::DEMO_SCRIPT).unwrap();
}
