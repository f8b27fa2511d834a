//! What happens to people after they were created.

use std::time::Duration;

use muster_base::limits;
use muster_rbac::{Actor, Purpose, Role};
use muster_store::users::{ChangeError, UserStatus};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, PASSWORD, Person};

const USERS: &str = "/api/v2/users";
const NEW_PASSWORD: &str = "another horse, another battery";

async fn put(muster: &Harness, person: &Person, path: &str, body: Value) -> Answer {
    let call = muster.call(Method::PUT, &format!("{USERS}/{path}"));
    call.by(person).json(&body).send().await
}

async fn login(muster: &Harness, name: &str, password: &str) -> Answer {
    let body = json!({"email": format!("{name}@example.com"), "password": password});
    let call = muster.call(Method::POST, "/api/v2/users/login");
    call.json(&body).send().await
}

/// Somebody with a password, signed in.
async fn with_password(muster: &Harness, owner: &Person, name: &str) -> Person {
    let body = json!({
        "email": format!("{name}@example.com"), "username": name, "password": PASSWORD,
    });
    let made = muster.post(owner, USERS, body).await.expect(201);
    let token = login(muster, name, PASSWORD).await.expect(201)["session_token"].clone();
    Person {
        id: made["id"].as_str().unwrap().parse().unwrap(),
        token: token.as_str().unwrap().to_owned(),
    }
}

fn roles(user: &Value) -> Vec<&str> {
    let roles = user["roles"].as_array().unwrap().iter();
    roles.map(|role| role["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn profile_is_changed_by_oneself_and_by_who_keeps_people() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let ann = muster.person("ann", &[]).await;
    let body = json!({"username": "anna", "name": "Anna A."});
    let changed = put(&muster, &ann, "me/profile", body).await.expect(200);
    assert_eq!(
        (&changed["username"], &changed["name"]),
        (&json!("anna"), &json!("Anna A."))
    );
    let longest = json!({
        "username": "Ann",
        "name": "é".repeat(limits::USER_NAME_CHARS_MAX),
    });
    put(&muster, &keeper, "anna/profile", longest)
        .await
        .expect(200);
    let own = json!({"username": "ANN", "name": ""});
    put(&muster, &owner, "ann/profile", own.clone())
        .await
        .expect(200);
    put(&muster, &auditor, "ann/profile", own.clone())
        .await
        .expect(403);
    put(&muster, &ann, "owner/profile", own).await.expect(404);

    let taken = json!({"username": "Owner", "name": ""});
    let answer = put(&muster, &ann, "me/profile", taken).await;
    assert_eq!(answer.fields(), ["username"]);
    answer.expect(409);
    for (body, field) in [
        (json!({"username": "me"}), "username"),
        (json!({"username": "roles"}), "username"),
        (json!({"username": "x".repeat(33)}), "username"),
        (
            json!({"username": "a", "name": "x".repeat(limits::USER_NAME_CHARS_MAX + 1)}),
            "name",
        ),
    ] {
        let answer = put(&muster, &ann, "me/profile", body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    muster.end().await;
}

#[tokio::test]
async fn new_password_ends_the_other_sessions_and_keeps_this_one() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = with_password(&muster, &owner, "ann").await;
    let again = login(&muster, "ann", PASSWORD).await.expect(201);
    let elsewhere = Person {
        id: ann.id,
        token: again["session_token"].as_str().unwrap().to_owned(),
    };
    let body = json!({"token_name": "ci"});
    let tokens = "/api/v2/users/me/keys/tokens";
    let token = muster.post(&ann, tokens, body).await.expect(201);
    let ci = Person {
        id: ann.id,
        token: token["key"].as_str().unwrap().to_owned(),
    };
    let mut socket = muster.socket_of(&elsewhere, "/api/v2/chats/watch").await;
    assert_eq!(socket.next().await.unwrap()["type"], "ping");

    for (body, field) in [
        (json!({"password": NEW_PASSWORD}), "old_password"),
        (
            json!({"old_password": "wrong", "password": NEW_PASSWORD}),
            "old_password",
        ),
        (
            json!({"old_password": PASSWORD, "password": "short"}),
            "password",
        ),
        (json!({"old_password": PASSWORD}), "password"),
    ] {
        let answer = put(&muster, &ann, "me/password", body).await;
        assert_eq!(answer.fields(), [field], "{}", answer.body);
        answer.expect(400);
    }
    let body = json!({"old_password": PASSWORD, "password": NEW_PASSWORD});
    put(&muster, &ann, "me/password", body).await.expect(204);
    assert_eq!(socket.next().await, None);
    muster.get(&elsewhere, "/api/v2/users/me").await.expect(401);
    muster.get(&ann, "/api/v2/users/me").await.expect(200);
    muster.get(&ci, "/api/v2/users/me").await.expect(200);
    login(&muster, "ann", PASSWORD).await.expect(401);
    login(&muster, "ann", NEW_PASSWORD).await.expect(201);
    muster.end().await;
}

#[tokio::test]
async fn who_keeps_people_sets_passwords_but_not_those_of_owners() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let boss = with_password(&muster, &owner, "boss").await;
    let body = json!({"roles": ["owner"]});
    put(&muster, &owner, "boss/roles", body).await.expect(200);
    let ann = with_password(&muster, &owner, "ann").await;
    let body = json!({"password": NEW_PASSWORD});
    put(&muster, &keeper, "boss/password", body.clone())
        .await
        .expect(403);
    muster.get(&boss, "/api/v2/users/me").await.expect(200);
    put(&muster, &keeper, "ann/password", body.clone())
        .await
        .expect(204);
    muster.get(&ann, "/api/v2/users/me").await.expect(401);
    login(&muster, "ann", NEW_PASSWORD).await.expect(201);
    let no_password = put(&muster, &owner, "ken/password", body).await;
    no_password.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn passwords_are_changed_so_many_times_a_minute() {
    let clock = muster_base::MockClock::new(muster_base::Micros(1_800_000_000_000_000));
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let ann = with_password(&muster, &owner, "ann").await;
    let wrong = json!({"old_password": "wrong", "password": NEW_PASSWORD});
    for _ in 0..limits::PASSWORD_CHANGES_PER_MINUTE {
        let answer = put(&muster, &ann, "me/password", wrong.clone()).await;
        answer.expect(400);
    }
    let answer = put(&muster, &ann, "me/password", wrong).await;
    assert!(answer.headers.contains_key("retry-after"));
    answer.expect(429);
    muster.end().await;
}

#[tokio::test]
async fn suspended_person_is_out_at_once_and_comes_back() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    let body = json!({"token_name": "ci"});
    let tokens = "/api/v2/users/me/keys/tokens";
    let token = muster.post(&ann, tokens, body).await.expect(201);
    let ci = Person {
        id: ann.id,
        token: token["key"].as_str().unwrap().to_owned(),
    };
    let mut sockets = Vec::new();
    for person in [&ann, &ci] {
        let mut socket = muster.socket_of(person, "/api/v2/chats/watch").await;
        assert_eq!(socket.next().await.unwrap()["type"], "ping");
        sockets.push(socket);
    }
    let suspended = put(&muster, &owner, "ann/status/suspend", json!({})).await;
    assert_eq!(suspended.expect(200)["status"], "suspended");
    for mut socket in sockets {
        assert_eq!(socket.next().await, None);
    }
    for person in [&ann, &ci] {
        muster.get(person, "/api/v2/users/me").await.expect(401);
    }
    let active = put(&muster, &owner, "ann/status/activate", json!({})).await;
    assert_eq!(active.expect(200)["status"], "active");
    muster.get(&ann, "/api/v2/users/me").await.expect(401);
    muster.get(&ci, "/api/v2/users/me").await.expect(200);
    for (person, name, status) in [(&ci, "owner", 404), (&ci, "me", 403), (&owner, "me", 400)] {
        let path = format!("{name}/status/suspend");
        put(&muster, person, &path, json!({})).await.expect(status);
    }
    muster.end().await;
}

#[tokio::test]
async fn roles_are_given_and_taken_by_who_may() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    muster.person("ann", &[Role::AgentsAccess]).await;
    let body = json!({"roles": ["auditor", "template-admin", "member", "auditor"]});
    let changed = put(&muster, &keeper, "ann/roles", body).await.expect(200);
    assert_eq!(roles(&changed), ["auditor", "template-admin"]);
    let listed = muster
        .get(&keeper, "/api/v2/users/ann/roles")
        .await
        .expect(200);
    let organization = muster.organization().to_string();
    assert_eq!(
        listed,
        json!({
            "roles": ["auditor", "template-admin"],
            "organization_roles": {organization: []},
        })
    );
    let make_owner = json!({"roles": ["owner"]});
    for (person, name, body, status) in [
        (&keeper, "ann", make_owner.clone(), 403),
        (&keeper, "owner", json!({"roles": []}), 403),
        (&keeper, "ken", json!({"roles": []}), 400),
        (&owner, "me", json!({"roles": []}), 400),
        (&owner, "ann", json!({"roles": ["king"]}), 400),
        (&owner, "ann", json!({}), 400),
        (&owner, "nobody", make_owner.clone(), 404),
        (&owner, "ann", make_owner, 200),
    ] {
        let answer = put(&muster, person, &format!("{name}/roles"), body.clone()).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{name} {body}: {}",
            answer.body
        );
    }
    let offered = muster.get(&keeper, "/api/v2/users/roles").await.expect(200);
    let offered = offered.as_array().unwrap();
    let mine: Vec<_> = offered
        .iter()
        .filter(|role| role["assignable"] == true)
        .map(|role| role["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        mine,
        ["auditor", "template-admin", "user-admin", "agents-access"]
    );
    muster.end().await;
}

#[tokio::test]
async fn deleted_person_is_gone_and_their_name_is_free() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let ann = muster.person("ann", &[]).await;
    let by_id = format!("{USERS}/{}", ann.id);
    muster.delete(&ann, "/api/v2/users/me").await.expect(403);
    muster
        .delete(&keeper, "/api/v2/users/owner")
        .await
        .expect(403);
    muster.delete(&keeper, "/api/v2/users/me").await.expect(400);
    muster.delete(&keeper, &by_id).await.expect(200);
    muster.get(&ann, "/api/v2/users/me").await.expect(401);
    muster.get(&owner, &by_id).await.expect(404);
    muster.delete(&owner, &by_id).await.expect(404);
    let everyone = format!("/api/v2/groups/{}", muster.organization());
    let everyone = muster.get(&owner, &everyone).await.expect(200);
    assert_eq!(everyone["total_member_count"], 2);
    muster.person("ann", &[]).await;
    muster.end().await;
}

#[tokio::test]
async fn two_owners_cannot_remove_each_other_at_once() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[Role::Owner]).await;
    let bob = muster.person("bob", &[Role::Owner]).await;
    let (store, other) = (muster.store().clone(), muster.store().clone());
    let scopes = muster_rbac::Scopes::all;
    let as_ann = Actor::user(ann.id, [Role::Owner], scopes());
    let as_bob = Actor::user(bob.id, [Role::Owner], scopes());
    let (first, second) = tokio::join!(
        store.set_user_status(&as_ann, bob.id, UserStatus::Suspended),
        other.set_user_roles(&as_bob, ann.id, Vec::new()),
    );
    let refused = [first.is_err(), second.is_err()];
    assert_eq!(refused.iter().filter(|one| **one).count(), 1, "{refused:?}");

    // Whoever is left can't be removed by the system either.
    let setup = Actor::system(Purpose::Setup);
    let left = if refused[0] { bob.id } else { ann.id };
    let removed = store.delete_user(&setup, left).await;
    assert!(
        matches!(removed, Err(ChangeError::LastOwner)),
        "{removed:?}"
    );
    muster.end().await;
}

#[tokio::test]
async fn list_of_people_is_filtered_and_paged() {
    let clock = muster_base::MockClock::new(muster_base::Micros(1_800_000_000_000_000));
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    for name in ["ann", "bob", "cat"] {
        clock.advance(Duration::from_secs(10));
        muster.person(name, &[]).await;
    }
    clock.advance(Duration::from_secs(10));
    muster.person("audrey", &[Role::Auditor]).await;
    let body = json!({"username": "cat", "name": "Miss Tomcat"});
    put(&muster, &owner, "cat/profile", body).await.expect(200);
    let list = async |query: &str, expect: &[&str], count: i64| {
        let page = muster
            .get(&owner, &format!("{USERS}?{query}"))
            .await
            .expect(200);
        let users = page["users"].as_array().unwrap().iter();
        let names: Vec<_> = users
            .map(|user| user["username"].as_str().unwrap())
            .collect();
        assert_eq!(
            (&*names, page["count"].as_i64().unwrap()),
            (expect, count),
            "{query}"
        );
    };
    let all = ["owner", "ann", "bob", "cat", "audrey"];
    list("", &all, 5).await;
    list("limit=0", &all, 5).await;
    list("limit=2&offset=1", &["ann", "bob"], 5).await;
    let after = muster.get(&owner, "/api/v2/users/bob").await.expect(200);
    let after = format!("after_id={}", after["id"].as_str().unwrap());
    list(&after, &["cat", "audrey"], 5).await;
    list("q=role:auditor", &["audrey"], 1).await;
    list("q=role:member", &all, 5).await;
    list("q=tomcat", &["cat"], 1).await;
    // START is 2027-01-15T08:00:00Z; people were made ten seconds apart.
    list(
        "q=last_seen_before:2027-01-15T08:00:20Z",
        &["owner", "ann"],
        2,
    )
    .await;
    list(
        "q=last_seen_after:%222027-01-15T08:00:20Z%22+a",
        &["cat", "audrey"],
        2,
    )
    .await;
    for (query, field) in [
        ("q=role:king", "q"),
        ("q=last_seen_before:yesterday", "q"),
        ("q=colour:red", "q"),
        ("limit=-1", "limit"),
        ("limit=201", "limit"),
        ("offset=-1", "offset"),
        ("after_id=x", "after_id"),
    ] {
        let answer = muster.get(&owner, &format!("{USERS}?{query}")).await;
        assert_eq!(answer.fields(), [field], "{query}: {}", answer.body);
        answer.expect(400);
    }
    muster.end().await;
}

#[tokio::test]
async fn appearance_and_preferences_are_kept_and_bad_ones_change_nothing() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    let appearance = "/api/v2/users/me/appearance";
    let nothing = json!({"theme_preference": "", "terminal_font": ""});
    assert_eq!(muster.get(&ann, appearance).await.expect(200), nothing);
    for font in [
        "ibm-plex-mono",
        "fira-code",
        "source-code-pro",
        "jetbrains-mono",
        "geist-mono",
        "",
        "fira-code",
    ] {
        let body = json!({"theme_preference": "dark", "terminal_font": font});
        let set = put(&muster, &ann, "me/appearance", body.clone())
            .await
            .expect(200);
        assert_eq!(set, body);
    }
    let stored = json!({"theme_preference": "dark", "terminal_font": "fira-code"});
    for (body, field) in [
        (
            json!({"theme_preference": "light", "terminal_font": "comic-sans"}),
            "terminal_font",
        ),
        (
            json!({"theme_preference": "pink", "terminal_font": ""}),
            "theme_preference",
        ),
    ] {
        let answer = put(&muster, &ann, "me/appearance", body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
        assert_eq!(muster.get(&ann, appearance).await.expect(200), stored);
    }
    let of_ann = "/api/v2/users/ann/appearance";
    assert_eq!(muster.get(&owner, of_ann).await.expect(200), stored);

    let preferences = "/api/v2/users/me/preferences";
    let none = json!({"task_notification_alert_dismissed": false});
    assert_eq!(muster.get(&ann, preferences).await.expect(200), none);
    let body = json!({"task_notification_alert_dismissed": true});
    put(&muster, &ann, "me/preferences", body.clone())
        .await
        .expect(200);
    assert_eq!(muster.get(&ann, preferences).await.expect(200), body);
    // What is absent stays.
    let notice = json!({"sandbox_notice_dismissed": "landlock"});
    let both = json!({
        "task_notification_alert_dismissed": true, "sandbox_notice_dismissed": "landlock",
    });
    let set = put(&muster, &ann, "me/preferences", notice).await;
    assert_eq!(set.expect(200), both);
    let unknown = json!({"sandbox_notice_dismissed": "cardboard"});
    put(&muster, &ann, "me/preferences", unknown)
        .await
        .expect(400);
    assert_eq!(muster.get(&ann, preferences).await.expect(200), both);
    let wrong = json!({"task_notification_alert_dismissed": "yes"});
    put(&muster, &ann, "me/preferences", wrong)
        .await
        .expect(400);
    put(&muster, &ann, "owner/preferences", body)
        .await
        .expect(404);
    let login_type = muster.get(&ann, "/api/v2/users/me/login-type").await;
    assert_eq!(login_type.expect(200), json!({"login_type": "none"}));
    muster
        .get(&owner, "/api/v2/users/ann/login-type")
        .await
        .expect(403);
    muster.end().await;
}
