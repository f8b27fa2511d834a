//! The web UI's page and files. They are there whether or not the UI was built.

use http::Method;
use muster_base::Clock;
use muster_server::Settings;

use crate::harness::Harness;

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[tokio::test]
async fn every_route_of_the_ui_answers_with_its_page() {
    let muster = Harness::start().await;
    for path in ["/", "/login", "/agents", "/agents/settings/models"] {
        let call = muster.call(Method::GET, path).header("accept", BROWSER);
        let answer = call.send().await;
        let kind = answer.headers["content-type"].clone();
        assert_eq!(kind, "text/html; charset=utf-8", "{path}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        // Its sockets, for browsers that don't take them for `'self'`.
        let socket = muster.handle.url().replacen("http", "ws", 1);
        assert!(
            policy.contains(&format!("connect-src 'self' {socket};")),
            "{policy}"
        );
        answer.expect(200);
    }
    muster.end().await;
}

#[tokio::test]
async fn only_a_server_reached_by_https_binds_browsers_to_it() {
    for (url, bound) in [
        ("https://muster.example.com", true),
        ("http://10.0.0.1", false),
    ] {
        let settings = Settings {
            access_url: Some(url.to_owned()),
            ..Settings::default()
        };
        let muster = Harness::with(Clock::system(), settings).await;
        let call = muster
            .call(Method::GET, "/agents")
            .header("accept", BROWSER);
        let answer = call.send().await;
        assert_eq!(
            answer.headers.contains_key("strict-transport-security"),
            bound
        );
        let version = concat!("v", env!("CARGO_PKG_VERSION"));
        assert_eq!(answer.headers["x-coder-build-version"], version);
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        let socket = url.replacen("http", "ws", 1);
        assert!(policy.contains(&format!("'self' {socket};")), "{policy}");
        muster.end().await;
    }
}

#[tokio::test]
async fn machines_and_stale_tabs_get_no_page() {
    let muster = Harness::start().await;
    for path in ["/api/v2/nothing", "/assets/gone-1234.js", "/.well-known/x"] {
        let call = muster.call(Method::GET, path).header("accept", BROWSER);
        let answer = call.send().await;
        assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        answer.expect(404);
    }
    let answer = muster.call(Method::GET, "/agents").send().await;
    answer.expect(404);
    let post = muster
        .call(Method::POST, "/agents")
        .header("accept", BROWSER);
    post.send().await.expect(404);
    muster.end().await;
}
