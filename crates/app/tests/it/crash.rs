//! Kills at random points; the full count is `cargo xtask bench crash`.

use muster_store::DatabaseUrl;
use muster_testkit::db;

use crate::kills;
use crate::launch::{exe, has_sandbox};
use crate::setup::Setup;

/// Enough to hit the server, the agent and both at different points.
const KILLS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn every_side_effect_happens_exactly_once_over_kills() {
    if !has_sandbox() {
        return;
    }
    let database = db::fresh().await;
    let database_url = match database.url() {
        DatabaseUrl::Postgres(url) => Some(url.expose().clone()),
        DatabaseUrl::Sqlite(_) => None,
    };
    let setup = Setup {
        exe: exe(),
        database_url,
    };
    let report = kills::run(kills::Args {
        setup,
        kills: KILLS,
        seed: 7,
    })
    .await;
    assert!(report.is_ok(), "{report:#?}");
}
