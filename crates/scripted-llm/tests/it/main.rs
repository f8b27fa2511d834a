//! The scripted model over a real socket, spoken to by a plain HTTP client.

// `cfg(test)` on the modules tells the lints that helpers in them are test code too.
#[cfg(test)]
mod chat;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod gemini;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod selection;
#[cfg(test)]
mod strangers;
