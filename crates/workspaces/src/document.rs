//! The template document: `template.toml` or the same keys as JSON.
//!
//! Unknown keys are errors, because a misspelt limit that is silently ignored is worse than
//! a template that is refused. An error names file, line and key.

mod amount;
mod error;
mod expand;
mod parameter;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use amount::ByteSize;
pub use error::DocumentError;
pub use expand::Scope;
pub use parameter::{Choice, FormType, Monotonic, Parameter, ParameterType};

/// File name of a document in TOML.
pub(crate) const TOML_NAME: &str = "template.toml";
/// File name of a document in JSON.
pub(crate) const JSON_NAME: &str = "template.json";

/// One version of a template, as its author wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Document {
    /// Which driver builds the workspaces.
    pub provisioner: ProvisionerKind,
    /// What a workspace's creator may choose.
    #[serde(rename = "parameter", skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Named sets of parameter values.
    #[serde(rename = "preset", skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// The agents of a workspace; none written means one called `main`.
    #[serde(rename = "agent", skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentSpec>,
    /// Limits of the whole workspace.
    pub resources: Resources,
    /// What of the network the workspace reaches.
    pub network: Network,
    /// Options of the `local` driver.
    pub sandbox: SandboxOptions,
}

/// The drivers this build knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvisionerKind {
    /// A sandbox on the server's own machine.
    #[default]
    Local,
}

impl ProvisionerKind {
    /// Wire form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
        }
    }
}

/// A named set of parameter values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Unique within the document.
    pub name: String,
    /// For the person who chooses.
    #[serde(default)]
    pub description: String,
    /// Path or address of a picture.
    #[serde(default)]
    pub icon: String,
    /// Whether it is chosen when nobody chooses.
    #[serde(default)]
    pub default: bool,
    /// Values by parameter name.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// One agent of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSpec {
    /// Unique within the document.
    pub name: String,
    /// Working directory of commands; the home when empty.
    #[serde(default)]
    pub dir: String,
    /// Environment of every command.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Operating system the agent runs on.
    #[serde(default = "default_os")]
    pub os: String,
    /// Processor architecture the agent runs on.
    #[serde(default = "default_arch")]
    pub arch: String,
    /// Seconds until an agent that never connected counts as timed out.
    #[serde(default = "default_connection_timeout")]
    pub connection_timeout: u32,
    /// What runs at start and stop.
    #[serde(default)]
    pub scripts: Vec<Script>,
    /// Shown at the start of a terminal.
    #[serde(default)]
    pub motd: String,
}

/// A shell script that the agent runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Shown in logs.
    pub name: String,
    /// Text for `sh`.
    pub run: String,
    /// Runs before the agent is ready.
    #[serde(default)]
    pub run_on_start: bool,
    /// Runs before the workspace stops.
    #[serde(default)]
    pub run_on_stop: bool,
    /// Seconds it may take; zero is the agent's default.
    #[serde(default)]
    pub timeout: u32,
}

/// Limits of the whole workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Cores, fractional.
    pub cpu: f64,
    /// Memory.
    pub memory: ByteSize,
    /// Size of the home.
    pub disk: ByteSize,
    /// Processes.
    pub pids: u32,
}

/// What of the network a workspace reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The mode; `none` unless the template chooses.
    pub mode: NetworkMode,
}

/// How a workspace is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkMode {
    /// Nothing leaves the workspace.
    #[default]
    None,
    /// The host's network, unrestricted; the API and the UI say so.
    Host,
}

/// Options of the `local` driver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxOptions {
    /// The level this template insists on; may only raise the deployment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require: Option<SandboxRequirement>,
    /// Whether commands may make user namespaces of their own.
    pub nested: bool,
    /// Host paths bound read-only into the sandbox.
    pub ro_paths: Vec<String>,
}

/// The weakest isolation that is accepted, weakest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SandboxRequirement {
    /// Even plain processes; must be asked for explicitly.
    #[serde(alias = "best_effort")]
    Any,
    /// At least Landlock and seccomp.
    #[default]
    Landlock,
    /// Namespaces as well.
    Strict,
}

fn default_os() -> String {
    "linux".to_owned()
}

fn default_arch() -> String {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
    .to_owned()
}

const fn default_connection_timeout() -> u32 {
    120
}

impl Default for AgentSpec {
    fn default() -> Self {
        Self {
            name: "main".to_owned(),
            dir: String::new(),
            env: BTreeMap::new(),
            os: default_os(),
            arch: default_arch(),
            connection_timeout: default_connection_timeout(),
            scripts: Vec::new(),
            motd: String::new(),
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            cpu: 2.0,
            memory: ByteSize::gib(4),
            disk: ByteSize::gib(10),
            pids: 4_096,
        }
    }
}

impl Document {
    /// Reads a document from TOML and checks it.
    ///
    /// # Errors
    /// With line and key, when the text is not a valid document.
    pub fn from_toml(text: &str) -> Result<Self, DocumentError> {
        let document: Self =
            toml::from_str(text).map_err(|error| DocumentError::toml(text, &error))?;
        document.check(TOML_NAME)?;
        Ok(document)
    }

    /// Reads a document from JSON and checks it.
    ///
    /// # Errors
    /// With line and key, when the text is not a valid document.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let document: Self =
            serde_json::from_str(text).map_err(|error| DocumentError::json(text, &error))?;
        document.check(JSON_NAME)?;
        Ok(document)
    }

    /// The agents of a workspace: those written, or one called `main`.
    #[must_use]
    pub fn agents(&self) -> Vec<AgentSpec> {
        if self.agents.is_empty() {
            vec![AgentSpec::default()]
        } else {
            self.agents.clone()
        }
    }

    /// The rules that a single value cannot show.
    fn check(&self, file: &'static str) -> Result<(), DocumentError> {
        let rule = |key: &str, problem: String| Err(DocumentError::rule(file, key, problem));
        unique(self.parameters.iter().map(|p| p.name.as_str()))
            .or_else(|name| rule("parameter.name", format!("`{name}` occurs twice")))?;
        unique(self.presets.iter().map(|p| p.name.as_str()))
            .or_else(|name| rule("preset.name", format!("`{name}` occurs twice")))?;
        unique(self.agents.iter().map(|a| a.name.as_str()))
            .or_else(|name| rule("agent.name", format!("`{name}` occurs twice")))?;
        if self.presets.iter().filter(|p| p.default).count() > 1 {
            return rule(
                "preset.default",
                "only one preset may be the default".into(),
            );
        }
        for parameter in &self.parameters {
            parameter
                .check_definition()
                .or_else(|problem| rule(&format!("parameter.{}", parameter.name), problem))?;
        }
        for preset in &self.presets {
            self.check_preset(preset)
                .or_else(|problem| rule(&format!("preset.{}", preset.name), problem))?;
        }
        for agent in &self.agents {
            self.check_references(agent)
                .or_else(|problem| rule(&format!("agent.{}", agent.name), problem))?;
        }
        if !(self.resources.cpu.is_finite() && self.resources.cpu > 0.0) {
            return rule("resources.cpu", "must be above zero".into());
        }
        if let Some(path) = self.sandbox.ro_paths.iter().find(|p| !p.starts_with('/')) {
            return rule("sandbox.ro_paths", format!("`{path}` is not absolute"));
        }
        Ok(())
    }

    fn check_preset(&self, preset: &Preset) -> Result<(), String> {
        for (name, value) in &preset.parameters {
            let parameter = self
                .parameters
                .iter()
                .find(|p| p.name == *name)
                .ok_or_else(|| format!("there is no parameter `{name}`"))?;
            parameter
                .check_value(value)
                .map_err(|problem| format!("parameter `{name}`: {problem}"))?;
        }
        Ok(())
    }

    fn check_references(&self, agent: &AgentSpec) -> Result<(), String> {
        let known: Vec<&str> = self.parameters.iter().map(|p| p.name.as_str()).collect();
        let scripts = agent.scripts.iter().map(|s| &s.run);
        for text in agent.env.values().chain([&agent.dir]).chain(scripts) {
            expand::check(text, &known)?;
        }
        Ok(())
    }
}

/// The first name that occurs twice, as the error.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), &'a str> {
    let mut seen = std::collections::HashSet::new();
    names
        .into_iter()
        .try_for_each(|name| if seen.insert(name) { Ok(()) } else { Err(name) })
}

#[cfg(test)]
mod tests;
