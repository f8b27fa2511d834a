//! The server through its own front door.

// `cfg(test)` on the modules tells the lints that helpers in them are test code too.
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod authcheck;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod capacity;
#[cfg(test)]
mod chats;
#[cfg(test)]
mod client_tools;
#[cfg(test)]
mod compaction;
#[cfg(test)]
mod costs;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod debug;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod files;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod invites;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod models;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod people;
#[cfg(test)]
mod prompt_history;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sharing;
#[cfg(test)]
mod showing;
#[cfg(test)]
mod titles;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod workbench;
#[cfg(test)]
mod workspaces;
