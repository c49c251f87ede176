//! What a running program asked of the system for itself.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

use crate::program::{Running, program};

/// A user that has nothing.
const NOBODY: u32 = 65534;
/// Fewer descriptors than connections that are taken.
const FEW: u32 = 64;

/// Returns the soft and the hard limits of a process, by name (`proc_pid_limits(5)`).
fn limits(id: u32) -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
    let line = |line: &str| {
        let (name, values) = line.split_at_checked(26)?;
        let mut values = values.split_whitespace().map(str::to_owned);
        Some((name.trim().to_owned(), (values.next()?, values.next()?)))
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn no_core_is_dumped_and_every_descriptor_may_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let line = format!("ulimit -Sn {FEW}; ulimit -Sc unlimited; exec \"$@\"");
    let plain = program(directory.path(), &["demo", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", &line, "sh"]).arg(plain.get_program()).args(plain.get_args());
    let mut process = Running::start(command.current_dir(directory.path()));
    process.until_printed("Ctrl-C");

    let limits = limits(process.id());
    let zero = "0".to_owned();
    assert_eq!(limits["Max core file size"], (zero.clone(), zero));
    let (soft, hard) = &limits["Max open files"];
    assert_eq!(soft, hard);
    assert_ne!(*soft, FEW.to_string());
}

#[test]
fn its_memory_is_closed_to_others_of_its_user() {
    let directory = tempfile::tempdir().unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut process = if is_root {
        // Root may look into anything, so the program is somebody else's.
        let copy = directory.path().join("countersign");
        fs::copy(env!("CARGO_BIN_EXE_countersign"), &copy).unwrap();
        for path in [directory.path(), &copy] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
        command.args(["--clear-groups", "--"]).arg(copy);
        Running::start(command.args(["demo", "--listen", "127.0.0.1:0"]).current_dir("/"))
    } else {
        Running::start(&mut program(directory.path(), &["demo", "--listen", "127.0.0.1:0"]))
    };
    process.until_printed("Ctrl-C");

    let owner = |name: &str| fs::metadata(format!("/proc/{}/{name}", process.id())).unwrap().uid();
    // What only they may read who may trace a process is root's then (proc(5)).
    for name in ["mem", "environ", "maps", "fd"] {
        assert_eq!(owner(name), 0, "{name}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let of_root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    assert!(!of_root, "{status}");
}
