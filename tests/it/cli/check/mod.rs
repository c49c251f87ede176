//! `providers check`: what is compared, what is said of it, and with which exit code.

mod command;
mod findings;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{DONE, FAILED, Outcome, USAGE, configured, run};
use crate::support::internet::{Fault as Away, Internet};
use crate::support::provider::{FakeProvider, Fault};
use crate::support::social;

const GOOGLE: (&str, &str) = ("accounts.google.com", "/.well-known/openid-configuration");

/// Two more tables: every row whose keys are at a known address is configured then.
const MORE: &str = "\n[providers.apple]\nclient_ids = [\"com.example.web\"]\n\
                    [providers.microsoft]\nclient_ids = [\"m\"]\nclient_secret = \"s\"\n";

/// Runs `providers check` on a configuration.
fn check(configuration: &str, arguments: &[&str]) -> Outcome {
    let directory = configured(configuration);
    run(directory.path(), &[["providers", "check"].as_slice(), arguments].concat())
}

fn on(internet: &Internet, arguments: &[&str]) -> Outcome {
    check(&format!("{}{MORE}", social::configuration(internet)), arguments)
}

/// Returns a configuration with one provider by discovery for each name.
fn by_discovery(providers: &[(&str, &FakeProvider)], more: &str) -> String {
    let tables = providers.iter().map(|(name, provider)| {
        let issuer = provider.issuer();
        format!(
            "[providers.{name}]\nkind = \"oidc\"\nissuer = \"{issuer}\"\nclient_ids = [\"c\"]\n{more}\n"
        )
    });
    let tables: String = tables.collect();
    format!(
        "issuer = \"https://id.example.test\"\n[outbound]\ntimeout = \"2s\"\n\
         [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.test\"]\n{tables}"
    )
}

/// Returns what was printed, after checking the exit code and that nothing was complained of.
fn printed(outcome: Outcome, code: i32) -> String {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (code, ""), "{}", outcome.stdout);
    outcome.stdout
}
