//! Invitations: who may invite, and that a link makes one account.

use std::time::Duration;

use futures_util::future::join_all;
use muster_base::limits::{INVITE_LIFE, INVITES_OPEN_MAX};
use muster_base::{Micros, MockClock};
use muster_rbac::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, PASSWORD, Person};

const INVITES: &str = "/api/v2/users/invites";

/// The id and the secret of a fresh invitation.
pub(crate) async fn invited(muster: &Harness, by: &Person) -> (String, String) {
    let body = muster.post(by, INVITES, json!({})).await.expect(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&body["invite"]["id"]), text(&body["secret"]))
}

async fn accept(muster: &Harness, secret: &str, name: &str) -> Answer {
    let body = json!({
        "secret": secret, "email": format!("{name}@example.com"),
        "username": name, "password": PASSWORD,
    });
    let call = muster.call(Method::POST, "/api/v2/users/invites/accept");
    call.json(&body).send().await
}

async fn roles_of(muster: &Harness, token: &str) -> Vec<String> {
    let me = muster
        .call(Method::GET, "/api/v2/users/me")
        .header("coder-session-token", token);
    let me = me.send().await.expect(200);
    let roles = me["roles"].as_array().unwrap().iter();
    roles
        .map(|role| role["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn invited_person_signs_in_with_the_roles_of_the_invitation() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let roles = json!({"roles": ["auditor", "agents-access", "auditor"]});
    let made = muster.post(&owner, INVITES, roles).await.expect(201);
    assert_eq!(made["invite"]["roles"], json!(["auditor", "agents-access"]));
    assert_eq!(made["invite"]["created_by_name"], "owner");
    let listed = muster.get(&owner, INVITES).await.expect(200);
    assert_eq!(listed, json!([made["invite"]]));
    let secret = made["secret"].as_str().unwrap();
    let token = accept(&muster, secret, "ann").await.expect(201)["session_token"].clone();
    let roles = roles_of(&muster, token.as_str().unwrap()).await;
    assert_eq!(roles, ["auditor", "agents-access"]);
    assert_eq!(muster.get(&owner, INVITES).await.expect(200), json!([]));
    // The password is theirs from now on.
    let login = json!({"email": "ann@example.com", "password": PASSWORD});
    let call = muster.call(Method::POST, "/api/v2/users/login");
    call.json(&login).send().await.expect(201);
    muster.end().await;
}

#[tokio::test]
async fn link_makes_one_account_however_many_follow_it_at_once() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let (_, secret) = invited(&muster, &owner).await;
    let names: Vec<String> = (0..8).map(|n| format!("guest-{n}")).collect();
    let answers = join_all(names.iter().map(|name| accept(&muster, &secret, name))).await;
    let count = |status: u16| {
        let all = answers.iter().filter(|it| it.status.as_u16() == status);
        all.count()
    };
    assert_eq!((count(201), count(401)), (1, 7));
    let users = muster.get(&owner, "/api/v2/users").await.expect(200);
    assert_eq!(users["count"], 2);
    muster.end().await;
}

#[tokio::test]
async fn refused_account_leaves_the_invitation_open() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let (_, secret) = invited(&muster, &owner).await;
    accept(&muster, &secret, "owner").await.expect(409);
    let wrong = accept(&muster, &secret, "-ann").await;
    assert_eq!(wrong.fields(), ["username"]);
    wrong.expect(400);
    accept(&muster, &secret, "ann").await.expect(201);
    muster.end().await;
}

#[tokio::test]
async fn withdrawn_expired_and_unknown_links_are_refused_alike() {
    let clock = MockClock::new(Micros(1_767_225_600_000_000));
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let (id, withdrawn) = invited(&muster, &owner).await;
    let path = format!("{INVITES}/{id}");
    muster.delete(&owner, &path).await.expect(204);
    muster.delete(&owner, &path).await.expect(404);
    accept(&muster, &withdrawn, "ann").await.expect(401);
    accept(&muster, "0000", "ann").await.expect(401);
    let (_, in_time) = invited(&muster, &owner).await;
    let (_, late) = invited(&muster, &owner).await;
    clock.advance(INVITE_LIFE - Duration::from_secs(1));
    accept(&muster, &in_time, "ann").await.expect(201);
    clock.advance(Duration::from_secs(1));
    accept(&muster, &late, "ben").await.expect(401);
    muster.end().await;
}

#[tokio::test]
async fn nobody_gives_by_invitation_what_they_may_not_give() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("keeper", &[Role::UserAdmin]).await;
    let owners = json!({"roles": ["owner"]});
    muster
        .post(&keeper, INVITES, owners.clone())
        .await
        .expect(403);
    muster.post(&owner, INVITES, owners).await.expect(201);
    let unknown = json!({"roles": ["king"]});
    let refused = muster.post(&owner, INVITES, unknown).await;
    assert_eq!(refused.fields(), ["roles"]);
    refused.expect(400);
    // Who may not invite any more has invited nobody.
    let (_, secret) = invited(&muster, &keeper).await;
    let suspend = format!("/api/v2/users/{}/status/suspend", keeper.id);
    let call = muster.call(Method::PUT, &suspend).by(&owner);
    call.send().await.expect(200);
    accept(&muster, &secret, "ann").await.expect(401);
    muster.end().await;
}

#[tokio::test]
async fn invitations_that_are_open_have_a_limit() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    for _ in 0..INVITES_OPEN_MAX {
        invited(&muster, &owner).await;
    }
    muster.post(&owner, INVITES, json!({})).await.expect(409);
    muster.end().await;
}
