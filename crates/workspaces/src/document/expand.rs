//! `${parameter.NAME}` and `${workspace.FIELD}`: the whole expression language.

use std::collections::BTreeMap;

/// What a reference may name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Values by parameter name.
    pub parameters: BTreeMap<String, String>,
    /// `workspace.name`.
    pub workspace_name: String,
    /// `workspace.id`.
    pub workspace_id: String,
    /// `workspace.owner`.
    pub owner: String,
    /// `workspace.owner_email`.
    pub owner_email: String,
}

impl Scope {
    /// Replaces every reference. One that nothing answers stays as it was written; the
    /// document was checked when it was imported.
    #[must_use]
    pub fn expand(&self, text: &str) -> String {
        walk(text, |reference| self.value(reference))
    }

    fn value(&self, reference: &str) -> Option<String> {
        if let Some(name) = reference.strip_prefix("parameter.") {
            return self.parameters.get(name).cloned();
        }
        match reference {
            "workspace.name" => Some(self.workspace_name.clone()),
            "workspace.id" => Some(self.workspace_id.clone()),
            "workspace.owner" => Some(self.owner.clone()),
            "workspace.owner_email" => Some(self.owner_email.clone()),
            _ => None,
        }
    }
}

/// Whether every reference of `text` can be answered.
pub(super) fn check(text: &str, parameters: &[&str]) -> Result<(), String> {
    let mut unknown = None;
    let known = Scope {
        parameters: parameters
            .iter()
            .map(|name| ((*name).to_owned(), String::new()))
            .collect(),
        ..Scope::default()
    };
    walk(text, |reference| {
        let value = known.value(reference);
        // A shell's own `${HOME}` is none of our business: only our two prefixes are.
        let ours = reference.starts_with("parameter.") || reference.starts_with("workspace.");
        if value.is_none() && ours {
            unknown.get_or_insert_with(|| reference.to_owned());
        }
        value
    });
    unknown.map_or(Ok(()), |reference| {
        Err(format!("`${{{reference}}}` names nothing"))
    })
}

fn walk(text: &str, mut answer: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((reference, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        if let Some(value) = answer(reference) {
            out.push_str(&value);
            rest = tail;
        } else {
            out.push_str("${");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
