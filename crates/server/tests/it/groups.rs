//! Groups of people.

use muster_base::{GroupId, limits};
use muster_rbac::Role;
use muster_store::groups::{self, NewGroup};
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

const GROUPS: &str = "/api/v2/groups";
const OF_DEFAULT: &str = "/api/v2/organizations/default/groups";
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

async fn names(muster: &Harness, person: &Person, path: &str) -> Vec<String> {
    let groups = muster.get(person, path).await.expect(200);
    let groups = groups.as_array().unwrap().iter();
    groups
        .map(|group| group["name"].as_str().unwrap().to_owned())
        .collect()
}

fn members(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().unwrap().iter();
    members
        .map(|member| member["username"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn group_is_made_changed_and_deleted() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    let bob = muster.person("bob", &[]).await;
    let body = json!({"name": "team", "display_name": "The team", "quota_allowance": 3});
    let made = muster.post(&owner, OF_DEFAULT, body).await.expect(201);
    assert_eq!(made["organization_id"], json!(muster.organization()));
    assert_eq!(made["organization_name"], "default");
    assert_eq!(made["source"], "user");
    assert_eq!(made["quota_allowance"], 3);
    assert_eq!(made["total_member_count"], 0);

    let group = format!("{GROUPS}/{}", made["id"].as_str().unwrap());
    let both = json!({"add_users": [bob.id, ann.id]});
    let changed = muster.patch(&owner, &group, both.clone()).await.expect(200);
    assert_eq!(members(&changed), ["ann", "bob"]);
    assert_eq!(changed["total_member_count"], 2);
    assert_eq!(changed["display_name"], "The team", "absent keeps");
    muster.patch(&owner, &group, both).await.expect(200);
    let body = json!({"name": "Crew", "display_name": "", "remove_users": [bob.id, owner.id]});
    let changed = muster.patch(&owner, &group, body).await.expect(200);
    assert_eq!(members(&changed), ["ann"]);
    assert_eq!(
        (&changed["name"], &changed["display_name"]),
        (&json!("Crew"), &json!(""))
    );
    let by_name = format!("{OF_DEFAULT}/crew");
    assert_eq!(muster.get(&owner, &by_name).await.expect(200), changed);

    muster.delete(&owner, &group).await.expect(200);
    muster.get(&owner, &group).await.expect(404);
    muster.delete(&owner, &group).await.expect(404);
    muster.get(&owner, "/api/v2/users/ann").await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn everybody_is_in_the_group_of_everybody_which_stays() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    let everyone = format!("{GROUPS}/{}", muster.organization());
    let found = muster.get(&ann, &everyone).await.expect(200);
    assert_eq!(found["name"], "Everyone");
    assert_eq!(members(&found), ["ann", "owner"]);
    for body in [
        json!({"name": "all"}),
        json!({"add_users": [ann.id]}),
        json!({"remove_users": [ann.id]}),
    ] {
        muster.patch(&owner, &everyone, body).await.expect(400);
    }
    let body = json!({"name": "everyone"});
    muster.post(&owner, OF_DEFAULT, body).await.expect(409);
    let body = json!({"name": "Everyone", "avatar_url": "/icon/all.svg"});
    muster.patch(&owner, &everyone, body).await.expect(200);
    muster.delete(&owner, &everyone).await.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn member_sees_own_groups_and_names_without_addresses() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let mut made = Vec::new();
    for name in ["in", "out"] {
        let body = json!({"name": name});
        let group = muster.post(&keeper, OF_DEFAULT, body).await.expect(201);
        made.push(format!("{GROUPS}/{}", group["id"].as_str().unwrap()));
    }
    let join = json!({"add_users": [ann.id, owner.id]});
    muster.patch(&keeper, &made[0], join).await.expect(200);

    for path in [GROUPS, OF_DEFAULT] {
        assert_eq!(names(&muster, &ann, path).await, ["Everyone", "in"]);
        assert_eq!(
            names(&muster, &auditor, path).await,
            ["Everyone", "in", "out"]
        );
    }
    let of_ann = format!("{GROUPS}?has_member=ann&organization=default");
    assert_eq!(names(&muster, &owner, &of_ann).await, ["Everyone", "in"]);
    let of_nobody = format!("{GROUPS}?organization={NOBODY}");
    muster.get(&owner, &of_nobody).await.expect(404);

    let seen = muster.get(&ann, &made[0]).await.expect(200);
    let emails: Vec<_> = seen["members"].as_array().unwrap().iter().collect();
    let emails: Vec<_> = emails.iter().map(|one| &one["email"]).collect();
    assert_eq!(emails, [&json!("ann@example.com"), &json!("")]);
    for (path, get, write) in [(&made[0], 200, 403), (&made[1], 404, 404)] {
        muster.get(&ann, path).await.expect(get);
        muster.patch(&ann, path, json!({})).await.expect(write);
        muster.delete(&ann, path).await.expect(write);
    }
    muster
        .patch(&auditor, &made[0], json!({}))
        .await
        .expect(403);
    let body = json!({"name": "mine"});
    muster.post(&ann, OF_DEFAULT, body).await.expect(403);
    muster.end().await;
}

#[tokio::test]
async fn bad_groups_are_refused_by_field() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let limit = limits::GROUP_NAME_CHARS_MAX;
    let longest = json!({"name": "x".repeat(limit)});
    let made = muster.post(&owner, OF_DEFAULT, longest).await.expect(201);
    let group = format!("{GROUPS}/{}", made["id"].as_str().unwrap());
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(limit + 1)}), "name"),
        (json!({"name": "two words"}), "name"),
        (
            json!({"name": "a", "display_name": "x".repeat(limits::USER_NAME_CHARS_MAX + 1)}),
            "display_name",
        ),
        (
            json!({"name": "a", "avatar_url": "javascript:x"}),
            "avatar_url",
        ),
        (
            json!({"name": "a", "quota_allowance": -1}),
            "quota_allowance",
        ),
    ] {
        let answer = muster.post(&owner, OF_DEFAULT, body).await;
        assert_eq!(answer.fields(), [field], "{}", answer.body);
        answer.expect(400);
    }
    let many = vec![NOBODY; limits::GROUP_MEMBERS_CHANGE_MAX + 1];
    for (body, field) in [
        (json!({"add_users": [NOBODY]}), "add_users"),
        (json!({"add_users": many}), "add_users"),
        (json!({"remove_users": many}), "remove_users"),
    ] {
        let answer = muster.patch(&owner, &group, body).await;
        assert_eq!(answer.fields(), [field], "{}", answer.body);
        answer.expect(400);
    }
    let elsewhere = format!("/api/v2/organizations/{NOBODY}/groups");
    let body = json!({"name": "a"});
    muster.post(&owner, &elsewhere, body).await.expect(404);
    muster.get(&owner, &format!("{GROUPS}/x")).await.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn organization_has_no_more_groups_than_the_limit() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let organization_id = muster.organization();
    let clock = muster.store().clock().clone();
    let filled: Result<(), muster_store::Error> = muster
        .store()
        .write("test.fill", move |tx| {
            let clock = clock.clone();
            Box::pin(async move {
                // The group of everybody is one of them.
                for number in 1..limits::GROUPS_MAX {
                    let group = NewGroup {
                        id: GroupId::new(&clock),
                        organization_id,
                        name: format!("g{number}"),
                        display_name: String::new(),
                        avatar_url: String::new(),
                        quota_allowance: 0,
                    };
                    groups::insert(tx, &group).await?;
                }
                Ok(())
            })
        })
        .await;
    filled.unwrap();
    let one_more = json!({"name": "one-more"});
    muster.post(&owner, OF_DEFAULT, one_more).await.expect(409);
    muster.end().await;
}
