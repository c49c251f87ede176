//! The program as a process of its own, for what it says in its log.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::task::{block_in_place, spawn_blocking};

use super::{FACEBOOK, LINKEDIN};
use crate::program::{Running, configured, post_form, program, run, wait_for};
use crate::support::answer::Answer;
use crate::support::form::{ACCESS_TOKEN, TOKEN_EXCHANGE};
use crate::support::internet::Internet;
use crate::support::social::configuration;

/// How long a line of the log may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Program {
    process: Running,
    url: String,
    _directory: TempDir,
}

impl Program {
    /// Starts it with a log of a level, and waits until it serves. It runs by the system's clock,
    /// so LinkedIn and Facebook say from here on that their tokens never expire.
    pub(super) fn start(internet: &Internet, level: &str) -> Self {
        let (linkedin, facebook) = (LINKEDIN.inspection, FACEBOOK.inspection);
        internet.change(linkedin.0, linkedin.1, |info| info["expires_at"] = 0.into());
        internet.change(facebook.0, facebook.1, |info| info["data"]["expires_at"] = 0.into());
        block_in_place(|| Self::start_now(internet, level))
    }

    fn start_now(internet: &Internet, level: &str) -> Self {
        let text = configuration(internet).replace("{keys}", "keys");
        // Instagram is the last of the tables.
        let directory = configured(&format!("{text}allow_unbound_access_tokens = true\n"));
        run(directory.path(), &["keys", "generate"]).good();
        let mut command = program(directory.path(), &["serve"]);
        command.env("COUNTERSIGN_LOG__FORMAT", "json").env("RUST_LOG", level);
        let process = Running::start(&mut command);
        let started = wait_for("the start", PATIENCE, || {
            lines(&process.logged()).into_iter().find(|line| line["message"] == "serving")
        });
        let url = format!("http://{}", started["address"].as_str().unwrap());
        Self { process, url, _directory: directory }
    }

    /// Exchanges an access token.
    pub(super) async fn exchange(&self, provider: &str, token: &str) -> Answer {
        let fields = [
            ("grant_type", TOKEN_EXCHANGE),
            ("client_id", "spa"),
            ("subject_token_type", ACCESS_TOKEN),
            ("subject_token", token),
            ("provider", provider),
        ];
        let fields = fields.map(|(name, value)| (name, value.to_owned()));
        let url = format!("{}/token", self.url);
        let post =
            move || post_form(&url, &fields.each_ref().map(|(name, it)| (*name, it.as_str())));
        spawn_blocking(post).await.unwrap()
    }

    /// Returns the log so far.
    pub(super) fn log(&self) -> String {
        self.process.logged()
    }

    /// Waits for a line after a place in the log, given as its fields and `level`.
    pub(super) fn wait_for_line(&self, after: usize, case: &str, is_it: impl Fn(&Value) -> bool) {
        block_in_place(|| {
            wait_for(case, PATIENCE, || {
                lines(self.process.logged().get(after..).unwrap())
                    .into_iter()
                    .find(|line| is_it(line))
            })
        });
    }

    /// Ends it as an operator does, and returns its log.
    pub(super) fn end(mut self) -> String {
        block_in_place(|| {
            self.process.signal("TERM");
            assert_eq!(self.process.exit_code(PATIENCE), Some(0), "{}", self.process.logged());
        });
        self.process.logged()
    }
}

/// Returns the fields of every line that is whole, with its level among them.
fn lines(log: &str) -> Vec<Value> {
    let whole = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let fields = whole.map(|mut line| {
        let level = line["level"].take();
        line["fields"]["level"] = level;
        line["fields"].take()
    });
    fields.collect()
}
