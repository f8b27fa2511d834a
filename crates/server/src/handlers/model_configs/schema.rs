//! What a model's settings may say, for the admin form: the table of options as JSON.

use muster_api::{ModelConfigSchema, ProviderSchema, SettingField, SettingKind, SettingRule};
use muster_llm::{
    OptionField, OptionKind, ProviderKind, RESPONSES_PREFIXES, Rule, Wire, common_fields,
    fields_of, options_key, rules_of,
};

use crate::views::models::efforts;

pub(super) fn schema() -> ModelConfigSchema {
    ModelConfigSchema {
        providers: ProviderKind::ALL.map(provider).to_vec(),
    }
}

fn provider(kind: ProviderKind) -> ProviderSchema {
    let wires = Wire::all_of(kind);
    let has_choice = wires.len() > 1;
    let mut fields = fields(kind, common_fields(kind), wires);
    fields.retain(|field| !field.wires.is_empty());
    fields.extend(has_choice.then(wire_api));
    fields.push(cost(wires));
    let prefixes: &[&str] = if has_choice { &RESPONSES_PREFIXES } else { &[] };
    ProviderSchema {
        provider: kind.to_string(),
        display_name: kind.display_name().to_owned(),
        wires: names(wires),
        responses_prefixes: words(prefixes),
        fields,
        options_key: options_key(kind).to_owned(),
        options: self::fields(kind, fields_of(kind), wires),
        rules: rules_of(kind).iter().copied().map(rule).collect(),
    }
}

fn names(wires: &[Wire]) -> Vec<String> {
    wires.iter().map(|wire| wire.as_str().to_owned()).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}

/// The fields, of which those without a place of their own go where their object goes.
fn fields(kind: ProviderKind, fields: &[OptionField], outer: &[Wire]) -> Vec<SettingField> {
    fields.iter().map(|one| field(kind, one, outer)).collect()
}

fn field(provider: ProviderKind, field: &OptionField, outer: &[Wire]) -> SettingField {
    let carried = |wire: &&Wire| field.places.is_empty() || field.place(**wire).is_some();
    let wires: Vec<Wire> = outer.iter().filter(carried).copied().collect();
    let plain = SettingField {
        name: field.name.to_owned(),
        kind: kind(field.kind),
        help: field.help.to_owned(),
        required: field.required,
        wires: names(&wires),
        choices: Vec::new(),
        minimum: None,
        maximum: None,
        max_length: None,
        forbidden: Vec::new(),
        fields: Vec::new(),
    };
    match field.kind {
        OptionKind::Text(most) | OptionKind::Paragraph(most) => SettingField {
            max_length: u64::try_from(most).ok(),
            ..plain
        },
        OptionKind::Choice(choices) | OptionKind::Choices(choices) => SettingField {
            choices: words(choices),
            ..plain
        },
        OptionKind::Effort => SettingField {
            choices: efforts(provider),
            ..plain
        },
        OptionKind::Whole(least, most) => SettingField {
            minimum: Some(number(least)),
            maximum: Some(number(most)),
            ..plain
        },
        OptionKind::Number(least, most) | OptionKind::NumberMap(least, most) => SettingField {
            minimum: Some(least),
            maximum: Some(most),
            ..plain
        },
        OptionKind::Object(inner) | OptionKind::Objects(inner) => SettingField {
            fields: fields(provider, inner, &wires),
            ..plain
        },
        OptionKind::Json(forbidden) => SettingField {
            forbidden: words(forbidden),
            ..plain
        },
        OptionKind::Flag | OptionKind::Texts | OptionKind::Domains | OptionKind::TextMap => plain,
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
const fn number(whole: i64) -> f64 {
    whole as f64
}

const fn kind(kind: OptionKind) -> SettingKind {
    match kind {
        OptionKind::Flag => SettingKind::Flag,
        OptionKind::Text(_) => SettingKind::Text,
        OptionKind::Paragraph(_) => SettingKind::Paragraph,
        OptionKind::Choice(_) | OptionKind::Effort => SettingKind::Choice,
        OptionKind::Whole(..) => SettingKind::Whole,
        OptionKind::Number(..) => SettingKind::Number,
        OptionKind::Texts => SettingKind::Texts,
        OptionKind::Choices(_) => SettingKind::Choices,
        OptionKind::Domains => SettingKind::Domains,
        OptionKind::TextMap => SettingKind::TextMap,
        OptionKind::NumberMap(..) => SettingKind::NumberMap,
        OptionKind::Object(_) => SettingKind::Object,
        OptionKind::Objects(_) => SettingKind::Objects,
        OptionKind::Json(_) => SettingKind::Json,
    }
}

fn rule(rule: Rule) -> SettingRule {
    match rule {
        Rule::NotBoth(one, other) => SettingRule::NotBoth {
            one: one.to_owned(),
            other: other.to_owned(),
        },
        Rule::Needs(field, needs) => SettingRule::Needs {
            field: field.to_owned(),
            needs: needs.to_owned(),
        },
    }
}

fn own(name: &str, kind: SettingKind, help: &str, wires: &[Wire]) -> SettingField {
    SettingField {
        name: name.to_owned(),
        kind,
        help: help.to_owned(),
        required: false,
        wires: names(wires),
        choices: Vec::new(),
        minimum: None,
        maximum: None,
        max_length: None,
        forbidden: Vec::new(),
        fields: Vec::new(),
    }
}

fn wire_api() -> SettingField {
    let wires = [Wire::Responses, Wire::Chat];
    let help = "The format of requests, where the model's name should not decide.";
    SettingField {
        choices: names(&wires),
        ..own("wire_api", SettingKind::Choice, help, &wires)
    }
}

/// Prices go to nobody; they are in every provider's form.
fn cost(wires: &[Wire]) -> SettingField {
    let prices = [
        ("input", "Input that is in no cache."),
        ("output", "Output, reasoning included."),
        (
            "cache_read",
            "Input read from a cache; as input without a price.",
        ),
        (
            "cache_write",
            "Input written to a cache; as input without a price.",
        ),
    ];
    let prices = prices.map(|(component, help)| {
        let name = format!("{component}_price_per_million_tokens");
        own(&name, SettingKind::Price, help, wires)
    });
    SettingField {
        fields: prices.to_vec(),
        ..own("cost", SettingKind::Object, "Prices in USD.", wires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_its_form() {
        let schema = schema();
        assert_eq!(schema.providers.len(), ProviderKind::ALL.len());
        for one in &schema.providers {
            assert!(!one.options.is_empty(), "{}", one.provider);
            let all = one.options.iter().chain(&one.fields);
            for field in all.clone().chain(all.flat_map(|field| &field.fields)) {
                let (provider, name) = (&one.provider, &field.name);
                assert!(!field.wires.is_empty(), "{provider} {name}");
                let is_choice = matches!(field.kind, SettingKind::Choice | SettingKind::Choices);
                assert_eq!(is_choice, !field.choices.is_empty(), "{provider} {name}");
            }
        }
    }

    #[test]
    fn fields_of_an_object_go_where_the_object_goes() {
        let schema = schema();
        let openai = schema.providers.iter().find(|one| one.provider == "openai");
        let options = &openai.unwrap().options;
        let prediction = options.iter().find(|one| one.name == "prediction").unwrap();
        assert_eq!(prediction.fields[1].wires, ["chat_completions"]);
        assert!(prediction.fields[1].required);
        let effort = options.iter().find(|one| one.name == "reasoning_effort");
        let effort = effort.unwrap();
        assert_eq!(effort.wires, ["responses", "chat_completions"]);
        assert_eq!(
            effort.choices,
            ["none", "minimal", "low", "medium", "high", "xhigh"]
        );
    }

    #[test]
    fn what_no_format_of_a_provider_carries_is_not_in_its_form() {
        let schema = schema();
        let offers = |provider: &str, name: &str| {
            let one = schema.providers.iter().find(|one| one.provider == provider);
            one.unwrap().fields.iter().any(|field| field.name == name)
        };
        assert!(offers("anthropic", "top_k"));
        assert!(!offers("openai", "top_k"));
        assert!(!offers("anthropic", "presence_penalty"));
        assert!(offers("azure", "wire_api"));
        assert!(!offers("vercel", "wire_api"));
        assert!(offers("google", "cost"));
    }
}
