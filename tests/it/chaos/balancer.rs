//! HAProxy in front of the replicas.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use super::replicas::{Replica, free_port};

/// Its configuration, but for the ports.
const CONFIGURATION: &str = include_str!("../../chaos/haproxy.cfg.in");

/// A running HAProxy. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Balancer {
    pub(super) port: u16,
    child: Child,
}

impl Balancer {
    /// Starts it.
    pub(super) fn start(directory: &Path, replicas: &[Arc<Replica>]) -> Self {
        let port = free_port();
        let mut text = CONFIGURATION.replace("{port}", &port.to_string());
        for Replica { name, port, admin_port, .. } in replicas.iter().map(AsRef::as_ref) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "    server {name} 127.0.0.1:{port} check port {admin_port}");
        }
        let file = directory.join("haproxy.cfg");
        std::fs::write(&file, text).unwrap();
        let log = std::fs::File::create(directory.join("haproxy.log")).unwrap();
        let mut command = Command::new("haproxy");
        command.arg("-db").arg("-f").arg(file).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn();
        let child = child.unwrap_or_else(|error| panic!("haproxy cannot be started: {error}"));
        Self { port, child }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
