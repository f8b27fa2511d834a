//! The agent over a real link, with real shims and commands.
//!
//! Shims and agents that are to be killed are processes of their own. They are this test
//! binary again: it is started with the name of one test, [`roles`], and the words of the role
//! behind it. So no helper binary has to be built or found.

// `cfg(test)` tells the lints that helpers in these modules are test code too.
#[cfg(test)]
mod crash;
#[cfg(test)]
mod files;
#[cfg(test)]
mod git;
#[cfg(test)]
mod link;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod terminals;
#[cfg(test)]
mod world;
