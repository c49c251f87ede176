//! Discovery documents (OpenID Connect Discovery §4): what they say, read once and kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moka::future::Cache;
use serde_json::{Map, Value};

use super::Outbound;
use super::judgement::Judgement;
use super::outbound::{Body, OutboundError};
use crate::clock::{Clock, UnixTime};
use crate::json::parse_object;
use crate::provider::{Announced, ClientAuth, Discovery, ProviderId, WebUrl};

/// Largest number of documents that are kept; there is one for each configured issuer.
const CAPACITY: u64 = 1024;
/// How long a document is used.
const LIFETIME: Duration = Duration::from_hours(24);
/// Least time between two attempts while none has succeeded.
const FIRST_BACK_OFF: Duration = Duration::from_secs(5);
/// Least time between two attempts while an older document is used, or one that lacks something.
const BACK_OFF: Duration = Duration::from_mins(1);

/// What is needed of a document. Every address in it is https, or on loopback if the document is.
#[derive(Debug)]
pub(super) struct ProviderMetadata {
    pub(super) jwks_uri: Option<WebUrl>,
    pub(super) token_endpoint: Option<WebUrl>,
    pub(super) userinfo_endpoint: Option<WebUrl>,
    pub(super) introspection_endpoint: Option<WebUrl>,
    /// How a client may authenticate at the token endpoint, of the ways that we know.
    pub(super) client_auth: Option<ClientAuth>,
}

impl ProviderMetadata {
    /// Returns an address, if it is announced.
    pub(super) fn endpoint(&self, announced: Announced) -> Option<&WebUrl> {
        match announced {
            Announced::Token => self.token_endpoint.as_ref(),
            Announced::Userinfo => self.userinfo_endpoint.as_ref(),
            Announced::Introspection => self.introspection_endpoint.as_ref(),
        }
    }

    /// Whether nothing is missing for which it would be worth looking again soon.
    fn is_complete(&self) -> bool {
        let endpoints = [&self.token_endpoint, &self.userinfo_endpoint];
        endpoints.into_iter().all(Option::is_some) && self.client_auth.is_some()
    }
}

/// Fetches a document. Its `issuer` must be the configured one byte for byte (§4.3).
pub(super) async fn fetch(
    outbound: &Outbound,
    discovery: &Discovery,
) -> Result<ProviderMetadata, OutboundError> {
    parse(discovery, &outbound.get(&discovery.document).await?)
}

fn parse(discovery: &Discovery, body: &Body) -> Result<ProviderMetadata, OutboundError> {
    let document = parse_object(&body.bytes)
        .map_err(|_| OutboundError::Malformed("the discovery document is no JSON object"))?;
    if document.get("issuer").is_none_or(|named| *named != discovery.issuer) {
        let problem = "the discovery document's `issuer` is not the configured one";
        return Err(OutboundError::Malformed(problem));
    }
    // It may send us to another host, as Google's does, but only a provider on loopback may send
    // us to loopback.
    let address = |name: &str| {
        let address = document.get(name).and_then(|uri| WebUrl::parse(uri.as_str()?).ok());
        address.filter(|uri| !uri.is_loopback() || discovery.document.is_loopback())
    };
    Ok(ProviderMetadata {
        jwks_uri: address("jwks_uri"),
        token_endpoint: address("token_endpoint"),
        userinfo_endpoint: address("userinfo_endpoint"),
        introspection_endpoint: address("introspection_endpoint"),
        client_auth: client_auth(&document),
    })
}

/// HTTP Basic is what holds when the document does not say (§3), and what is preferred.
fn client_auth(document: &Map<String, Value>) -> Option<ClientAuth> {
    let Some(methods) = document.get("token_endpoint_auth_methods_supported") else {
        return Some(ClientAuth::Basic);
    };
    let has = |name: &str| methods.as_array().is_some_and(|all| all.iter().any(|it| it == name));
    if has("client_secret_basic") {
        return Some(ClientAuth::Basic);
    }
    has("client_secret_post").then_some(ClientAuth::Post)
}

/// The documents that were read. One that cannot be read again is used on.
#[derive(Debug)]
pub(super) struct Documents {
    /// By issuer: `https://id.test` and `https://id.test/` have one address and are two (§4.3).
    known: Cache<String, Arc<Known>>,
    outbound: Outbound,
    clock: Clock,
}

#[derive(Debug)]
struct Known {
    metadata: Option<Arc<ProviderMetadata>>,
    until: UnixTime,
    refreshing: AtomicBool,
}

impl Known {
    /// Whether it may be used while it is fetched again.
    fn is_good(&self) -> bool {
        self.metadata.as_ref().is_some_and(|metadata| metadata.is_complete())
    }
}

impl Documents {
    pub(super) fn new(outbound: Outbound, clock: Clock) -> Self {
        Self { known: Cache::builder().max_capacity(CAPACITY).build(), outbound, clock }
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.known.invalidate_all();
    }

    /// Returns what an issuer's document says: what is known at once, and only when nothing is, or
    /// something lacks, what a fetch brings, which is made once for everybody. What is old is
    /// fetched again in the background.
    ///
    /// # Errors
    ///
    /// [`Judgement::Busy`] while it cannot be had.
    pub(super) async fn get(
        self: &Arc<Self>,
        provider: &ProviderId,
        discovery: &Arc<Discovery>,
    ) -> Result<Arc<ProviderMetadata>, Judgement> {
        let now = self.clock.now();
        let known = match self.known.get(&discovery.issuer).await {
            Some(known) if known.is_good() => {
                if now >= known.until && !known.refreshing.swap(true, Ordering::AcqRel) {
                    let (this, provider) = (Arc::clone(self), provider.clone());
                    let discovery = Arc::clone(discovery);
                    tokio::spawn(async move { this.renewed(&provider, &discovery, now).await });
                }
                known
            }
            _ => self.renewed(provider, discovery, now).await,
        };
        let retry_after = known.until.since(now);
        known.metadata.clone().ok_or(Judgement::Busy { why: "no_discovery", retry_after })
    }

    async fn renewed(
        &self,
        provider: &ProviderId,
        discovery: &Discovery,
        now: UnixTime,
    ) -> Arc<Known> {
        let entry = self.known.entry_by_ref(&discovery.issuer);
        let is_old = move |known: &Arc<Known>| now >= known.until;
        entry.or_insert_with_if(self.fetch(provider, discovery), is_old).await.into_value()
    }

    async fn fetch(&self, provider: &ProviderId, discovery: &Discovery) -> Arc<Known> {
        let fetched = fetch(&self.outbound, discovery).await;
        let now = self.clock.now();
        let (metadata, lifetime) = match fetched {
            Ok(metadata) => {
                let lifetime = if metadata.is_complete() { LIFETIME } else { BACK_OFF };
                (Some(Arc::new(metadata)), lifetime)
            }
            Err(error) => {
                tracing::warn!(%provider, %error, "discovery document not fetched");
                let previous = self.known.get(&discovery.issuer).await;
                let metadata = previous.and_then(|known| known.metadata.clone());
                let back_off = metadata.as_ref().map_or(FIRST_BACK_OFF, |_| BACK_OFF);
                (metadata, back_off)
            }
        };
        Arc::new(Known { metadata, until: now.plus(lifetime), refreshing: AtomicBool::new(false) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document_at: &str, text: &str) -> Option<ProviderMetadata> {
        let document = WebUrl::parse(document_at).unwrap();
        let discovery = Discovery { issuer: "https://id.test".to_owned(), document };
        parse(&discovery, &Body { bytes: text.as_bytes().to_vec(), max_age: None }).ok()
    }

    #[test]
    fn a_discovery_document_names_its_issuer_and_sends_nobody_to_loopback() {
        let find = |at: &str, text: &str| {
            let address = |uri: Option<WebUrl>| uri.map(|uri| uri.to_string());
            read(at, text).map(|it| (address(it.jwks_uri), address(it.token_endpoint)))
        };
        let document = |uri: &str| {
            format!(r#"{{"issuer":"https://id.test","jwks_uri":"{uri}","token_endpoint":"{uri}"}}"#)
        };
        let (remote, local) = ("https://id.test/x", "http://127.0.0.1:1/x");
        let both = |uri: &str| Some((Some(uri.to_owned()), Some(uri.to_owned())));
        let elsewhere = "https://keys.test/jwks";
        assert_eq!(find(remote, &document(elsewhere)), both(elsewhere));
        for inside in ["http://127.0.0.1:9090/metrics", "https://localhost/x", "http://[::1]/x"] {
            assert_eq!(find(remote, &document(inside)), Some((None, None)), "{inside}");
            assert_eq!(find(local, &document(inside)), both(inside));
        }
        assert_eq!(find(remote, r#"{"issuer":"https://id.test"}"#), Some((None, None)));
        for wrong in [
            r#"{"issuer":"https://id.test/","jwks_uri":"https://keys.test/jwks"}"#,
            r#"{"jwks_uri":"https://keys.test/jwks"}"#,
            r#"{"issuer":"https://id.test","issuer":"x","jwks_uri":"https://keys.test/jwks"}"#,
            "[]",
        ] {
            assert_eq!(find(remote, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_client_authenticates_in_a_way_that_the_document_lists() {
        let way = |methods: &str| {
            let text = format!(r#"{{"issuer":"https://id.test"{methods}}}"#);
            read("https://id.test/x", &text).unwrap().client_auth
        };
        let listed =
            |names: &str| way(&format!(r#","token_endpoint_auth_methods_supported":[{names}]"#));
        assert_eq!(way(""), Some(ClientAuth::Basic));
        let post_and_basic = r#""client_secret_post","client_secret_basic""#;
        assert_eq!(listed(post_and_basic), Some(ClientAuth::Basic));
        assert_eq!(listed(r#""private_key_jwt","client_secret_post""#), Some(ClientAuth::Post));
        assert_eq!(listed(r#""private_key_jwt""#), None);
    }
}
