//! Configuration: a file, then the environment, then flags, checked once. It stands above the
//! modules and fills their own settings types; none of them knows it.

mod check;
mod environment;
mod files;
mod load;
mod raw;
mod show;
mod written;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

pub(crate) use check::{DEFAULT_PERIOD, LONGEST_PERIOD, SHORTEST_PERIOD};
pub use load::{ConfigError, Sources};

use crate::client::Clients;
use crate::keys::KeySettings;
use crate::provider::Providers;
use crate::user_id::SubjectMode;
use crate::verify::VerifySettings;

/// The PEM files of a certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    /// The certificate, and those between it and a root.
    pub(crate) certificate: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
}

/// Where traces go.
#[derive(Debug, Clone)]
pub(crate) struct TraceSettings {
    /// Where a collector takes OTLP over HTTP.
    pub(crate) endpoint: Url,
    /// The share of traces that is recorded where a caller has not decided: 0 to 1.
    pub(crate) sample: f64,
}

/// A configuration in which every value was checked.
#[derive(Debug)]
pub struct Config {
    /// Our `iss`, exactly as configured.
    pub(crate) issuer: String,
    /// The same, parsed.
    pub(crate) issuer_url: Url,
    /// Where the public is served.
    pub(crate) listen: SocketAddr,
    /// Where operators are served, if not with the public.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Whose `X-Forwarded-For` counts.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Where the signing keys come from.
    pub(crate) keys: KeySettings,
    /// How `sub` is made.
    pub(crate) subject_mode: SubjectMode,
    /// The applications.
    pub(crate) clients: Clients,
    /// The providers.
    pub(crate) providers: Providers,
    /// How providers are reached, and what is remembered of them.
    pub(crate) verify: VerifySettings,
    /// The largest body that is read, in bytes.
    pub(crate) body_bytes: usize,
    /// Requests per minute and address; 0 is no limit.
    pub(crate) requests_per_minute: u32,
    /// Most connections that are open at once, on each listener.
    pub(crate) connections: usize,
    /// Most exchanges that are under way at once.
    pub(crate) concurrent_exchanges: usize,
    /// How long requests may wait for a processor before some are refused; zero is for ever.
    pub(crate) processor_wait: Duration,
    /// The certificate that the public listener shows; without one it is plain HTTP.
    pub(crate) tls: Option<TlsFiles>,
    /// How long the service goes on serving after it was told to stop.
    pub(crate) grace: Duration,
    /// Where traces go, if anywhere.
    pub(crate) traces: Option<TraceSettings>,
    /// Whether logs are JSON.
    pub(crate) json_logs: bool,
    /// What an operator should know of it, though it works.
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the source, the key, and what is allowed.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let figment = load::figment(sources)?;
        let raw = load::extract(sources, &figment)?;
        let refused = |problem| ConfigError::of_key(sources, &figment, problem);
        let mut warnings = files::check(&figment, &raw).map_err(refused)?;
        let config = check::check(raw, sources.proxy()).map_err(refused)?;
        warnings.extend(config.warnings);
        Ok(Self { warnings, ..config })
    }

    /// Reads and checks a configuration that is given as TOML text, without the environment.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::load(&Sources::text(text))
    }

    /// Returns the effective values, one a line, with where each came from; secrets redacted.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a source cannot be read, or holds an unknown key or a value of the
    /// wrong type. The values themselves are not checked.
    pub fn show(sources: &Sources) -> Result<String, ConfigError> {
        let figment = load::figment(sources)?;
        // A key that is misspelled could hold a secret: then nothing is shown.
        load::extract(sources, &figment)?;
        Ok(show::show(&figment))
    }
}

#[cfg(test)]
mod tests;
