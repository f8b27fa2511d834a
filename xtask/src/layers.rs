//! The layer rule: a crate knows only what lies strictly below it.

use std::fmt::Write as _;

use anyhow::Result;

use crate::metadata::{Metadata, Package};

/// Every crate and its layer. `testkit` stands beside the layers: it may use 0 to 2, and
/// only development dependencies may name it.
const LAYERS: [(&str, u8); 15] = [
    ("base", 0),
    ("api", 1),
    ("rbac", 1),
    ("bus", 1),
    ("llm", 1),
    ("scripted-llm", 1),
    ("agent-link", 1),
    ("store", 2),
    ("agent", 2),
    ("chat-state", 3),
    ("workspaces", 3),
    ("chat-engine", 4),
    ("server", 5),
    ("app", 6),
    ("testkit", 3),
];

/// Third-party crates that only these crates may use. `testkit`, whose fakes are servers,
/// may use any; development dependencies are not looked at.
const GUARDED: [(&[&str], &[&str]); 12] = [
    (
        &[
            "rusqlite",
            "tokio-postgres",
            "deadpool-postgres",
            "tokio-postgres-rustls",
            "postgres-types",
        ],
        &["store"],
    ),
    (&["aes-gcm"], &["store", "server"]),
    (&["axum"], &["server", "gateway", "scripted-llm"]),
    (
        &["reqwest"],
        &["llm", "mcp", "forge", "gateway", "server", "app"],
    ),
    (&["hyper", "h2"], &["agent-link", "agent"]),
    (&["hyper-util"], &["agent-link", "agent", "server"]),
    (
        &["tokio-tungstenite"],
        &["agent-link", "agent", "app", "server"],
    ),
    (
        &[
            "portable-pty",
            "ignore",
            "globset",
            "landlock",
            "seccompiler",
            "rustix",
            "nix",
        ],
        &["agent", "workspaces"],
    ),
    (&["utoipa", "utoipa-axum"], &["api", "server"]),
    (&["argon2", "rust-embed"], &["server"]),
    (
        &[
            "tracing-subscriber",
            "metrics-exporter-prometheus",
            "mimalloc",
            "clap",
        ],
        &["app"],
    ),
    (&["anyhow"], &["app", "testkit"]),
];

/// Crates that only tests may use.
const TESTS_ONLY: [&str; 4] = ["insta", "proptest", "wiremock", "trybuild"];

/// Every edge that breaks a rule, one line each.
pub(crate) fn violations(metadata: &Metadata) -> Result<String> {
    let mut found = String::new();
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.name != "xtask")
    {
        let Some(own) = layer(package.short()) else {
            writeln!(
                found,
                "{}: not in the LAYERS table of xtask/src/layers.rs",
                package.name
            )?;
            continue;
        };
        upward_edges(package, own, &mut found)?;
        guarded_crates(package, &mut found)?;
    }
    Ok(found)
}

fn layer(short: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == short)
        .map(|(_, layer)| *layer)
}

fn upward_edges(package: &Package, own: u8, found: &mut String) -> Result<()> {
    for used in package
        .production()
        .filter_map(|name| name.strip_prefix("muster-"))
    {
        if used == "testkit" || layer(used).is_none_or(|below| below >= own) {
            writeln!(
                found,
                "{} uses {used}, which does not lie below it",
                package.short()
            )?;
        }
    }
    Ok(())
}

fn guarded_crates(package: &Package, found: &mut String) -> Result<()> {
    let own = package.short();
    for used in package.production().filter(|_| own != "testkit") {
        if TESTS_ONLY.contains(&used) {
            writeln!(found, "{own} uses {used} outside its tests")?;
        }
        let guard = GUARDED.iter().find(|(guarded, _)| guarded.contains(&used));
        if guard.is_some_and(|(_, homes)| !homes.contains(&own)) {
            writeln!(found, "{own} uses {used}, which belongs to other crates")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn check(name: &str, uses: &str) -> String {
        let dependency = Dependency {
            name: uses.into(),
            kind: None,
        };
        let package = Package {
            name: name.into(),
            manifest_path: String::new(),
            dependencies: vec![dependency],
        };
        violations(&Metadata {
            packages: vec![package],
        })
        .unwrap()
    }

    #[test]
    fn downward_edge_is_fine() {
        assert_eq!(check("muster-store", "muster-base"), "");
    }

    #[test]
    fn upward_sideways_and_unknown_are_refused() {
        assert!(check("muster-base", "muster-store").contains("does not lie below"));
        assert!(check("muster-bus", "muster-llm").contains("does not lie below"));
        assert!(check("muster-new", "muster-base").contains("LAYERS"));
    }

    #[test]
    fn guarded_crate_stays_at_home() {
        assert_eq!(check("muster-store", "rusqlite"), "");
        assert!(check("muster-server", "rusqlite").contains("belongs to other crates"));
        assert!(check("muster-base", "proptest").contains("outside its tests"));
    }
}
