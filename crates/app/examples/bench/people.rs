//! People for a measurement, each signed in.

use anyhow::{Context, Result, bail};
use muster_base::Secret;
use muster_testkit::http::Client;
use muster_testkit::process::Muster;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Nobody guesses it, and it guards nothing.
const PASSWORD: &str = "Wrxq-77-lampe-Tanz";

/// A person and a client that is signed in as them, without rate limits.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) client: Client,
}

/// So many people; owners of the deployment, because only they may lift the rate limits.
pub(crate) async fn people(muster: &Muster, count: usize) -> Result<Vec<Person>> {
    let organization = first_id(&muster.client.get("/api/v2/organizations").await?)?;
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        people.push(person(muster, &format!("p{number}"), organization).await?);
    }
    Ok(people)
}

async fn person(muster: &Muster, name: &str, organization: Uuid) -> Result<Person> {
    let admin = muster.client.unlimited();
    let email = format!("{name}@example.com");
    let body = json!({
        "username": name, "email": email, "password": PASSWORD,
        "organization_ids": [organization],
    });
    let made = admin.post("/api/v2/users", &body).await?;
    let id = made.get("id").and_then(Value::as_str).context("no id")?;
    let path = format!("/api/v2/users/{id}/roles");
    let roles = json!({"roles": ["owner"]});
    let (status, answer) = admin.send(Method::PUT, &path, Some(&roles)).await?;
    if status != 200 {
        bail!("{path}: {status} {answer}");
    }
    let login = json!({"email": email, "password": PASSWORD});
    let answer = muster.client.post("/api/v2/users/login", &login).await?;
    let token = answer.get("session_token").and_then(Value::as_str);
    let token = Secret::new(token.context("no token")?.to_owned());
    Ok(Person {
        id: id.parse()?,
        client: Client::new(&muster.url, Some(token))?.unlimited(),
    })
}

/// The id of the first entry of a list.
pub(crate) fn first_id(list: &Value) -> Result<Uuid> {
    let id = list.pointer("/0/id").and_then(Value::as_str);
    Ok(id.context("an empty list")?.parse()?)
}
