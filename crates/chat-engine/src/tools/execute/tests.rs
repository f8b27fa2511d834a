use super::*;

#[test]
fn trailing_ampersand_becomes_background() {
    let check = |command: &str, expected: (&str, bool)| {
        assert_eq!(advice::strip_ampersand(command), expected, "{command}");
    };
    check("npm start &", ("npm start", true));
    check(" npm start& ", ("npm start", true));
    check("true &&", ("true &&", false));
    check("make 2>&1", ("make 2>&1", false));
    check("echo \\&", ("echo \\&", false));
}

#[test]
fn advice_is_given_for_plain_cat_and_listing_grep_only() {
    assert!(advice::note("cat src/main.rs").is_some());
    assert!(advice::note("grep -rl todo src").is_some());
    assert!(advice::note("grep todo src/main.rs").is_none());
    assert!(advice::note("cat a | wc -l").is_none());
    assert!(advice::note("category").is_none());
}

#[test]
fn character_cut_between_two_reads_comes_out_whole() {
    let mut pending = Vec::new();
    let mut text = String::new();
    for byte in "a€b😀".bytes() {
        pending.push(byte);
        text.push_str(&take_text(&mut pending));
    }
    assert_eq!(text, "a€b😀");
    assert!(pending.is_empty());
}

#[test]
fn bytes_that_are_no_text_do_not_block_what_follows() {
    let mut pending = b"\xff\xfeok".to_vec();
    assert!(take_text(&mut pending).ends_with("ok"));
    assert!(pending.is_empty());
}

#[test]
fn failing_command_is_a_result_and_not_an_error() {
    let output = wire::ProcessOutput {
        output: "1 failed\n".to_owned(),
        exit_code: Some(1),
        ..wire::ProcessOutput::default()
    };
    let json = serde_json::to_value(Finished::of(output)).unwrap();
    let expected = json!({"success": false, "output": "1 failed\n", "exit_code": 1});
    assert_eq!(json, expected);
}

#[test]
fn command_that_ran_out_of_time_names_its_process() {
    let id = EffectId::NIL;
    let json = Finished::timed_out(wire::ProcessOutput::default(), id, Duration::from_secs(90));
    let json = serde_json::to_value(json).unwrap();
    assert_eq!(json["error"], "timed out after 1m30s");
    assert_eq!(json["exit_code"], -1);
    assert_eq!(json["background_process_id"], id.to_string());
}
