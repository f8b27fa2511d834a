//! Every route, as nobody and as a stranger. The list is the OpenAPI document, which is made
//! from the router: a route that forgets to ask who is calling fails here.

use muster_rbac::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::Harness;

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// Open to anybody, and why. This list may only shrink.
const PUBLIC: &[&str] = &[
    "get /healthz",                  // probes have no session
    "get /readyz",                   // likewise
    "get /api/v2/buildinfo",         // the sign-in page shows it
    "get /api/v2/users/authmethods", // likewise
    "get /api/v2/users/first",       // likewise
    "post /api/v2/users/first",      // nobody exists yet
    "post /api/v2/users/login",
    "post /api/v2/users/login-link",
];

/// Answers for a stranger that are neither 403 nor 404, and why.
const OWN: &[&str] = &[
    "post /api/v2/users/logout", // one's own session
    "get /api/v2/users",         // oneself
    "get /api/v2/organizations", // everybody's
    "get /api/v2/groups",        // one's own
    "post /api/v2/authcheck",    // what one may do oneself
    "get /api/v2/users/roles",   // everybody's
    "get /api/v2/chats",         // one's own
    "get /api/v2/chats/models",  // everybody's
    "get /api/v2/chats/watch",   // one's own; 400 without an upgrade
    "get /api/v2/workspaces",    // one's own
    "get /api/v2/chats/config/user-compaction-thresholds", // one's own
    "delete /api/v2/chats/config/user-compaction-thresholds/{model_config}", // likewise
    "get /api/v2/chats/config/user-prompt", // one's own
    "put /api/v2/chats/config/user-prompt", // likewise
];

struct Route {
    name: String,
    method: Method,
    path: String,
    public: bool,
}

fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(&muster_server::openapi_json().unwrap()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(verb) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                continue;
            };
            routes.push(Route {
                name: format!("{method} {path}"),
                method: verb,
                path: path.clone(),
                public: operation["security"] == json!([{}]),
            });
        }
    }
    assert!(routes.len() > 30, "the document lacks routes");
    routes
}

/// The path with the ids of somebody else.
fn filled(path: &str, user: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{user}" => user,
            "{message}" | "{queued}" => "1",
            "{key}" => "aaaaaaaaaa",
            part if part.starts_with('{') => NOBODY,
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn nobody_gets_past_any_route_that_is_not_public() {
    let muster = Harness::start().await;
    let mut public = Vec::new();
    for route in routes() {
        if route.public {
            public.push(route.name);
            continue;
        }
        let path = filled(&route.path, "me");
        let answer = muster
            .call(route.method, &path)
            .json(&json!({}))
            .send()
            .await;
        assert_eq!(
            answer.status.as_u16(),
            401,
            "{}: {}",
            route.name,
            answer.body
        );
    }
    public.sort();
    let mut known: Vec<_> = PUBLIC.iter().map(|name| (*name).to_owned()).collect();
    known.sort();
    assert_eq!(public, known);
    muster.end().await;
}

#[tokio::test]
async fn stranger_reaches_nothing_of_anybody_else() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let stranger = muster.person("stranger", &[Role::AgentsAccess]).await;
    let body = json!({
        "content": [{"type": "text", "text": "x"}],
        "provider": "openai", "model": "m", "context_limit": 1, "threshold_percent": 1,
        "email": "x@example.com", "username": "xx", "login_type": "none", "name": "x",
        "roles": [],
        "task_notification_alert_dismissed": true,
    });
    for route in routes() {
        let own = OWN.contains(&route.name.as_str()) || route.name == "post /api/v2/chats";
        if route.public || own || route.name.contains("/workspaceagents/") {
            continue;
        }
        let path = filled(&route.path, "owner");
        let password = json!({"password": "a new password of theirs"});
        let body = if path.ends_with("/password") {
            &password
        } else {
            &body
        };
        let call = muster.call(route.method, &path).by(&stranger).json(body);
        let answer = call.send().await;
        let status = answer.status.as_u16();
        // A socket's route can't say more before it is one.
        let refused =
            [403, 404].contains(&status) || (route.name.ends_with("/stream") && status == 400);
        assert!(refused, "{}: {status} {}", route.name, answer.body);
    }
    let users = muster.get(&owner, "/api/v2/users").await.expect(200);
    assert_eq!(users["count"], 2, "nothing was created");
    muster.end().await;
}

#[tokio::test]
async fn member_without_agents_access_starts_no_chat() {
    let muster = Harness::start().await;
    let member = muster.person("ann", &[]).await;
    let body = json!({"content": [{"type": "text", "text": "x"}]});
    muster
        .post(&member, "/api/v2/chats", body)
        .await
        .expect(403);
    muster.get(&member, "/api/v2/chats").await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn agent_routes_take_no_persons_token() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster
        .get(&owner, "/api/v2/workspaceagents/me/manifest")
        .await
        .expect(401);
    let header = [("coder-session-token", owner.token.as_str())];
    let rpc = "/api/v2/workspaceagents/me/rpc?version=1.0";
    assert_eq!(
        muster
            .socket(rpc, &header)
            .await
            .unwrap_err()
            .status
            .as_u16(),
        401
    );
    muster.faults.fail("workspace_agents/get_by_token");
    assert_eq!(
        muster
            .socket(rpc, &header)
            .await
            .unwrap_err()
            .status
            .as_u16(),
        500
    );
    muster.faults.heal();
    muster.end().await;
}
