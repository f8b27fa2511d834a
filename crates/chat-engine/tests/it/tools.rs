//! Tool phases: calls, results, the effect ledger.
