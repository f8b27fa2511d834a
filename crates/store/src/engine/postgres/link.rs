//! How to reach the server: settings of a session, and TLS.

use std::sync::Arc;
use std::time::Duration;

use muster_base::{Secret, TaskSet};
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::unreachable;
use crate::Error;
use crate::error::SetupError;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A lost statement must end before the leases that it might extend.
const SESSION: &str = "-c statement_timeout=30s -c lock_timeout=10s \
    -c idle_in_transaction_session_timeout=60s -c timezone=UTC -c standard_conforming_strings=on";

type Stream = <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<Socket>>::Stream;

/// Makes connections outside of the pool.
#[derive(Clone)]
pub(super) struct Link {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Link {
    /// Reads a URL. libpq's `verify-full` and `verify-ca` both verify chain and name here;
    /// the weaker modes encrypt without verifying, as they do there.
    pub(super) fn new(url: &Secret) -> Result<Self, Error> {
        let url = url.expose();
        let verify = url.contains("sslmode=verify-");
        let plain = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = plain
            .parse()
            .map_err(|_may_hold_the_password: tokio_postgres::Error| SetupError::Url)?;
        let given = config.get_options().unwrap_or_default().to_owned();
        config
            .application_name("muster")
            .options(format!("{SESSION} {given}"))
            .connect_timeout(CONNECT_LIMIT);
        let tls = MakeRustlsConnect::new(tls(verify)?);
        Ok(Self { config, tls })
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }

    /// A connection whose messages the caller handles.
    pub(super) async fn connect_raw(&self) -> Result<(Client, Connection<Socket, Stream>), Error> {
        self.config.connect(self.tls()).await.map_err(unreachable)
    }

    /// A connection served by a task, which ends when the client is dropped.
    pub(super) async fn connect(&self, tasks: &TaskSet) -> Result<Client, Error> {
        let (client, connection) = self.connect_raw().await?;
        tasks.spawn("store.connection", async move {
            // What goes wrong here shows at the client.
            drop(connection.await);
        });
        Ok(client)
    }
}

fn tls(verify: bool) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unreachable)?;
    if !verify {
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unverified(provider)))
            .with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // One that can't be read can't vouch for anybody.
        drop(roots.add(certificate));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Accepts any certificate: `sslmode=prefer` and `require` promise encryption only.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
