//! Building the HTTP client of one configuration.

use std::net::IpAddr;

use muster_base::Clock;
use reqwest::{Client, Url, redirect};
use rustls::crypto::{CryptoProvider, ring};

use super::connect_limit::ConnectLimit;

/// A client of its own: its connections are shared with no other configuration.
///
/// Redirects are refused, for they would carry key and prompt to an address that nobody
/// configured. There is no total limit: an answer may take as long as parts keep coming.
pub(crate) fn build(base_url: &Url, clock: &Clock) -> Result<Client, reqwest::Error> {
    if CryptoProvider::get_default().is_none() {
        // Losing a race here means that somebody else has just installed one.
        let _lost_race = ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .connector_layer(ConnectLimit(clock.clone()));
    if base_url.scheme() == "http" {
        // Without TLS no certificates are needed, so a bare machine without any can still run
        // a local model.
        builder = builder.tls_certs_only([]);
    }
    if is_loopback(base_url) {
        builder = builder.no_proxy();
    }
    builder.build()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
