//! How large a process is.

use std::fs;

/// What a process uses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// Resident memory in MiB.
    pub(super) memory: u64,
    /// Open descriptors.
    pub(super) descriptors: usize,
}

impl Usage {
    /// Reads what a process uses; nothing if there is none.
    pub(super) fn of(id: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        let open = fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count);
        Self { memory: kib.unwrap_or_default() / 1024, descriptors: open }
    }
}
