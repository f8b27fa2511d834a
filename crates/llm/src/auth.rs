//! How a request proves whose it is: a header with the key, or a signature made with it.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use muster_base::{Micros, Secret};
use reqwest::Url;

use crate::failure::{Failure, FailureKind};
use crate::provider::{ProviderConfig, ProviderKind};
use crate::sigv4::Signer;

/// What is replaced in every quoted text.
const REDACTED: &str = "[redacted]";

/// The proof of one configuration.
#[derive(Debug)]
pub(crate) struct Auth {
    kind: Kind,
    /// Everything secret about it, to keep it out of what is quoted.
    secrets: Vec<Secret>,
}

#[derive(Debug)]
enum Kind {
    /// Local servers mostly ask for no key.
    Open,
    Header(HeaderName, HeaderValue),
    Signed(Box<Signer>),
}

impl Auth {
    /// The proof that a configuration's provider asks for.
    pub(crate) fn of(config: &ProviderConfig) -> Result<Self, Failure> {
        let Some(key) = config.key() else {
            if config.kind == ProviderKind::OpenaiCompat {
                return Ok(Self {
                    kind: Kind::Open,
                    secrets: Vec::new(),
                });
            }
            return Err(Failure::of(FailureKind::MissingKey, Some(config.kind)));
        };
        if config.kind == ProviderKind::Bedrock
            && let Some(pair) = Pair::read(key)
        {
            let secrets = [Some(pair.secret), pair.session].into_iter().flatten();
            let secrets = secrets.map(|text| Secret::new(text.to_owned())).collect();
            let session = pair.session.map(|token| key_header(token, config.kind));
            let signer = Signer {
                access_key: pair.id.to_owned(),
                secret_key: Secret::new(pair.secret.to_owned()),
                session: session.transpose()?,
                region: config.region()?.to_owned(),
                service: "bedrock",
            };
            return Ok(Self {
                kind: Kind::Signed(Box::new(signer)),
                secrets,
            });
        }
        let name = match config.kind {
            ProviderKind::Anthropic => HeaderName::from_static("x-api-key"),
            ProviderKind::Azure => HeaderName::from_static("api-key"),
            ProviderKind::Google => HeaderName::from_static("x-goog-api-key"),
            ProviderKind::Bedrock
            | ProviderKind::Openai
            | ProviderKind::OpenaiCompat
            | ProviderKind::Openrouter
            | ProviderKind::Vercel => header::AUTHORIZATION,
        };
        let value = if name == header::AUTHORIZATION {
            key_header(&format!("Bearer {key}"), config.kind)?
        } else {
            key_header(key, config.kind)?
        };
        Ok(Self {
            kind: Kind::Header(name, value),
            secrets: vec![Secret::new(key.to_owned())],
        })
    }

    /// Adds the proof to a request that is complete otherwise.
    pub(crate) fn apply(&self, outgoing: &mut Outgoing<'_>, now: Micros) {
        match &self.kind {
            Kind::Open => {}
            Kind::Header(name, value) => {
                outgoing.headers.insert(name.clone(), value.clone());
            }
            Kind::Signed(signer) => signer.sign(outgoing, now),
        }
    }

    /// A text that may quote the request, without anything secret.
    pub(crate) fn without_key(&self, text: &str) -> String {
        let secrets = self.secrets.iter().map(Secret::expose);
        secrets.fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), REDACTED)
        })
    }
}

/// A request that is about to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a mut HeaderMap,
    pub(crate) body: &'a [u8],
}

/// An access key pair as it is typed: `AKIA…:secret`, or `ASIA…:secret:session`.
struct Pair<'a> {
    id: &'a str,
    secret: &'a str,
    session: Option<&'a str>,
}

impl<'a> Pair<'a> {
    /// `None` is a bearer key, which has no colon.
    fn read(key: &'a str) -> Option<Self> {
        let (id, rest) = key.split_once(':')?;
        let (secret, session) = match rest.split_once(':') {
            Some((secret, session)) => (secret, Some(session)),
            None => (rest, None),
        };
        let is_id = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
        let session = session.map(str::trim).filter(|token| !token.is_empty());
        (is_id && !secret.trim().is_empty()).then_some(Self {
            id,
            secret: secret.trim(),
            session,
        })
    }
}

fn key_header(text: &str, provider: ProviderKind) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(text).map_err(|_invalid| {
        let failure = Failure::of(FailureKind::Auth, Some(provider));
        failure.with_detail("the key contains characters that no key has")
    })?;
    value.set_sensitive(true);
    Ok(value)
}
