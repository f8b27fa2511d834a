//! Who is let in, and what they hear when it was our fault (F53).

use std::time::Duration;

use muster_base::{Micros, MockClock};
use muster_store::users::UserStatus;
use reqwest::Method;

use crate::harness::{Harness, Person};

const START: Micros = Micros(1_767_225_600_000_000);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn only_a_valid_token_is_let_in() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let suspended = muster.account("sue", &[], UserStatus::Suspended).await;
    let expired = muster.key(ann.id, &["all"], Duration::ZERO).await;
    let (id, _) = ann.token.split_once('-').unwrap();
    let wrong_secret = format!("{id}-{}", "x".repeat(22));
    let unknown = format!("{}-{}", "x".repeat(10), "x".repeat(22));

    let check = async |token: &str, status: u16| {
        let person = Person {
            id: ann.id,
            token: token.to_owned(),
        };
        let answer = muster.get(&person, "/api/v2/users/me").await;
        assert_eq!(answer.status.as_u16(), status, "{token}: {}", answer.body);
        answer.body
    };
    assert_eq!(check(&ann.token, 200).await["username"], "ann");
    for token in [
        "",
        "nonsense",
        &unknown,
        &wrong_secret,
        &expired,
        &suspended.token,
    ] {
        let body = check(token, 401).await;
        assert!(
            body["message"].as_str().unwrap().contains("signed out"),
            "{body}"
        );
    }
    muster.end().await;
}

#[tokio::test]
async fn token_is_read_from_cookie_header_and_bearer_but_a_query_only_on_sockets() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let me = || muster.call(Method::GET, "/api/v2/users/me");
    let cookie = format!("coder_session_token={}", ann.token);
    me().header("cookie", &cookie).send().await.expect(200);
    let host_cookie = format!("__Host-coder_session_token={}", ann.token);
    me().header("cookie", &host_cookie).send().await.expect(200);
    let bearer = format!("Bearer {}", ann.token);
    me().header("authorization", &bearer)
        .send()
        .await
        .expect(200);

    let query = format!("coder_session_token={}", ann.token);
    let plain = muster.call(Method::GET, &format!("/api/v2/users/me?{query}"));
    plain.send().await.expect(401);
    let path = format!("/api/v2/chats/watch?{query}");
    let mut socket = muster.socket(&path, &[]).await.unwrap();
    assert_eq!(socket.next().await.unwrap()["type"], "ping");
    muster.end().await;
}

#[tokio::test]
async fn failing_store_is_never_taken_for_a_signed_out_person() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    for statement in [
        "api_keys/get_by_id",
        "users/get_by_id",
        "organization_members/list_by_user",
    ] {
        muster.faults.fail(statement);
        let answer = muster.get(&ann, "/api/v2/users/me").await;
        let body = answer.expect(500);
        let words = body.to_string();
        assert!(!words.contains("signed out"), "{words}");
        assert!(
            !words.contains("sql") && !words.contains(statement),
            "{words}"
        );
        assert!(body["request_id"].is_string(), "{body}");

        let header = ("coder-session-token", ann.token.as_str());
        let socket = muster.socket("/api/v2/chats/watch", &[header]).await;
        assert_eq!(socket.unwrap_err().status.as_u16(), 500, "{statement}");
        muster.faults.heal();
        muster.get(&ann, "/api/v2/users/me").await.expect(200);
    }
    muster.end().await;
}

#[tokio::test]
async fn failing_write_back_does_not_fail_the_request() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let ann = muster.person("ann", &[]).await;
    clock.advance(Duration::from_secs(2 * 3600));
    muster.faults.fail("api_keys/update_used");
    muster.get(&ann, "/api/v2/users/me").await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn session_lives_while_it_is_used_and_ends_when_it_is_not() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let ann = muster.person("ann", &[]).await;
    for _ in 0..4 {
        clock.advance(DAY - Duration::from_secs(60));
        muster.get(&ann, "/api/v2/users/me").await.expect(200);
    }
    clock.advance(DAY + Duration::from_secs(1));
    muster.get(&ann, "/api/v2/users/me").await.expect(401);
    muster.end().await;
}

#[tokio::test]
async fn signing_out_closes_open_sockets() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[]).await;
    let mut socket = muster.socket_of(&ann, "/api/v2/chats/watch").await;
    assert_eq!(socket.next().await.unwrap()["type"], "ping");
    muster
        .post(&ann, "/api/v2/users/logout", serde_json::json!({}))
        .await
        .expect(200);
    assert_eq!(socket.next().await, None);
    muster.get(&ann, "/api/v2/users/me").await.expect(401);
    muster.end().await;
}

#[tokio::test]
async fn key_of_small_scope_does_no_more_than_it_says() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let token = muster.key(owner.id, &["user:read"], DAY).await;
    let key = Person {
        id: owner.id,
        token,
    };
    muster.get(&key, "/api/v2/users").await.expect(200);
    muster
        .get(&key, "/api/v2/chats/providers")
        .await
        .expect(403);
    let stronger = serde_json::json!({"token_name": "x"});
    muster
        .post(&key, "/api/v2/users/me/keys/tokens", stronger)
        .await
        .expect(403);
    muster.end().await;
}

#[tokio::test]
async fn every_answer_carries_its_request_id_and_hardening_headers() {
    let muster = Harness::start().await;
    for path in ["/healthz", "/api/v2/users/me", "/api/v2/nonsense", "/"] {
        let answer = muster.call(Method::GET, path).send().await;
        for header in [
            "x-request-id",
            "x-content-type-options",
            "content-security-policy",
        ] {
            assert!(answer.headers.contains_key(header), "{path} lacks {header}");
        }
    }
    muster.end().await;
}
