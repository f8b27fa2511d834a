//! Every route as everybody: nobody, the person whose things they are, another one, an auditor
//! and an owner of the deployment. The routes are those of the OpenAPI document, which is made
//! from the router, so a new route fails here until its line is in `expected.rs`.

mod expected;
mod readers;

use std::sync::Arc;

use muster_base::{Clock, GroupId, MicroDollars};
use muster_bus::Topic;
use muster_rbac::{Actor, Purpose, Role};
use muster_server::Settings;
use muster_store::groups::{GroupChange, NewGroup};
use reqwest::Method;
use serde_json::{Value, json};

use self::expected::{EXPECTED, OWN, PUBLIC};
use crate::debug::debug_run;
use crate::files::uploaded;
use crate::harness::{Harness, PASSWORD, Person};
use crate::invites::invited;
use crate::titles::settled;
use crate::workspaces::{Elsewhere, create, until};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const CHATS: &str = "/api/v2/chats";
const SCRIPT: &str = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";

/// What nobody, the person, another one, an auditor and an owner are answered.
type Statuses = [u16; 5];

struct Route {
    name: String,
    method: Method,
    path: String,
    public: bool,
    socket: bool,
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
                socket: operation["responses"]["101"].is_object(),
            });
        }
    }
    assert!(routes.len() > 60, "the document lacks routes");
    routes
}

/// A server with everybody on it.
struct World {
    muster: Harness,
    other: Person,
    auditor: Person,
    owner: Person,
}

impl World {
    async fn start() -> Self {
        let drivers = vec![Arc::new(Elsewhere::default()) as _];
        let muster = Harness::with_drivers(Clock::system(), Settings::default(), drivers).await;
        let owner = muster.owner().await;
        muster.model(&owner, SCRIPT).await;
        Self {
            other: muster.person("other", &[Role::AgentsAccess]).await,
            auditor: muster.person("auditor", &[Role::Auditor]).await,
            owner,
            muster,
        }
    }

    /// The answers of a route about things of a person of its own. They are made anew for the
    /// owner, since what the person did may have ended them.
    async fn ask(&self, route: &Route, number: usize) -> Statuses {
        let name = format!("person-{number}");
        let person = self.muster.person(&name, &[Role::AgentsAccess]).await;
        let path = self.filled(route, &person, 2 * number).await;
        let body = body(route, 2 * number);
        let nobody = self.call(route, &path, None, &body).await;
        let other = self.call(route, &path, Some(&self.other), &body).await;
        let auditor = self.call(route, &path, Some(&self.auditor), &body).await;
        let own = self.call(route, &path, Some(&person), &body).await;
        let path = self.filled(route, &person, 2 * number + 1).await;
        let body = self::body(route, 2 * number + 1);
        let owner = self.call(route, &path, Some(&self.owner), &body).await;
        [nobody, own, other, auditor, owner]
    }

    async fn call(&self, route: &Route, path: &str, who: Option<&Person>, body: &Value) -> u16 {
        let status = self.call_at(route, path, who, body).await;
        // A refusal changes nothing, so the twin of a chat's route may be asked as well.
        if status >= 400 && path.starts_with(CHATS) {
            let twin = path.replacen("/api/v2/", "/api/experimental/", 1);
            let same = self.call_at(route, &twin, who, body).await;
            assert_eq!(same, status, "{twin}");
        }
        status
    }

    async fn call_at(&self, route: &Route, path: &str, who: Option<&Person>, body: &Value) -> u16 {
        // A key of its own: what is asked may end it.
        let key = match who {
            Some(person) => {
                let life = std::time::Duration::from_secs(3600);
                Some(self.muster.key(person.id, &["all"], life).await)
            }
            None => None,
        };
        if route.socket {
            let header = key.as_ref().map(|key| ("coder-session-token", &**key));
            let headers: Vec<_> = header.into_iter().collect();
            return match self.muster.socket(path, &headers).await {
                Ok(_) => 101,
                Err(answer) => answer.status.as_u16(),
            };
        }
        let call = self.muster.call(route.method.clone(), path).json(body);
        let call = match &key {
            Some(key) => call.header("coder-session-token", key),
            None => call,
        };
        call.send().await.status.as_u16()
    }

    /// The path with fresh things of a person in it.
    async fn filled(&self, route: &Route, person: &Person, round: usize) -> String {
        let mut path = String::new();
        let mut chat = None;
        for part in route.path.split('/').skip(1) {
            path.push('/');
            let value = match part {
                "{user}" => self.limited(person).await,
                "{organization}" => "default".to_owned(),
                "{group}" | "{group_name}" => {
                    let group = self.group(person, round).await;
                    if part == "{group}" {
                        group.to_string()
                    } else {
                        format!("group-{round}")
                    }
                }
                "{key_id}" => self.key(person).await,
                "{token_name}" => self.token(person, round).await,
                "{chat}" => chat.insert(self.chat(person).await).clone(),
                "{message}" => self.message(person, chat.as_deref().unwrap()).await,
                "{run}" => debug_run(&self.muster, chat.as_deref().unwrap()).await,
                "{file}" => uploaded(&self.muster, person, "image/gif", b"GIF89a").await,
                "{workspace}" => self.workspace(person).await,
                "{build}" => self.build(person).await,
                "{agent}" => self.agent(person).await,
                "{provider_config}" => self.provider().await,
                "{model_config}" => self.model_config().await,
                "{invite}" => invited(&self.muster, &self.owner).await.0,
                // Nothing of the kind is there: only the door is tried.
                "{queued}" => "1".to_owned(),
                part if part.starts_with('{') => NOBODY.to_owned(),
                part => part.to_owned(),
            };
            path.push_str(&value);
        }
        path
    }

    async fn group(&self, person: &Person, round: usize) -> GroupId {
        let store = self.muster.store();
        let setup = Actor::system(Purpose::Setup);
        let id = GroupId::new(store.clock());
        let group = NewGroup {
            id,
            organization_id: self.muster.organization(),
            name: format!("group-{round}"),
            display_name: String::new(),
            avatar_url: String::new(),
            quota_allowance: 0,
        };
        store.create_group(&setup, group).await.unwrap();
        let join = GroupChange {
            add: vec![person.id],
            ..GroupChange::default()
        };
        store.update_group(&setup, id, join).await.unwrap();
        let limit = store.set_group_limit(&setup, id, MicroDollars(1));
        limit.await.unwrap();
        id
    }

    /// The person, with a limit that somebody may take away.
    async fn limited(&self, person: &Person) -> String {
        let setup = Actor::system(Purpose::Setup);
        let store = self.muster.store();
        let limit = store.set_user_limit(&setup, person.id, MicroDollars(1));
        limit.await.unwrap();
        person.id.to_string()
    }

    async fn key(&self, person: &Person) -> String {
        let life = std::time::Duration::from_secs(3600);
        let key = self.muster.key(person.id, &["all"], life).await;
        key.split_once('-').unwrap().0.to_owned()
    }

    async fn token(&self, person: &Person, round: usize) -> String {
        let name = format!("token-{round}");
        let body = json!({"token_name": name});
        let tokens = "/api/v2/users/me/keys/tokens";
        self.muster.post(person, tokens, body).await.expect(201);
        name
    }

    /// A chat that has answered.
    async fn chat(&self, person: &Person) -> String {
        let body = json!({"content": [{"type": "text", "text": "hello"}]});
        let made = self.muster.post(person, CHATS, body).await.expect(201);
        let chat = made["id"].as_str().unwrap().to_owned();
        self.muster.until(person, &chat, "waiting").await;
        settled(&self.muster, &chat).await;
        chat
    }

    async fn message(&self, person: &Person, chat: &str) -> String {
        let path = format!("{CHATS}/{chat}/messages");
        let page = self.muster.get(person, &path).await.expect(200);
        let messages = page["messages"].as_array().unwrap();
        let own = messages.iter().find(|one| one["role"] == "user");
        own.unwrap()["id"].to_string()
    }

    async fn workspace(&self, person: &Person) -> String {
        let page = self.muster.get(person, "/api/v2/workspaces").await;
        let page = page.expect(200);
        match page["workspaces"][0]["id"].as_str() {
            Some(id) => id.to_owned(),
            None => create(&self.muster, person).await.to_string(),
        }
    }

    async fn build(&self, person: &Person) -> String {
        let workspace = self.workspace(person).await;
        let path = format!("/api/v2/workspaces/{workspace}/builds");
        let builds = self.muster.get(person, &path).await.expect(200);
        builds[0]["id"].as_str().unwrap().to_owned()
    }

    /// An agent that has not connected.
    async fn agent(&self, person: &Person) -> String {
        let workspace = self.workspace(person).await;
        let topic = Topic::Workspace(workspace.parse().unwrap());
        let hints = self.muster.store().bus().subscribe([topic]);
        let path = format!("/api/v2/workspaces/{workspace}");
        let running = |workspace: &Value| workspace["latest_build"]["status"] == "running";
        let shown = until(&self.muster, person, &hints, &path, running).await;
        let agent = &shown["latest_build"]["resources"][0]["agents"][0]["id"];
        agent.as_str().unwrap().to_owned()
    }

    async fn provider(&self) -> String {
        let path = format!("{CHATS}/providers");
        let all = self.muster.get(&self.owner, &path).await.expect(200);
        let all = all.as_array().unwrap().iter();
        let mut stored = all.filter(|one| one["provider"] == "anthropic");
        let id = stored.next().and_then(|one| one["id"].as_str());
        if let Some(id) = id.filter(|id| *id != "00000000-0000-0000-0000-000000000000") {
            return id.to_owned();
        }
        let body = json!({"provider": "anthropic", "api_key": "secret"});
        let made = self.muster.post(&self.owner, &path, body).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    async fn model_config(&self) -> String {
        let body = json!({
            "provider": "openai-compat", "model": "other", "context_limit": 1000,
        });
        let path = format!("{CHATS}/model-configs");
        let made = self.muster.post(&self.owner, &path, body).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }
}

/// A body that each route finds its own fields in.
fn body(route: &Route, round: usize) -> Value {
    let name = format!("new-{round}");
    let mut body = json!({
        "content": [{"type": "text", "text": "x"}],
        "provider": "openai-compat", "model": "m", "context_limit": 1000,
        "threshold_percent": 50, "debug_logging": false, "debug_retention_days": 1, "system_prompt": "", "custom_prompt": "",
        "email": format!("{name}@example.com"), "username": name, "name": name,
        "login_type": "none", "roles": [], "checks": {}, "token_name": name,
        "results": [],
        "task_notification_alert_dismissed": true, "spend_limit_micros": 1000, "period": "day",
    });
    // Fields that others of the routes would refuse.
    if route.name == "post /api/v2/chats/providers" {
        body["provider"] = json!("openai");
    }
    if route.path.ends_with("/password") {
        body["password"] = json!(PASSWORD);
    }
    body
}

#[tokio::test]
async fn every_route_answers_everybody_as_expected() {
    let world = World::start().await;
    let routes = routes();
    let mut wrong = Vec::new();
    for (number, route) in routes.iter().enumerate() {
        let seen = world.ask(route, number).await;
        let expected = EXPECTED.iter().find(|(name, _)| *name == route.name);
        if expected.map(|(_, statuses)| *statuses) != Some(seen) {
            wrong.push(format!("    (\"{}\", {seen:?}),", route.name));
        }
    }
    let known = |name: &str| routes.iter().any(|route| route.name == name);
    let gone = EXPECTED.iter().filter(|(name, _)| !known(name));
    wrong.extend(gone.map(|(name, _)| format!("    {name} is no route")));
    world.muster.end().await;
    assert!(
        wrong.is_empty(),
        "is this right? then it belongs into matrix/expected.rs:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn public_routes_are_those_that_say_so() {
    for route in routes() {
        let listed = PUBLIC.contains(&&*route.name);
        assert_eq!(route.public, listed, "{}", route.name);
    }
}

#[test]
fn nobody_is_expected_past_the_door_nor_anybody_at_what_is_anothers() {
    for (name, [nobody, _, other, auditor, _]) in EXPECTED {
        if PUBLIC.contains(name) {
            continue;
        }
        assert_eq!(*nobody, 401, "{name}");
        let refused = [401, 403, 404].contains(other);
        assert!(refused || OWN.contains(name), "{name}");
        let reads = name.starts_with("get ");
        let refused = [401, 403, 404].contains(auditor);
        assert!(refused || reads || OWN.contains(name), "{name}");
    }
}
