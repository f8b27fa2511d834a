//! The web UI's page and files. They are there whether or not the UI was built.

use http::Method;

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
        answer.expect(200);
    }
    muster.end().await;
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
