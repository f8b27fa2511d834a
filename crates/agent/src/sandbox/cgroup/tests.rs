use super::*;

const MOUNTS: &str = "\
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
32 30 0:28 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
33 30 0:29 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
34 30 0:30 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";

fn allow_roots(found: &Found) -> Result<(), String> {
    if found.root {
        Ok(())
    } else {
        Err(found.dir.display().to_string())
    }
}

#[test]
fn each_controller_of_a_hybrid_machine_is_chosen_for_itself() {
    let own = "8:pids:/\n4:memory:/other/manager\n1:cpu:/\n0::/\n";
    let places = find_in(own, MOUNTS, &allow_roots);
    let pids = places.pids.as_ref().unwrap();
    assert_eq!(pids.version, Version::One);
    assert_eq!(pids.dir, Path::new("/sys/fs/cgroup/pids"));
    assert!(places.memory.is_none());
    assert_eq!(places.refused, ["/sys/fs/cgroup/memory/other/manager"]);
    assert_eq!(
        places.unified.as_deref(),
        Some(Path::new("/sys/fs/cgroup/unified"))
    );
    assert_eq!(
        places.describe(),
        "memory per process, processes by cgroup v1, processor by cgroup v1"
    );
}

#[test]
fn a_group_is_found_below_a_mount_that_shows_only_part_of_the_tree() {
    let mounts = "9 1 0:9 /box/7 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    let found = locate("", "/box/7", mounts).unwrap();
    assert_eq!(
        found,
        Found {
            dir: PathBuf::from("/sys/fs/cgroup/"),
            root: true
        }
    );
    let found = locate("", "/box/7/muster-server", mounts).unwrap();
    assert!(found.root);
    assert!(locate("", "/elsewhere", mounts).is_none());
}

#[test]
fn without_groups_every_process_carries_the_limits() {
    let limits = Limits::default();
    let group = Cgroup::create("none", &limits, false);
    let rlimits = group.rlimits(&limits);
    assert_eq!(rlimits.memory_bytes, Some(limits.memory_bytes));
    assert_eq!(rlimits.pids, Some(limits.pids));
    assert_eq!(rlimits.nice, Some(NICE));
}
