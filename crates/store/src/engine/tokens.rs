//! One text for two engines: the tokens that each engine spells differently.

use crate::engine::Engine;

/// A statement's text as one engine takes it.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) sql: String,
    /// The parameters' numbers in the order in which they first appear. `SQLite` numbers
    /// `$3` by appearance, since to it that is a name.
    pub(crate) order: Vec<usize>,
}

/// Expands the tokens of a statement. What is no known token stays a comment, so that a
/// mistyped list token leaves a syntax error.
pub(crate) fn statement(engine: Engine, source: &str) -> Text {
    let mut sql = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("/*") {
        sql.push_str(before);
        let Some((token, after)) = after.split_once("*/") else {
            sql.push_str("/*");
            rest = after;
            break;
        };
        match token_text(engine, token) {
            Some(text) => sql.push_str(&text),
            None => sql.extend(["/*", token, "*/"]),
        }
        rest = after;
    }
    sql.push_str(rest);
    let order = parameters(&sql);
    Text { sql, order }
}

fn token_text(engine: Engine, token: &str) -> Option<String> {
    let mut parts = token.split(':');
    let parts = (parts.next()?, parts.next(), parts.next());
    let text = match (engine, parts) {
        (Engine::Postgres, ("lock", None, None)) => "for update".to_owned(),
        (Engine::Postgres, ("skip", None, None)) => "for update skip locked".to_owned(),
        (Engine::Sqlite, ("in", Some("uuid"), Some(param))) => {
            format!("(select unhex(value) from json_each({param}))")
        }
        (Engine::Sqlite, ("in", Some("text" | "int"), Some(param))) => {
            format!("(select value from json_each({param}))")
        }
        (Engine::Postgres, ("in", Some(kind), Some(param))) => {
            let cast = match kind {
                "uuid" => "::uuid",
                "int" => "::bigint",
                "text" => "",
                _ => return None,
            };
            format!("(select e{cast} from jsonb_array_elements_text({param}) as e)")
        }
        (Engine::Sqlite, ("pairs", Some(param), None)) => {
            format!("(select key, value from json_each({param}))")
        }
        (Engine::Postgres, ("pairs", Some(param), None)) => {
            format!("(select key, value from jsonb_each_text({param}))")
        }
        (_, ("p", Some(kind), Some(param))) => {
            let cast = match kind {
                "uuid" => "uuid",
                "int" => "bigint",
                "text" => "text",
                "bool" => "boolean",
                "json" => "jsonb",
                _ => return None,
            };
            match engine {
                Engine::Sqlite => param.to_owned(),
                Engine::Postgres => format!("{param}::{cast}"),
            }
        }
        _ => return None,
    };
    Some(text)
}

/// The numbers of `$n` in order of first appearance, outside of strings and comments.
fn parameters(sql: &str) -> Vec<usize> {
    let mut order = Vec::new();
    let mut chars = sql.chars().peekable();
    while let Some(at) = chars.next() {
        match (at, chars.peek()) {
            ('\'' | '"', _) => {
                chars.by_ref().find(|next| *next == at);
            }
            ('-', Some('-')) => {
                chars.by_ref().find(|next| *next == '\n');
            }
            ('/', Some('*')) => {
                let mut last = ' ';
                chars.by_ref().find(|next| {
                    let ends = last == '*' && *next == '/';
                    last = *next;
                    ends
                });
            }
            ('$', _) => {
                let mut number = 0;
                while let Some(digit) = chars.peek().and_then(|next| next.to_digit(10)) {
                    number = number * 10 + digit as usize;
                    chars.next();
                }
                if number > 0 && !order.contains(&number) {
                    order.push(number);
                }
            }
            _ => {}
        }
    }
    order
}

/// Expands the tokens of a migration.
pub(crate) fn ddl(engine: Engine, source: &str) -> String {
    let mut sql = own_blocks(engine, source);
    for (token, postgres, sqlite) in [
        ("{uuid}", "uuid", "blob"),
        ("{int}", "bigint", "integer"),
        ("{bool}", "boolean", "integer"),
        ("{real}", "double precision", "real"),
        ("{text}", "text collate \"C\"", "text"),
        ("{bytes}", "bytea", "blob"),
        ("{json}", "jsonb", "text"),
        (
            "{serial}",
            "bigint generated always as identity primary key",
            "integer primary key autoincrement",
        ),
        ("{strict}", "", "strict"),
        ("{unlogged}", "unlogged", ""),
    ] {
        let text = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        };
        sql = sql.replace(token, text);
    }
    sql
}

/// Drops the `-- only: <other engine>` … `-- end` blocks.
fn own_blocks(engine: Engine, source: &str) -> String {
    let own = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let mut keep = true;
    let mut sql = String::with_capacity(source.len());
    for line in source.lines() {
        if let Some(only) = line.trim().strip_prefix("-- only:") {
            keep = only.trim() == own;
        } else if line.trim() == "-- end" {
            keep = true;
        } else if keep {
            sql.push_str(line);
            sql.push('\n');
        }
    }
    sql
}

#[cfg(test)]
mod tests;
