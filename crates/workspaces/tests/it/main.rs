//! The workspaces crate over a real store, with a driver that only remembers.

#[cfg(test)]
mod binding;
#[cfg(test)]
mod builds;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod presence;
