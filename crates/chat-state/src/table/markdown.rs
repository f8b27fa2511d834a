//! The table as a document: what `docs/chat-state.md` says is what the machine does.

use std::fmt::Write;

use super::allowed;
use crate::state::{State, Transition};

/// The text of `docs/chat-state.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "# Execution states of a chat\n\n\
         Generated from `crates/chat-state/src/table.rs`; a test compares the two. Write it anew with\n\
         `MUSTER_BLESS=1 cargo test -p muster-chat-state --test it document`.\n\n",
    );
    states(&mut out);
    transitions(&mut out);
    diagram(&mut out);
    out
}

/// Writing to a `String` can't fail; this keeps the callers free of results.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "a string takes every write");
    out.push('\n');
}

fn states(out: &mut String) {
    out.push_str("## States\n\n| Code | Meaning | A worker has something to do |\n|---|---|---|\n");
    for state in State::ALL {
        let runnable = if state.is_runnable() { "yes" } else { "" };
        line(
            out,
            format_args!("| `{state}` | {} | {runnable} |", state.meaning()),
        );
    }
}

fn transitions(out: &mut String) {
    out.push_str(
        "\n## Transitions\n\nA row is a transition, a column the state it starts in, a cell where it may end. \
         An empty cell is rejected and changes nothing.\n\n| Transition |",
    );
    for state in State::ALL {
        let _ = write!(out, " {state} |");
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(State::ALL.len()));
    out.push('\n');
    for transition in Transition::ALL {
        let _ = write!(out, "| {transition} |");
        for state in State::ALL {
            let ends: Vec<_> = allowed(state, transition)
                .iter()
                .map(|end| end.code())
                .collect();
            let _ = write!(out, " {} |", ends.join(" "));
        }
        out.push('\n');
    }
}

fn diagram(out: &mut String) {
    out.push_str(
        "\n## Diagram\n\nMoves between different states only; ownership, no-ops and what stays in its state \
         are in the table.\n\n```mermaid\nstateDiagram-v2\n    direction LR\n",
    );
    for from in State::ALL {
        for to in State::ALL {
            let names: Vec<_> = Transition::ALL
                .into_iter()
                .filter(|transition| from != to && allowed(from, *transition).contains(&to))
                .map(Transition::name)
                .collect();
            if !names.is_empty() {
                line(
                    out,
                    format_args!("    {from} --> {to}: {}", names.join(", ")),
                );
            }
        }
    }
    out.push_str("```\n");
}
