//! What somebody spent in a while.

use super::{Postgres, Sqlite, postgres_id};

const SPENT: &str = "chat_messages/get_spent";

#[tokio::test]
async fn sqlite_sums_what_somebody_spent_in_the_index_alone() {
    let plan = Sqlite::with("").await.plan(SPENT);
    let step = "SEARCH m USING COVERING INDEX chat_messages_spent \
                (owner_id=? AND created_at>? AND created_at<?)";
    assert!(plan.contains(step), "{plan}");
}

#[tokio::test]
async fn postgres_sums_what_somebody_spent_in_the_index() {
    let Some(server) = Postgres::with("").await else {
        return;
    };
    let values = format!("{}, 0, 1000, null", postgres_id(1));
    let plan = server.plan(SPENT, &values).await;
    assert!(plan.contains("chat_messages_spent"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
