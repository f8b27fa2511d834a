//! Proxies of the environment. A process reads them once, so each case is a process: this
//! very program, asked to run one of the tests that are ignored otherwise.

use std::process::Stdio;

use muster_base::Clock;
use muster_llm::ProviderKind;
use tokio::process::Command;

use crate::server::{Act, Server, answer, collect, config, in_time, request, stream};

const TEXT: &str = include_str!("../fixtures/openai/text.sse");
const TARGET: &str = "MUSTER_TEST_PROXY_TARGET";

/// Runs the ignored test below with `proxy` in its environment.
async fn ask_through(proxy: &str, target: &str) -> bool {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "proxies::asks_the_target"])
        .env("HTTP_PROXY", proxy)
        .env("HTTPS_PROXY", proxy)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        // With this name the client takes a process for a CGI script, which must not trust it.
        .env_remove("REQUEST_METHOD")
        .env(TARGET, target)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    in_time(child).await.unwrap().success()
}

#[tokio::test]
#[ignore = "runs in a process of its own, with a target"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent says in the environment what to ask"
)]
async fn asks_the_target() {
    let target = std::env::var(TARGET).unwrap();
    let config = config(ProviderKind::OpenaiCompat, &target);
    let model = config.connect(&Clock::system()).unwrap();
    let (_, ended) = in_time(collect(&*model, request())).await;
    assert_eq!(ended, Ok(()));
}

#[tokio::test]
async fn plain_requests_go_through_the_proxy_of_the_environment() {
    let mut proxy = Server::start(vec![vec![stream(TEXT)]]).await;
    let answered = ask_through(&proxy.address, "http://models.invalid/v1").await;
    assert!(answered);
    let sent = proxy.request().await;
    let line = "POST http://models.invalid/v1/chat/completions HTTP/1.1";
    assert_eq!(sent.lines().next(), Some(line));
}

#[tokio::test]
async fn encrypted_requests_ask_the_proxy_for_a_tunnel() {
    let refused = vec![answer("403 No", "", "")];
    let mut proxy = Server::start(vec![refused]).await;
    let answered = ask_through(&proxy.address, "https://models.invalid/v1").await;
    assert!(!answered, "the tunnel was refused");
    let sent = proxy.request().await;
    assert_eq!(
        sent.lines().next(),
        Some("CONNECT models.invalid:443 HTTP/1.1")
    );
    assert!(
        !sent.contains("key-for-tests"),
        "the key stays inside the tunnel"
    );
}

#[tokio::test]
async fn servers_of_the_same_machine_are_asked_directly() {
    let mut local = Server::start(vec![vec![stream(TEXT)]]).await;
    let proxy = Server::start(vec![vec![Act::Reset]]).await;
    let answered = ask_through(&proxy.address, &format!("{}/v1", local.address)).await;
    assert!(answered);
    let sent = local.request().await;
    assert_eq!(
        sent.lines().next(),
        Some("POST /v1/chat/completions HTTP/1.1")
    );
}
