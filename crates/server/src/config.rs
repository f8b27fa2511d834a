//! Settings: flags above the environment above a file above the defaults.
//!
//! The program parses flags and reads the environment; here is what they mean. Every setting
//! has one name: `http_address` in the file, `--http-address`, `MUSTER_HTTP_ADDRESS`. Secrets
//! are never flags.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, Uri};
use muster_base::{Secret, limits};
use muster_chat_engine::Capacity;
use muster_llm::{ProviderConfig, ProviderKind};
use muster_workspaces::SandboxRequirement;
use serde::Deserialize;

/// Where the server listens unless told otherwise.
const HTTP_ADDRESS: &str = "127.0.0.1:7080";
const FORWARDED_FOR: &str = "x-forwarded-for";

/// One layer of settings; what is absent is left to the layer below.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each is explained at the field of `Config` it becomes"
)]
pub struct Settings {
    pub data_dir: Option<PathBuf>,
    pub http_address: Option<String>,
    pub access_url: Option<String>,
    /// A secret when it holds a password: file or environment only.
    #[serde(default, deserialize_with = "secret")]
    pub database_url: Option<Secret>,
    /// Hex keys separated by commas; a secret.
    #[serde(default, deserialize_with = "secret")]
    pub encryption_keys: Option<Secret>,
    pub session_duration_secs: Option<u64>,
    pub proxy_trusted_origins: Option<Vec<String>>,
    pub agents_access_default: Option<bool>,
    pub allow_newer_schema: Option<bool>,
    pub sandbox_require: Option<String>,
    pub chat_slots: Option<usize>,
    pub subagent_slots: Option<usize>,
    pub log: Option<String>,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Holds the database, keys and workspaces; mode 0700.
    pub data_dir: PathBuf,
    /// Where the server listens.
    pub http_address: SocketAddr,
    /// How people and agents reach the server; the listening address when absent.
    pub access_url: Option<Uri>,
    /// `sqlite:<path>` or `postgres://…`; a file in the data folder when absent.
    pub database_url: Option<Secret>,
    /// Hex keys that seal secrets, the sealing one first; a key file when absent.
    pub encryption_keys: Option<Secret>,
    /// Life of a browser session since its last use.
    pub session_life: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Whether every new person may have agents work.
    pub agents_access_default: bool,
    /// Start on a schema that a newer release has extended.
    pub allow_newer_schema: bool,
    /// The weakest isolation at which workspaces start.
    pub sandbox_require: SandboxRequirement,
    /// How many chats, and how many subagents, run at once in this process; 0 is no limit.
    pub chat_capacity: Capacity,
    /// Filter of the log.
    pub log: Option<String>,
    /// Providers that the environment configures; a stored one of the same name wins.
    pub presets: Vec<ProviderConfig>,
    /// Providers whose keys are in the environment and may not be used before somebody says so.
    pub offers: Vec<ProviderConfig>,
    /// Where servers of models usually are on this machine.
    pub local_models: Vec<LocalModels>,
}

/// Where a server of models would be if it ran on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalModels {
    /// What people call it.
    pub name: String,
    /// Its address for a provider `openai-compat`.
    pub base_url: String,
}

/// The usual ones, with the ports they take unless told otherwise.
fn usual_local_models() -> Vec<LocalModels> {
    let usual = [
        ("Ollama", 11_434),
        ("LM Studio", 1_234),
        ("llama.cpp", 8_080),
    ];
    usual
        .into_iter()
        .map(|(name, port)| LocalModels {
            name: name.to_owned(),
            base_url: format!("http://127.0.0.1:{port}/v1"),
        })
        .collect()
}

/// A setting that can't be used. Never repeats a value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: String,
}

impl Settings {
    /// The layer of a config file.
    ///
    /// # Errors
    /// When the text is no TOML or names an unknown setting.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError {
            name: "file",
            problem: format!("can't be read: {}", error.message()),
        })
    }

    /// The layer of the environment; `get` reads one variable.
    ///
    /// # Errors
    /// When a variable does not fit its setting.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let list = |text: String| text.split(',').map(|one| one.trim().to_owned()).collect();
        Ok(Self {
            data_dir: get("MUSTER_DATA_DIR").map(PathBuf::from),
            http_address: get("MUSTER_HTTP_ADDRESS"),
            access_url: get("MUSTER_ACCESS_URL"),
            database_url: get("MUSTER_DATABASE_URL").map(Secret::new),
            encryption_keys: get("MUSTER_ENCRYPTION_KEYS").map(Secret::new),
            session_duration_secs: read(&get, "MUSTER_SESSION_DURATION_SECS")?,
            proxy_trusted_origins: get("MUSTER_PROXY_TRUSTED_ORIGINS").map(list),
            agents_access_default: read(&get, "MUSTER_AGENTS_ACCESS_DEFAULT")?,
            allow_newer_schema: read(&get, "MUSTER_ALLOW_NEWER_SCHEMA")?,
            sandbox_require: get("MUSTER_SANDBOX_REQUIRE"),
            chat_slots: read(&get, "MUSTER_CHAT_SLOTS")?,
            subagent_slots: read(&get, "MUSTER_SUBAGENT_SLOTS")?,
            log: get("MUSTER_LOG"),
        })
    }

    /// This layer on top of a lower one.
    #[must_use]
    pub fn or(self, lower: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(lower.data_dir),
            http_address: self.http_address.or(lower.http_address),
            access_url: self.access_url.or(lower.access_url),
            database_url: self.database_url.or(lower.database_url),
            encryption_keys: self.encryption_keys.or(lower.encryption_keys),
            session_duration_secs: self.session_duration_secs.or(lower.session_duration_secs),
            proxy_trusted_origins: self.proxy_trusted_origins.or(lower.proxy_trusted_origins),
            agents_access_default: self.agents_access_default.or(lower.agents_access_default),
            allow_newer_schema: self.allow_newer_schema.or(lower.allow_newer_schema),
            sandbox_require: self.sandbox_require.or(lower.sandbox_require),
            chat_slots: self.chat_slots.or(lower.chat_slots),
            subagent_slots: self.subagent_slots.or(lower.subagent_slots),
            log: self.log.or(lower.log),
        }
    }

    /// The settings, with defaults for what no layer named.
    ///
    /// # Errors
    /// When a value does not fit.
    pub fn into_config(self, default_data_dir: PathBuf) -> Result<Config, ConfigError> {
        let address = self.http_address.as_deref().unwrap_or(HTTP_ADDRESS);
        let proxies = self.proxy_trusted_origins.unwrap_or_default();
        Ok(Config {
            data_dir: self.data_dir.unwrap_or(default_data_dir),
            http_address: address.parse().map_err(|_cause| ConfigError {
                name: "http_address",
                problem: "must be an address and a port, such as 127.0.0.1:7080".to_owned(),
            })?,
            access_url: self.access_url.as_deref().map(access_url).transpose()?,
            database_url: self.database_url,
            encryption_keys: self.encryption_keys,
            session_life: self
                .session_duration_secs
                .map_or(limits::SESSION_LIFE, Duration::from_secs),
            trusted_proxies: proxies
                .iter()
                .map(|text| Network::parse(text))
                .collect::<Result<_, _>>()?,
            agents_access_default: self.agents_access_default.unwrap_or(true),
            allow_newer_schema: self.allow_newer_schema.unwrap_or(false),
            sandbox_require: sandbox(self.sandbox_require.as_deref())?,
            chat_capacity: Capacity {
                roots: self.chat_slots.unwrap_or(0),
                subagents: self.subagent_slots.unwrap_or(0),
            },
            log: self.log,
            presets: Vec::new(),
            offers: Vec::new(),
            local_models: usual_local_models(),
        })
    }
}

fn read<T: std::str::FromStr>(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<T>, ConfigError> {
    let value = get(name).map(|text| text.parse());
    value.transpose().map_err(|_cause| ConfigError {
        name,
        problem: "has a value that does not fit".to_owned(),
    })
}

fn sandbox(text: Option<&str>) -> Result<SandboxRequirement, ConfigError> {
    match text {
        None => Ok(SandboxRequirement::default()),
        Some("strict") => Ok(SandboxRequirement::Strict),
        Some("landlock") => Ok(SandboxRequirement::Landlock),
        Some("any" | "best_effort") => Ok(SandboxRequirement::Any),
        Some(_) => Err(ConfigError {
            name: "sandbox_require",
            problem: "must be strict, landlock or any".to_owned(),
        }),
    }
}

fn access_url(text: &str) -> Result<Uri, ConfigError> {
    let url: Option<Uri> = text.trim_end_matches('/').parse().ok();
    let is_http = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https"));
    url.filter(|url| is_http(url) && url.authority().is_some())
        .ok_or_else(|| ConfigError {
            name: "access_url",
            problem: "must begin with http:// or https://".to_owned(),
        })
}

/// The providers that the usual variables configure.
pub fn presets(get: impl Fn(&str) -> Option<String>) -> Vec<ProviderConfig> {
    PRESETS
        .into_iter()
        .filter_map(|(kind, key, base_url)| {
            Some(ProviderConfig {
                kind,
                api_key: Some(Secret::new(get(key)?)),
                base_url: get(base_url),
                region: None,
            })
        })
        .collect()
}

/// Providers that usual variables configure: of the key, and of the address.
const PRESETS: [(ProviderKind, &str, &str); 2] = [
    (
        ProviderKind::Anthropic,
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
    ),
    (ProviderKind::Openai, "OPENAI_API_KEY", "OPENAI_BASE_URL"),
];

/// The variable that holds the key of a provider; `None` where there is no usual one.
pub(crate) fn key_variable(wanted: ProviderKind) -> Option<&'static str> {
    let preset = PRESETS.into_iter().find(|(kind, _, _)| *kind == wanted);
    preset.map(|(_, key, _)| key)
}

impl Config {
    /// Whether browsers reach the server by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        let scheme = self.access_url.as_ref().and_then(Uri::scheme_str);
        scheme == Some("https")
    }

    /// The trusted proxies as they are written in settings.
    pub(crate) fn proxies(&self) -> String {
        let networks = self.trusted_proxies.iter().map(ToString::to_string);
        networks.collect::<Vec<_>>().join(", ")
    }

    /// Who really asks: behind trusted proxies the first address that is none of them.
    pub(crate) fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let trusted = |address: &IpAddr| self.trusted_proxies.iter().any(|net| net.has(*address));
        if !trusted(&peer) {
            return peer;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter();
        let hops: Vec<IpAddr> = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .filter_map(|hop| hop.trim().parse().ok())
            .collect();
        hops.into_iter()
            .rev()
            .find(|hop| !trusted(hop))
            .unwrap_or(peer)
    }
}

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: u128,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError {
            name: "proxy_trusted_origins",
            problem: "must be a list of addresses or networks such as 10.0.0.0/8".to_owned(),
        };
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_cause| wrong())?;
        let (whole, before) = if address.is_ipv4() {
            (32, 96)
        } else {
            (128, 0)
        };
        let prefix = prefix.map_or(Ok(whole), |text| {
            text.trim().parse().map_err(|_cause| wrong())
        })?;
        if prefix > whole {
            return Err(wrong());
        }
        Ok(Self {
            base: bits(address),
            prefix: prefix + before,
        })
    }

    fn has(self, address: IpAddr) -> bool {
        let shift = 128 - self.prefix;
        let cut = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
        cut(bits(address)) == cut(self.base)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = Ipv6Addr::from_bits(self.base);
        match address.to_ipv4_mapped() {
            Some(address) if self.prefix >= 96 => write!(f, "{address}/{}", self.prefix - 96),
            Some(_) | None => write!(f, "{address}/{}", self.prefix),
        }
    }
}

/// IPv4 addresses are looked at in their IPv6 form.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests;
