//! Which rule answers a request.

use std::collections::BTreeMap;

use http::HeaderMap;
use regex::Regex;

use crate::conversation::{Conversation, Message, ToolResult};
use crate::purpose;
use crate::script::{After, Reply, Rule, Script, When};

/// Variables that the matching rule's named groups captured.
type Vars = BTreeMap<String, String>;

/// The first rule of the script that matches, with its variables.
pub(crate) fn choose<'s>(
    script: &'s Script,
    conversation: &Conversation,
    headers: &HeaderMap,
) -> Option<(&'s Rule, Vars)> {
    script.rules.iter().find_map(|rule| {
        let mut vars = Vars::new();
        let fits = still_repeats(&rule.reply, conversation)
            && numbers_fit(&rule.when, conversation)
            && texts_fit(&rule.when, conversation, &mut vars)
            && results_fit(&rule.when, conversation, &mut vars)
            && header_fits(&rule.when, headers);
        fits.then_some((rule, vars))
    })
}

fn still_repeats(reply: &Reply, conversation: &Conversation) -> bool {
    reply
        .repeat
        .is_none_or(|rounds| conversation.rounds_of_calls() < rounds)
}

fn numbers_fit(when: &When, conversation: &Conversation) -> bool {
    let purpose = purpose::of(conversation);
    when.turn
        .is_none_or(|range| range.contains(conversation.turn()))
        && when
            .step
            .is_none_or(|range| range.contains(conversation.step()))
        && when
            .tokens
            .is_none_or(|range| range.contains(conversation.tokens()))
        && purpose::is_asked(when.purpose, purpose)
        && when
            .tools
            .iter()
            .all(|tool| conversation.tools.contains(tool))
}

fn texts_fit(when: &When, conversation: &Conversation, vars: &mut Vars) -> bool {
    captures(when.user.as_ref(), conversation.last_user_text(), vars)
        && captures(when.system.as_ref(), &conversation.system, vars)
        && when.seen.as_ref().is_none_or(|seen| {
            texts_of_turn(conversation).any(|text| captures(Some(seen), text, vars))
        })
}

fn texts_of_turn(conversation: &Conversation) -> impl Iterator<Item = &str> {
    let messages = conversation.messages.iter().rev();
    messages
        .take_while(|m| !matches!(m, Message::User { .. }))
        .flat_map(|message| match message {
            Message::Results(results) => {
                results.iter().map(|result| result.text.as_str()).collect()
            }
            Message::Assistant { text, calls: _ } | Message::User { text } => vec![text.as_str()],
        })
}

fn results_fit(when: &When, conversation: &Conversation, vars: &mut Vars) -> bool {
    let Some(after) = &when.after else {
        return true;
    };
    let results = conversation.last_results();
    results
        .iter()
        .any(|result| result_fits(after, conversation, result, vars))
}

fn result_fits(
    after: &After,
    conversation: &Conversation,
    result: &ToolResult,
    vars: &mut Vars,
) -> bool {
    after
        .tool
        .as_deref()
        .is_none_or(|tool| tool == conversation.tool_of(result))
        && after.error.is_none_or(|error| error == result.error)
        && after.media.is_none_or(|media| media == result.media)
        && captures(after.matches.as_ref(), &result.text, vars)
}

fn header_fits(when: &When, headers: &HeaderMap) -> bool {
    let Some((name, pattern)) = &when.header else {
        return true;
    };
    let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    pattern
        .as_ref()
        .is_none_or(|pattern| pattern.is_match(value))
}

/// Whether the text matches; its named groups become variables.
fn captures(pattern: Option<&Regex>, text: &str, vars: &mut Vars) -> bool {
    let Some(pattern) = pattern else { return true };
    let Some(found) = pattern.captures(text) else {
        return false;
    };
    for name in pattern.capture_names().flatten() {
        if let Some(group) = found.name(name) {
            vars.insert(name.to_owned(), group.as_str().to_owned());
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Call;

    fn script(rules: &str) -> Script {
        Script::parse(&format!("name = 't'\n{rules}")).unwrap()
    }

    fn asked(text: &str) -> Conversation {
        let mut conversation = Conversation::default();
        conversation
            .messages
            .push(Message::User { text: text.into() });
        conversation
    }

    fn answered(mut conversation: Conversation, tool: &str, text: &str) -> Conversation {
        let id = format!("c{}", conversation.messages.len());
        let calls = vec![Call {
            id: id.clone(),
            name: tool.into(),
        }];
        conversation.messages.push(Message::Assistant {
            text: String::new(),
            calls,
        });
        let (text, error, media) = (text.into(), false, false);
        conversation.push_results(vec![ToolResult {
            call_id: id,
            text,
            error,
            media,
        }]);
        conversation
    }

    fn chosen(script: &Script, conversation: &Conversation) -> Option<(usize, Vars)> {
        let (rule, vars) = choose(script, conversation, &HeaderMap::new())?;
        Some((
            script
                .rules
                .iter()
                .position(|other| std::ptr::eq(other, rule))?,
            vars,
        ))
    }

    #[test]
    fn first_matching_rule_answers() {
        let script = script("[[on]]\nuser = 'stop'\n[[on]]\nelse = true\n");
        assert_eq!(chosen(&script, &asked("please stop")).unwrap().0, 0);
        assert_eq!(chosen(&script, &asked("go on")).unwrap().0, 1);
    }

    #[test]
    fn named_groups_of_a_result_become_variables() {
        let script =
            script("[[on]]\nafter = { tool = 'execute', matches = 'FAILED (?P<file>\\S+)' }\n");
        let conversation = answered(asked("x"), "execute", "FAILED a.rs");
        assert_eq!(chosen(&script, &conversation).unwrap().1["file"], "a.rs");
        assert!(chosen(&script, &answered(asked("x"), "read_file", "FAILED a.rs")).is_none());
    }

    #[test]
    fn repeated_rule_falls_through_after_its_rounds() {
        let rules =
            "[[on]]\nreply.call = [{ tool = 'a' }]\nreply.repeat = 2\n[[on]]\nelse = true\n";
        let script = script(rules);
        let mut conversation = asked("x");
        for expected in [0, 0, 1] {
            assert_eq!(chosen(&script, &conversation).unwrap().0, expected);
            conversation = answered(conversation, "a", "ok");
        }
    }

    #[test]
    fn something_seen_earlier_in_the_turn_can_be_named() {
        let script = script("[[on]]\nstep = 3\nseen = 'DIR=(?P<dir>\\S+)'\n");
        let conversation = answered(answered(asked("x"), "a", "DIR=/home"), "a", "ok");
        assert_eq!(chosen(&script, &conversation).unwrap().1["dir"], "/home");
    }

    #[test]
    fn every_condition_decides_on_what_it_names() {
        let mut asked = answered(asked("fix it"), "look", "ERR 7");
        asked.system = "You are a test.".into();
        asked.tools = vec!["look".into(), "execute".into()];
        asked.bytes = 4_000;
        if let Some(Message::Results(results)) = asked.messages.last_mut() {
            results[0].error = true;
            results[0].media = true;
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-team", "blue".parse().unwrap());
        let matches = |condition: &str| {
            let rule = format!("[[on]]\n{condition}\nreply.text = 'x'\n");
            choose(&script(&rule), &asked, &headers).is_some()
        };
        for (fits, differs) in [
            ("turn = 1", "turn = 2"),
            ("step = { min = 2, max = 2 }", "step = { max = 1 }"),
            ("user = '^fix'", "user = '^it'"),
            ("system = 'test'", "system = 'demo'"),
            ("seen = 'ERR'", "seen = 'OK'"),
            ("after = { tool = 'look' }", "after = { tool = 'execute' }"),
            ("after = { error = true }", "after = { error = false }"),
            ("after = { media = true }", "after = { media = false }"),
            (
                "after = { matches = 'ERR \\d' }",
                "after = { matches = 'OK' }",
            ),
            (
                "tools = ['execute', 'look']",
                "tools = ['execute', 'write']",
            ),
            ("purpose = 'chat'", "purpose = 'title'"),
            ("tokens = { min = 1000 }", "tokens = { min = 1001 }"),
            (
                "header = { name = 'X-Team' }",
                "header = { name = 'x-other' }",
            ),
            (
                "header = { name = 'x-team', matches = '^b' }",
                "header = { name = 'x-team', matches = '^r' }",
            ),
            ("else = true", "turn = 1\nstep = 1"),
        ] {
            assert!(matches(fits), "{fits}");
            assert!(!matches(differs), "{differs}");
        }
    }
}
