use std::time::Duration;

use muster_base::MockClock;

use super::*;

fn clock() -> MockClock {
    MockClock::new(Micros(1_700_000_000_000_000))
}

fn answer(text: &str) -> StoredAnswer {
    StoredAnswer {
        status: 200,
        body: serde_json::json!({ "said": text }),
    }
}

fn ticket(begin: Begin) -> Ticket {
    match begin {
        Begin::New(ticket) => ticket,
        other @ (Begin::Running(_) | Begin::Ended(_) | Begin::Conflict) => {
            panic!("not the first: {other:?}")
        }
    }
}

fn perform(journal: &Arc<Journal>, id: EffectId, text: &str) {
    let ticket = ticket(journal.begin(id, "hash"));
    ticket.intend("hash", None, Plan::Process).unwrap();
    ticket.finish(answer(text)).unwrap();
}

#[test]
fn journal_torn_at_every_byte_of_its_last_record_loads() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let (first, second) = (EffectId::new(&mock.clock()), EffectId::new(&mock.clock()));
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    perform(&journal, first, "one");
    let whole_before = fs::read(folder.path().join("log")).unwrap().len();
    let last = ticket(journal.begin(second, "hash"));
    last.intend("hash", None, Plan::Process).unwrap();
    last.leave_open();
    let epoch = journal.epoch().to_owned();
    drop(journal);
    let bytes = fs::read(folder.path().join("log")).unwrap();

    for cut in whole_before..bytes.len() {
        fs::write(folder.path().join("log"), &bytes[..cut]).unwrap();
        let (journal, open) = Journal::open(folder.path(), mock.clock()).unwrap();
        assert_eq!(journal.epoch(), epoch, "cut at {cut}");
        assert!(open.is_empty(), "cut at {cut}");
        assert_eq!(
            journal.status(first).answer,
            Some(answer("one")),
            "cut at {cut}"
        );
        // What is appended after a cut must be readable too.
        perform(&journal, second, "two");
        drop(journal);
        let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
        assert_eq!(
            journal.status(second).answer,
            Some(answer("two")),
            "cut at {cut}"
        );
    }
}

#[test]
fn every_flipped_byte_of_the_last_record_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let id = EffectId::new(&mock.clock());
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    let start = fs::read(folder.path().join("log")).unwrap().len();
    let open = ticket(journal.begin(id, "hash"));
    open.intend("hash", None, Plan::Process).unwrap();
    open.leave_open();
    drop(journal);
    let bytes = fs::read(folder.path().join("log")).unwrap();
    for at in start..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        fs::write(folder.path().join("log"), damaged).unwrap();
        let (_journal, open) = Journal::open(folder.path(), mock.clock()).unwrap();
        assert!(open.is_empty(), "byte {at}");
    }
}

#[test]
fn intent_without_result_is_handed_out_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let id = EffectId::new(&mock.clock());
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    let open = ticket(journal.begin(id, "hash"));
    open.intend("hash", None, Plan::Process).unwrap();
    open.leave_open();
    drop(journal);
    let (journal, open) = Journal::open(folder.path(), mock.clock()).unwrap();
    assert_eq!(open.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id]);
    assert_eq!(journal.status(id).state, EffectState::Running);
}

#[tokio::test]
async fn second_call_waits_for_the_first_and_hears_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let id = EffectId::new(&mock.clock());
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    let first = ticket(journal.begin(id, "hash"));
    let Begin::Running(waiter) = journal.begin(id, "hash") else {
        panic!("begun twice");
    };
    first.intend("hash", None, Plan::Process).unwrap();
    first.finish(answer("done")).unwrap();
    assert_eq!(waiter.ended().await, Some(answer("done")));
    assert!(matches!(journal.begin(id, "hash"), Begin::Ended(_)));
    assert!(matches!(journal.begin(id, "other"), Begin::Conflict));
}

#[test]
fn effect_that_never_began_may_be_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let id = EffectId::new(&mock.clock());
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    ticket(journal.begin(id, "hash")).withdraw(&Failure::bad("no such file"));
    assert_eq!(journal.status(id).state, EffectState::Absent);
    drop(ticket(journal.begin(id, "hash")));
    assert!(matches!(journal.begin(id, "hash"), Begin::New(_)));
}

#[test]
fn acknowledged_results_go_and_others_go_after_a_week() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let ids: Vec<_> = (0..3).map(|_| EffectId::new(&mock.clock())).collect();
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    for id in &ids {
        perform(&journal, *id, "done");
    }
    journal.ack(&ids[..1]).unwrap();
    assert_eq!(journal.status(ids[0]).state, EffectState::Absent);
    assert_eq!(journal.status(ids[1]).state, EffectState::Finished);
    drop(journal);
    mock.advance(limits::JOURNAL_UNACKED_LIFE + Duration::from_secs(1));
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    assert_eq!(journal.status(ids[1]).state, EffectState::Absent);
}

#[test]
fn compaction_keeps_what_is_needed_and_shrinks_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    let kept = EffectId::new(&mock.clock());
    perform(&journal, kept, "kept");
    let text = "x".repeat(1024 * 1024);
    for _ in 0..6 {
        let id = EffectId::new(&mock.clock());
        perform(&journal, id, &text);
        journal.ack(&[id]).unwrap();
    }
    assert!(fs::metadata(folder.path().join("log")).unwrap().len() < 3 * 1024 * 1024);
    let epoch = journal.epoch().to_owned();
    drop(journal);
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    assert_eq!(journal.status(kept).answer, Some(answer("kept")));
    assert_eq!(journal.epoch(), epoch);
}

#[test]
fn a_record_too_long_to_load_is_refused_and_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let (long, later) = (EffectId::new(&mock.clock()), EffectId::new(&mock.clock()));
    let (journal, _) = Journal::open(folder.path(), mock.clock()).unwrap();
    let begun = ticket(journal.begin(long, "hash"));
    begun.intend("hash", None, Plan::Process).unwrap();
    let text = "x".repeat(usize::try_from(limits::JOURNAL_BYTES_MAX).unwrap());
    begun.finish(answer(&text)).unwrap_err();
    perform(&journal, later, "later");
    drop(journal);
    let (journal, open) = Journal::open(folder.path(), mock.clock()).unwrap();
    assert_eq!(journal.status(later).answer, Some(answer("later")));
    assert_eq!(open.len(), 1);
}

#[test]
fn second_agent_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mock = clock();
    let _first = Journal::open(folder.path(), mock.clock()).unwrap();
    let second = Journal::open(folder.path(), mock.clock());
    assert!(matches!(second.unwrap_err(), Error::Busy));
}
