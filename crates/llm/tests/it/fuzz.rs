//! A little of what `cargo xtask fuzz` does at length.

use muster_llm::ProviderKind;

use crate::fuzzer;

#[test]
fn broken_answers_neither_panic_nor_depend_on_where_they_are_cut() {
    let report = fuzzer::run(7, 0..6_000);
    assert_eq!(report.broken, [0_u64; 0], "{report}");
    assert!(report.events > 5_000 && report.failures > 1_000, "{report}");
    assert_eq!(
        fuzzer::covered(),
        ProviderKind::ALL,
        "every provider has a recorded answer"
    );
}
