//! Asking what one may do.

use muster_base::limits;
use muster_rbac::Role;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

const AUTHCHECK: &str = "/api/v2/authcheck";

async fn may(muster: &Harness, person: &Person, object: Value, action: &str) -> bool {
    let body = json!({"checks": {"one": {"object": object, "action": action}}});
    let answers = muster.post(person, AUTHCHECK, body).await.expect(200);
    assert_eq!(answers.as_object().unwrap().len(), 1, "{answers}");
    answers["one"].as_bool().unwrap()
}

#[tokio::test]
async fn answers_are_those_of_the_policy() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let everyone = muster.organization();
    let all = |kind: &str| json!({"resource_type": kind});
    let mine = |kind: &str| json!({"resource_type": kind, "owner_id": "me"});
    let one =
        |kind: &str, id: &str| json!({"resource_type": kind, "resource_id": id, "any_org": true});
    let of = |person: &Person| json!({"resource_type": "chat", "owner_id": person.id});
    let nobody = "00000000-0000-7000-8000-000000000000";
    for (person, object, action, expect) in [
        (&ann, mine("chat"), "create", true),
        (&ann, of(&ann), "delete", true),
        (&ann, of(&owner), "read", false),
        (&owner, of(&ann), "read", true),
        (&ann, all("user"), "read", false),
        (&keeper, all("user"), "create", true),
        (&ann, all("deployment_config"), "update", false),
        (&owner, all("deployment_config"), "update", true),
        (&keeper, all("assign_role"), "assign", true),
        (&ann, mine("user"), "update_personal", true),
        (&ann, one("user", &owner.id.to_string()), "read", false),
        (&ann, one("user", &ann.id.to_string()), "read", true),
        (&keeper, one("user", &owner.id.to_string()), "update", false),
        (&keeper, one("user", &ann.id.to_string()), "update", true),
        (&ann, one("group", &everyone.to_string()), "read", true),
        (&ann, one("group", &everyone.to_string()), "update", false),
        (&owner, one("chat", nobody), "read", false),
        (&owner, one("workspace", nobody), "read", false),
        (&owner, one("api_key", "nothing"), "read", false),
    ] {
        let told = may(&muster, person, object.clone(), action).await;
        assert_eq!(told, expect, "{action} {object}");
    }
    muster.end().await;
}

#[tokio::test]
async fn unknown_questions_are_refused_by_name() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    for (check, field) in [
        (
            json!({"object": {"resource_type": "moon"}, "action": "read"}),
            "checks.x.object.resource_type",
        ),
        (
            json!({"object": {"resource_type": "chat"}, "action": "fly"}),
            "checks.x.action",
        ),
        (
            json!({"object": {"resource_type": "chat", "owner_id": "ann"}, "action": "read"}),
            "checks.x.object.owner_id",
        ),
        (
            json!({"object": {"resource_type": "chat", "resource_id": "1"}, "action": "read"}),
            "checks.x.object.resource_id",
        ),
    ] {
        let answer = muster
            .post(&ann, AUTHCHECK, json!({"checks": {"x": check}}))
            .await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    let check = json!({"object": {"resource_type": "chat"}, "action": "read"});
    for (count, status) in [
        (limits::AUTHCHECKS_MAX, 200),
        (limits::AUTHCHECKS_MAX + 1, 400),
    ] {
        let checks = (0..count).map(|number| (format!("c{number:03}"), check.clone()));
        let checks: serde_json::Map<_, _> = checks.collect();
        muster
            .post(&ann, AUTHCHECK, json!({"checks": checks}))
            .await
            .expect(status);
    }
    muster.end().await;
}

#[tokio::test]
async fn key_of_small_scope_is_told_what_it_may_do() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let life = std::time::Duration::from_secs(3600);
    let key = Person {
        id: owner.id,
        token: muster.key(owner.id, &["chat:read"], life).await,
    };
    let chats = json!({"resource_type": "chat"});
    assert!(may(&muster, &key, chats.clone(), "read").await);
    assert!(!may(&muster, &key, chats, "delete").await);
    muster.end().await;
}
