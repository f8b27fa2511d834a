//! The system-call filter of every command.
//!
//! A deny list: commands are compilers, package managers and test suites, and an allow list
//! would break one of them with every new C library. What it holds is what no such program
//! needs and what has led out of sandboxes before. Everything not decidable here (whose pid,
//! which path) is the work of namespaces and Landlock.

use std::collections::BTreeMap;
use std::io;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::{CommandPolicy, Error, Level, NetworkMode};

/// Refused whatever the arguments.
const DENIED: &[libc::c_long] = &[
    // mounts and roots
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // kernel code and kernel introspection
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_fanotify_init,
    // keyrings are not separated by namespaces
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // machine state
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[libc::c_long] = &[
    libc::SYS_kexec_file_load,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[libc::c_long] = &[];

/// x86-64 kernels may take every call a second time under this bit (the x32 interface), and
/// some calls only there; each denied number is denied in both forms.
#[cfg(target_arch = "x86_64")]
const SECOND_FORM: libc::c_long = 0x4000_0000;

/// Kind of socket without the flags that share its argument.
const SOCKET_KIND: u64 = 0xf;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Builds the filters for a policy, in the order in which they must be applied.
pub(crate) fn build(policy: &CommandPolicy) -> Result<Vec<BpfProgram>, Error> {
    let mut refused: Rules = DENIED
        .iter()
        .chain(DENIED_HERE)
        .map(|number| (*number, Vec::new()))
        .collect();
    refused.insert(libc::SYS_socket, sockets(policy)?);
    // Typing into another program's terminal.
    let terminal = [libc::TIOCSTI, libc::TIOCLINUX]
        .into_iter()
        .map(|request| rule(&[(1, SeccompCmpOp::Eq, request)]))
        .collect::<Result<_, _>>()?;
    refused.insert(libc::SYS_ioctl, terminal);
    let mut missing = Rules::new();
    if !policy.nested {
        refused.insert(libc::SYS_unshare, Vec::new());
        refused.insert(libc::SYS_setns, Vec::new());
        let user = u64::from(libc::CLONE_NEWUSER.cast_unsigned());
        refused.insert(
            libc::SYS_clone,
            vec![rule(&[(0, SeccompCmpOp::MaskedEq(user), user)])?],
        );
        // The flags of clone3 lie in memory that a filter cannot read. "No such call" makes
        // the C library take clone instead.
        missing.insert(libc::SYS_clone3, Vec::new());
    }
    let mut filters = vec![compile(refused, libc::EPERM)?];
    if !missing.is_empty() {
        filters.push(compile(missing, libc::ENOSYS)?);
    }
    Ok(filters)
}

/// Applies the filters to this thread, for good.
pub(crate) fn apply(filters: &[BpfProgram]) -> Result<(), Error> {
    for filter in filters {
        seccompiler::apply_filter(filter).map_err(failed)?;
    }
    Ok(())
}

/// Which sockets may not be made.
fn sockets(policy: &CommandPolicy) -> Result<Vec<SeccompRule>, Error> {
    use SeccompCmpOp::{Eq, MaskedEq, Ne};
    let family = |value: libc::c_int| u64::from(value.cast_unsigned());
    let [inet, inet6] = [family(libc::AF_INET), family(libc::AF_INET6)];
    let [unix, netlink] = [family(libc::AF_UNIX), family(libc::AF_NETLINK)];
    let raw = u64::from(libc::SOCK_RAW.cast_unsigned());
    let mut rules = vec![
        // Families that no tool needs: packet, vsock, bluetooth, kernel crypto and the rest.
        rule(&[
            (0, Ne, unix),
            (0, Ne, inet),
            (0, Ne, inet6),
            (0, Ne, netlink),
        ])?,
        // Of netlink only the protocol (0) by which the C library lists addresses.
        rule(&[(0, Eq, netlink), (2, Ne, 0)])?,
        rule(&[(0, Eq, inet), (1, MaskedEq(SOCKET_KIND), raw)])?,
        rule(&[(0, Eq, inet6), (1, MaskedEq(SOCKET_KIND), raw)])?,
    ];
    if policy.network == NetworkMode::None {
        rules.push(rule(&[(0, Eq, inet)])?);
        rules.push(rule(&[(0, Eq, inet6)])?);
    }
    if policy.level != Level::Strict {
        // Landlock cannot keep a command from sockets in the host's file system (container
        // engine, message bus); without a mount namespace none of this family is allowed.
        // Pairs (`socketpair`) stay possible.
        rules.push(rule(&[(0, Eq, unix)])?);
    }
    Ok(rules)
}

fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule, Error> {
    let conditions = conditions
        .iter()
        .map(|(argument, operator, value)| {
            SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, operator.clone(), *value)
        })
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    SeccompRule::new(conditions).map_err(failed)
}

fn compile(rules: Rules, errno: libc::c_int) -> Result<BpfProgram, Error> {
    #[cfg(target_arch = "x86_64")]
    let rules: Rules = rules
        .into_iter()
        .flat_map(|(number, rules)| [(number, rules.clone()), (number | SECOND_FORM, rules)])
        .collect();
    let arch = std::env::consts::ARCH.try_into().map_err(failed)?;
    SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(errno.cast_unsigned()),
        arch,
    )
    .and_then(TryInto::try_into)
    .map_err(failed)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Seccomp(Box::new(error))
}

/// Whether this kernel takes filters at all, found by asking it to.
pub(crate) fn available() -> io::Result<()> {
    match rustix::thread::secure_computing_mode() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
