//! Which rules can ever answer.

use regex::Regex;

use super::{After, Purpose, Range, Rule, When};
use crate::purpose;

/// Whether the rule asks for nothing at all.
pub(super) fn is_unconditional(when: &When) -> bool {
    let When {
        turn,
        step,
        tokens,
        user,
        system,
        after,
        seen,
        tools,
        purpose,
        header,
    } = when;
    let numbers = turn.is_none() && step.is_none() && tokens.is_none();
    let texts = user.is_none() && system.is_none() && seen.is_none();
    let rest = after.is_none() && tools.is_empty() && purpose.is_none() && header.is_none();
    numbers && texts && rest
}

/// Why no request can match, if that is so.
pub(super) fn never(when: &When) -> Option<String> {
    let counted = [("turn", when.turn), ("step", when.step)];
    for (name, range) in counted {
        if range.is_some_and(|range| range.ends().1 == 0) {
            return Some(format!("`{name}` counts from 1"));
        }
    }
    for (name, range) in [counted[0], counted[1], ("tokens", when.tokens)] {
        if let Some((least, most)) = range.map(Range::ends)
            && least > most
        {
            return Some(format!("`{name}`: `min` is above `max`"));
        }
    }
    None
}

/// Whether `earlier` answers every request that `later` would.
pub(super) fn shadows(earlier: &Rule, later: &Rule) -> bool {
    // A repeating rule falls through some time.
    earlier.reply.repeat.is_none() && covers(&earlier.when, &later.when)
}

/// Each condition of the wider rule must hold wherever the narrower one matches. Patterns are
/// compared by their text, which misses some cases but never claims one that is not.
fn covers(wide: &When, narrow: &When) -> bool {
    let tools = wide.tools.iter().all(|tool| narrow.tools.contains(tool));
    let header = match (&wide.header, &narrow.header) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some((wide, pattern)), Some((narrow, other))) => {
            wide == narrow && same(pattern.as_ref(), other.as_ref())
        }
    };
    within(wide.turn, narrow.turn, 1)
        && within(wide.step, narrow.step, 1)
        && within(wide.tokens, narrow.tokens, 0)
        && same(wide.user.as_ref(), narrow.user.as_ref())
        && same(wide.system.as_ref(), narrow.system.as_ref())
        && same(wide.seen.as_ref(), narrow.seen.as_ref())
        && purpose_covers(wide.purpose, narrow.purpose)
        && after(wide.after.as_ref(), narrow.after.as_ref())
        && tools
        && header
}

/// A rule without a purpose answers none of the requests beside a conversation.
fn purpose_covers(wide: Option<Purpose>, narrow: Option<Purpose>) -> bool {
    match (wide, narrow) {
        (None, None) => true,
        (None, Some(narrow)) => purpose::is_asked(None, narrow),
        (Some(wide), narrow) => narrow == Some(wide),
    }
}

/// Whether the narrower range lies inside the wider one; an absent range is all of it.
fn within(wide: Option<Range>, narrow: Option<Range>, least: usize) -> bool {
    let Some((from, to)) = wide.map(Range::ends) else {
        return true;
    };
    let (low, high) = narrow.map_or((least, usize::MAX), Range::ends);
    from <= low.max(least) && to >= high
}

fn same(wide: Option<&Regex>, narrow: Option<&Regex>) -> bool {
    wide.is_none_or(|wide| narrow.is_some_and(|narrow| wide.as_str() == narrow.as_str()))
}

fn after(wide: Option<&After>, narrow: Option<&After>) -> bool {
    let Some(wide) = wide else { return true };
    let Some(narrow) = narrow else { return false };
    let fits = |wide: Option<bool>, narrow: Option<bool>| wide.is_none() || wide == narrow;
    (wide.tool.is_none() || wide.tool == narrow.tool)
        && fits(wide.error, narrow.error)
        && fits(wide.media, narrow.media)
        && same(wide.matches.as_ref(), narrow.matches.as_ref())
}
