//! The published table: which transition may leave which state, and where it may end.
//!
//! One function per transition, each a total `match` without a wildcard arm: a new state or
//! transition stops the build until its cells are written. The tests and `docs/chat-state.md`
//! are generated from these functions.

mod markdown;

pub use markdown::markdown;

use crate::state::State::{
    ArchivedError as XE0, ArchivedErrorQueued as XE1, ArchivedWaiting as XW, Error as E0,
    ErrorQueued as E1, Interrupting as I0, InterruptingQueued as I1, Invalid, None as N,
    RequiresAction as A0, RequiresActionQueued as A1, Running as R0, RunningQueued as R1,
    Waiting as W,
};
use crate::state::{State, Transition};

/// Where a transition may lead.
type Ends = &'static [State];

/// The states in which `transition` may end when it begins in `from`; empty when it is rejected.
#[must_use]
pub const fn allowed(from: State, transition: Transition) -> Ends {
    match transition {
        Transition::Create => create(from),
        Transition::SendQueue => send_queue(from),
        Transition::SendInterrupt => send_interrupt(from),
        Transition::EditMessage => edit_message(from),
        Transition::DeleteQueued => delete_queued(from),
        Transition::PromoteQueued => promote_queued(from),
        Transition::Interrupt => interrupt(from),
        Transition::CompleteRequiresAction | Transition::CancelRequiresAction => {
            leave_requires_action(from)
        }
        Transition::Archive => archive(from),
        Transition::Unarchive => unarchive(from),
        Transition::RequestCompaction => request_compaction(from),
        Transition::ClearContext => clear_context(from),
        Transition::Acquire => acquire(from),
        Transition::Abandon => abandon(from),
        Transition::RecordGenerationAttempt
        | Transition::RecordRetryState
        | Transition::CommitStep => while_running(from),
        Transition::EnterRequiresAction => enter_requires_action(from),
        Transition::FinishTurn => finish_turn(from),
        Transition::FinishInterruption => finish_interruption(from),
        Transition::FinishError => finish_error(from),
        Transition::ReconcileInvalidState => reconcile(from),
    }
}

const fn create(from: State) -> Ends {
    match from {
        N => &[R0],
        W | E0 | E1 | R0 | R1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn send_queue(from: State) -> Ends {
    match from {
        W | E0 => &[R0],
        E1 | R0 | R1 => &[R1],
        I0 | I1 => &[I1],
        A0 | A1 => &[A1],
        N | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn send_interrupt(from: State) -> Ends {
    match from {
        W | E0 => &[R0],
        E1 | A0 | A1 => &[R1],
        R0 | R1 | I0 | I1 => &[I1],
        N | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn edit_message(from: State) -> Ends {
    match from {
        W | E0 | E1 | R0 | R1 | I0 | I1 | A0 | A1 => &[R0],
        N | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn delete_queued(from: State) -> Ends {
    match from {
        E1 => &[E0, E1],
        R1 => &[R0, R1],
        I1 => &[I0, I1],
        A1 => &[A0, A1],
        N | W | E0 | R0 | I0 | A0 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn promote_queued(from: State) -> Ends {
    match from {
        E1 | A1 => &[R0, R1],
        R1 | I1 => &[I1],
        N | W | E0 | R0 | I0 | A0 | XW | XE0 | XE1 | Invalid => &[],
    }
}

/// In a state where nothing runs this is a no-op, so that a late click is not an error.
const fn interrupt(from: State) -> Ends {
    match from {
        R0 | I0 => &[I0],
        R1 | I1 => &[I1],
        A0 => &[R0],
        A1 => &[R1],
        W => &[W],
        E0 => &[E0],
        E1 => &[E1],
        XW => &[XW],
        XE0 => &[XE0],
        XE1 => &[XE1],
        N | Invalid => &[],
    }
}

const fn leave_requires_action(from: State) -> Ends {
    match from {
        A0 => &[R0],
        A1 => &[R1],
        N | W | E0 | E1 | R0 | R1 | I0 | I1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn archive(from: State) -> Ends {
    match from {
        W => &[XW],
        E0 => &[XE0],
        E1 => &[XE1],
        N | R0 | R1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn unarchive(from: State) -> Ends {
    match from {
        XW => &[W],
        XE0 => &[E0],
        XE1 => &[E1],
        N | W | E0 | E1 | R0 | R1 | I0 | I1 | A0 | A1 | Invalid => &[],
    }
}

const fn request_compaction(from: State) -> Ends {
    match from {
        W | E0 => &[R0],
        E1 => &[R1],
        N | R0 | R1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn clear_context(from: State) -> Ends {
    match from {
        W | E0 => &[W],
        N | E1 | R0 | R1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

/// Ownership only.
const fn acquire(from: State) -> Ends {
    match from {
        R0 => &[R0],
        R1 => &[R1],
        I0 => &[I0],
        I1 => &[I1],
        A0 => &[A0],
        A1 => &[A1],
        N | W | E0 | E1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

/// Ownership only. Even a row that makes no sense can be let go of; it stays what it is.
const fn abandon(from: State) -> Ends {
    match from {
        W => &[W],
        E0 => &[E0],
        E1 => &[E1],
        R0 => &[R0],
        R1 => &[R1],
        I0 => &[I0],
        I1 => &[I1],
        A0 => &[A0],
        A1 => &[A1],
        XW => &[XW],
        XE0 => &[XE0],
        XE1 => &[XE1],
        Invalid => &[Invalid],
        N => &[],
    }
}

const fn while_running(from: State) -> Ends {
    match from {
        R0 => &[R0],
        R1 => &[R1],
        N | W | E0 | E1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn enter_requires_action(from: State) -> Ends {
    match from {
        R0 => &[A0],
        R1 => &[A1],
        N | W | E0 | E1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn finish_turn(from: State) -> Ends {
    match from {
        R0 => &[W],
        R1 => &[R0, R1],
        N | W | E0 | E1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn finish_interruption(from: State) -> Ends {
    match from {
        I0 => &[W],
        I1 => &[R0, R1],
        N | W | E0 | E1 | R0 | R1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn finish_error(from: State) -> Ends {
    match from {
        W | R0 => &[E0],
        R1 => &[E1],
        N | E0 | E1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 | Invalid => &[],
    }
}

const fn reconcile(from: State) -> Ends {
    match from {
        Invalid => &[E0, E1],
        N | W | E0 | E1 | R0 | R1 | I0 | I1 | A0 | A1 | XW | XE0 | XE1 => &[],
    }
}
