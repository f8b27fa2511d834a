//! Every cell of the table, generated from it: legal ones end where it says, others change nothing.

use std::collections::BTreeSet;

use muster_base::RunnerId;
use muster_chat_state::transitions::{
    Abandon, Acquire, BusyBehavior, CancelRequiresAction, ClearContext, CommitStep,
    CompleteRequiresAction, DeleteQueued, EditMessage, FinishError, FinishInterruption, FinishTurn,
    Interrupt, PromoteQueued, ReconcileInvalidState, RecordGenerationAttempt, RecordRetryState,
    RequestCompaction, SendMessage, SetArchived, Step,
};
use muster_chat_state::{Error, Fence, Part, Reason, State, Transition, table};
use muster_store::chat_messages::Role;
use muster_store::chats::{ChatStatus, RetryState};

use crate::support::{Fixture, World, broken, enter, queues_of, result, said, text};

/// Runs a transition with inputs that fit the chat as well as they can.
pub(crate) async fn run(
    world: &World,
    fixture: Fixture,
    transition: Transition,
) -> Result<(), Error> {
    match transition {
        Transition::Create
        | Transition::SendQueue
        | Transition::SendInterrupt
        | Transition::EditMessage
        | Transition::DeleteQueued
        | Transition::PromoteQueued
        | Transition::Interrupt
        | Transition::CompleteRequiresAction
        | Transition::Archive
        | Transition::Unarchive
        | Transition::RequestCompaction
        | Transition::ClearContext
        | Transition::ReconcileInvalidState => run_api(world, fixture, transition).await,
        Transition::Acquire
        | Transition::Abandon
        | Transition::RecordGenerationAttempt
        | Transition::RecordRetryState
        | Transition::CommitStep
        | Transition::EnterRequiresAction
        | Transition::FinishTurn
        | Transition::FinishInterruption
        | Transition::FinishError
        | Transition::CancelRequiresAction => run_worker(world, fixture, transition).await,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other half is in `run_worker`; `run` is total"
)]
async fn run_api(world: &World, fixture: Fixture, transition: Transition) -> Result<(), Error> {
    let id = fixture.id;
    let send = |busy| SendMessage {
        message: world.says("More"),
        busy,
    };
    match transition {
        Transition::Create => {
            let mut chat = world.new_chat();
            chat.id = id;
            let create = world.create_command(chat);
            world.machine.create(world.user(), create).await.map(drop)
        }
        Transition::SendQueue => world.apply(id, send(BusyBehavior::Queue)).await.map(drop),
        Transition::SendInterrupt => {
            let command = send(BusyBehavior::Interrupt);
            world.apply(id, command).await.map(drop)
        }
        Transition::EditMessage => {
            let command = EditMessage {
                message_id: last_user_message(world, fixture).await,
                content: text("Instead"),
                edited_by: world.owner,
            };
            world.apply(id, command).await.map(drop)
        }
        Transition::DeleteQueued => {
            let id = queue_head(world, fixture).await;
            world.apply(fixture.id, DeleteQueued { id }).await.map(drop)
        }
        Transition::PromoteQueued => {
            let id = queue_head(world, fixture).await;
            world
                .apply(fixture.id, PromoteQueued { id })
                .await
                .map(drop)
        }
        Transition::Interrupt => world.apply(id, Interrupt).await.map(drop),
        Transition::CompleteRequiresAction => {
            let results = vec![result("a", None), result("b", None)];
            let command = CompleteRequiresAction { results };
            world.apply(id, command).await.map(drop)
        }
        Transition::Archive => world
            .apply(id, SetArchived { archived: true })
            .await
            .map(drop),
        Transition::Unarchive => world
            .apply(id, SetArchived { archived: false })
            .await
            .map(drop),
        Transition::RequestCompaction => world.apply(id, RequestCompaction).await.map(drop),
        Transition::ClearContext => world.apply(id, ClearContext).await.map(drop),
        Transition::ReconcileInvalidState => world.apply(id, ReconcileInvalidState).await.map(drop),
        other => panic!("{other} is the worker's"),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other half is in `run_api`; `run` is total"
)]
async fn run_worker(world: &World, fixture: Fixture, transition: Transition) -> Result<(), Error> {
    let id = fixture.id;
    let fence = present_fence(world, fixture).await;
    match transition {
        Transition::Acquire => {
            let command = Acquire {
                worker_id: world.worker,
                runner_id: RunnerId::new(&world.now()),
            };
            world.apply(id, command).await.map(drop)
        }
        Transition::Abandon => {
            let runner_id = fixture.runner;
            world.apply(id, Abandon { runner_id }).await.map(drop)
        }
        Transition::RecordGenerationAttempt => {
            let command = RecordGenerationAttempt { fence };
            world.apply(id, command).await.map(drop)
        }
        Transition::RecordRetryState => {
            let retry = retry_state(world);
            let command = RecordRetryState { fence, retry };
            world.apply(id, command).await.map(drop)
        }
        Transition::CommitStep => {
            let step = Step::Assistant(Box::new(said(&[Part::text("Step")])));
            world.apply(id, CommitStep { fence, step }).await.map(drop)
        }
        Transition::EnterRequiresAction => world.apply(id, enter(fence)).await.map(drop),
        Transition::FinishTurn => world.apply(id, FinishTurn { fence }).await.map(drop),
        Transition::FinishInterruption => {
            let partial = Some(text("So far"));
            let command = FinishInterruption { fence, partial };
            world.apply(id, command).await.map(drop)
        }
        Transition::FinishError => {
            let error = broken();
            world
                .apply(id, FinishError { fence, error })
                .await
                .map(drop)
        }
        Transition::CancelRequiresAction => world
            .apply(id, CancelRequiresAction { fence })
            .await
            .map(drop),
        other => panic!("{other} is the API's"),
    }
}

pub(crate) fn retry_state(world: &World) -> RetryState {
    RetryState {
        attempt: 1,
        delay_ms: 1_000,
        error: "The provider is busy.".into(),
        kind: Some("overloaded".into()),
        provider: None,
        status_code: Some(529),
        retrying_at: world.now().now(),
    }
}

async fn present_fence(world: &World, fixture: Fixture) -> Fence {
    match world.store().get_chat(world.system(), fixture.id).await {
        Ok(chat) => Fence::of(&chat, fixture.runner),
        Err(_) => Fence {
            runner_id: fixture.runner,
            history_version: 1,
            status: ChatStatus::Running,
            generation_attempt: None,
        },
    }
}

async fn last_user_message(world: &World, fixture: Fixture) -> muster_base::MessageId {
    let page = world
        .store()
        .list_messages(world.system(), fixture.id, None, 50)
        .await;
    let user = page.ok().and_then(|page| {
        let mut users = page.messages.into_iter();
        users.find(|message| message.role == Role::User)
    });
    user.map_or(muster_base::MessageId(1), |message| message.id)
}

async fn queue_head(world: &World, fixture: Fixture) -> muster_base::QueueId {
    let page = world
        .store()
        .list_messages(world.system(), fixture.id, None, 1)
        .await;
    let head = page.ok().and_then(|page| page.queued.into_iter().next());
    head.map_or(muster_base::QueueId(1), |item| item.id)
}

/// What a cell needs beyond its state.
async fn prepare(world: &World, state: State, transition: Transition, fixture: Fixture) {
    let runs = matches!(state, State::Running | State::RunningQueued);
    if runs && transition == Transition::EnterRequiresAction {
        world.call(fixture, &["a", "b"]).await;
    }
    if state != State::None && transition == Transition::Acquire {
        world.abandon(fixture).await;
    }
}

async fn legal_cell(world: &World, state: State, transition: Transition) {
    let mut reached = BTreeSet::new();
    for queued in queues_of(state) {
        let fixture = world.in_state(state, *queued).await;
        if state != State::None {
            assert_eq!(world.state(fixture.id).await, state, "the fixture");
        }
        prepare(world, state, transition, fixture).await;
        let done = run(world, fixture, transition).await;
        done.unwrap_or_else(|error| panic!("{transition} from {state}: {error}"));
        reached.insert(world.state(fixture.id).await);
    }
    let ends: BTreeSet<_> = table::allowed(state, transition).iter().copied().collect();
    assert_eq!(reached, ends, "{transition} from {state}");
}

async fn rejected_cell(world: &World, state: State, transition: Transition) {
    for queued in queues_of(state) {
        let fixture = world.in_state(state, *queued).await;
        prepare(world, state, transition, fixture).await;
        if state == State::None {
            let error = run(world, fixture, transition).await.unwrap_err();
            let Error::Store(muster_store::Error::NotFound { what: "chat" }) = error else {
                panic!("{transition} from {state}: {error}");
            };
            continue;
        }
        let before = world.everything(fixture.id).await;
        let error = run(world, fixture, transition).await.unwrap_err();
        let Error::Rejected {
            transition: named,
            from,
            reason,
        } = error
        else {
            panic!("{transition} from {state}: {error}");
        };
        assert_eq!((named, from), (transition, state));
        assert_eq!(reason, Reason::NotInThisState);
        assert_eq!(
            world.everything(fixture.id).await,
            before,
            "{transition} from {state} changed something"
        );
    }
}

#[tokio::test]
async fn every_cell_is_legal_or_rejected_as_the_table_says() {
    let world = World::new().await;
    let cells = State::ALL.into_iter().flat_map(|state| {
        Transition::ALL
            .into_iter()
            .map(move |transition| (state, transition))
    });
    let (mut legal, mut rejected) = (0, 0);
    for (state, transition) in cells {
        if table::allowed(state, transition).is_empty() {
            rejected_cell(&world, state, transition).await;
            rejected += 1;
        } else {
            legal_cell(&world, state, transition).await;
            legal += 1;
        }
    }
    assert_eq!(legal + rejected, State::ALL.len() * Transition::ALL.len());
}

#[test]
fn nothing_but_reconciling_leaves_an_invalid_state() {
    for transition in Transition::ALL {
        let ends = table::allowed(State::Invalid, transition);
        let leaves = ends.iter().any(|end| *end != State::Invalid);
        assert_eq!(leaves, transition == Transition::ReconcileInvalidState);
    }
}

#[test]
fn no_legal_move_ends_nowhere_or_in_nonsense() {
    for state in State::ALL {
        for transition in Transition::ALL {
            for end in table::allowed(state, transition) {
                assert_ne!(*end, State::None, "{transition} from {state}");
                let lets_go = state == State::Invalid && transition == Transition::Abandon;
                assert_eq!(*end == State::Invalid, lets_go, "{transition} from {state}");
            }
        }
    }
}
