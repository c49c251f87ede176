//! All that takes part in a run, started and wired.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use countersign::clock::{Clock, Stopwatch};
use tempfile::TempDir;
use tokio::time::sleep;

use super::balancer::Balancer;
use super::clocks::Clocks;
use super::plan::Plan;
use super::provider::Provider;
use super::pulse::Pulse;
use super::replicas::Replica;
use super::tally::Tally;
use super::verifiers::Verifiers;
use crate::program::program;

/// The service's settings. `{acme}`, `{beta}` and `{forge}` stand for the providers' addresses,
/// `{keys}` for where the signing keys come from.
const CONFIGURATION: &str = include_str!("../../chaos/countersign.toml.in");
/// The names of the replicas.
const NAMES: [&str; super::REPLICAS] = ["a", "b", "c"];

/// How long a client waits: longer than the service takes, whatever happens.
const PATIENCE: Duration = Duration::from_secs(40);

/// What every part needs.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) seed: u64,
    /// Where the configuration, the keys, the clocks and the logs are.
    pub(super) directory: PathBuf,
    pub(super) clocks: Clocks,
    pub(super) tally: Tally,
    pub(super) pulse: Pulse,
    /// Asks replicas directly.
    pub(super) client: reqwest::Client,
    program: Option<PathBuf>,
    started: Stopwatch,
}

impl Base {
    /// Returns how long the run has been going on.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the program with its arguments, to be run where the configuration is.
    pub(super) fn program(&self, arguments: &[&str]) -> Command {
        let usual = program(&self.directory, arguments);
        let Some(path) = &self.program else { return usual };
        let mut command = Command::new(path);
        command.args(arguments).current_dir(&self.directory).stdin(Stdio::null());
        for (name, _) in usual.get_envs().filter(|(_, value)| value.is_none()) {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program to its end by the common clock, and returns what it printed.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.program(arguments);
        self.clocks.give(&mut command, None);
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }
}

/// The providers.
#[derive(Debug)]
pub(super) struct Providers {
    /// An OpenID provider with codes, whose keys come and go.
    pub(super) acme: Arc<Provider>,
    /// An OpenID provider that is dead for long at a time.
    pub(super) beta: Arc<Provider>,
    /// A provider of access tokens.
    pub(super) forge: Arc<Provider>,
}

/// A running world. Its processes end with it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) base: Arc<Base>,
    pub(super) plan: Plan,
    pub(super) providers: Providers,
    pub(super) replicas: Vec<Arc<Replica>>,
    pub(super) verifiers: Verifiers,
    /// Where clients send their requests.
    pub(super) front: String,
    /// Sends them.
    pub(super) client: reqwest::Client,
    _balancer: Option<Balancer>,
    _directory: TempDir,
}

impl World {
    /// Starts everything, and waits until requests are answered.
    pub(super) async fn start(plan: Plan) -> Arc<Self> {
        let directory = tempfile::tempdir().unwrap();
        let base = Arc::new(Base {
            seed: plan.seed,
            directory: directory.path().to_owned(),
            clocks: Clocks::new(directory.path(), plan.faketime.clone()),
            tally: Tally::default(),
            pulse: Pulse::default(),
            client: client(Duration::from_secs(5)),
            program: plan.program.clone(),
            started: Clock::stopwatch(),
        });
        let providers = Providers {
            acme: Provider::start("acme", &base).await,
            beta: Provider::start("beta", &base).await,
            forge: Provider::start("forge", &base).await,
        };
        configure(directory.path(), &providers, plan.seed_file);
        if !plan.seed_file {
            // A clock may be off by an hour from the beginning.
            let not_before = (base.clocks.read().common - 7200).to_string();
            base.run(&["keys", "generate", "--not-before", &not_before]).unwrap();
        }
        let count = if plan.balanced { super::REPLICAS } else { 1 };
        let replicas = NAMES.into_iter().enumerate().take(count);
        let replicas: Vec<_> = replicas.map(|named| Arc::new(Replica::new(named, &base))).collect();
        for replica in &replicas {
            replica.start().await;
        }
        let balancer = plan.balanced.then(|| Balancer::start(directory.path(), &replicas));
        let port = balancer.as_ref().map_or(replicas[0].port, |balancer| balancer.port);
        let front = format!("http://127.0.0.1:{port}");
        let verifiers = Verifiers::new(front.clone());
        let world = Self {
            base,
            plan,
            providers,
            replicas,
            verifiers,
            front,
            client: client(PATIENCE),
            _balancer: balancer,
            _directory: directory,
        };
        world.wait_for_front().await;
        Arc::new(world)
    }

    async fn wait_for_front(&self) {
        let address = format!("{}/.well-known/jwks.json", self.front);
        let is_up =
            async || self.base.client.get(&address).send().await.is_ok_and(|it| it.status() == 200);
        while !is_up().await {
            assert!(self.base.uptime() < Duration::from_secs(20), "nobody answers at the front");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns an OpenID provider by name.
    pub(super) fn openid(&self, name: &str) -> &Arc<Provider> {
        if name == "beta" { &self.providers.beta } else { &self.providers.acme }
    }
}

fn configure(directory: &Path, providers: &Providers, seed_file: bool) {
    let keys = if seed_file {
        let seed = directory.join("seed");
        std::fs::write(&seed, "chaos, chaos, chaos, and 32 bytes").unwrap();
        let only_us = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(seed, only_us).unwrap();
        "seed_file = \"seed\"\nperiod = \"1h\""
    } else {
        "directory = \"keys\""
    };
    let text = CONFIGURATION
        .replace("{keys}", keys)
        .replace("{acme}", &providers.acme.url)
        .replace("{beta}", &providers.beta.url)
        .replace("{forge}", &providers.forge.url);
    std::fs::write(directory.join("countersign.toml"), text).unwrap();
}

/// Makes a client that neither follows nor trusts anybody.
#[expect(clippy::disallowed_methods, reason = "the suite calls the service, not providers")]
pub(super) fn client(timeout: Duration) -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(timeout);
    client
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}
