//! Commands of the pages that are not run from here: they need what is outside, or change the machine.

use super::blocks::{files_below, is_a, read};

/// The page, how the command starts, and what is run in its place.
const OUTSIDE: [(&str, &str, &str); 26] = [
    ("README.md", "cargo test", "these are the tests"),
    ("README.md", "cargo +nightly fuzz", "needs a nightly compiler; the seeds are run by tests"),
    ("docs/performance.md", "cargo bench", "takes ten minutes"),
    ("docs/scaling.md", "cargo bench", "takes ten minutes"),
    ("docs/drf-social-oauth2.md", "curl -X POST -d", "tests/it/migration.rs, tests/it/drop_in.rs"),
    ("fuzz/README.md", "cargo", "needs a nightly compiler; the seeds are run by tests"),
    ("tests/chaos/README.md", "tests/chaos/run", "takes minutes"),
    (TYPESCRIPT, "npm install && npm run build", "clients/typescript/run builds it"),
    (
        "examples/apache/README.md",
        "",
        "examples/run starts an Apache of its own with the same file",
    ),
    ("examples/haproxy/README.md", "./keys.sh", "examples/run calls it on the same keys"),
    ("examples/haproxy/README.md", "haproxy", "examples/run starts it with these files"),
    ("examples/nginx/README.md", "", "examples/run starts an nginx of its own with the same file"),
    ("examples/node/README.md", "", "examples/run installs and starts it with these variables"),
    ("examples/python/README.md", "", "examples/run installs and starts it with these variables"),
    ("examples/rust/README.md", "", "examples/run builds and starts it with these variables"),
    (DEPLOY, "docker build", "deploy/image/run builds the same file with buildah"),
    (DEPLOY, "docker run", "deploy/image/run runs the image with buildah"),
    (DEPLOY, "install ", "deploy/systemd/run does it in a machine of its own"),
    (DEPLOY, "systemd-sysusers", "deploy/systemd/run does it in a machine of its own"),
    (DEPLOY, "setpriv", "deploy/systemd/run does it in a machine of its own"),
    (DEPLOY, "systemctl", "deploy/systemd/run does it in a machine of its own"),
    (DEPLOY, "cp -r deploy/systemd", "deploy/systemd/run checks the unit together with it"),
    (DEPLOY, "haproxy -c", "deploy/haproxy/run starts HAProxy with the file"),
    (DEPLOY, "kubectl create", "deploy/kubernetes/run makes the same secret without a cluster"),
    (DEPLOY, "kubectl apply", "deploy/kubernetes/run validates what is applied"),
    (DEPLOY, "promtool", "deploy/prometheus/run does the same"),
];

const DEPLOY: &str = "deploy/README.md";
const TYPESCRIPT: &str = "clients/typescript/README.md";

/// Says whether a command is run elsewhere: it stands in the table, or as a line in a script.
pub(super) fn is_elsewhere(page: &str, command: &str) -> bool {
    let is_listed =
        |(there, start, _): &(&str, &str, &str)| page == *there && command.starts_with(start);
    OUTSIDE.iter().any(is_listed) || is_in_a_script(command)
}

fn is_in_a_script(command: &str) -> bool {
    let files = ["deploy", "examples", "clients/typescript"].into_iter().flat_map(files_below);
    let mut scripts = files.filter(|file| file.ends_with("/run") || is_a(file, &["sh"]));
    scripts.any(|script| read(&script).lines().any(|line| line.trim() == command))
}

#[test]
fn every_command_that_is_not_run_here_stands_on_its_page() {
    for (page, start, _) in OUTSIDE {
        let blocks = super::blocks::blocks_of(page);
        let shells = blocks.iter().filter(|block| block.language == "sh");
        let mut commands = shells.flat_map(|block| super::shell::commands_of(&block.text));
        assert!(commands.any(|command| command.starts_with(start)), "{page}: {start}");
    }
}
