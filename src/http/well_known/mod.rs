//! What verifiers fetch: our key set and our metadata, with what lets them keep it.

mod metadata;

use std::sync::Arc;

use bytes::Bytes;
use poem::http::header;
use poem::web::Data;
use poem::{IntoResponse, Request, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi, Tags};

use super::state::State;
use super::written::filled;

pub(crate) use metadata::Addresses;
use metadata::Metadata;

#[derive(Tags)]
enum Tag {
    /// What verifiers fetch.
    Discovery,
}

/// Endpoints of RFC 7517 and RFC 8414.
#[derive(Debug, Clone, Copy)]
pub(super) struct WellKnownApi;

/// A public key of ours (RFC 7517 §4).
#[derive(Debug, Object)]
struct Jwk {
    /// `EC`, `OKP` or `RSA`.
    kty: String,
    /// `sig`.
    r#use: String,
    /// The algorithm that the key signs with.
    alg: String,
    /// JWK thumbprint (RFC 7638).
    kid: String,
    /// EC and OKP: the curve.
    crv: Option<String>,
    /// EC and OKP: coordinate or public key, base64url.
    x: Option<String>,
    /// EC: coordinate, base64url.
    y: Option<String>,
    /// RSA: modulus, base64url.
    n: Option<String>,
    /// RSA: exponent, base64url.
    e: Option<String>,
}

/// Our key set (RFC 7517 §5).
#[derive(Debug, Object)]
pub(super) struct JwkSet {
    /// Every key that has signed, signs or will sign.
    keys: Vec<Jwk>,
}

/// JSON that was serialised before, of the schema of `T`.
pub(super) struct Prepared<T> {
    body: Bytes,
    schema: std::marker::PhantomData<fn() -> T>,
}

/// A document whose content type is part of its standard.
pub(super) trait ContentType: Type {
    const NAME: &'static str;
}

impl ContentType for JwkSet {
    const NAME: &'static str = "application/jwk-set+json";
}

impl ContentType for Metadata {
    const NAME: &'static str = "application/json";
}

impl<T: ContentType> Payload for Prepared<T> {
    const CONTENT_TYPE: &'static str = T::NAME;

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ContentType> IntoResponse for Prepared<T> {
    fn into_response(self) -> Response {
        filled(T::NAME, self.body)
    }
}

#[derive(ApiResponse)]
enum Cacheable<T: ContentType> {
    /// The document.
    #[oai(status = 200)]
    Ok(
        Prepared<T>,
        /// How long it may be kept.
        #[oai(header = "Cache-Control")]
        Arc<String>,
        /// What to send as `If-None-Match` next time.
        #[oai(header = "ETag")]
        Arc<String>,
    ),
    /// It is as it was.
    #[oai(status = 304)]
    NotModified(#[oai(header = "Cache-Control")] Arc<String>, #[oai(header = "ETag")] Arc<String>),
}

#[OpenApi(tag = "Tag::Discovery")]
impl WellKnownApi {
    /// Key set
    ///
    /// The keys that our tokens are verified with. May be kept for `max-age`; a key is published
    /// twice that long before it signs.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "jwks")]
    async fn jwks(&self, state: Data<&Arc<State>>, request: &Request) -> Cacheable<JwkSet> {
        let published = state.issuer.keys.published();
        answer(request, &published.body, (&published.etag, &state.published.cache_control))
    }

    /// Metadata, as OpenID Connect Discovery finds it
    #[oai(
        path = "/.well-known/openid-configuration",
        method = "get",
        operation_id = "openidConfiguration"
    )]
    async fn openid(&self, state: Data<&Arc<State>>, request: &Request) -> Cacheable<Metadata> {
        metadata(&state, request)
    }

    /// Metadata, as RFC 8414 finds it
    #[oai(
        path = "/.well-known/oauth-authorization-server",
        method = "get",
        operation_id = "authorizationServerMetadata"
    )]
    async fn oauth(&self, state: Data<&Arc<State>>, request: &Request) -> Cacheable<Metadata> {
        metadata(&state, request)
    }
}

fn metadata(state: &State, request: &Request) -> Cacheable<Metadata> {
    let rendered = state.published.render(&state.issuer.keys.published());
    // It names the keys' algorithms, so it is kept for as long as they are.
    answer(request, &rendered.body, (&rendered.etag, &state.published.cache_control))
}

fn answer<T: ContentType>(
    request: &Request,
    body: &Bytes,
    (etag, cache_control): (&Arc<String>, &Arc<String>),
) -> Cacheable<T> {
    let (etag, cache_control) = (Arc::clone(etag), Arc::clone(cache_control));
    if is_known(request, &etag) {
        return Cacheable::NotModified(cache_control, etag);
    }
    let prepared = Prepared { body: body.clone(), schema: std::marker::PhantomData };
    Cacheable::Ok(prepared, cache_control, etag)
}

/// Whether the caller has it already (RFC 9110 §13.1.2, weak comparison).
fn is_known(request: &Request, etag: &str) -> bool {
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter();
    known.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == etag
    })
}
