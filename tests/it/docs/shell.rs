//! Commands of the pages, run in their order, and what they print compared with what follows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::blocks::{Block, blocks_of, pages};
use super::outside::is_elsewhere;
use super::own_page::demo_of;
use super::shapes::{self, assert_lines, assert_shape};
use super::{configurations, verifiers};
use crate::program::{DONE, Demo, FAILED, Outcome, Running, wait_for, write_secret};
use crate::support::internet::Internet;

/// Where the pages say that the service and the demo are.
const ISSUER: &str = "https://id.example.com";
const LOOPBACK: &str = "http://127.0.0.1:8080";
/// Where the pages say that secrets are.
const SECRETS: &str = "/run/secrets/";
/// Makes the first key.
const GENERATE: &str = "countersign keys generate";
/// How long a service takes to start, at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns the commands of a block: continued lines are one, and comments none.
pub(super) fn commands_of(text: &str) -> Vec<String> {
    let whole = text.replace("\\\n", " ");
    let lines = whole.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// The reader of a page, at a machine of their own.
struct Reader<'a> {
    page: &'a str,
    internet: &'a Internet,
    directory: TempDir,
    demo: Option<Demo>,
    service: Option<(Running, String)>,
    printed: Option<String>,
}

impl<'a> Reader<'a> {
    fn of(page: &'a str, blocks: &[Block], internet: &'a Internet) -> Self {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        for folder in ["bin", "secrets"] {
            fs::create_dir(at(folder)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_countersign"), at("bin/countersign"))
            .unwrap();
        let configuration = configurations::of_page(blocks);
        for name in configuration.split(SECRETS).skip(1).filter_map(|rest| rest.split('"').next()) {
            write_secret(&at("secrets").join(name), "a secret that is long enough for everything");
        }
        let secrets = format!("{}/", at("secrets").display());
        write_secret(&at("countersign.toml"), configuration.replace(SECRETS, &secrets));
        write_secret(&at("token.jwt"), verifiers::expired_token(internet));
        let reader = Self { page, internet, directory, demo: None, service: None, printed: None };
        let mut commands = blocks.iter().flat_map(|block| commands_of(&block.text));
        // Where a page does not say how keys are made there are some.
        if !commands.any(|command| command.starts_with(GENERATE)) {
            let outcome = Outcome::of(&mut reader.shell(GENERATE));
            assert_eq!(outcome.code, DONE, "{outcome:?}");
        }
        reader
    }

    /// Runs a command as it stands, but for the addresses.
    fn run(&mut self, command: &str) {
        if is_elsewhere(self.page, command) {
            self.printed = None;
        } else if command == "countersign demo" || command == "cargo run --release -- demo" {
            self.demo = Some(Demo::start());
        } else if command.starts_with("countersign demo --origin ") {
            self.demo = Some(demo_of(command));
        } else if command == "countersign serve" {
            self.serve();
        } else if command.starts_with("countersign ") || command.starts_with("curl ") {
            self.printed = Some(self.paste(command));
        } else {
            panic!("{}: nothing runs `{command}`", self.page);
        }
    }

    /// Prepares a command, with the settings that keep it on this machine.
    fn shell(&self, line: &str) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let ours = self.directory.path().join("bin");
        let paths = std::iter::once(ours).chain(std::env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(self.directory.path()).stdin(Stdio::null());
        let ours = |name: &str| name.starts_with("COUNTERSIGN_") || name == "RUST_LOG";
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)) {
            shell.env_remove(name);
        }
        if configured("admin_listen", &self.directory) {
            shell.env("COUNTERSIGN_ADMIN_LISTEN", "127.0.0.1:0");
        }
        shell
            .env("PATH", std::env::join_paths(paths).unwrap())
            .env("COUNTERSIGN_LISTEN", "127.0.0.1:0")
            .env("COUNTERSIGN_LOG__FORMAT", "json")
            .env("COUNTERSIGN_OUTBOUND__PROXY", self.internet.proxy())
            .env("COUNTERSIGN_OUTBOUND__CA_FILE", self.internet.ca_file());
        shell
    }

    fn serve(&mut self) {
        let process = Running::start(&mut self.shell("exec countersign serve"));
        let address = wait_for("the service", PATIENCE, || {
            let log = process.logged();
            let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let started = lines.find(|line| line["fields"]["message"] == "serving")?;
            started["fields"]["address"].as_str().map(str::to_owned)
        });
        self.service = Some((process, format!("http://{address}")));
    }

    /// Runs a command that ends by itself, and returns what it printed.
    fn paste(&self, command: &str) -> String {
        let secrets = format!("{}/", self.directory.path().join("secrets").display());
        let mut line = command.replace(SECRETS, &secrets);
        if let Some((_, service)) = &self.service {
            line = line.replace(ISSUER, service);
        }
        let loopback = self.demo.as_ref().map(|demo| &demo.url);
        if let Some(url) = loopback.or(self.service.as_ref().map(|(_, url)| url)) {
            line = line.replace(LOOPBACK, url);
        }
        let mut shell = self.shell(&line);
        if command.starts_with("curl ") {
            assert!(!line.contains(ISSUER), "{}: nothing serves for `{command}`", self.page);
            // A proxy of the machine's is for elsewhere.
            shell.env("NO_PROXY", "*");
        }
        if command.contains("$TOKEN") {
            shell.env("TOKEN", self.good_token());
        }
        let output = shell.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        // To explain a refusal is no failure of the command's.
        let may_refuse = command.starts_with("countersign explain ") && !printed.is_empty();
        let expected = if may_refuse { vec![DONE, FAILED] } else { vec![DONE] };
        let code = output.status.code().unwrap();
        assert!(expected.contains(&code), "{}: `{command}`: {code}: {complaint}", self.page);
        printed
    }

    /// Returns a token that the service would have issued.
    fn good_token(&self) -> String {
        let line = "countersign vectors --config countersign.toml --format json";
        let vectors = Outcome::of(&mut self.shell(line));
        let vectors: Value = serde_json::from_str(&vectors.stdout).unwrap();
        vectors["tokens"][0]["token"].as_str().unwrap().to_owned()
    }

    /// Compares what was printed with what the page says that it prints.
    fn compare(&self, block: &Block) {
        let Some(printed) = &self.printed else {
            assert!(shapes::ALONE.contains(&self.page), "{}: what prints this?", block.place());
            return;
        };
        if block.language == "json" {
            let said: Value = serde_json::from_str(&block.text)
                .unwrap_or_else(|error| panic!("{}: {error}", block.place()));
            let real: Value = serde_json::from_str(printed)
                .unwrap_or_else(|error| panic!("{}: {error}: {printed}", block.place()));
            assert_shape(&said, &real, &block.place());
        } else {
            assert_lines(&block.text, printed, &block.place());
        }
    }
}

/// Says whether the configuration of a page has a key.
fn configured(key: &str, directory: &TempDir) -> bool {
    let text = fs::read_to_string(directory.path().join("countersign.toml")).unwrap();
    text.lines().any(|line| line.starts_with(key))
}

fn has_curl() -> bool {
    let found = Command::new("sh").args(["-c", "command -v curl"]).output().unwrap();
    found.status.success()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "what was not tested is to be seen")]
async fn every_command_of_a_page_runs_and_prints_what_the_page_says() {
    if !Path::new("/bin/sh").exists() || !has_curl() {
        eprintln!("not run, since curl is not on the PATH: the commands of the pages");
        return;
    }
    let internet = Internet::start().await;
    let mut ran = 0;
    for page in pages() {
        let blocks = blocks_of(&page);
        if !blocks.iter().any(|block| ["sh", "json", "text"].contains(&block.language.as_str())) {
            continue;
        }
        let mut reader = Reader::of(&page, &blocks, &internet);
        for block in &blocks {
            match block.language.as_str() {
                "sh" => commands_of(&block.text).iter().for_each(|command| {
                    reader.run(command);
                    ran += 1;
                }),
                "json" | "text" => reader.compare(block),
                _ => {}
            }
        }
    }
    assert!(ran > 50, "{ran}");
}
