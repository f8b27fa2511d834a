//! Tools that a new chat's client brings along.

use std::collections::HashSet;

use muster_api as api;
use muster_base::limits;
use muster_chat_engine::is_reserved_tool;
use serde_json::Value;

use crate::error::{Error, Result};

/// The stored form of the tools, checked; `None` without any.
pub(super) fn checked(tools: &[api::DynamicTool]) -> Result<Option<Value>> {
    if tools.is_empty() {
        return Ok(None);
    }
    if tools.len() > limits::DYNAMIC_TOOLS_MAX {
        let rule = format!("has at most {} tools", limits::DYNAMIC_TOOLS_MAX);
        return Err(Error::invalid("dynamic_tools", rule));
    }
    let mut names = HashSet::new();
    for (index, tool) in tools.iter().enumerate() {
        let refused = |field: &str, rule: String| {
            Error::invalid(format!("dynamic_tools[{index}].{field}"), rule)
        };
        check_name(&tool.name).map_err(|rule| refused("name", rule))?;
        if !names.insert(tool.name.as_str()) {
            return Err(refused("name", "is there twice".to_owned()));
        }
        let longest = limits::DYNAMIC_TOOL_DESCRIPTION_BYTES_MAX;
        if tool.description.len() > longest {
            return Err(refused(
                "description",
                format!("has at most {longest} bytes"),
            ));
        }
        check_schema(&tool.input_schema).map_err(|rule| refused("input_schema", rule))?;
    }
    let stored = serde_json::to_value(tools).map_err(Error::internal)?;
    if stored.to_string().len() > limits::DYNAMIC_TOOLS_BYTES_MAX {
        let rule = format!("has at most {} bytes", limits::DYNAMIC_TOOLS_BYTES_MAX);
        return Err(Error::invalid("dynamic_tools", rule));
    }
    Ok(Some(stored))
}

fn check_name(name: &str) -> Result<(), String> {
    let longest = limits::DYNAMIC_TOOL_NAME_BYTES_MAX;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if name.is_empty() || name.len() > longest || !name.bytes().all(fits) {
        return Err(format!("has 1 to {longest} letters, digits, `_` and `-`"));
    }
    if is_reserved_tool(name) {
        return Err("is the name of a built-in tool".to_owned());
    }
    Ok(())
}

/// Every provider wants the schema of an object.
fn check_schema(schema: &Value) -> Result<(), String> {
    let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
    if !is_object {
        return Err("is a JSON schema of type object".to_owned());
    }
    let longest = limits::DYNAMIC_TOOL_SCHEMA_BYTES_MAX;
    if schema.to_string().len() > longest {
        return Err(format!("has at most {longest} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(name: &str) -> api::DynamicTool {
        api::DynamicTool {
            name: name.to_owned(),
            description: String::new(),
            input_schema: json!({"type": "object"}),
        }
    }

    fn refused(tools: &[api::DynamicTool]) -> String {
        let body = checked(tools).unwrap_err().into_body();
        body.validations.into_iter().next().unwrap().field
    }

    #[test]
    fn name_is_one_that_every_provider_takes_and_nobody_has() {
        let longest = "x".repeat(limits::DYNAMIC_TOOL_NAME_BYTES_MAX);
        assert!(checked(&[tool("ask_User-2"), tool(&longest)]).is_ok());
        for name in [
            "",
            "two words",
            "é",
            "execute",
            "web_search",
            &(longest + "x"),
        ] {
            assert_eq!(refused(&[tool("a"), tool(name)]), "dynamic_tools[1].name");
        }
        assert_eq!(refused(&[tool("a"), tool("a")]), "dynamic_tools[1].name");
    }

    #[test]
    fn there_are_as_many_tools_as_the_limit_and_no_more() {
        assert_eq!(checked(&[]).unwrap(), None);
        let many = |count: usize| -> Vec<_> {
            (0..count)
                .map(|number| tool(&format!("t{number}")))
                .collect()
        };
        assert!(checked(&many(limits::DYNAMIC_TOOLS_MAX)).is_ok());
        assert_eq!(
            refused(&many(limits::DYNAMIC_TOOLS_MAX + 1)),
            "dynamic_tools"
        );
    }

    #[test]
    fn description_and_schema_have_limits_of_their_own_and_one_together() {
        let longest = limits::DYNAMIC_TOOL_DESCRIPTION_BYTES_MAX;
        let described = |bytes: usize| api::DynamicTool {
            description: "x".repeat(bytes),
            ..tool("a")
        };
        assert!(checked(&[described(longest)]).is_ok());
        let field = "dynamic_tools[0].description";
        assert_eq!(refused(&[described(longest + 1)]), field);
        // Around the text of the title stand the rest of the schema and two quotes.
        let longest = limits::DYNAMIC_TOOL_SCHEMA_BYTES_MAX;
        let with = |name: &str, bytes: usize| {
            let rest = json!({"title": "", "type": "object"}).to_string().len();
            let title = "x".repeat(bytes - rest);
            api::DynamicTool {
                input_schema: json!({"title": title, "type": "object"}),
                ..tool(name)
            }
        };
        assert!(checked(&[with("a", longest)]).is_ok());
        let field = "dynamic_tools[0].input_schema";
        assert_eq!(refused(&[with("a", longest + 1)]), field);
        for schema in [json!(null), json!([]), json!({}), json!({"type": "string"})] {
            let wrong = api::DynamicTool {
                input_schema: schema,
                ..tool("a")
            };
            assert_eq!(refused(&[wrong]), field);
        }
        let all = limits::DYNAMIC_TOOLS_BYTES_MAX / longest;
        let many: Vec<_> = (0..all).map(|n| with(&format!("t{n}"), longest)).collect();
        assert_eq!(refused(&many), "dynamic_tools");
    }
}
