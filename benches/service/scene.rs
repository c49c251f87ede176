//! What is measured with: a provider, its tokens, and the service and the floor as they are set up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::load::{Pace, Requests};
use crate::process::{COUNTERSIGN, Running};
use crate::provider::Provider;

/// Distinct ID tokens.
const TOKENS: usize = 4000;
/// The types of the two kinds of credential (RFC 8693 §3).
const TOKEN_TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A";

/// Everything that outlives a part.
pub(crate) struct Scene {
    /// The provider.
    pub(crate) provider: Provider,
    /// Exchanges of distinct ID tokens.
    pub(crate) id_tokens: Arc<Requests>,
    /// Rounds of which the median counts.
    pub(crate) rounds: usize,
    /// As fast as it goes, for the time of one measurement.
    pub(crate) pace: Pace,
    directories: Vec<TempDir>,
}

impl Scene {
    /// Makes the provider and its tokens.
    pub(crate) fn new() -> Self {
        let provider = Provider::start();
        let bodies = (0..TOKENS).map(|person| {
            let token = provider.id_token(person);
            exchange(person, &format!("{TOKEN_TYPE}id_token&provider=acme&subject_token={token}"))
        });
        let id_tokens = Requests::new(bodies.collect());
        let setting = |name: &str| std::env::var(name).ok().and_then(|it| it.parse().ok());
        let seconds: u32 = setting("BENCH_SECONDS").unwrap_or(3);
        let rounds = setting("BENCH_ROUNDS").map_or(5, |it| it.try_into().unwrap());
        let pace = Pace { time: Duration::from_secs(seconds.into()), per_second: None };
        Self { provider, id_tokens, rounds, pace, directories: Vec::new() }
    }

    /// Returns a directory that stays until the end.
    pub(crate) fn directory(&mut self) -> &Path {
        self.directories.push(TempDir::new().unwrap());
        self.directories.last().unwrap().path()
    }

    /// Starts the service as it is in production: limits, metrics, the audit line as JSON.
    pub(crate) fn service(&mut self, algorithm: &str) -> Running {
        self.service_with(algorithm, "")
    }

    /// Starts it with more tables in its configuration, which stand before the others.
    pub(crate) fn service_with(&mut self, algorithm: &str, more: &str) -> Running {
        let text = configuration(&self.provider.issuer(), more);
        let directory = self.directory();
        prepare(directory, algorithm, &text);
        Running::countersign(directory)
    }

    /// Returns directories for as many replicas, which share the keys of the first.
    pub(crate) fn replicas(&mut self, count: usize) -> Vec<PathBuf> {
        let text = configuration(&self.provider.issuer(), "");
        let first = self.directory().to_owned();
        prepare(&first, "ES256", &text);
        let shared = format!("[keys]\ndirectory = \"{}\"\n", first.join("keys").display());
        let text = configuration(&self.provider.issuer(), &shared);
        let others: Vec<_> = (1..count).map(|_| self.directory().to_owned()).collect();
        for directory in &others {
            write(directory, &text);
        }
        [first].into_iter().chain(others).collect()
    }

    /// Starts the floor.
    pub(crate) fn floor(&mut self, algorithm: &str, document: &str) -> Running {
        let key = self.provider.public_key().to_vec();
        let directory = self.directory();
        let [key_file, document_file] = ["key", "document"].map(|name| directory.join(name));
        std::fs::write(&key_file, key).unwrap();
        std::fs::write(&document_file, document).unwrap();
        let [key, document] = [key_file.to_str().unwrap(), document_file.to_str().unwrap()];
        Running::own(&["floor", algorithm, key, document])
    }
}

/// Puts a configuration and a signing key into a directory.
pub(crate) fn prepare(directory: &Path, algorithm: &str, configuration: &str) {
    write(directory, configuration);
    let made = Command::new(COUNTERSIGN)
        .args(["keys", "generate", "--alg", algorithm])
        .current_dir(directory)
        .output();
    assert!(made.unwrap().status.success(), "keys generate");
}

/// Puts a configuration into a directory.
fn write(directory: &Path, configuration: &str) {
    let file = directory.join("countersign.toml");
    std::fs::write(&file, configuration).unwrap();
    let mut permissions = std::fs::metadata(&file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    std::fs::set_permissions(&file, permissions).unwrap();
}

fn configuration(provider: &str, more: &str) -> String {
    format!(
        r#"
issuer = "http://127.0.0.1:8080"
listen = "127.0.0.1:0"
trusted_proxies = ["127.0.0.1"]

[log]
format = "json"

[limits]
requests_per_minute = 1000000

{more}
[[clients]]
id = "spa"
audience = ["https://api.example.com"]
origins = ["https://app.example.com"]

[providers.acme]
kind = "oidc"
issuer = "{provider}"
client_ids = ["countersign"]

[catalogue.forge]
title = "Forge"
namespace = "https://forge.example.com"
setup = "https://forge.example.com: register an application"

[catalogue.forge.profile]
url = "{provider}/userinfo"
subject = ["/id"]

[catalogue.forge.profile.claims]
email = ["/email"]
name = ["/name"]

[catalogue.forge.binding]
method = "tokeninfo"
url = "{provider}/tokeninfo"
token = "bearer"
client_id = "/client_id"
subject = "/owner"

[providers.forge]
client_ids = ["countersign"]
"#
    )
}

/// Writes the exchange of the access token of the person with this number.
pub(crate) fn access_token(person: usize) -> Vec<u8> {
    let token = format!("bench-{person:012}");
    exchange(person, &format!("{TOKEN_TYPE}access_token&provider=forge&subject_token={token}"))
}

/// Writes an exchange as a page behind a proxy sends it.
fn exchange(person: usize, rest: &str) -> Vec<u8> {
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
    let body = format!("grant_type={grant}&client_id=spa&subject_token_type={rest}");
    let [high, low] = [person / 250 % 250, person % 250];
    format!(
        "POST /token HTTP/1.1\r\nHost: id.example.com\r\nOrigin: https://app.example.com\r\n\
         X-Forwarded-For: 10.{}.{high}.{low}\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        person / 62_500,
        body.len()
    )
    .into_bytes()
}

/// Writes a GET.
pub(crate) fn get(path: &str) -> Arc<Requests> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: id.example.com\r\nAccept: */*\r\n\r\n");
    Requests::new(vec![head.into_bytes()])
}
