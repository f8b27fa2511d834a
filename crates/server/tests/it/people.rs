//! People, tokens and the ways to sign in.

use futures_util::future::join_all;
use muster_base::limits;
use muster_rbac::{Actor, Purpose, Role};
use muster_store::users::UserStatus;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Harness, PASSWORD, Person, link_secret};

fn first_user(name: &str) -> Value {
    json!({"email": format!("{name}@example.com"), "username": name, "password": PASSWORD})
}

async fn post(muster: &Harness, path: &str, body: Value) -> crate::harness::Answer {
    muster.call(Method::POST, path).json(&body).send().await
}

#[tokio::test]
async fn hundred_first_users_at_once_are_one() {
    let muster = Harness::start().await;
    let first = "/api/v2/users/first";
    muster.call(Method::GET, first).send().await.expect(404);
    let server = &muster;
    let posts = (0..100).map(|number| async move {
        post(server, first, first_user(&format!("user{number}")))
            .await
            .status
            .as_u16()
    });
    let statuses = join_all(posts).await;
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(201), count(409)), (1, 99), "{statuses:?}");
    muster.call(Method::GET, first).send().await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn first_user_signs_in_and_is_the_owner() {
    let muster = Harness::start().await;
    post(&muster, "/api/v2/users/first", first_user("ann"))
        .await
        .expect(201);
    let login = json!({"email": "ANN@example.com", "password": PASSWORD});
    let answer = post(&muster, "/api/v2/users/login", login).await;
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies: Vec<_> = cookies
        .map(|line| line.to_str().unwrap().to_owned())
        .collect();
    assert!(cookies[0].starts_with("coder_session_token=") && cookies[0].contains("HttpOnly"));
    assert!(cookies[1].starts_with("csrf_token=") && !cookies[1].contains("HttpOnly"));
    let token = answer.expect(201)["session_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let bearer = format!("Bearer {token}");
    let me = muster
        .call(Method::GET, "/api/v2/users/me")
        .header("authorization", &bearer);
    let me = me.send().await.expect(200);
    let roles: Vec<_> = me["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| &role["name"])
        .collect();
    assert_eq!(roles, ["owner", "agents-access"]);
    assert_eq!(me["organization_ids"], json!([muster.organization()]));
    muster.end().await;
}

#[tokio::test]
async fn wrong_sign_ins_all_sound_the_same() {
    let muster = Harness::start().await;
    post(&muster, "/api/v2/users/first", first_user("ann"))
        .await
        .expect(201);
    let mut messages = Vec::new();
    for email in ["ann@example.com", "nobody@example.com"] {
        let login = json!({"email": email, "password": "wrong wrong wrong"});
        let body = post(&muster, "/api/v2/users/login", login)
            .await
            .expect(401);
        messages.push(body["message"].clone());
    }
    assert_eq!(messages[0], messages[1]);
    muster.person("bob", &[]).await;
    let other_way = json!({"email": "bob@example.com", "password": "whatever it is"});
    let body = post(&muster, "/api/v2/users/login", other_way)
        .await
        .expect(403);
    assert!(
        body["message"].as_str().unwrap().contains("login link"),
        "{body}"
    );
    muster.end().await;
}

#[tokio::test]
async fn login_link_makes_the_owner_once_and_works_once() {
    let muster = Harness::start().await;
    let mut owners = Vec::new();
    for _ in 0..2 {
        let link = muster.handle.owner_login_link().await.unwrap();
        let body = json!({"secret": link_secret(&link)});
        let token = post(&muster, "/api/v2/users/login-link", body.clone())
            .await
            .expect(201);
        let bearer = format!("Bearer {}", token["session_token"].as_str().unwrap());
        let me = muster
            .call(Method::GET, "/api/v2/users/me")
            .header("authorization", &bearer);
        owners.push(me.send().await.expect(200)["id"].clone());
        post(&muster, "/api/v2/users/login-link", body)
            .await
            .expect(401);
    }
    assert_eq!(owners[0], owners[1]);
    let guess = json!({"secret": "0".repeat(64)});
    post(&muster, "/api/v2/users/login-link", guess)
        .await
        .expect(401);
    muster.end().await;
}

#[tokio::test]
async fn what_is_too_long_for_an_address_is_wrong_and_not_counted() {
    let muster = Harness::start().await;
    let longer = "x".repeat(limits::EMAIL_BYTES_MAX + 1);
    for _ in 0..=limits::LOGIN_FAILURES_FREE {
        let login = json!({"email": longer, "password": "wrong wrong wrong"});
        let body = post(&muster, "/api/v2/users/login", login).await;
        let body = body.expect(401);
        assert_eq!(body["message"], "Incorrect email address or password.");
    }
    muster.end().await;
}

#[tokio::test]
async fn dormant_person_who_follows_a_link_is_active_again() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.account("ann", &[], UserStatus::Dormant).await;
    let setup = Actor::system(Purpose::Setup);
    let hash = Sha256::digest("secret").to_vec();
    let life = limits::LOGIN_LINK_LIFE;
    let link = muster
        .store()
        .create_login_link(&setup, Some(ann.id), hash, life);
    link.await.unwrap();
    let secret = json!({"secret": "secret"});
    let followed = post(&muster, "/api/v2/users/login-link", secret).await;
    followed.expect(201);
    let path = format!("/api/v2/users/{}", ann.id);
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(shown["status"], "active");
    muster.end().await;
}

#[tokio::test]
async fn owner_adds_people_and_each_mistake_is_named() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let users = "/api/v2/users";
    let ben = json!({"email": "ben@example.com", "username": "ben", "password": PASSWORD});
    let made = muster.post(&owner, users, ben.clone()).await.expect(201);
    assert_eq!(made["roles"][0]["name"], "agents-access");
    muster.post(&owner, users, ben).await.expect(409);

    let wrong = json!({"email": "x", "username": "-x-", "password": "short"});
    let answer = muster.post(&owner, users, wrong).await;
    assert_eq!(answer.fields(), ["email", "username", "password"]);
    answer.expect(400);

    let member = muster.person("cat", &[]).await;
    let dan = json!({"email": "dan@example.com", "username": "dan", "login_type": "none"});
    muster.post(&member, users, dan).await.expect(403);
    muster.end().await;
}

#[tokio::test]
async fn list_of_people_shows_what_the_role_may_see() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let member = muster.person("ann", &[]).await;
    let check = async |person: &Person, q: &str, expect: &[&str]| {
        let page = muster
            .get(person, &format!("/api/v2/users?q={q}"))
            .await
            .expect(200);
        let names: Vec<_> = page["users"].as_array().unwrap().iter().collect();
        let names: Vec<_> = names
            .iter()
            .map(|user| user["username"].as_str().unwrap())
            .collect();
        assert_eq!(names, expect, "{q}");
        assert_eq!(page["count"], expect.len());
    };
    check(&owner, "", &["owner", "audrey", "ann"]).await;
    check(&auditor, "", &["owner", "audrey", "ann"]).await;
    check(&member, "", &["ann"]).await;
    check(&owner, "AUD", &["audrey"]).await;
    check(&owner, "status:suspended", &[]).await;
    check(&owner, "%25", &[]).await;
    muster
        .get(&owner, "/api/v2/users?q=status:strange")
        .await
        .expect(400);
    muster.get(&member, "/api/v2/users/owner").await.expect(404);
    muster.get(&member, "/api/v2/users/ann").await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn token_is_shown_once_and_ends_when_deleted() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let tokens = "/api/v2/users/me/keys/tokens";
    let body = json!({"token_name": "ci", "lifetime": 3_600_000_000_000_i64});
    let made = muster.post(&ann, tokens, body.clone()).await.expect(201);
    let key = made["key"].as_str().unwrap().to_owned();
    muster.post(&ann, tokens, body).await.expect(409);
    let by_token = Person {
        id: ann.id,
        token: key.clone(),
    };
    let listed = muster.get(&by_token, tokens).await.expect(200);
    assert_eq!(listed[0]["token_name"], "ci");
    assert_eq!(listed[0]["lifetime_seconds"], 3600);
    assert!(!listed.to_string().contains(key.split_once('-').unwrap().1));

    let (id, _) = key.split_once('-').unwrap();
    let bob = muster.person("bob", &[]).await;
    muster
        .delete(&bob, &format!("/api/v2/users/me/keys/{id}"))
        .await
        .expect(404);
    muster
        .delete(&ann, &format!("/api/v2/users/me/keys/{id}"))
        .await
        .expect(204);
    muster.get(&by_token, tokens).await.expect(401);
    for (field, body) in [
        ("scope", json!({"scope": "everything"})),
        ("lifetime", json!({"lifetime": -1})),
        ("token_name", json!({"token_name": " "})),
    ] {
        let answer = muster.post(&ann, tokens, body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    muster.end().await;
}

#[tokio::test]
async fn keys_are_listed_named_expired_and_made() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let keys = "/api/v2/users/me/keys";
    let config = format!("{keys}/tokens/tokenconfig");
    let config = muster.get(&ann, &config).await.expect(200);
    let most = config["max_token_lifetime"].as_i64().unwrap();
    let tokens = format!("{keys}/tokens");
    for (lifetime, status) in [(most, 201), (most + 1, 400), (999_999_999, 400)] {
        let body = json!({"token_name": format!("t{lifetime}"), "lifetime": lifetime});
        muster.post(&ann, &tokens, body).await.expect(status);
    }
    let named = format!("{tokens}/t{most}");
    let token = muster.get(&ann, &named).await.expect(200);
    assert_eq!(token["token_name"], format!("t{most}"));
    muster
        .get(&ann, &format!("{tokens}/other"))
        .await
        .expect(404);

    let made = muster.post(&ann, keys, json!({})).await.expect(201);
    let session = Person {
        id: ann.id,
        token: made["key"].as_str().unwrap().to_owned(),
    };
    let listed = muster.get(&session, keys).await.expect(200);
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let own: Vec<_> = listed.iter().filter(|key| key["current"] == true).collect();
    let (id, _) = session.token.split_once('-').unwrap();
    assert_eq!((own.len(), own[0]["id"].as_str()), (1, Some(id)));

    let mut socket = muster.socket_of(&session, "/api/v2/chats/watch").await;
    assert_eq!(socket.next().await.unwrap()["type"], "ping");
    let expire = format!("{keys}/{id}/expire");
    let bob = muster.person("bob", &[]).await;
    let put = async |person: &Person| {
        let call = muster.call(Method::PUT, &expire);
        call.by(person).send().await
    };
    put(&bob).await.expect(404);
    put(&ann).await.expect(204);
    assert_eq!(socket.next().await, None);
    muster.get(&session, keys).await.expect(401);
    let key = muster.get(&ann, &format!("{keys}/{id}")).await.expect(200);
    assert_eq!(key["expires_at"], key["updated_at"]);
    put(&ann).await.expect(204);
    let again = muster.get(&ann, &format!("{keys}/{id}")).await.expect(200);
    assert_eq!(again, key, "ended once");
    muster.end().await;
}

#[tokio::test]
async fn key_of_small_scope_makes_no_session() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let life = std::time::Duration::from_secs(3600);
    let small = Person {
        id: ann.id,
        token: muster.key(ann.id, &["api_key:*", "user:*"], life).await,
    };
    let keys = "/api/v2/users/me/keys";
    muster.post(&small, keys, json!({})).await.expect(403);
    muster.get(&small, keys).await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn anybody_may_ask_what_this_server_is() {
    let muster = Harness::start().await;
    let info = muster
        .call(Method::GET, "/api/v2/buildinfo")
        .send()
        .await
        .expect(200);
    assert!(info["deployment_id"].is_string());
    let methods = muster
        .call(Method::GET, "/api/v2/users/authmethods")
        .send()
        .await
        .expect(200);
    assert_eq!(methods["password"]["enabled"], true);
    muster.call(Method::GET, "/readyz").send().await.expect(200);
    muster
        .call(Method::GET, "/assets/../secret.key")
        .send()
        .await
        .expect(404);

    let owner = muster.owner().await;
    let member = muster.person("ann", &[]).await;
    muster.get(&owner, "/metrics").await.expect(200);
    muster.get(&member, "/metrics").await.expect(403);
    muster
        .get(&member, "/api/v2/organizations")
        .await
        .expect(200);
    muster.end().await;
}
