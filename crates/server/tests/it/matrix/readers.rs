//! Every route of a chat as somebody with whom it is shared: what is read is read, the rest is
//! refused, and not as if it were not there.

use serde_json::json;

use super::{EXPECTED, World, body, routes};

/// Reads that are not for readers, and why.
const REFUSED: &[&str] = &[
    "get /api/v2/chats/{chat}/acl", // whom it is shared with is for those who may share it
    "get /api/v2/chats/{chat}/cost", // what its owner pays
    // An attempt holds the whole prompt.
    "get /api/v2/chats/{chat}/debug/runs",
    "get /api/v2/chats/{chat}/debug/runs/{run}",
];

#[tokio::test]
async fn reader_of_a_shared_chat_reads_what_its_owner_reads_and_changes_nothing() {
    let world = World::start().await;
    let reader = &world.other;
    let mut wrong = Vec::new();
    let of_chats = routes().into_iter();
    let of_chats = of_chats.filter(|route| route.path.contains("{chat}"));
    for (number, route) in of_chats.enumerate() {
        let name = format!("sharer-{number}");
        let roles = [muster_rbac::Role::AgentsAccess];
        let person = world.muster.person(&name, &roles).await;
        let path = world.filled(&route, &person, 2_000 + number).await;
        let chat = path.split('/').nth(4).unwrap();
        let acl = format!("/api/v2/chats/{chat}/acl");
        let given = json!({"user_roles": {(reader.id.to_string()): "read"}});
        world.muster.patch(&person, &acl, given).await.expect(204);
        let body = body(&route, 2_000 + number);
        let seen = world.call(&route, &path, Some(reader), &body).await;
        let (_, [_, own, ..]) = EXPECTED
            .iter()
            .find(|(name, _)| *name == route.name)
            .unwrap();
        let is_read = route.method == reqwest::Method::GET;
        let expected = match is_read && !REFUSED.contains(&&*route.name) {
            true => *own,
            false => 403,
        };
        if seen != expected {
            wrong.push(format!("{}: {seen} instead of {expected}", route.name));
        }
    }
    world.muster.end().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
