//! From what is written to what can be: each value parsed, each impossible combination refused.

mod client;
mod keys;
mod outbound;
mod provider;
mod traces;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use url::{Host, Url};

pub(super) use keys::{DEFAULT_ALGORITHM, DEFAULT_DIRECTORY};
pub(crate) use keys::{DEFAULT_PERIOD, LONGEST_PERIOD, SHORTEST_PERIOD};

use super::load::Problem;
use super::raw::{List, Plain, RawConfig, RawLogFormat, RawMode, RawSecret, RawSubject, RawTls};
use super::{Config, TlsFiles, files};
use crate::client::Clients;
use crate::provider::Providers;
use crate::secret::Secret;
use crate::user_id::SubjectMode;
use crate::verify::VerifySettings;

/// Least length of the secret that ids are derived with, in bytes: as long as the hash is wide.
const MIN_SUBJECT_SECRET: usize = 32;

/// Result of a check.
type Checked<T> = Result<T, Problem>;

/// Names a key and what is wrong with its value.
fn problem(key: impl Into<String>, problem: impl Into<String>) -> Problem {
    Problem { key: key.into(), problem: problem.into() }
}

/// Checks everything. `proxy` is the environment's for https, which is used when there is no other.
pub(super) fn check(raw: RawConfig, proxy: Option<&str>) -> Checked<Config> {
    let issuer_url = issuer(&raw.issuer)?;
    let providers =
        Providers::new(provider::providers(raw.providers, &raw.catalogue, &raw.issuer)?);
    let lifetime = lifetime("tokens.lifetime", &raw.tokens.lifetime)?;
    let clients = Clients::new(client::clients(raw.clients, &providers, lifetime)?);
    let longest = clients.iter().map(|client| client.lifetime).max().unwrap_or(lifetime);
    let reaches = providers.reaches();
    let body_bytes = within("limits.body_bytes", raw.limits.body_bytes.0, 1024..=1 << 20)?;
    let per_minute = raw.limits.requests_per_minute.0;
    let per_minute = within("limits.requests_per_minute", per_minute, 0..=1_000_000)?;
    let places = |key, value: Plain<u64>| {
        within(key, value.0, 1..=1_000_000)
            .map(|value| usize::try_from(value).unwrap_or(usize::MAX))
    };
    let concurrent_exchanges =
        places("limits.concurrent_exchanges", raw.limits.concurrent_exchanges)?;
    let warnings = traces::warning(&raw.traces).into_iter().collect();
    Ok(Config {
        issuer: raw.issuer,
        issuer_url,
        listen: address("listen", &raw.listen)?,
        admin_listen: raw.admin_listen.map(|text| address("admin_listen", &text)).transpose()?,
        trusted_proxies: trusted_proxies(&raw.trusted_proxies)?,
        keys: keys::keys(raw.keys, longest)?,
        subject_mode: subject_mode(raw.subject)?,
        clients,
        providers,
        verify: VerifySettings {
            outbound: outbound::outbound(raw.outbound, proxy, reaches)?,
            access_token_cache: access_token_cache(&raw.cache.access_tokens)?,
            places: concurrent_exchanges,
        },
        body_bytes: usize::try_from(body_bytes).unwrap_or(usize::MAX),
        requests_per_minute: u32::try_from(per_minute).unwrap_or(u32::MAX),
        connections: places("limits.connections", raw.limits.connections)?,
        concurrent_exchanges,
        processor_wait: processor_wait(&raw.limits.processor_wait)?,
        tls: raw.tls.map(|RawTls { certificate, key }| TlsFiles {
            certificate: certificate.into(),
            key: key.into(),
        }),
        grace: grace(&raw.shutdown.grace)?,
        traces: traces::traces(raw.traces)?,
        json_logs: matches!(raw.log.format, RawLogFormat::Json),
        warnings,
    })
}

/// An issuer is an https address without query and fragment (RFC 8414 §2); http is for loopback.
fn issuer(text: &str) -> Checked<Url> {
    let wrong = || {
        let expected =
            "expected an https address without query and fragment (http is for loopback)";
        problem("issuer", format!("`{text}`; {expected}"))
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let fits = plain && (url.scheme() == "https" || (url.scheme() == "http" && loopback));
    if fits { Ok(url) } else { Err(wrong()) }
}

fn address(key: &str, text: &str) -> Checked<SocketAddr> {
    text.parse().map_err(|_| {
        problem(key, format!("`{text}`; expected an address and a port, for instance 0.0.0.0:8080"))
    })
}

fn trusted_proxies(raw: &List<String>) -> Checked<Vec<IpNet>> {
    let parse = |text: &String| {
        let single = || text.parse::<IpAddr>().map(IpNet::from).ok();
        text.parse().ok().or_else(single).ok_or_else(|| {
            let expected = "expected a network or an address, for instance 10.0.0.0/8";
            problem("trusted_proxies", format!("`{text}`; {expected}"))
        })
    };
    raw.0.iter().map(parse).collect()
}

fn subject_mode(raw: RawSubject) -> Checked<SubjectMode> {
    let secret = secret("subject.secret", raw.secret, raw.secret_file)?;
    match (raw.mode, secret) {
        (RawMode::Uuid5, None) => Ok(SubjectMode::Uuid5),
        (RawMode::Uuid5, Some(_)) => Err(problem(
            "subject.mode",
            "`uuid5` uses no secret; expected `pairwise`, or no secret",
        )),
        (RawMode::Pairwise, Some(secret)) if secret.expose().len() >= MIN_SUBJECT_SECRET => {
            Ok(SubjectMode::Pairwise(secret))
        }
        (RawMode::Pairwise, _) => Err(problem(
            "subject.secret",
            format!("`pairwise` needs a secret of at least {MIN_SUBJECT_SECRET} bytes"),
        )),
    }
}

/// How long it takes those who send traffic to notice that there is no more to be sent.
fn grace(text: &str) -> Checked<Duration> {
    zero_or("shutdown.grace", text, Duration::from_secs(1)..=Duration::from_mins(5))
}

/// How long requests may wait for a processor: longer than a burst takes.
fn processor_wait(text: &str) -> Checked<Duration> {
    zero_or("limits.processor_wait", text, Duration::from_millis(10)..=Duration::from_secs(10))
}

/// How long an accepted access token is remembered. What is revoked meanwhile is still accepted,
/// hence not for long. Times are whole seconds here: less than one would be none.
fn access_token_cache(text: &str) -> Checked<Duration> {
    zero_or("cache.access_tokens", text, Duration::from_secs(1)..=Duration::from_mins(10))
}

fn zero_or(key: &str, text: &str, range: RangeInclusive<Duration>) -> Checked<Duration> {
    if matches!(text, "0" | "0s") {
        return Ok(Duration::ZERO);
    }
    duration(key, text, range).map_err(|problem| Problem {
        problem: format!("{}, or \"0\" for none", problem.problem),
        ..problem
    })
}

/// A token lives for one minute to 24 hours.
fn lifetime(key: &str, text: &str) -> Checked<Duration> {
    duration(key, text, Duration::from_mins(1)..=Duration::from_hours(24))
}

fn duration(key: &str, text: &str, allowed: RangeInclusive<Duration>) -> Checked<Duration> {
    let parsed = humantime::parse_duration(text).ok().filter(|it| allowed.contains(it));
    parsed.ok_or_else(|| {
        let (from, to) = (*allowed.start(), *allowed.end());
        let (from, to) = (humantime::format_duration(from), humantime::format_duration(to));
        problem(key, format!("`{text}`; expected a duration from {from} to {to}"))
    })
}

fn within(key: &str, value: u64, allowed: RangeInclusive<u64>) -> Checked<u64> {
    if allowed.contains(&value) {
        return Ok(value);
    }
    Err(problem(key, format!("{value}; expected {} to {}", allowed.start(), allowed.end())))
}

/// A secret is given as a value or as a file, not both, and not empty.
fn secret(key: &str, value: Option<RawSecret>, file: Option<String>) -> Checked<Option<Secret>> {
    let secret = match (value, file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(problem(key, format!("expected `{key}` or `{key}_file`, not both")));
        }
        (Some(RawSecret(text)), None) => Secret::new(text),
        (None, Some(file)) => {
            files::read(&file).map_err(|wrong| problem(format!("{key}_file"), wrong))?
        }
    };
    if secret.expose().trim().is_empty() {
        return Err(problem(key, "is empty"));
    }
    Ok(Some(secret))
}
