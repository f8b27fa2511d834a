//! What each route answers to nobody, to the person whose things they are, to another one, to
//! an auditor and to an owner of the deployment.

use super::Statuses;

/// Open to anybody, and why. This list may only shrink.
pub(super) const PUBLIC: &[&str] = &[
    "get /healthz",                      // probes have no session
    "get /readyz",                       // likewise
    "get /api/v2/buildinfo",             // the sign-in page shows it
    "get /api/v2/users/authmethods",     // likewise
    "get /api/v2/users/first",           // likewise
    "post /api/v2/users/first",          // nobody exists yet
    "post /api/v2/users/invites/accept", // the invited have no account yet
    "post /api/v2/users/login",
    "post /api/v2/users/login-link",
];

/// Where nobody else's things are met, and why. This list may only shrink.
pub(super) const OWN: &[&str] = &[
    "post /api/v2/users/logout",                        // one's own session
    "get /api/v2/users",                                // oneself
    "get /api/v2/users/roles",                          // everybody's
    "get /api/v2/organizations",                        // everybody's
    "get /api/v2/organizations/{organization}/groups",  // one's own
    "get /api/v2/groups",                               // one's own
    "post /api/v2/authcheck",                           // what one may do oneself
    "get /api/v2/chats",                                // one's own
    "post /api/v2/chats",                               // likewise
    "get /api/v2/chats/by-workspace",                   // one's own
    "post /api/v2/chats/files",                         // one's own
    "get /api/v2/chats/models",                         // everybody's
    "get /api/v2/chats/usage-limits/status",            // one's own
    "get /api/v2/chats/watch",                          // one's own
    "get /api/v2/workspaces",                           // one's own
    "get /api/v2/chats/config/user-prompt",             // one's own
    "put /api/v2/chats/config/user-prompt",             // likewise
    "get /api/v2/chats/config/user-debug-logging",      // one's own
    "put /api/v2/chats/config/user-debug-logging",      // likewise
    "get /api/v2/organizations/{organization}",         // everybody's
    "get /api/v2/organizations/{organization}/members", // names alone
    "get /api/v2/organizations/{organization}/paginated-members", // likewise
    "get /api/v2/chats/config/user-compaction-thresholds", // one's own
    "put /api/v2/chats/config/user-compaction-thresholds/{model_config}", // likewise
    "delete /api/v2/chats/config/user-compaction-thresholds/{model_config}", // likewise
];

/// In the order of the document.
#[rustfmt::skip]
pub(super) const EXPECTED: &[(&str, Statuses)] = &[
    ("post /api/v2/authcheck", [401, 200, 200, 200, 200]),
    ("get /api/v2/buildinfo", [200, 200, 200, 200, 200]),
    ("get /api/v2/chats", [401, 200, 200, 200, 200]),
    ("post /api/v2/chats", [401, 201, 201, 403, 201]),
    ("get /api/v2/chats/by-workspace", [401, 200, 200, 200, 200]),
    ("get /api/v2/chats/config/debug-logging", [401, 403, 403, 200, 200]),
    ("put /api/v2/chats/config/debug-logging", [401, 403, 403, 403, 204]),
    ("get /api/v2/chats/config/debug-retention-days", [401, 403, 403, 200, 200]),
    ("put /api/v2/chats/config/debug-retention-days", [401, 403, 403, 403, 204]),
    ("get /api/v2/chats/config/system-prompt", [401, 404, 404, 200, 200]),
    ("put /api/v2/chats/config/system-prompt", [401, 403, 403, 403, 204]),
    ("get /api/v2/chats/config/user-compaction-thresholds", [401, 200, 200, 200, 200]),
    ("delete /api/v2/chats/config/user-compaction-thresholds/{model_config}", [401, 204, 204, 204, 204]),
    ("put /api/v2/chats/config/user-compaction-thresholds/{model_config}", [401, 200, 200, 200, 200]),
    ("get /api/v2/chats/config/user-debug-logging", [401, 200, 200, 200, 200]),
    ("put /api/v2/chats/config/user-debug-logging", [401, 200, 200, 200, 200]),
    ("get /api/v2/chats/config/user-prompt", [401, 200, 200, 200, 200]),
    ("put /api/v2/chats/config/user-prompt", [401, 200, 200, 200, 200]),
    ("get /api/v2/chats/cost/users", [401, 403, 403, 200, 200]),
    ("get /api/v2/chats/cost/{user}/summary", [401, 200, 403, 200, 200]),
    ("post /api/v2/chats/files", [401, 201, 201, 403, 201]),
    ("get /api/v2/chats/files/{file}", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/model-configs", [401, 403, 403, 200, 200]),
    ("post /api/v2/chats/model-configs", [401, 403, 403, 403, 201]),
    ("get /api/v2/chats/model-configs/schema", [401, 403, 403, 200, 200]),
    ("delete /api/v2/chats/model-configs/{model_config}", [401, 403, 403, 403, 204]),
    ("patch /api/v2/chats/model-configs/{model_config}", [401, 403, 403, 403, 200]),
    ("get /api/v2/chats/models", [401, 200, 200, 200, 200]),
    ("get /api/v2/chats/providers", [401, 403, 403, 200, 200]),
    ("post /api/v2/chats/providers", [401, 403, 403, 403, 201]),
    ("get /api/v2/chats/providers/offers", [401, 403, 403, 200, 200]),
    ("delete /api/v2/chats/providers/{provider_config}", [401, 403, 403, 403, 204]),
    ("patch /api/v2/chats/providers/{provider_config}", [401, 403, 403, 403, 200]),
    ("get /api/v2/chats/usage-limits", [401, 403, 403, 200, 200]),
    ("put /api/v2/chats/usage-limits", [401, 403, 403, 403, 200]),
    ("delete /api/v2/chats/usage-limits/group-overrides/{group}", [401, 403, 403, 403, 204]),
    ("put /api/v2/chats/usage-limits/group-overrides/{group}", [401, 403, 403, 403, 200]),
    ("delete /api/v2/chats/usage-limits/overrides/{user}", [401, 403, 403, 403, 204]),
    ("put /api/v2/chats/usage-limits/overrides/{user}", [401, 403, 403, 403, 200]),
    ("get /api/v2/chats/usage-limits/status", [401, 200, 200, 200, 200]),
    ("get /api/v2/chats/watch", [401, 101, 101, 101, 101]),
    ("get /api/v2/chats/{chat}", [401, 200, 404, 404, 200]),
    ("patch /api/v2/chats/{chat}", [401, 204, 404, 404, 204]),
    ("get /api/v2/chats/{chat}/acl", [401, 200, 404, 404, 200]),
    ("patch /api/v2/chats/{chat}/acl", [401, 204, 404, 404, 204]),
    ("post /api/v2/chats/{chat}/clear", [401, 200, 404, 404, 200]),
    ("post /api/v2/chats/{chat}/compact", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/cost", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/debug/runs", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/debug/runs/{run}", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/diff", [401, 200, 404, 404, 200]),
    ("post /api/v2/chats/{chat}/interrupt", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/messages", [401, 200, 404, 404, 200]),
    ("post /api/v2/chats/{chat}/messages", [401, 200, 404, 404, 200]),
    ("patch /api/v2/chats/{chat}/messages/{message}", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/prompts", [401, 200, 404, 404, 200]),
    ("delete /api/v2/chats/{chat}/queue/{queued}", [401, 404, 404, 404, 404]),
    ("post /api/v2/chats/{chat}/queue/{queued}/promote", [401, 404, 404, 404, 404]),
    ("post /api/v2/chats/{chat}/reconcile-invalid", [401, 409, 404, 404, 409]),
    ("get /api/v2/chats/{chat}/stream", [401, 101, 404, 404, 101]),
    ("post /api/v2/chats/{chat}/tool-results", [401, 409, 404, 404, 409]),
    ("post /api/v2/chats/{chat}/title/regenerate", [401, 200, 404, 404, 200]),
    ("get /api/v2/chats/{chat}/stream/git", [401, 400, 404, 404, 400]),
    ("get /api/v2/deployment/config", [401, 403, 403, 200, 200]),
    ("get /api/v2/deployment/health", [401, 403, 403, 200, 200]),
    ("get /api/v2/groups", [401, 200, 200, 200, 200]),
    ("delete /api/v2/groups/{group}", [401, 403, 404, 403, 200]),
    ("get /api/v2/groups/{group}", [401, 200, 404, 200, 200]),
    ("patch /api/v2/groups/{group}", [401, 403, 404, 403, 200]),
    ("get /api/v2/organizations", [401, 200, 200, 200, 200]),
    ("get /api/v2/organizations/{organization}", [401, 200, 200, 200, 200]),
    ("get /api/v2/organizations/{organization}/groups", [401, 200, 200, 200, 200]),
    ("post /api/v2/organizations/{organization}/groups", [401, 403, 403, 403, 201]),
    ("get /api/v2/organizations/{organization}/groups/{group_name}", [401, 200, 404, 200, 200]),
    ("get /api/v2/organizations/{organization}/members", [401, 200, 200, 200, 200]),
    ("delete /api/v2/organizations/{organization}/members/{user}", [401, 403, 404, 403, 204]),
    ("post /api/v2/organizations/{organization}/members/{user}", [401, 403, 404, 403, 409]),
    ("get /api/v2/organizations/{organization}/paginated-members", [401, 200, 200, 200, 200]),
    ("get /api/v2/users", [401, 200, 200, 200, 200]),
    ("post /api/v2/users", [401, 403, 403, 403, 201]),
    ("get /api/v2/users/authmethods", [200, 200, 200, 200, 200]),
    ("get /api/v2/users/first", [404, 404, 404, 404, 404]),
    ("post /api/v2/users/first", [400, 400, 400, 400, 400]),
    ("get /api/v2/users/invites", [401, 403, 403, 403, 200]),
    ("post /api/v2/users/invites", [401, 403, 403, 403, 201]),
    ("post /api/v2/users/invites/accept", [400, 400, 400, 400, 400]),
    ("delete /api/v2/users/invites/{invite}", [401, 403, 403, 403, 204]),
    ("post /api/v2/users/login", [400, 400, 400, 400, 400]),
    ("post /api/v2/users/login-link", [400, 400, 400, 400, 400]),
    ("post /api/v2/users/logout", [401, 200, 200, 200, 200]),
    ("get /api/v2/users/roles", [401, 200, 200, 200, 200]),
    ("delete /api/v2/users/{user}", [401, 403, 404, 403, 200]),
    ("get /api/v2/users/{user}", [401, 200, 404, 200, 200]),
    ("get /api/v2/users/{user}/appearance", [401, 200, 404, 403, 200]),
    ("put /api/v2/users/{user}/appearance", [401, 200, 404, 403, 200]),
    ("get /api/v2/users/{user}/keys", [401, 200, 404, 403, 200]),
    ("post /api/v2/users/{user}/keys", [401, 201, 404, 403, 201]),
    ("get /api/v2/users/{user}/keys/tokens", [401, 200, 404, 403, 200]),
    ("post /api/v2/users/{user}/keys/tokens", [401, 201, 404, 403, 201]),
    ("get /api/v2/users/{user}/keys/tokens/tokenconfig", [401, 200, 404, 200, 200]),
    ("get /api/v2/users/{user}/keys/tokens/{token_name}", [401, 200, 404, 403, 200]),
    ("delete /api/v2/users/{user}/keys/{key_id}", [401, 204, 404, 403, 204]),
    ("get /api/v2/users/{user}/keys/{key_id}", [401, 200, 404, 403, 200]),
    ("put /api/v2/users/{user}/keys/{key_id}/expire", [401, 204, 404, 403, 204]),
    ("get /api/v2/users/{user}/login-type", [401, 200, 404, 403, 403]),
    ("put /api/v2/users/{user}/password", [401, 400, 404, 403, 400]),
    ("get /api/v2/users/{user}/preferences", [401, 200, 404, 403, 200]),
    ("put /api/v2/users/{user}/preferences", [401, 200, 404, 403, 200]),
    ("put /api/v2/users/{user}/profile", [401, 200, 404, 403, 200]),
    ("get /api/v2/users/{user}/roles", [401, 200, 404, 200, 200]),
    ("put /api/v2/users/{user}/roles", [401, 403, 404, 403, 200]),
    ("put /api/v2/users/{user}/status/activate", [401, 403, 404, 403, 200]),
    ("put /api/v2/users/{user}/status/suspend", [401, 403, 404, 403, 200]),
    ("get /api/v2/workspaceagents/me/manifest", [401, 401, 401, 401, 401]),
    ("get /api/v2/workspaceagents/me/rpc", [401, 401, 401, 401, 401]),
    ("get /api/v2/workspaceagents/{agent}/pty", [401, 400, 404, 403, 400]),
    ("get /api/v2/workspacebuilds/{build}", [401, 200, 404, 200, 200]),
    ("get /api/v2/workspaces", [401, 200, 200, 200, 200]),
    ("get /api/v2/workspaces/{workspace}", [401, 200, 404, 200, 200]),
    ("get /api/v2/workspaces/{workspace}/builds", [401, 200, 404, 200, 200]),
    ("get /healthz", [200, 200, 200, 200, 200]),
    ("get /metrics", [401, 403, 403, 200, 200]),
    ("get /readyz", [200, 200, 200, 200, 200]),
];
