//! Verification by providers that answer what a fuzzer says, and by nothing else.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::drift::{Watch, What};
use super::outbound::{Answer, Body, Outgoing};
use super::{Outbound, OutboundError, OutboundSettings, Verifier, VerifySettings, metadata};
use crate::clock::Clock;
use crate::provider::{Announced, Discovery, KeySource, Provider, Providers, WebUrl};
use crate::secret::SecretBytes;
use crate::telemetry::Metrics;

/// What is answered in the place of the network: to each address, a status and a body.
type Answers = dyn Fn(&str) -> Option<(u16, Vec<u8>)> + Send + Sync;

/// Answers calls, or leaves them to the network.
#[derive(Clone, Default)]
pub(super) struct Script(Option<Arc<Answers>>);

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    /// Answers as the network would: a redirect is none, and what has no answer is none.
    pub(super) fn answer(&self, outgoing: &Outgoing) -> Option<Result<Answer, OutboundError>> {
        let answer = (self.0.as_ref()?)(outgoing.url.as_str());
        Some(match answer {
            None => Err(OutboundError::TimedOut),
            Some((status @ 300..=399, _)) => Err(OutboundError::Redirect(status)),
            Some((status, bytes)) => {
                let kept = |name: &String| (name.clone(), "1234".to_owned());
                let kept = outgoing.keep_headers.iter().map(kept).collect();
                Ok(Answer { status, body: body(bytes), kept, retry: None })
            }
        })
    }
}

/// A status and a body.
type Given = (u16, Vec<u8>);

/// Answers that are given one after the other, whatever is asked; the last one again and again.
#[derive(Clone, Default)]
pub(crate) struct Queue(Arc<Mutex<VecDeque<Given>>>);

impl Queue {
    /// Replaces what is still to be given.
    pub(crate) fn fill(&self, answers: impl IntoIterator<Item = (u16, Vec<u8>)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answers.into_iter().collect();
    }

    /// Gives the next.
    pub(crate) fn next(&self) -> Option<(u16, Vec<u8>)> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    }
}

fn body(bytes: Vec<u8>) -> Body {
    Body { bytes: SecretBytes::new(bytes), max_age: None, sent_at: None }
}

fn outbound_settings() -> OutboundSettings {
    let timeout = Duration::from_secs(5);
    let reaches = BTreeSet::new();
    OutboundSettings { timeout, proxy: None, proxy_host: None, ca_file: None, reaches }
}

fn outbound(answers: Arc<Answers>) -> Result<Outbound, OutboundError> {
    let mut outbound = Outbound::new(&outbound_settings())?;
    outbound.1 = Script(Some(answers));
    Ok(outbound)
}

/// A verifier that remembers no access token and asks `answers` in the place of the network.
pub(crate) fn verifier(
    providers: &Providers,
    own_issuer: &str,
    clock: &Clock,
    answers: impl Fn(&str) -> Option<(u16, Vec<u8>)> + Send + Sync + 'static,
) -> Result<Verifier, OutboundError> {
    let outbound = outbound(Arc::new(answers))?;
    let access_token_cache = Duration::ZERO;
    let settings =
        VerifySettings { outbound: outbound_settings(), access_token_cache, places: 1024 };
    let seen = (clock, &Arc::new(Metrics::default()));
    Ok(Verifier::over(outbound, (&settings, providers), own_issuer.into(), seen))
}

/// What was made of a discovery document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// Its issuer, if it is the one that was asked for.
    pub(crate) issuer: Option<String>,
    /// Every address in it that would be called.
    pub(crate) addresses: Vec<WebUrl>,
    /// What is shown of it to people.
    pub(crate) texts: Vec<String>,
}

/// Reads a discovery document as one that came from `discovery`, and compares it with what
/// `providers` need.
pub(crate) fn document(
    providers: &Providers,
    discovery: &Discovery,
    bytes: &[u8],
) -> Option<Document> {
    let metadata = metadata::parse(&discovery.document, &body(bytes.to_vec())).ok()?;
    Watch::new(providers, Arc::new(Metrics::default())).document(discovery, &metadata);
    let endpoint = |which| metadata.endpoint(which).cloned();
    let endpoints = [Announced::Token, Announced::Userinfo, Announced::Introspection];
    let addresses = endpoints.into_iter().filter_map(endpoint).chain(metadata.jwks_uri.clone());
    let addresses = addresses.collect();
    let texts = What::OF_DOCUMENT.into_iter().filter_map(|what| metadata.texts.get(&what).cloned());
    let texts = texts.collect();
    let issuer = metadata.of_issuer(&discovery.issuer).ok().and_then(|it| it.issuer);
    Some(Document { issuer, addresses, texts })
}

/// Everything that `providers check` says of a provider whose every address answers `bytes`.
pub(crate) async fn drift(provider: &Arc<Provider>, bytes: Vec<u8>) -> Vec<String> {
    let Ok(outbound) = outbound(Arc::new(move |_: &str| Some((200, bytes.clone())))) else {
        return Vec::new();
    };
    let reports = super::check(&outbound, vec![Arc::clone(provider)]).await;
    let findings = reports.iter().flat_map(|report| &report.findings);
    findings.map(ToString::to_string).collect()
}

/// Returns the discovery of a provider, if it has one.
pub(crate) fn discovery(provider: &Provider) -> Option<Arc<Discovery>> {
    match &provider.id_token.as_ref()?.keys {
        KeySource::Discovery(discovery) => Some(Arc::clone(discovery)),
        KeySource::KeySet(_) => None,
    }
}
