//! Too much, too often, and from the wrong page.

use std::time::Duration;

use muster_base::{Micros, MockClock, limits};
use muster_rbac::Role;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Harness, PASSWORD};

const START: Micros = Micros(1_767_225_600_000_000);

async fn login(muster: &Harness, password: &str) -> Answer {
    let body = json!({"email": "ann@example.com", "password": password});
    muster
        .call(Method::POST, "/api/v2/users/login")
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn guessing_a_password_gets_slower() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let ann = json!({"email": "ann@example.com", "username": "ann", "password": PASSWORD});
    let first = muster.call(Method::POST, "/api/v2/users/first").json(&ann);
    first.send().await.expect(201);
    for _ in 0..limits::LOGIN_FAILURES_FREE {
        login(&muster, "wrong wrong wrong").await.expect(401);
    }
    // Even the right one waits now, or the delay would tell which is right.
    let answer = login(&muster, PASSWORD).await;
    assert_eq!(answer.headers["retry-after"], "1");
    answer.expect(429);
    clock.advance(Duration::from_secs(1));
    login(&muster, "wrong wrong wrong").await.expect(401);
    assert_eq!(login(&muster, PASSWORD).await.headers["retry-after"], "2");
    clock.advance(Duration::from_secs(2));
    login(&muster, PASSWORD).await.expect(201);
    login(&muster, "wrong wrong wrong").await.expect(401);
    login(&muster, PASSWORD).await.expect(201);
    muster.end().await;
}

#[tokio::test]
async fn api_has_a_rate_that_owners_may_leave_aside() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let me = "/api/v2/users/me";
    for _ in 0..limits::API_PER_MINUTE {
        muster.get(&owner, me).await.expect(200);
    }
    let answer = muster.get(&owner, me).await;
    assert!(answer.headers.contains_key("retry-after"));
    answer.expect(429);
    let bypass = "x-coder-bypass-ratelimit";
    let call = muster
        .call(Method::GET, me)
        .by(&owner)
        .header(bypass, "true");
    call.send().await.expect(200);
    let member = muster.person("ann", &[Role::AgentsAccess]).await;
    muster.get(&member, me).await.expect(200);
    clock.advance(Duration::from_secs(1));
    muster.get(&owner, me).await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn request_by_cookie_must_come_from_our_own_page() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let cookie = format!("coder_session_token={}", ann.token);
    let me = muster
        .call(Method::GET, "/api/v2/users/me")
        .header("cookie", &cookie);
    let answer = me.send().await;
    let csrf = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    let csrf = csrf
        .split(';')
        .next()
        .unwrap()
        .strip_prefix("csrf_token=")
        .unwrap()
        .to_owned();

    let tokens = || {
        let call = muster.call(Method::POST, "/api/v2/users/me/keys/tokens");
        call.header("cookie", &cookie).json(&json!({}))
    };
    tokens().send().await.expect(400);
    tokens()
        .header("x-csrf-token", "guess")
        .send()
        .await
        .expect(400);
    let elsewhere = tokens()
        .header("x-csrf-token", &csrf)
        .header("origin", "http://evil.example");
    elsewhere.send().await.expect(400);
    tokens()
        .header("x-csrf-token", &csrf)
        .send()
        .await
        .expect(201);
    let ours = tokens()
        .header("x-csrf-token", &csrf)
        .header("origin", &muster.handle.url());
    ours.send().await.expect(201);
    // A token in a header is no cookie: no other page can send it.
    muster
        .post(&ann, "/api/v2/users/me/keys/tokens", json!({}))
        .await
        .expect(201);

    let watch = "/api/v2/chats/watch";
    let evil = [
        ("cookie", cookie.as_str()),
        ("origin", "http://evil.example"),
    ];
    assert_eq!(
        muster
            .socket(watch, &evil)
            .await
            .unwrap_err()
            .status
            .as_u16(),
        403
    );
    let url = muster.handle.url();
    let good = [("cookie", cookie.as_str()), ("origin", url.as_str())];
    assert!(muster.socket(watch, &good).await.is_ok());
    muster.end().await;
}

#[tokio::test]
async fn person_holds_so_many_sockets_and_no_more() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let watch = "/api/v2/chats/watch";
    let header = [("coder-session-token", ann.token.as_str())];
    let mut open = Vec::new();
    for _ in 0..limits::STREAMS_PER_USER_MAX {
        open.push(muster.socket(watch, &header).await.unwrap());
    }
    assert_eq!(
        muster
            .socket(watch, &header)
            .await
            .unwrap_err()
            .status
            .as_u16(),
        429
    );
    let bob = muster.person("bob", &[]).await;
    drop(muster.socket_of(&bob, watch).await);
    muster.end().await;
}
