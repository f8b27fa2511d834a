//! A template's parameters: what may be chosen and which values are accepted.

use serde::{Deserialize, Serialize};

/// One thing that a workspace's creator may choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Unique within the document.
    pub name: String,
    /// Shown instead of the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// For the person who chooses.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What a value must look like.
    #[serde(rename = "type", default)]
    pub kind: ParameterType,
    /// How a form asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_type: Option<FormType>,
    /// The value when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// The only accepted values, when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Whether it may change after the first build.
    #[serde(default)]
    pub mutable: bool,
    /// Whether it counts for one build only.
    #[serde(default)]
    pub ephemeral: bool,
    /// Path or address of a picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// A value must match this expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_regex: Option<String>,
    /// Smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_min: Option<i64>,
    /// Largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_max: Option<i64>,
    /// Whether a number may only grow or only shrink from build to build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_monotonic: Option<Monotonic>,
    /// Said instead of our own words when a value is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<String>,
}

/// What a value must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterType {
    /// Any text.
    #[default]
    #[serde(rename = "string")]
    Text,
    /// A whole number.
    #[serde(rename = "number")]
    Number,
    /// `true` or `false`.
    #[serde(rename = "bool")]
    Bool,
    /// A JSON list of texts.
    #[serde(rename = "list(string)")]
    List,
}

/// How a form asks for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of form controls say it")]
pub enum FormType {
    Input,
    Textarea,
    Dropdown,
    Radio,
    Checkbox,
    Switch,
    Slider,
    MultiSelect,
    TagSelect,
}

/// The direction in which a number may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monotonic {
    /// It may only grow.
    Increasing,
    /// It may only shrink.
    Decreasing,
}

/// One accepted value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Shown.
    pub name: String,
    /// Stored.
    pub value: String,
    /// For the person who chooses.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Path or address of a picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub icon: String,
}

impl ParameterType {
    /// Wire form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::List => "list(string)",
        }
    }
}

impl Parameter {
    /// Whether `value` may be chosen; the error is a sentence for the person.
    ///
    /// # Errors
    /// What the value would have to be.
    pub fn check_value(&self, value: &str) -> Result<(), String> {
        let own_words = |problem| self.validation_error.clone().unwrap_or(problem);
        match self.kind {
            ParameterType::Text => Ok(()),
            ParameterType::Number => self.check_number(value),
            ParameterType::Bool => value
                .parse::<bool>()
                .map(drop)
                .map_err(|_error| "must be `true` or `false`".to_owned()),
            ParameterType::List => serde_json::from_str::<Vec<String>>(value)
                .map(drop)
                .map_err(|_error| "must be a JSON list of texts".to_owned()),
        }
        .and_then(|()| self.check_pattern(value))
        .map_err(own_words)?;
        if self.options.is_empty() || self.options.iter().any(|option| option.value == value) {
            return Ok(());
        }
        let values: Vec<&str> = self.options.iter().map(|o| o.value.as_str()).collect();
        Err(own_words(format!("must be one of {}", values.join(", "))))
    }

    fn check_number(&self, value: &str) -> Result<(), String> {
        let number: i64 = value
            .parse()
            .map_err(|_error| "must be a whole number".to_owned())?;
        if self.validation_min.is_some_and(|min| number < min) {
            return Err(format!(
                "must be at least {}",
                self.validation_min.unwrap_or(0)
            ));
        }
        if self.validation_max.is_some_and(|max| number > max) {
            return Err(format!(
                "must be at most {}",
                self.validation_max.unwrap_or(0)
            ));
        }
        Ok(())
    }

    fn check_pattern(&self, value: &str) -> Result<(), String> {
        let Some(pattern) = &self.validation_regex else {
            return Ok(());
        };
        let regex = regex::Regex::new(pattern).map_err(|error| error.to_string())?;
        if regex.is_match(value) {
            Ok(())
        } else {
            Err(format!("must match `{pattern}`"))
        }
    }

    /// The definition itself: a default that its own rules refuse helps nobody.
    pub(super) fn check_definition(&self) -> Result<(), String> {
        if self.name.is_empty() {
            return Err("a parameter needs a name".to_owned());
        }
        if let Some(pattern) = &self.validation_regex {
            regex::Regex::new(pattern).map_err(|error| format!("validation_regex: {error}"))?;
        }
        match &self.default_value {
            Some(value) => self
                .check_value(value)
                .map_err(|problem| format!("default_value {problem}")),
            None => Ok(()),
        }
    }
}
