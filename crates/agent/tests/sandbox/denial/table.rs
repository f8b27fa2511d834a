//! The probes. Perl, because it is on every Debian and can make any system call.

use nix::libc;

/// One way out.
pub(super) struct Probe {
    pub(super) name: &'static str,
    /// What must stop it at level `strict`.
    pub(super) layer: &'static str,
    /// Why level `landlock` cannot stop it; none when it must.
    pub(super) at_landlock: Option<&'static str>,
    pub(super) script: &'static str,
}

const fn probe(name: &'static str, layer: &'static str, script: &'static str) -> Probe {
    Probe {
        name,
        layer,
        at_landlock: None,
        script,
    }
}

const fn open(
    name: &'static str,
    layer: &'static str,
    why: &'static str,
    script: &'static str,
) -> Probe {
    Probe {
        name,
        layer,
        at_landlock: Some(why),
        script,
    }
}

/// Helpers of all probes. `v` gives the verdict; `reads` and `opens` try a file, `call` a system
/// call (its number apart: Perl takes the first argument as a scalar).
pub(super) const PRELUDE: &str = r#"
use strict; use Socket;
$| = 1;
sub v { my ($ok) = @_; print($ok ? "escaped" : "blocked: $!"); exit 0 }
sub reads { my ($f) = @_; my $b; open(my $h, '<', $f) or v(0); my $n = sysread($h, $b, 8); v(defined($n) && $n > 0) }
sub opens { my ($f) = @_; open(my $h, '+<', $f) or v(0); v(1) }
sub lists { my ($d) = @_; opendir(my $h, $d) or v(0); my @e = readdir($h); v(@e > 2) }
sub call { my ($n, @a) = @_; my $r = syscall($n, @a); v($r >= 0) }
sub sock { my ($d, $t, $p) = @_; socket(my $s, $d, $t, $p) or v(0); return $s }
"#;

/// Numbers of system calls by the names that scripts use.
pub(super) const CALLS: &[(&str, libc::c_long)] = &[
    ("mount", libc::SYS_mount),
    ("open_tree", libc::SYS_open_tree),
    ("unshare", libc::SYS_unshare),
    ("setns", libc::SYS_setns),
    ("clone", libc::SYS_clone),
    ("clone3", libc::SYS_clone3),
    ("ptrace", libc::SYS_ptrace),
    ("process_vm_readv", libc::SYS_process_vm_readv),
    ("pidfd_open", libc::SYS_pidfd_open),
    ("pidfd_getfd", libc::SYS_pidfd_getfd),
    ("add_key", libc::SYS_add_key),
    ("keyctl", libc::SYS_keyctl),
    ("bpf", libc::SYS_bpf),
    ("perf_event_open", libc::SYS_perf_event_open),
    ("io_uring_setup", libc::SYS_io_uring_setup),
    ("userfaultfd", libc::SYS_userfaultfd),
    ("clock_settime", libc::SYS_clock_settime),
    ("clock_gettime", libc::SYS_clock_gettime),
    ("sethostname", libc::SYS_sethostname),
    ("syslog", libc::SYS_syslog),
    ("chroot", libc::SYS_chroot),
    ("finit_module", libc::SYS_finit_module),
    ("prctl", libc::SYS_prctl),
    ("inotify_init1", libc::SYS_inotify_init1),
    ("inotify_add_watch", libc::SYS_inotify_add_watch),
    ("open_by_handle_at", libc::SYS_open_by_handle_at),
];

const FILES: &str = "mount namespace + landlock";
const PROCESSES: &str = "process namespace + landlock";
pub(super) const CALL: &str = "seccomp";
const NETWORK: &str = "network namespace + seccomp";

pub(super) const PROBES: &[Probe] = &[
    // files
    probe("read a host file", FILES, "reads('{outside}/secret')"),
    probe(
        "write a host file",
        FILES,
        "open(my $h, '>', '{outside}/new') or v(0); v(1)",
    ),
    probe("change a host file", FILES, "opens('{outside}/secret')"),
    probe("delete a host file", FILES, "v(unlink('{outside}/secret'))"),
    probe(
        "read another workspace's home",
        FILES,
        "reads('{other}/secret')",
    ),
    probe("list another workspace's home", FILES, "lists('{other}')"),
    probe("list the data folder", FILES, "lists('{data}')"),
    probe("list /root", FILES, "lists('/root')"),
    probe(
        "read /etc/shadow",
        "masked by a mount",
        "reads('/etc/shadow')",
    ),
    probe(
        "follow a symbolic link out",
        FILES,
        "unlink('l1'); symlink('{outside}/secret', 'l1') or die; reads('l1')",
    ),
    probe(
        "climb out with dots",
        FILES,
        "reads('../../../../../../../../../{outside}/secret')",
    ),
    probe(
        "hard link a host file into the home",
        FILES,
        "unlink('l2'); link('{outside}/secret', 'l2') or v(0); reads('l2')",
    ),
    probe(
        "hard link a file out of the home",
        FILES,
        "open(my $h, '>', 'mine'); link('mine', '{outside}/new') or v(0); v(1)",
    ),
    probe(
        "rename a file out of the home",
        FILES,
        "open(my $h, '>', 'mine'); rename('mine', '{outside}/new') or v(0); v(1)",
    ),
    probe(
        "write system files",
        FILES,
        "open(my $h, '>', '/usr/new') or v(0); v(1)",
    ),
    open(
        "see a host file's size",
        "mount namespace",
        "Landlock does not cover stat",
        "v(-e '{outside}/secret')",
    ),
    open(
        "watch a host folder",
        "mount namespace",
        "Landlock does not cover inotify",
        "my $p = \"{outside}\\0\"; my $f = syscall({sys:inotify_init1}, 0); call({sys:inotify_add_watch}, $f, $p, 0x100)",
    ),
    probe(
        "open a file by its handle",
        CALL,
        "my $h = pack('Iia8', 8, 1, ''); call({sys:open_by_handle_at}, -100, $h, 0)",
    ),
    // the agent and what belongs to it
    probe(
        "read the agent's state",
        "landlock",
        "reads('{state}/policy.json')",
    ),
    probe(
        "write the agent's state",
        "landlock",
        "open(my $h, '>', '{state}/new') or v(0); v(1)",
    ),
    probe(
        "read the agent's environment",
        "landlock + not dumpable",
        "reads('/proc/' . getppid() . '/environ')",
    ),
    probe(
        "read the agent's memory",
        "landlock + not dumpable",
        "opens('/proc/' . getppid() . '/mem')",
    ),
    probe(
        "read the agent's memory by call",
        "landlock + not dumpable",
        "my $b = ' ' x 8; my $i = pack('pQ', $b, 8); my $r = pack('QQ', 4194304, 8); \
         call({sys:process_vm_readv}, getppid() + 0, $i, 1, $r, 1, 0)",
    ),
    probe(
        "trace the agent",
        "landlock + not dumpable",
        "call({sys:ptrace}, 16, getppid() + 0, 0, 0)",
    ),
    probe(
        "take a descriptor of the agent",
        "landlock + not dumpable",
        "my $f = syscall({sys:pidfd_open}, getppid() + 0, 0); v(0) if $f < 0; call({sys:pidfd_getfd}, $f, 0, 0)",
    ),
    probe("signal the agent", "landlock", "v(kill(0, getppid()))"),
    probe(
        "talk to the supervisor",
        "masked by a mount",
        "my $s = sock(AF_UNIX, SOCK_STREAM, 0); v(connect($s, sockaddr_un('{run}/super.sock')))",
    ),
    // host processes
    probe(
        "read a host process",
        PROCESSES,
        "reads('/proc/{victim}/status')",
    ),
    probe(
        "read a host process's environment",
        PROCESSES,
        "reads('/proc/{victim}/environ')",
    ),
    probe(
        "signal a host process",
        PROCESSES,
        "v(kill('TERM', {victim}))",
    ),
    probe(
        "signal everybody",
        PROCESSES,
        "local $SIG{TERM} = 'IGNORE'; kill('TERM', -1); print 'blocked unless somebody died'",
    ),
    probe(
        "trace a host process",
        PROCESSES,
        "call({sys:ptrace}, 16, {victim}, 0, 0)",
    ),
    // sockets
    probe(
        "host socket with an abstract name",
        NETWORK,
        "my $s = sock(AF_UNIX, SOCK_STREAM, 0); v(connect($s, pack('Sa*', AF_UNIX, \"\\0{abstract}\")))",
    ),
    probe(
        "host socket in a folder",
        FILES,
        "my $s = sock(AF_UNIX, SOCK_STREAM, 0); v(connect($s, sockaddr_un('{outside}/host.sock')))",
    ),
    probe(
        "TCP to the host's loopback",
        NETWORK,
        "my $s = sock(AF_INET, SOCK_STREAM, 6); v(connect($s, pack_sockaddr_in({port}, inet_aton('127.0.0.1'))))",
    ),
    probe(
        "TCP to the metadata address",
        NETWORK,
        "my $s = sock(AF_INET, SOCK_STREAM, 6); v(connect($s, pack_sockaddr_in(80, pack('C4', 169, 254, 169, 254))))",
    ),
    probe(
        "UDP",
        NETWORK,
        "my $s = sock(AF_INET, SOCK_DGRAM, 17); v(send($s, 'x', 0, pack_sockaddr_in(53, pack('C4', 127, 0, 0, 1))))",
    ),
    probe("raw socket", CALL, "sock(AF_INET, 3, 1); v(1)"),
    probe("packet socket", CALL, "sock(17, 3, 0x0300); v(1)"),
    probe(
        "virtual machine socket",
        CALL,
        "sock(40, SOCK_STREAM, 0); v(1)",
    ),
    probe(
        "kernel crypto socket",
        CALL,
        "sock(38, SOCK_SEQPACKET, 0); v(1)",
    ),
    probe("audit channel", CALL, "sock(16, 3, 9); v(1)"),
    // kernel interfaces
    probe(
        "mount",
        CALL,
        "my @s = (\"none\\0\", \"/tmp\\0\", \"tmpfs\\0\"); call({sys:mount}, $s[0], $s[1], $s[2], 0, 0)",
    ),
    probe(
        "detach a mount",
        CALL,
        "my $p = \"/\\0\"; call({sys:open_tree}, -100, $p, 1)",
    ),
    probe(
        "nested user namespace",
        CALL,
        "call({sys:unshare}, 0x10000000)",
    ),
    probe(
        "user namespace by clone",
        CALL,
        "my $r = syscall({sys:clone}, 0x10000011, 0, 0, 0, 0); exit 0 if $r == 0; v($r > 0)",
    ),
    probe(
        "user namespace by clone3",
        CALL,
        "my $a = pack('Q8', 0x10000000, 0, 0, 0, 17, 0, 0, 0); my $r = syscall({sys:clone3}, $a, 64); exit 0 if $r == 0; v($r > 0)",
    ),
    probe(
        "enter the agent's namespaces",
        CALL,
        "open(my $h, '<', '/proc/self/ns/uts') or v(0); call({sys:setns}, fileno($h), 0)",
    ),
    probe(
        "change the root",
        CALL,
        "my $p = \"/tmp\\0\"; call({sys:chroot}, $p)",
    ),
    probe(
        "kernel keyring",
        CALL,
        "my @s = (\"user\\0\", \"probe\\0\", 'x'); call({sys:add_key}, $s[0], $s[1], $s[2], 1, -3)",
    ),
    probe(
        "kernel keyring control",
        CALL,
        "call({sys:keyctl}, 0, -3, 0)",
    ),
    probe(
        "kernel programs",
        CALL,
        "my $a = \"\\0\" x 128; call({sys:bpf}, 0, $a, 128)",
    ),
    probe(
        "performance counters",
        CALL,
        "my $a = pack('IIQ', 1, 112, 0) . \"\\0\" x 96; call({sys:perf_event_open}, $a, 0, -1, -1, 0)",
    ),
    probe(
        "io_uring",
        CALL,
        "my $a = \"\\0\" x 120; call({sys:io_uring_setup}, 8, $a)",
    ),
    probe("userfaultfd", CALL, "call({sys:userfaultfd}, 1)"),
    probe(
        "load a kernel module",
        CALL,
        "my $p = \"\\0\"; call({sys:finit_module}, 0, $p, 0)",
    ),
    probe("kernel log", CALL, "call({sys:syslog}, 10, 0, 0)"),
    probe(
        "calls by their second form",
        CALL,
        "my $a = \"\\0\" x 128; call(0x40000000 | {sys:bpf}, 0, $a, 128)",
    ),
    probe(
        "set the clock",
        CALL,
        "my $t = \"\\0\" x 16; syscall({sys:clock_gettime}, 0, $t); call({sys:clock_settime}, 0, $t)",
    ),
    probe(
        "set the host name",
        CALL,
        "my $n = 'leak'; call({sys:sethostname}, $n, 4)",
    ),
    probe(
        "core dump pattern",
        FILES,
        "opens('/proc/sys/kernel/core_pattern')",
    ),
    probe(
        "system request trigger",
        FILES,
        "open(my $h, '>', '/proc/sysrq-trigger') or v(0); v(1)",
    ),
    probe("list /sys", FILES, "lists('/sys/class')"),
    // devices and privileges
    probe("memory device", FILES, "reads('/dev/mem')"),
    probe("virtual machine device", FILES, "opens('/dev/kvm')"),
    probe("disk device", FILES, "reads('/dev/vda')"),
    probe(
        "make a device",
        "no capability",
        "unlink('node'); system('mknod node c 1 1 2>/dev/null') == 0 or v(0); reads('node')",
    ),
    probe(
        "setuid programs",
        "no new privileges",
        "v(syscall({sys:prctl}, 39, 0, 0, 0, 0) != 1)",
    ),
    probe("become root", "no capability", "$> = 0; v($> == 0)"),
    // exhaustion; every bomb is bounded by itself as well
    probe(
        "fork bomb",
        "process limit",
        "print 'begin '; pipe(my $r, my $w); my $n = 0; for (1..300) { my $p = fork(); last unless defined $p; \
         if (!$p) { close $w; my $b; sysread($r, $b, 1); exit 0 } $n++ } close $w; v($n >= 300)",
    ),
    probe(
        "memory bomb",
        "memory limit",
        "print 'begin '; my @a; for (1..24) { my $b = 'x' x (32 * 1048576); push @a, \\$b } v(@a >= 24)",
    ),
    probe(
        "descriptor bomb",
        "descriptor limit",
        "print 'begin '; my @h; for (1..2000) { open(my $h, '<', '/dev/null') or last; push @h, $h } v(@h >= 2000)",
    ),
    probe(
        "raise the own limits",
        "no capability",
        "system('ulimit -n 100000 2>/dev/null') == 0 or v(0); v(1)",
    ),
];
