//! Doors that are not everybody's.

use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn member_without_agents_access_starts_no_chat() {
    let muster = Harness::start().await;
    let member = muster.person("ann", &[]).await;
    let body = json!({"content": [{"type": "text", "text": "x"}]});
    muster
        .post(&member, "/api/v2/chats", body)
        .await
        .expect(403);
    muster.get(&member, "/api/v2/chats").await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn agent_routes_take_no_persons_token() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster
        .get(&owner, "/api/v2/workspaceagents/me/manifest")
        .await
        .expect(401);
    let header = [("coder-session-token", owner.token.as_str())];
    let rpc = "/api/v2/workspaceagents/me/rpc?version=1.0";
    assert_eq!(
        muster
            .socket(rpc, &header)
            .await
            .unwrap_err()
            .status
            .as_u16(),
        401
    );
    muster.faults.fail("workspace_agents/get_by_token");
    assert_eq!(
        muster
            .socket(rpc, &header)
            .await
            .unwrap_err()
            .status
            .as_u16(),
        500
    );
    muster.faults.heal();
    muster.end().await;
}
