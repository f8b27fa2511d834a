use std::collections::BTreeMap;

use muster_base::{AgentId, JobId, OrganizationId, ResourceId};
use muster_store::jobs::JobKind;
use muster_store::workspace_agents::Lifecycle;
use serde_json::json;

use super::*;

const NOW: Micros = Micros(1_000_000_000);
const LIMIT: Duration = Duration::from_secs(30);

fn job() -> Job {
    Job {
        id: JobId::NIL,
        organization_id: OrganizationId::NIL,
        initiator_id: None,
        kind: JobKind::WorkspaceBuild,
        input: json!({}),
        tags: json!({}),
        worker_id: None,
        created_at: NOW,
        started_at: None,
        updated_at: NOW,
        completed_at: None,
        canceled_at: None,
        error: None,
        error_code: None,
        logs_length: 0,
        logs_overflowed: false,
    }
}

fn agent() -> Agent {
    Agent {
        id: AgentId::NIL,
        resource_id: ResourceId::NIL,
        parent_id: None,
        name: "main".to_owned(),
        operating_system: "linux".to_owned(),
        architecture: "amd64".to_owned(),
        version: String::new(),
        api_version: String::new(),
        directory: String::new(),
        expanded_directory: String::new(),
        environment_variables: BTreeMap::new(),
        scripts: json!([]),
        motd: String::new(),
        connection_timeout_seconds: 120,
        first_connected_at: None,
        last_connected_at: None,
        disconnected_at: None,
        last_connected_replica_id: None,
        last_connection_id: None,
        lifecycle_state: Lifecycle::Created,
        started_at: None,
        ready_at: None,
        deleted: false,
        created_at: NOW,
        updated_at: NOW,
    }
}

#[test]
fn job_status_follows_from_its_times() {
    let check = |change: &dyn Fn(&mut Job), expected| {
        let mut job = job();
        change(&mut job);
        assert_eq!(job_status(&job), expected, "{job:?}");
    };
    check(&|_| {}, JobStatus::Pending);
    check(&|j| j.started_at = Some(NOW), JobStatus::Running);
    check(
        &|j| {
            j.started_at = Some(NOW);
            j.canceled_at = Some(NOW);
        },
        JobStatus::Canceling,
    );
    check(&|j| j.completed_at = Some(NOW), JobStatus::Succeeded);
    check(
        &|j| {
            j.completed_at = Some(NOW);
            j.error = Some("no".to_owned());
        },
        JobStatus::Failed,
    );
    check(
        &|j| {
            j.completed_at = Some(NOW);
            j.canceled_at = Some(NOW);
            j.error = Some("no".to_owned());
        },
        JobStatus::Canceled,
    );
}

#[test]
fn workspace_status_is_the_table_of_the_specification() {
    use WorkspaceStatus as S;
    let jobs = [
        JobStatus::Pending,
        JobStatus::Running,
        JobStatus::Succeeded,
        JobStatus::Failed,
        JobStatus::Canceling,
        JobStatus::Canceled,
    ];
    let table = [
        (
            Transition::Start,
            [
                S::Pending,
                S::Starting,
                S::Running,
                S::Failed,
                S::Canceling,
                S::Canceled,
            ],
        ),
        (
            Transition::Stop,
            [
                S::Pending,
                S::Stopping,
                S::Stopped,
                S::Failed,
                S::Canceling,
                S::Canceled,
            ],
        ),
        (
            Transition::Delete,
            [
                S::Pending,
                S::Deleting,
                S::Deleted,
                S::Failed,
                S::Canceling,
                S::Canceled,
            ],
        ),
    ];
    for (transition, row) in table {
        for (job, expected) in jobs.into_iter().zip(row) {
            assert_eq!(
                workspace_status(transition, job),
                expected,
                "{transition} {job:?}"
            );
        }
    }
}

fn check_agent(change: impl Fn(&mut Agent), after: Duration, expected: AgentStatus) {
    let mut agent = agent();
    change(&mut agent);
    assert_eq!(
        agent_status(&agent, NOW + after, LIMIT),
        expected,
        "{agent:?} after {after:?}"
    );
}

#[test]
fn agent_that_never_connected_times_out_after_its_deadline() {
    let seconds = Duration::from_secs;
    check_agent(|_| {}, seconds(120), AgentStatus::Connecting);
    check_agent(|_| {}, seconds(121), AgentStatus::Timeout);
    let patient = |agent: &mut Agent| agent.connection_timeout_seconds = 0;
    check_agent(patient, seconds(100_000), AgentStatus::Connecting);
}

#[test]
fn agent_that_connected_is_judged_by_its_last_sign_of_life() {
    let connected = |agent: &mut Agent| {
        agent.first_connected_at = Some(NOW);
        agent.last_connected_at = Some(NOW);
    };
    check_agent(connected, LIMIT, AgentStatus::Connected);
    check_agent(
        connected,
        LIMIT + Duration::from_micros(1),
        AgentStatus::Disconnected,
    );
    let closed = |agent: &mut Agent| {
        connected(agent);
        agent.disconnected_at = Some(NOW + Duration::from_micros(1));
    };
    check_agent(closed, Duration::from_secs(1), AgentStatus::Disconnected);
    let back = |agent: &mut Agent| {
        closed(agent);
        agent.last_connected_at = Some(NOW + Duration::from_secs(1));
    };
    check_agent(back, Duration::from_secs(2), AgentStatus::Connected);
}
