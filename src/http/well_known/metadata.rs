//! The metadata document: what it says and when it changes.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use poem_openapi::Object;
use poem_openapi::types::ToJSON as _;

use crate::client::Clients;
use crate::crypto::{base64url, sha256};
use crate::http::token::{AUTHORIZATION_CODE, CONVERT_TOKEN, TOKEN_EXCHANGE};
use crate::jose::Algorithm;
use crate::keys::{JWKS_MAX_AGE, Published};
use crate::user_id::SubjectMode;

/// Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3).
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct Metadata {
    /// Our `iss`.
    issuer: String,
    /// Address of our key set.
    jwks_uri: String,
    /// Address of the token endpoint.
    token_endpoint: String,
    /// Grants that the token endpoint takes.
    grant_types_supported: Vec<String>,
    /// `none`: there is no authorization endpoint.
    response_types_supported: Vec<String>,
    /// How clients authenticate at the token endpoint.
    token_endpoint_auth_methods_supported: Vec<String>,
    /// Address of the introspection endpoint.
    introspection_endpoint: String,
    /// How clients authenticate at the introspection endpoint.
    introspection_endpoint_auth_methods_supported: Vec<String>,
    /// Scopes that some client may have.
    scopes_supported: Option<Vec<String>>,
    /// `public` or `pairwise`.
    subject_types_supported: Vec<String>,
    /// Algorithms of the published keys. We sign access tokens and no ID tokens, but
    /// verifiers look for the algorithms here.
    id_token_signing_alg_values_supported: Vec<String>,
    /// Claims that tokens may carry.
    claims_supported: Vec<String>,
    /// Where this is documented.
    service_documentation: String,
}

/// What our metadata says, but for the algorithms, which change with the keys.
#[derive(Debug)]
pub(crate) struct Addresses {
    issuer: String,
    scopes: Vec<String>,
    subject_type: &'static str,
    has_confidential: bool,
    redeems_codes: bool,
    /// How long this, and the key set, may be kept: it names the keys' algorithms.
    pub(super) cache_control: Arc<String>,
    rendered: ArcSwapOption<Rendered>,
}

#[derive(Debug)]
pub(super) struct Rendered {
    algorithms: Vec<Algorithm>,
    pub(super) body: Bytes,
    pub(super) etag: Arc<String>,
}

impl Addresses {
    /// Collects what is published of the configuration: also whether any provider's codes are
    /// redeemed.
    pub(crate) fn new(
        issuer: &str,
        clients: &Clients,
        (mode, redeems_codes): (&SubjectMode, bool),
    ) -> Self {
        let mut scopes: Vec<_> =
            clients.iter().flat_map(|client| client.scopes.iter().cloned()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self {
            issuer: issuer.to_owned(),
            scopes,
            subject_type: match mode {
                SubjectMode::Uuid5 => "public",
                SubjectMode::Pairwise(_) => "pairwise",
            },
            has_confidential: clients.iter().any(|client| client.secret.is_some()),
            redeems_codes,
            cache_control: format!("public, max-age={}", JWKS_MAX_AGE.as_secs()).into(),
            rendered: ArcSwapOption::empty(),
        }
    }

    /// Returns the document for the keys that are published, made once for as long as their
    /// algorithms stay the same.
    pub(super) fn render(&self, keys: &Published) -> Arc<Rendered> {
        let current = self.rendered.load_full();
        if let Some(current) = current.filter(|it| it.algorithms == keys.algorithms) {
            return current;
        }
        let body = self.metadata(&keys.algorithms).to_json_string();
        let rendered = Arc::new(Rendered {
            algorithms: keys.algorithms.clone(),
            etag: format!("\"{}\"", base64url(&sha256(body.as_bytes()))).into(),
            body: body.into(),
        });
        self.rendered.store(Some(Arc::clone(&rendered)));
        rendered
    }

    fn metadata(&self, algorithms: &[Algorithm]) -> Metadata {
        let base = self.issuer.trim_end_matches('/');
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let secret_methods: &[&str] = &["client_secret_basic", "client_secret_post"];
        let mut token_methods = vec!["none"];
        token_methods.extend(secret_methods.iter().filter(|_| self.has_confidential));
        let mut grants = vec![TOKEN_EXCHANGE, CONVERT_TOKEN];
        grants.extend(Some(AUTHORIZATION_CODE).filter(|_| self.redeems_codes));
        Metadata {
            issuer: self.issuer.clone(),
            jwks_uri: format!("{base}/.well-known/jwks.json"),
            token_endpoint: format!("{base}/token"),
            grant_types_supported: list(&grants),
            response_types_supported: list(&["none"]),
            token_endpoint_auth_methods_supported: list(&token_methods),
            introspection_endpoint: format!("{base}/introspect"),
            introspection_endpoint_auth_methods_supported: list(secret_methods),
            scopes_supported: Some(self.scopes.clone()).filter(|scopes| !scopes.is_empty()),
            subject_types_supported: list(&[self.subject_type]),
            id_token_signing_alg_values_supported: algorithms
                .iter()
                .map(|algorithm| algorithm.name().to_owned())
                .collect(),
            claims_supported: list(&[
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "jti",
                "client_id",
                "scope",
                "idp",
                "idp_sub",
                "idp_binding",
                "auth_time",
                "email",
                "email_verified",
                "name",
                "given_name",
                "family_name",
                "preferred_username",
                "picture",
                "locale",
            ]),
            service_documentation: format!("{base}/docs"),
        }
    }
}
