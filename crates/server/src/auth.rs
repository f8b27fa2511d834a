//! Who is calling, and may they come in.

pub(crate) mod cookies;
pub(crate) mod csrf;
pub(crate) mod login_limits;
pub(crate) mod middleware;
pub(crate) mod password;
pub(crate) mod rate_limit;
pub(crate) mod session;
pub(crate) mod token;
