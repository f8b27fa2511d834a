//! A server with people, chats and files to be asked about, and what schemathesis must know of
//! them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use muster_base::Clock;
use muster_testkit::http::Client;
use muster_testkit::process::{Launch, Muster};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::launch::exe;
use crate::setup::{Mock, use_model};

const CONFIG: &str = include_str!("../../schemathesis/schemathesis.toml");
const ADDRESSES: &str = include_str!("../../schemathesis/addresses.py");
const SCRIPT: &str = "name = 's'\n[[on]]\nelse = true\nreply.text = 'A short answer.'\n";
const PASSWORD: &str = "Wrxq-77-lampe-Tanz";
/// Nothing listens there: a provider outside of this machine is not asked by a test.
const NOWHERE: &str = "http://127.0.0.1:9";
/// Where the tester signs in from. Signing in is counted by address, and schemathesis asks that
/// route too: it must not use up what the tester needs.
const DESK: &str = "192.0.2.1";
const SETTLE_LIMIT: Duration = Duration::from_secs(60);
const SETTLE_LOOK: Duration = Duration::from_millis(50);

pub(super) struct Stage {
    folder: TempDir,
    muster: Muster,
    _model: Mock,
}

impl Stage {
    pub(super) async fn set() -> Result<Self> {
        let model = Mock::start(&exe(), SCRIPT).await?;
        let folder = tempfile::tempdir()?;
        let muster = Muster::start(launch(folder.path())).await?;
        use_model(&muster.client, &model.url).await?;
        let mut ids = Ids::default();
        let people = people(&muster, &mut ids).await?;
        things(&muster, &people, &mut ids).await?;
        std::fs::write(
            folder.path().join("people.json"),
            people.document()?.to_string(),
        )?;
        let config = format!("{CONFIG}{}", ids.dictionaries());
        std::fs::write(folder.path().join("schemathesis.toml"), config)?;
        std::fs::write(folder.path().join("addresses.py"), ADDRESSES)?;
        Ok(Self {
            folder,
            muster,
            _model: model,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn url(&self) -> &str {
        &self.muster.url
    }

    pub(super) async fn clear(self) -> Result<()> {
        self.muster.stop().await
    }
}

fn launch(folder: &Path) -> Launch {
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY"].map(|name| (name.to_owned(), NOWHERE.to_owned()));
    let mut env = Vec::from(proxies);
    for name in ["NO_PROXY", "MUSTER_PROXY_TRUSTED_ORIGINS"] {
        env.push((name.to_owned(), "127.0.0.1".to_owned()));
    }
    Launch {
        exe: exe(),
        data_dir: folder.join("data"),
        database_url: None,
        args: vec!["--log".to_owned(), "warn".to_owned()],
        env,
    }
}

/// The ids that requests are made with, by the name of their dictionary.
#[derive(Default)]
struct Ids(std::collections::BTreeMap<&'static str, Vec<Value>>);

impl Ids {
    fn add(&mut self, dictionary: &'static str, object: &Value) -> Result<String> {
        let id = object.get("id").context("no id")?.clone();
        let words = id.as_str().unwrap_or_default().to_owned();
        self.0.entry(dictionary).or_default().push(id);
        Ok(words)
    }

    fn name(&mut self, dictionary: &'static str, word: impl Into<Value>) {
        self.0.entry(dictionary).or_default().push(word.into());
    }

    fn dictionaries(&self) -> String {
        let all = self.0.iter();
        all.map(|(name, values)| {
            let values = Value::from(values.clone());
            format!("\n[dictionaries.{name}]\nvalues = {values}\n")
        })
        .collect()
    }
}

/// Who asks: an owner who can sign in again, and somebody who must not see what is theirs.
struct People {
    tester: Client,
    ann: Client,
    ann_token: String,
}

impl People {
    fn document(&self) -> Result<Value> {
        let payload = json!({"email": "tester@example.com", "password": PASSWORD});
        let login = json!({
            "endpoint": "/api/v2/users/login", "verb": "POST", "contentType": "application/json",
            "payloadRaw": payload.to_string(),
            "headers": [{"name": "X-Forwarded-For", "value": DESK}],
            "token": {
                "extractFrom": "body", "extractSelector": "/session_token",
                "sendIn": "header", "sendName": "Coder-Session-Token",
            },
        });
        let header = json!({"name": "Coder-Session-Token", "value": self.ann_token});
        Ok(json!({"auth": [
            {"name": "tester", "loginEndpointAuth": login},
            {"name": "ann", "fixedHeaders": [header]},
        ]}))
    }
}

async fn people(muster: &Muster, ids: &mut Ids) -> Result<People> {
    let admin = muster.client.unlimited();
    let organizations = admin.get("/api/v2/organizations").await?;
    let default = organizations.get(0).context("no organization")?;
    let organization = ids.add("organizations", default)?;
    ids.name("organizations", "default");
    ids.name("users", "me");
    for (name, roles) in [("tester", ["owner"]), ("ann", ["agents-access"])] {
        let body = json!({
            "username": name, "email": format!("{name}@example.com"), "name": name,
            "password": PASSWORD, "organization_ids": [organization],
        });
        let person = admin.post("/api/v2/users", &body).await?;
        ids.add("users", &person)?;
        ids.name("users", name);
        let path = format!("/api/v2/users/{name}/roles");
        let roles = json!({ "roles": roles });
        let (status, answer) = admin
            .send(reqwest::Method::PUT, &path, Some(&roles))
            .await?;
        if status != 200 {
            bail!("{path}: {status} {answer}");
        }
    }
    let (tester, _) = sign_in(muster, "tester").await?;
    let (ann, ann_token) = sign_in(muster, "ann").await?;
    Ok(People {
        tester,
        ann,
        ann_token,
    })
}

async fn sign_in(muster: &Muster, name: &str) -> Result<(Client, String)> {
    let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD});
    let answer = muster.client.post("/api/v2/users/login", &body).await?;
    let token = answer.get("session_token").and_then(Value::as_str);
    let token = token.context("no token")?.to_owned();
    let secret = muster_base::Secret::new(token.clone());
    let client = Client::new(&muster.url, Some(secret))?;
    Ok((client, token))
}

async fn things(muster: &Muster, people: &People, ids: &mut Ids) -> Result<()> {
    let hello = json!({"content": [{"type": "text", "text": "Hello"}]});
    for client in [&people.tester, &people.tester, &people.tester, &people.ann] {
        let chat = client.post("/api/v2/chats", &hello).await?;
        let id = ids.add("chats", &chat)?;
        settle(client, &id).await?;
        let page = client.get(&format!("/api/v2/chats/{id}/messages")).await?;
        for message in page
            .get("messages")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            ids.add("messages", message)?;
        }
    }
    for number in 1..=3 {
        ids.name("queued", number);
    }
    let models = people.tester.get("/api/v2/chats/model-configs").await?;
    for model in models.as_array().into_iter().flatten() {
        ids.add("models", model)?;
    }
    let file = people.tester.upload("text/plain", b"hello").await?;
    ids.add("files", &file)?;
    let group = json!({"name": "crew"});
    let group = muster
        .client
        .post("/api/v2/organizations/default/groups", &group)
        .await?;
    ids.add("groups", &group)?;
    Ok(())
}

/// Waits for the first turn of a chat.
async fn settle(client: &Client, chat: &str) -> Result<()> {
    let clock = Clock::system();
    let waiting = async {
        loop {
            let now = client.get(&format!("/api/v2/chats/{chat}")).await?;
            if now.get("status").and_then(Value::as_str) == Some("waiting") {
                return anyhow::Ok(());
            }
            clock.timer("test.settle", SETTLE_LOOK).await;
        }
    };
    clock.timeout("test.settled", SETTLE_LIMIT, waiting).await?
}
