//! Who belongs to an organization.

use muster_rbac::Role;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

const MEMBERS: &str = "/api/v2/organizations/default/members";
const PAGE: &str = "/api/v2/organizations/default/paginated-members";
const SCRIPT: &str = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";

fn names(members: &Value) -> Vec<&str> {
    let members = members.as_array().unwrap().iter();
    members
        .map(|member| member["username"].as_str().unwrap())
        .collect()
}

fn member(person: &Person) -> String {
    format!("{MEMBERS}/{}", person.id)
}

#[tokio::test]
async fn members_are_listed_by_name_and_page() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    muster.person("zoe", &[Role::Auditor]).await;
    let one = "/api/v2/organizations/default";
    let shown = muster.get(&ann, one).await.expect(200);
    assert_eq!(shown["id"], json!(muster.organization()));
    let nowhere = "/api/v2/organizations/nowhere";
    muster.get(&ann, nowhere).await.expect(404);
    let all = muster.get(&owner, MEMBERS).await.expect(200);
    assert_eq!(names(&all), ["ann", "owner", "zoe"]);
    assert_eq!(all[2]["global_roles"][0]["name"], "auditor");
    assert_eq!(all[0]["email"], "ann@example.com");
    assert_eq!(all[0]["roles"], json!([]));
    let seen = muster.get(&ann, MEMBERS).await.expect(200);
    assert_eq!(
        (&seen[0]["email"], &seen[1]["email"]),
        (&json!("ann@example.com"), &json!(""))
    );

    let page = muster.get(&ann, &format!("{PAGE}?limit=1&offset=1")).await;
    let page = page.expect(200);
    assert_eq!(
        (names(&page["members"]), &page["count"]),
        (vec!["owner"], &json!(3))
    );
    for (q, found) in [("ZO", vec!["zoe"]), ("%25", vec![]), ("example", vec![])] {
        let page = muster.get(&ann, &format!("{PAGE}?q={q}")).await.expect(200);
        assert_eq!(names(&page["members"]), found, "{q}");
    }
    for (query, field) in [
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("offset=-1", "offset"),
    ] {
        let refused = muster.get(&ann, &format!("{PAGE}?{query}")).await;
        assert_eq!(refused.fields(), [field]);
        refused.expect(400);
    }
    muster.end().await;
}

#[tokio::test]
async fn who_leaves_loses_groups_and_shared_chats_and_can_come_back() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let ben = muster.person("ben", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let groups = "/api/v2/organizations/default/groups";
    let group = muster.post(&owner, groups, json!({"name": "crew"})).await;
    let group = group.expect(201)["id"].as_str().unwrap().to_owned();
    let group = format!("/api/v2/groups/{group}");
    let join = json!({"add_users": [ben.id]});
    muster.patch(&owner, &group, join).await.expect(200);
    let say = json!({"content": [{"type": "text", "text": "hello"}]});
    let chat = muster
        .post(&ann, "/api/v2/chats", say.clone())
        .await
        .expect(201);
    let chat = format!("/api/v2/chats/{}", chat["id"].as_str().unwrap());
    let share = json!({"user_roles": {(ben.id.to_string()): "read"}});
    let acl = format!("{chat}/acl");
    muster.patch(&ann, &acl, share).await.expect(204);
    muster.get(&ben, &chat).await.expect(200);

    muster.delete(&owner, &member(&ben)).await.expect(204);
    muster.delete(&owner, &member(&ben)).await.expect(404);
    let all = muster.get(&owner, MEMBERS).await.expect(200);
    assert_eq!(names(&all), ["ann", "owner"]);
    let crew = muster.get(&owner, &group).await.expect(200);
    assert_eq!(crew["members"], json!([]));
    muster.get(&ben, &chat).await.expect(404);
    assert_eq!(muster.get(&ann, &chat).await.expect(200)["shared"], false);
    let refused = muster.post(&ben, "/api/v2/chats", say.clone()).await;
    assert_eq!(refused.fields(), ["organization_id"]);

    let back = muster.post(&owner, &member(&ben), json!({})).await;
    let back = back.expect(200);
    assert_eq!(back["username"], "ben");
    muster
        .post(&owner, &member(&ben), json!({}))
        .await
        .expect(409);
    muster.post(&ben, "/api/v2/chats", say).await.expect(201);
    let everyone = format!("/api/v2/groups/{}", muster.organization());
    let everyone = muster.get(&ben, &everyone).await.expect(200);
    assert_eq!(everyone["total_member_count"], 3);
    muster.end().await;
}

#[tokio::test]
async fn members_are_kept_by_those_who_keep_people() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let ann = muster.person("ann", &[]).await;
    muster.delete(&ann, &member(&ann)).await.expect(403);
    muster.delete(&ann, &member(&keeper)).await.expect(404);
    muster.delete(&keeper, &member(&keeper)).await.expect(400);
    muster.delete(&keeper, &member(&owner)).await.expect(403);
    muster.delete(&keeper, &member(&ann)).await.expect(204);
    muster
        .post(&keeper, &member(&ann), json!({}))
        .await
        .expect(200);
    muster.delete(&owner, &member(&owner)).await.expect(400);
    let nobody = format!("{MEMBERS}/00000000-0000-7000-8000-000000000000");
    muster.delete(&owner, &nobody).await.expect(404);
    muster.post(&owner, &nobody, json!({})).await.expect(404);
    muster.end().await;
}
