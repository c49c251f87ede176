//! The page of docs/app.md that signs in at the demo, in a browser, from an origin of its own.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::blocks::{blocks_of, root};
use super::verifiers::packages;
use crate::program::Demo;

const PAGE: &str = "docs/app.md";
/// Where the page of the documentation and its demo are.
const ORIGIN: &str = "http://localhost:5173";
const DEMO: &str = "http://127.0.0.1:8080";

/// Starts the demo with the options of a command of a page.
pub(super) fn demo_of(command: &str) -> Demo {
    let options = command.strip_prefix("countersign demo ").unwrap();
    let mut arguments = vec!["--listen", "127.0.0.1:0"];
    arguments.extend(options.split_whitespace());
    Demo::start_with(&arguments)
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tested is to be seen")]
fn the_page_signs_in_at_the_demo_from_its_own_origin() {
    let Some(packages) = packages() else { return };
    let Some(chromium) = std::env::var_os("CHROMIUM") else {
        eprintln!("not run, since there is no Chromium: the page of {PAGE}");
        return;
    };
    // The origin has to be known before anything serves there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("http://localhost:{port}");
    let blocks = blocks_of(PAGE);
    let with = |part: &str| blocks.iter().find(|block| block.text.contains(part)).unwrap();
    let command = with("countersign demo --origin").text.replace(ORIGIN, &origin);
    let demo = demo_of(command.trim());
    let script = with("signIn('demo-provider')").text.replace(ORIGIN, &origin);
    assert!(script.contains(DEMO), "{script}");

    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("app.js"), script.replace(DEMO, &demo.url)).unwrap();
    for linked in ["node_modules", "countersign"] {
        std::os::unix::fs::symlink(packages.join(linked), directory.path().join(linked)).unwrap();
    }
    fs::copy(root().join("tests/it/docs/own_page.mjs"), directory.path().join("own_page.mjs"))
        .unwrap();
    let mut node = Command::new("node");
    node.args(["own_page.mjs", &origin]).env("CHROMIUM", chromium).stdin(Stdio::null());
    let output = node.current_dir(directory.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "A token for 900 seconds\n", "{}", String::from_utf8_lossy(&output.stderr));
}
