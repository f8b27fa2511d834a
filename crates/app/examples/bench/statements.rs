//! How often the server ran each of its statements, as it counts them itself.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use muster_base::limits::SERVED_TURN_STATEMENTS_MAX;
use muster_testkit::http::Client;
use serde_json::{Value, json};

const METRIC: &str = "muster_store_statements_total{statement=\"";

/// What a turn would read anew if nothing were cached, by its name in the report.
const CONFIGURATION: [(&str, &[&str]); 3] = [
    ("providers", &["providers/list_all"]),
    (
        "model_configs",
        &["model_configs/get_by_id", "model_configs/get_default"],
    ),
    ("user_prompts", &["user_configs/get_by_key"]),
];
const LATEST_BUILD: &str = "workspace_builds/get_latest";

/// Runs of each statement since the server began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements(BTreeMap<String, u64>);

impl Statements {
    pub(crate) async fn read(client: &Client) -> Result<Self> {
        let text = client.text("/metrics").await?;
        let counts = text.lines().filter_map(|line| {
            let (name, count) = line.strip_prefix(METRIC)?.split_once("\"} ")?;
            Some((name.to_owned(), count.parse().ok()?))
        });
        Ok(Self(counts.collect()))
    }

    /// What ran since `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let runs = self.0.iter().map(|(name, runs)| {
            let earlier = before.0.get(name).copied().unwrap_or_default();
            (name.clone(), runs.saturating_sub(earlier))
        });
        Self(runs.filter(|(_, runs)| *runs > 0).collect())
    }

    fn of(&self, names: &[&str]) -> u64 {
        let runs = names.iter().filter_map(|name| self.0.get(*name));
        runs.sum()
    }

    /// Whether the turns kept within their budget.
    ///
    /// # Errors
    /// When they did not; it says by how much.
    pub(crate) fn check(&self, turns: usize) -> Result<()> {
        let turns = u64::try_from(turns).unwrap_or(u64::MAX).max(1);
        let found = share(self.0.values().sum(), turns);
        ensure!(
            found <= SERVED_TURN_STATEMENTS_MAX,
            "{found} statements per turn, of {SERVED_TURN_STATEMENTS_MAX} at most"
        );
        Ok(())
    }

    /// Statements per turn beside their budget, all and by name, and what the cache of the
    /// configuration saved.
    pub(crate) fn report(&self, turns: usize) -> Value {
        let turns = u64::try_from(turns).unwrap_or(u64::MAX).max(1);
        let all: u64 = self.0.values().sum();
        let by_name = self
            .0
            .iter()
            .map(|(name, runs)| (name, share(*runs, turns)));
        let by_name: BTreeMap<_, _> = by_name.filter(|(_, runs)| *runs >= 0.01).collect();
        let configuration = CONFIGURATION.map(|(name, statements)| {
            let reads = self.of(statements);
            let saved = 100.0 - 100.0 * share(reads, turns);
            (name, json!({"reads": reads, "saved_percent": saved}))
        });
        json!({
            "per_turn": share(all, turns),
            "per_turn_max": SERVED_TURN_STATEMENTS_MAX,
            "by_name": by_name,
            "configuration": BTreeMap::from(configuration),
            "latest_build": self.of(&[LATEST_BUILD]),
        })
    }
}

/// A quotient with four digits.
fn share(count: u64, of: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let share = count as f64 / of as f64;
    (share * 10_000.0).round() / 10_000.0
}
