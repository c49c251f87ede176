//! What a discovery document says (OpenID Connect Discovery §3), of what is needed here.

use std::collections::BTreeMap;

use super::OutboundError;
use super::drift::What;
use super::outbound::Body;
use crate::jose::Algorithm;
use crate::json::{Json, Members, parse_object};
use crate::provider::{Announced, ClientAuth, WebUrl};

/// Longest text of a document that is kept for people, in characters.
const SHOWN: usize = 200;

/// What is needed of a document. Every address in it is https, or on loopback if the document is.
#[derive(Debug)]
pub(super) struct ProviderMetadata {
    /// Whose document it says it is.
    pub(super) issuer: Option<String>,
    pub(super) jwks_uri: Option<WebUrl>,
    pub(super) token_endpoint: Option<WebUrl>,
    pub(super) userinfo_endpoint: Option<WebUrl>,
    pub(super) introspection_endpoint: Option<WebUrl>,
    /// How a client may authenticate at the token endpoint, of the ways that we know.
    pub(super) client_auth: Option<ClientAuth>,
    /// What its ID tokens are signed with, of the algorithms that we know, if it says.
    pub(super) algorithms: Option<Vec<Algorithm>>,
    /// What it says of each, also where that is of no use, for people.
    pub(super) texts: BTreeMap<What, String>,
}

impl ProviderMetadata {
    /// Returns it if its `issuer` is the configured one byte for byte (§4.3).
    pub(super) fn of_issuer(self, issuer: &str) -> Result<Self, OutboundError> {
        if self.issuer.as_deref() == Some(issuer) {
            return Ok(self);
        }
        let problem = "the discovery document's `issuer` is not the configured one";
        Err(OutboundError::Malformed(problem))
    }

    /// Returns an address, if it is announced.
    pub(super) fn endpoint(&self, announced: Announced) -> Option<&WebUrl> {
        match announced {
            Announced::Token => self.token_endpoint.as_ref(),
            Announced::Userinfo => self.userinfo_endpoint.as_ref(),
            Announced::Introspection => self.introspection_endpoint.as_ref(),
        }
    }

    /// Whether nothing is missing for which it would be worth looking again soon.
    pub(super) fn is_complete(&self) -> bool {
        let endpoints = [&self.token_endpoint, &self.userinfo_endpoint];
        endpoints.into_iter().all(Option::is_some) && self.client_auth.is_some()
    }
}

/// Reads what comes from a document's address, whosever it is.
pub(super) async fn read(
    address: &WebUrl,
    got: impl Future<Output = Result<Body, OutboundError>>,
) -> Result<ProviderMetadata, OutboundError> {
    parse(address, &got.await?)
}

/// Parses a document that came from an address.
pub(super) fn parse(from: &WebUrl, body: &Body) -> Result<ProviderMetadata, OutboundError> {
    let document = parse_object(body.bytes.expose())
        .map_err(|_| OutboundError::Malformed("the discovery document is no JSON object"))?;
    let address = |what: What| {
        let (member, uri) = (what.member()?, document.get(what.member()?)?.as_str()?);
        let address = from.announced(uri);
        let address = address.inspect_err(|refused| {
            tracing::warn!(document = %from, member, %refused, "an address is not called");
        });
        address.ok()
    };
    let text = |what: What| Some((what, shown(document.get(what.member()?)?)?));
    Ok(ProviderMetadata {
        issuer: document.get("issuer").and_then(Json::as_str).map(str::to_owned),
        jwks_uri: address(What::JwksUri),
        token_endpoint: address(What::TokenEndpoint),
        userinfo_endpoint: address(What::UserinfoEndpoint),
        introspection_endpoint: address(What::IntrospectionEndpoint),
        client_auth: client_auth(&document),
        algorithms: algorithms(&document),
        texts: What::OF_DOCUMENT.into_iter().filter_map(text).collect(),
    })
}

/// HTTP Basic is what holds when the document does not say (§3), and what is preferred.
fn client_auth(document: &Members<'_>) -> Option<ClientAuth> {
    let Some(methods) = document.get("token_endpoint_auth_methods_supported") else {
        return Some(ClientAuth::Basic);
    };
    let has = |name: &str| methods.as_array().is_some_and(|all| all.iter().any(|it| it.is(name)));
    if has("client_secret_basic") {
        return Some(ClientAuth::Basic);
    }
    has("client_secret_post").then_some(ClientAuth::Post)
}

fn algorithms(document: &Members<'_>) -> Option<Vec<Algorithm>> {
    let listed = document.get("id_token_signing_alg_values_supported")?.as_array();
    let known = listed.into_iter().flatten().filter_map(|name| name.as_str()?.parse().ok());
    Some(known.collect())
}

/// Writes a value for people: a list without its brackets, nothing that a terminal obeys.
fn shown(value: &Json<'_>) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::Text(text) => text.clone().into_owned(),
        Json::Array(list) if !list.is_empty() => {
            let names: Option<Vec<_>> = list.iter().map(Json::as_str).collect();
            names.map_or_else(|| value.to_string(), |names| names.join(", "))
        }
        Json::Array(_) | Json::Object(_) | Json::Bool(_) | Json::Number(_) => value.to_string(),
    };
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    Some(text.chars().take(SHOWN).map(printable).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretBytes;

    fn read(document_at: &str, text: &str) -> Option<ProviderMetadata> {
        let document = WebUrl::parse(document_at).unwrap();
        let body = Body { bytes: SecretBytes::new(text), max_age: None, sent_at: None };
        parse(&document, &body).and_then(|it| it.of_issuer("https://id.test")).ok()
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
