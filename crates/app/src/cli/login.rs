//! `muster login URL`: a password or a token, never on the command line.

use std::io::{self, BufRead, IsTerminal};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use muster_api::{LoginResponse, User};
use muster_base::Secret;
use serde_json::json;
use url::Url;

use crate::client::Client;
use crate::out;
use crate::session::{self, Session};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of the server, such as `http://127.0.0.1:7080`
    url: Url,
    /// Sign in with this address and a password (asked for, or the first line of the input)
    #[arg(long)]
    email: Option<String>,
    /// Read an API token from the first line of the input instead
    #[arg(long, conflicts_with = "email")]
    token_stdin: bool,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let token = match &args.email {
        Some(email) => password_login(&args.url, email).await?,
        None if args.token_stdin => Secret::new(secret_line("")?),
        None => bail!("give --email ADDRESS or --token-stdin"),
    };
    let session = Session {
        url: args.url,
        token,
    };
    let me: User = session.client()?.get("/api/v2/users/me").await?;
    session.save(&session::file())?;
    out::line(format!("Signed in to {} as {}.", session.url, me.username));
    Ok(())
}

async fn password_login(url: &Url, email: &str) -> Result<Secret> {
    let password = secret_line("Password: ")?;
    let client = Client::new(url.clone(), None)?;
    let body = json!({"email": email, "password": password});
    let answer: LoginResponse = client.post("/api/v2/users/login", &body).await?;
    Ok(Secret::new(answer.session_token))
}

/// One line of the input; at a terminal it is not shown.
fn secret_line(prompt: &str) -> Result<String> {
    let hidden = io::stdin().is_terminal();
    if hidden {
        out::piece(prompt);
        echo("-echo");
    }
    let line = io::stdin().lock().lines().next();
    if hidden {
        echo("echo");
        out::line("");
    }
    let line = line.context("the input is empty")??;
    Ok(line.trim().to_owned())
}

/// Best effort: a terminal without `stty` shows what is typed.
fn echo(setting: &str) {
    let _status = Command::new("stty")
        .arg(setting)
        .stderr(Stdio::null())
        .status();
}
