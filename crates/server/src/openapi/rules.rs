//! What the wire types can't say about their values: sizes, ranges and forms, with the same
//! constants that the handlers check. `cargo xtask schemathesis` asks the server whether both
//! agree.

use muster_base::limits;
use muster_llm::ProviderKind;
use muster_rbac::{Action, Role};

use super::apply::Rule::{self, Labels, List, Map, Number, OneOf, Text};

/// Letters, digits and inner dashes.
const NAME: &str = "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$";
/// Something else than blanks, as Unicode and Rust count them.
const SAYS_SOMETHING: &str = "[^\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const EMAIL: &str = "^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$";
/// The address of a picture, or none.
const PICTURE: &str = "^((/|https?://)[!-~]*)?$";
/// The address of a provider, or none.
const ADDRESS: &str = "^(https?://[a-z0-9.-]*[a-z0-9](:[0-9]{1,4})?(/[a-z0-9/._-]*)?)?$";
const REGION: &str = "^[a-z0-9-]*$";
const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const TOOL_NAME: &str = "^[A-Za-z0-9_-]+$";
const LABEL: &str = "^[^:]+:(.|\\n)+$";

const fn chars(min: usize, max: usize) -> Rule {
    Text {
        min,
        max: Some(max),
        pattern: None,
    }
}

const fn shaped(pattern: &'static str, max: usize) -> Rule {
    Text {
        min: 0,
        max: Some(max),
        pattern: Some(pattern),
    }
}

const fn between(min: i64, max: i64) -> Rule {
    Number {
        min,
        max: Some(max),
    }
}

const AT_LEAST_0: Rule = Number { min: 0, max: None };
const AT_LEAST_1: Rule = Number { min: 1, max: None };
const PERCENT: Rule = between(0, 100);
const SPENDING: Rule = between(1, limits::SPEND_LIMIT_MICROS_MAX);
const USERNAME: Rule = shaped(NAME, limits::USERNAME_CHARS_MAX);
const PERSON: Rule = chars(0, limits::USER_NAME_CHARS_MAX);
const PASSWORD: Rule = chars(limits::PASSWORD_CHARS_MIN, limits::PASSWORD_BYTES_MAX);
const ADDRESS_OF_MAIL: Rule = shaped(EMAIL, limits::EMAIL_BYTES_MAX);
const AVATAR: Rule = shaped(PICTURE, limits::AVATAR_URL_BYTES_MAX);
const CHANGED_MEMBERS: Rule = List {
    min: 0,
    max: limits::GROUP_MEMBERS_CHANGE_MAX,
};
const CONTENT: Rule = List {
    min: 1,
    max: limits::MESSAGE_PARTS_MAX,
};
const PROMPT: Rule = chars(0, limits::PROMPT_BYTES_MAX);
const MODEL: Rule = chars(1, limits::MODEL_NAME_CHARS_MAX);
const MODEL_DISPLAY: Rule = chars(0, limits::MODEL_NAME_CHARS_MAX);
const INKED: Rule = Text {
    min: 1,
    max: None,
    pattern: Some(SAYS_SOMETHING),
};

fn providers() -> Vec<String> {
    ProviderKind::ALL
        .map(|kind| kind.as_str().to_owned())
        .into()
}

fn actions() -> Vec<String> {
    let all = Action::ALL.iter();
    all.map(|action| action.as_str().to_owned()).collect()
}

fn roles() -> Vec<String> {
    Role::ALL
        .iter()
        .map(|role| role.as_str().to_owned())
        .collect()
}

/// Rules of the fields of bodies, by schema.
pub(super) const FIELDS: &[(&str, &[(&str, Rule)])] = &[
    (
        "AcceptInviteRequest",
        &[
            ("email", ADDRESS_OF_MAIL),
            ("username", USERNAME),
            ("name", PERSON),
            ("password", PASSWORD),
        ],
    ),
    (
        "AuthorizationRequest",
        &[(
            "checks",
            Map {
                max: limits::AUTHCHECKS_MAX,
            },
        )],
    ),
    ("AuthorizationCheck", &[("action", OneOf(actions))]),
    (
        "AuthorizationObject",
        &[
            ("owner_id", Rule::Form(&["", "me"], UUID)),
            ("organization_id", Rule::Form(&[], UUID)),
        ],
    ),
    (
        "CreateChatRequest",
        &[
            ("content", CONTENT),
            ("labels", Labels),
            ("system_prompt", PROMPT),
            (
                "dynamic_tools",
                List {
                    min: 0,
                    max: limits::DYNAMIC_TOOLS_MAX,
                },
            ),
        ],
    ),
    (
        "CreateFirstUserRequest",
        &[
            ("email", ADDRESS_OF_MAIL),
            ("username", USERNAME),
            ("name", PERSON),
            ("password", PASSWORD),
        ],
    ),
    (
        "CreateGroupRequest",
        &[
            ("name", shaped(NAME, limits::GROUP_NAME_CHARS_MAX)),
            ("display_name", PERSON),
            ("avatar_url", AVATAR),
            ("quota_allowance", AT_LEAST_0),
        ],
    ),
    ("CreateInviteRequest", &[("roles", Rule::EachOf(roles))]),
    (
        "CreateModelConfigRequest",
        &[
            ("provider", OneOf(providers)),
            ("model", MODEL),
            ("display_name", MODEL_DISPLAY),
            ("context_limit", AT_LEAST_1),
            ("compression_threshold", PERCENT),
        ],
    ),
    (
        "CreateProviderRequest",
        &[
            ("provider", OneOf(providers)),
            ("display_name", PERSON),
            ("base_url", shaped(ADDRESS, limits::AVATAR_URL_BYTES_MAX)),
            ("region", shaped(REGION, limits::REGION_CHARS_MAX)),
        ],
    ),
    (
        "CreateTokenRequest",
        &[
            ("lifetime", AT_LEAST_0),
            (
                "token_name",
                Text {
                    min: 1,
                    max: Some(limits::TOKEN_NAME_CHARS_MAX),
                    pattern: Some(SAYS_SOMETHING),
                },
            ),
        ],
    ),
    (
        "CreateUserRequest",
        &[
            ("email", ADDRESS_OF_MAIL),
            ("username", USERNAME),
            ("name", PERSON),
            ("password", PASSWORD),
        ],
    ),
    (
        "DynamicTool",
        &[
            (
                "name",
                shaped(TOOL_NAME, limits::DYNAMIC_TOOL_NAME_BYTES_MAX),
            ),
            (
                "description",
                chars(0, limits::DYNAMIC_TOOL_DESCRIPTION_BYTES_MAX),
            ),
        ],
    ),
    ("EditMessageRequest", &[("content", CONTENT)]),
    ("InputPart", &[("text", INKED), ("file_name", INKED)]),
    (
        "PatchGroupRequest",
        &[
            (
                "name",
                shaped(
                    "^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$",
                    limits::GROUP_NAME_CHARS_MAX,
                ),
            ),
            ("display_name", PERSON),
            ("avatar_url", AVATAR),
            ("quota_allowance", AT_LEAST_0),
            ("add_users", CHANGED_MEMBERS),
            ("remove_users", CHANGED_MEMBERS),
        ],
    ),
    (
        "DebugRetention",
        &[(
            "debug_retention_days",
            between(0, limits::DEBUG_RETENTION_DAYS_MAX),
        )],
    ),
    ("SendMessageRequest", &[("content", CONTENT)]),
    (
        "SetCompactionThresholdRequest",
        &[("threshold_percent", PERCENT)],
    ),
    ("SetUsageLimitRequest", &[("spend_limit_micros", SPENDING)]),
    (
        "UpdateAppearanceRequest",
        &[
            (
                "theme_preference",
                OneOf(crate::handlers::preferences::themes),
            ),
            ("terminal_font", OneOf(crate::handlers::preferences::fonts)),
        ],
    ),
    (
        "UpdateChatRequest",
        &[
            (
                "title",
                Text {
                    min: 1,
                    max: Some(limits::TITLE_CHARS_MAX),
                    pattern: Some(SAYS_SOMETHING),
                },
            ),
            ("pin_order", AT_LEAST_0),
            ("labels", Labels),
        ],
    ),
    (
        "UpdateModelConfigRequest",
        &[
            ("provider", OneOf(providers)),
            ("model", MODEL),
            ("display_name", MODEL_DISPLAY),
            ("context_limit", AT_LEAST_1),
            ("compression_threshold", PERCENT),
        ],
    ),
    ("UpdatePasswordRequest", &[("password", PASSWORD)]),
    (
        "UpdateProfileRequest",
        &[("username", USERNAME), ("name", PERSON)],
    ),
    (
        "UpdateProviderRequest",
        &[
            ("display_name", PERSON),
            ("base_url", shaped(ADDRESS, limits::AVATAR_URL_BYTES_MAX)),
            ("region", shaped(REGION, limits::REGION_CHARS_MAX)),
        ],
    ),
    ("UpdateRolesRequest", &[("roles", Rule::EachOf(roles))]),
    ("UpdateSystemPromptRequest", &[("system_prompt", PROMPT)]),
    (
        "UpdateUsageLimitsRequest",
        &[("spend_limit_micros", SPENDING)],
    ),
    ("UpdateUserPromptRequest", &[("custom_prompt", PROMPT)]),
];

/// Rules of the parameters of routes.
pub(super) const PARAMETERS: &[(&str, &[(&str, Rule)])] = &[
    (
        "/api/v2/chats",
        &[
            ("limit", AT_LEAST_0),
            ("offset", AT_LEAST_0),
            ("label", Rule::Each(LABEL)),
        ],
    ),
    (
        "/api/v2/chats/by-workspace",
        &[("workspace_ids", Rule::Form(&[""], UUID))],
    ),
    (
        "/api/v2/chats/cost/users",
        &[
            ("limit", between(1, limits::COST_USERS_PAGE_MAX)),
            ("offset", AT_LEAST_0),
        ],
    ),
    (
        "/api/v2/organizations/{organization}/paginated-members",
        &[
            ("limit", between(0, limits::GROUP_MEMBERS_SHOWN_MAX)),
            ("offset", AT_LEAST_0),
        ],
    ),
    (
        "/api/v2/chats/{chat}/messages",
        &[
            ("limit", between(1, limits::MESSAGES_PAGE_MAX)),
            ("before_id", AT_LEAST_1),
        ],
    ),
    (
        "/api/v2/chats/{chat}/prompts",
        &[("limit", between(1, limits::PROMPTS_MAX))],
    ),
    ("/api/v2/chats/{chat}/stream", &[("after_id", AT_LEAST_0)]),
    (
        "/api/v2/workspaces",
        &[("limit", AT_LEAST_0), ("offset", AT_LEAST_0)],
    ),
    (
        "/api/v2/workspaces/{workspace}/builds",
        &[("limit", AT_LEAST_0), ("offset", AT_LEAST_0)],
    ),
];
