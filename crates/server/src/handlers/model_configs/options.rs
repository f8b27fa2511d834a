//! Checks settings against the table of options: what is unknown, out of bounds or not carried
//! by the model's format is named with its path.

use muster_api::Validation;
use muster_base::limits;
use muster_llm::{Effort, OptionField, OptionKind, ProviderKind, Rule, Wire};
use serde_json::{Map, Value};

/// One check of one document.
pub(super) struct Check {
    pub(super) provider: ProviderKind,
    pub(super) wire: Wire,
    pub(super) wrong: Vec<Validation>,
}

impl Check {
    pub(super) fn refuse(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.wrong.push(Validation::new(path, problem));
    }

    /// The entries of an object. Null is as good as absent.
    pub(super) fn object(
        &mut self,
        path: &str,
        fields: &[OptionField],
        values: &Map<String, Value>,
    ) {
        for (name, value) in values.iter().filter(|(_, value)| !value.is_null()) {
            match fields.iter().find(|field| field.name == name) {
                Some(field) => self.field(&format!("{path}.{name}"), field, value),
                None => self.refuse(format!("{path}.{name}"), "is not known"),
            }
        }
        let missing = fields
            .iter()
            .filter(|field| field.required && values.get(field.name).is_none_or(Value::is_null));
        for field in missing {
            self.refuse(format!("{path}.{}", field.name), "is required");
        }
    }

    pub(super) fn field(&mut self, path: &str, field: &OptionField, value: &Value) {
        if !field.places.is_empty() && field.place(self.wire).is_none() {
            let format = self.wire.display_name();
            let problem = format!("cannot be sent in the {format} format of this model");
            return self.refuse(path, problem);
        }
        match (field.kind, value) {
            (OptionKind::Object(inner), Value::Object(values)) => self.object(path, inner, values),
            (OptionKind::Objects(inner), Value::Array(entries)) if fits(entries.len()) => {
                for (index, entry) in entries.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    match entry.as_object() {
                        Some(values) => self.object(&path, inner, values),
                        None => self.refuse(path, "must be an object"),
                    }
                }
            }
            (OptionKind::Json(forbidden), Value::Object(values)) => {
                for key in forbidden.iter().filter(|key| values.contains_key(**key)) {
                    self.refuse(format!("{path}.{key}"), "may not be set here");
                }
            }
            (kind, value) => {
                if let Some(problem) = problem(self.provider, kind, value) {
                    self.refuse(path, problem);
                }
            }
        }
    }

    /// What the options at `path` demand of each other.
    pub(super) fn rules(&mut self, path: &str, rules: &[Rule], options: &Value) {
        for rule in rules {
            match *rule {
                Rule::NotBoth(one, other)
                    if at(options, one).is_some() && at(options, other).is_some() =>
                {
                    self.refuse(format!("{path}.{other}"), format!("excludes {one}"));
                }
                Rule::Needs(field, needs)
                    if at(options, field).is_some()
                        && at(options, needs) != Some(&Value::Bool(true)) =>
                {
                    self.refuse(format!("{path}.{field}"), format!("needs {needs}"));
                }
                Rule::NotBoth(..) | Rule::Needs(..) => {}
            }
        }
    }
}

/// What stands at a dotted path. An empty list says nothing.
fn at<'a>(options: &'a Value, path: &str) -> Option<&'a Value> {
    let mut value = options;
    for name in path.split('.') {
        value = value.get(name)?;
    }
    let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    (!is_nothing).then_some(value)
}

const fn fits(entries: usize) -> bool {
    entries <= limits::MODEL_OPTION_ENTRIES_MAX
}

/// What is wrong with a value that has no fields of its own.
fn problem(provider: ProviderKind, kind: OptionKind, value: &Value) -> Option<String> {
    let word = |good: fn(&str) -> bool| value.as_str().is_some_and(good);
    let (good, rule) = match kind {
        OptionKind::Flag => (value.is_boolean(), "must be true or false".to_owned()),
        OptionKind::Text(most) => (
            word(is_line) && value.as_str().is_some_and(|text| shorter(text, most)),
            format!("must be one line of 1 to {most} characters"),
        ),
        OptionKind::Paragraph(most) => (
            value.as_str().is_some_and(|text| shorter(text, most)),
            format!("must be text of 1 to {most} characters"),
        ),
        OptionKind::Choice(choices) => (one_of(value, choices), among(choices)),
        OptionKind::Choices(choices) => (
            each(value, |entry| one_of(entry, choices)),
            format!("is a list; each entry {}", among(choices)),
        ),
        OptionKind::Effort => {
            let offered = Effort::ALL.into_iter();
            let offered = offered.filter(|effort| effort.is_offered_by(provider));
            let offered: Vec<&str> = offered.map(Effort::as_str).collect();
            (one_of(value, &offered), among(&offered))
        }
        OptionKind::Whole(least, most) => (
            value.as_i64().is_some_and(|n| (least..=most).contains(&n)),
            format!("must be a whole number between {least} and {most}"),
        ),
        OptionKind::Number(least, most) => (
            within(value, least, most),
            format!("must be between {least} and {most}"),
        ),
        OptionKind::Texts => (
            each(value, |entry| entry.as_str().is_some_and(is_word)),
            "must be a list of words".to_owned(),
        ),
        OptionKind::Domains => (
            each(value, |entry| entry.as_str().is_some_and(is_domain)),
            "must be a list of host names without a scheme".to_owned(),
        ),
        OptionKind::TextMap => (is_text_map(value), text_map_rule()),
        OptionKind::NumberMap(least, most) => (
            value.as_object().is_some_and(|entries| {
                fits(entries.len()) && entries.values().all(|entry| within(entry, least, most))
            }),
            format!("must name numbers between {least} and {most}"),
        ),
        OptionKind::Object(_) | OptionKind::Json(_) => (false, "must be an object".to_owned()),
        OptionKind::Objects(_) => (false, "must be a list of objects".to_owned()),
    };
    (!good).then_some(rule)
}

fn within(value: &Value, least: f64, most: f64) -> bool {
    value.as_f64().is_some_and(|n| (least..=most).contains(&n))
}

fn one_of(value: &Value, choices: &[&str]) -> bool {
    value.as_str().is_some_and(|text| choices.contains(&text))
}

fn among(choices: &[&str]) -> String {
    if choices.is_empty() {
        return "is not offered by this provider".to_owned();
    }
    format!("must be one of {}", choices.join(", "))
}

fn each(value: &Value, good: impl Fn(&Value) -> bool) -> bool {
    let entries = value.as_array();
    entries.is_some_and(|entries| fits(entries.len()) && entries.iter().all(good))
}

fn shorter(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

fn is_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn is_word(text: &str) -> bool {
    is_line(text) && shorter(text, limits::MODEL_OPTION_WORD_CHARS_MAX)
}

fn is_domain(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    is_word(text)
        && !text.contains(char::is_whitespace)
        && host.chars().all(allowed)
        && host.split('.').all(label)
}

fn is_text_map(value: &Value) -> bool {
    value.as_object().is_some_and(|entries| {
        entries.len() <= limits::MODEL_METADATA_ENTRIES_MAX
            && entries.iter().all(|(name, text)| {
                let text = text.as_str().map(|text| text.chars().count());
                shorter(name, limits::MODEL_METADATA_NAME_CHARS_MAX)
                    && text.is_some_and(|count| count <= limits::MODEL_METADATA_TEXT_CHARS_MAX)
            })
    })
}

fn text_map_rule() -> String {
    format!(
        "must have at most {} names of {} characters with texts of {}",
        limits::MODEL_METADATA_ENTRIES_MAX,
        limits::MODEL_METADATA_NAME_CHARS_MAX,
        limits::MODEL_METADATA_TEXT_CHARS_MAX,
    )
}
