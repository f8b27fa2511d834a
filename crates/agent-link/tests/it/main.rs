//! Links as the server sees them, against the fake agent.

// `cfg(test)` tells the lints that helpers in these modules are test code too.
#[cfg(test)]
mod calls;
#[cfg(test)]
mod local;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod world;
