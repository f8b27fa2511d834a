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
        "script line 4: the rule in line 2 always answers before this one"
    );
}

#[test]
fn rule_that_an_earlier_one_covers_is_unreachable() {
    for (earlier, later) in [
        ("step = { min = 1 }", "user = 'x'"),
        (
            "step = { max = 5 }",
            "step = { min = 2, max = 5 }\nuser = 'x'",
        ),
        ("user = 'x'", "user = 'x'\nturn = 2"),
        ("tools = ['a']", "tools = ['b', 'a']"),
        (
            "after = { tool = 'a' }",
            "after = { tool = 'a', error = true }",
        ),
        ("purpose = 'title'", "purpose = 'title'\nsystem = 's'"),
        (
            "header = { name = 'X-A' }",
            "header = { name = 'x-a' }\nstep = 1",
        ),
    ] {
        let rules = |first: &str, second: &str| {
            format!("name = 'x'\n[[on]]\n{first}\n[[on]]\n{second}\nreply.text = 'y'\n")
        };
        let text = error_of(&rules(earlier, later));
        assert!(
            text.ends_with("before this one"),
            "{earlier} / {later}: {text}"
        );
        // The other way round both can answer.
        Script::parse(&rules(later, earlier)).unwrap();
        // A rule that repeats makes room for the next one.
        let repeats = format!("{earlier}\nreply.call = [{{ tool = 't' }}]\nreply.repeat = 1");
        Script::parse(&rules(&repeats, later)).unwrap();
    }
}

#[test]
fn rule_that_no_request_matches_is_refused() {
    for (condition, expected) in [
        ("step = 0", "`step` counts from 1"),
        ("turn = { max = 0 }", "`turn` counts from 1"),
        ("tokens = { min = 3, max = 2 }", "`min` is above `max`"),
        ("else = true\nstep = 1", "`else` stands alone"),
        ("reply.redacted = true", "needs a `reasoning`"),
        ("reply.object = { a = 1 }\nreply.text = 'b'", "whole text"),
        (
            "reply.fault = { cut = true, rate = 1.5 }",
            "between 0 and 1",
        ),
        ("reply.fault = { status = 399 }", "between 400 and 599"),
        ("reply.fault = { cut = true, ms = 5 }", "`ms` belongs to"),
        (
            "reply.fault = { cut = true, retry_after = 5 }",
            "belong to `status`",
        ),
    ] {
        let text = error_of(&format!("name = 'x'\n[[on]]\n{condition}\n"));
        assert!(
            text.starts_with("script line 2: ") && text.contains(expected),
            "{text}"
        );
    }
}

#[test]
fn unknown_key_names_its_line() {
    let text = error_of("name = 'x'\n[[on]]\nstep = 1\nreply.txt = 'y'\n");
    assert!(text.contains("line 4") && text.contains("txt"), "{text}");
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
