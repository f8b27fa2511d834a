//! Entering new namespaces and giving up what that entry bestows.

use std::fs;

use nix::sched::{CloneFlags, unshare};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, send, socket};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    configure_capability_in_ambient_set, remove_capability_from_bounding_set, set_capabilities,
};

use super::INSIDE_ID;
use crate::sandbox::error::AtStep;
use crate::sandbox::{Error, NetworkMode};

/// What the first process needs to build the file system and to drop the rest.
const NEEDED: [CapabilitySet; 2] = [CapabilitySet::SYS_ADMIN, CapabilitySet::SETPCAP];
/// Capabilities are numbered below this.
const CAPABILITY_NUMBERS: u32 = 64;

/// Leaves the host's namespaces. The next process started is the first of the new ones.
pub(super) fn enter(network: NetworkMode) -> Result<(), Error> {
    let uid = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    unshare(CloneFlags::CLONE_NEWUSER).at("user namespace")?;
    fs::write("/proc/self/setgroups", "deny").at("uid map")?;
    fs::write("/proc/self/uid_map", format!("{INSIDE_ID} {uid} 1")).at("uid map")?;
    fs::write("/proc/self/gid_map", format!("{INSIDE_ID} {gid} 1")).at("uid map")?;
    let mut flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    if network == NetworkMode::None {
        flags |= CloneFlags::CLONE_NEWNET;
    }
    unshare(flags).at("namespaces")?;
    if network == NetworkMode::None {
        loopback_up()?;
    }
    keep_for_child()
}

/// A program that is not root loses its capabilities when it executes another, unless they
/// are in the ambient set.
fn keep_for_child() -> Result<(), Error> {
    let held = capabilities(None).at("capabilities")?;
    set_capabilities(
        None,
        CapabilitySets {
            inheritable: held.permitted,
            ..held
        },
    )
    .at("capabilities")?;
    for capability in NEEDED {
        configure_capability_in_ambient_set(capability, true).at("capabilities")?;
    }
    Ok(())
}

/// Gives up every capability, also those that a later program could regain.
pub(super) fn drop_capabilities() -> Result<(), Error> {
    clear_ambient_capability_set().at("capabilities")?;
    for number in 0..CAPABILITY_NUMBERS {
        // Numbers that this kernel does not know are refused; there is nothing to drop.
        let capability = CapabilitySet::from_bits_retain(1 << number);
        let _ = remove_capability_from_bounding_set(capability);
    }
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )
    .at("capabilities")?;
    rustix::thread::set_no_new_privs(true).at("no new privileges")
}

/// Brings up `lo` of the new network namespace by one netlink message.
fn loopback_up() -> Result<(), Error> {
    const STEP: &str = "loopback device";
    // Protocol 0 of netlink is routing.
    let channel = socket(AddressFamily::NETLINK, SocketType::RAW, None).at(STEP)?;
    send(&channel, &set_link_up(), SendFlags::empty()).at(STEP)?;
    let mut answer = [0_u8; 128];
    let (_, length) = recv(&channel, &mut answer, RecvFlags::empty()).at(STEP)?;
    // An answer is a header of 16 bytes and an error number, zero for success.
    let code = answer
        .get(16..20)
        .filter(|_| length >= 20)
        .and_then(|bytes| Some(i32::from_ne_bytes(bytes.try_into().ok()?)))
        .unwrap_or(-nix::libc::EPROTO);
    match code {
        0 => Ok(()),
        code => Err(std::io::Error::from_raw_os_error(-code)).at(STEP),
    }
}

/// `RTM_NEWLINK` for interface 1 (always `lo`) with the flag "up" set.
fn set_link_up() -> Vec<u8> {
    const LENGTH: u32 = 32;
    const NEW_LINK: u16 = 16;
    const REQUEST_WITH_ANSWER: u16 = 0x1 | 0x4;
    const LOOPBACK: i32 = 1;
    const UP: u32 = 1;
    let mut message = Vec::with_capacity(32);
    // Header: length, type, flags, sequence, port.
    message.extend_from_slice(&LENGTH.to_ne_bytes());
    message.extend_from_slice(&NEW_LINK.to_ne_bytes());
    message.extend_from_slice(&REQUEST_WITH_ANSWER.to_ne_bytes());
    message.extend_from_slice(&1_u32.to_ne_bytes());
    message.extend_from_slice(&0_u32.to_ne_bytes());
    // Body: family and padding, device type, index, flags, which flags change.
    message.extend_from_slice(&[0; 4]);
    message.extend_from_slice(&LOOPBACK.to_ne_bytes());
    message.extend_from_slice(&UP.to_ne_bytes());
    message.extend_from_slice(&UP.to_ne_bytes());
    message
}
