//! What stands around every path: request IDs, CORS, and one shape for every failure, whoever
//! raised it.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::Either;
use poem::endpoint::BoxEndpoint;
use poem::error::CorsError;
use poem::http::{HeaderValue, Method, StatusCode, Uri, header};
use poem::{Endpoint, IntoResponse as _, Request, Response};

use super::error::{ApiError, ErrorCode, Reason};
use super::{Inner, WithCors, X_REQUEST_ID};
use crate::crypto::base64url;

/// What a page may read of an answer beside its body.
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after,www-authenticate,x-request-id");
/// Longest request ID that is taken over from a proxy.
const MAX_REQUEST_ID: usize = 64;

/// The whole service as one endpoint that never fails.
pub(crate) struct Face {
    /// Without CORS.
    pub(super) inner: Inner,
    /// With CORS for every origin: what verifiers fetch.
    pub(super) anyone: WithCors,
    /// With CORS for the clients' origins: everything else.
    pub(super) exact: WithCors,
    pub(super) demo: Option<BoxEndpoint<'static>>,
    pub(super) request_ids: RequestIds,
    pub(super) base: String,
    /// Which methods each path takes, for `Allow` (RFC 9110 §15.5.6).
    pub(super) allowed: BTreeMap<String, HeaderValue>,
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Face").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Face {
    /// Answers a request, whatever it is.
    pub(crate) fn answer(&self, mut request: Request) -> impl Future<Output = Response> + Send {
        let id = take_request_id(&mut request, &self.request_ids);
        self.rewrite_path(&mut request);
        let path = request.uri().path().to_owned();
        self.route(request, &path).map(move |result| self.finish(result, &path, id))
    }

    fn route<'a>(
        &'a self,
        request: Request,
        path: &str,
    ) -> impl Future<Output = poem::Result<Response>> + Send + use<'a> {
        if let Some(demo) = self.demo.as_ref().filter(|_| is_of_demo(path)) {
            return Either::Left(Either::Left(demo.as_ref().call(request)));
        }
        if !is_for_anyone(path) {
            return Either::Right(self.exact.call(request));
        }
        // Verifiers are no pages: nothing is asked that CORS would answer.
        let is_of_page = *request.method() == Method::OPTIONS;
        if is_of_page || request.headers().contains_key(header::ORIGIN) {
            return Either::Right(self.anyone.call(request));
        }
        Either::Left(Either::Right(self.inner.call(request)))
    }

    /// Makes one path of the spellings of one: below the issuer's path, with RFC 8414's rule
    /// that puts the well-known part first (§3.1), and with a slash at the end of the path that
    /// drf-social-oauth2 has with and without.
    fn rewrite_path(&self, request: &mut Request) {
        let path = request.uri().path();
        let inserted =
            || path.strip_suffix(&self.base).filter(|it| it.starts_with("/.well-known/"));
        let below = || path.strip_prefix(&self.base).filter(|rest| rest.starts_with('/'));
        let own = if self.base.is_empty() { None } else { inserted().or_else(below) };
        let own = own.unwrap_or(path);
        let plain = if own == "/auth/convert-token/" { "/auth/convert-token" } else { own };
        if plain == path {
            return;
        }
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{plain}{query}").parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }

    fn finish(
        &self,
        result: poem::Result<Response>,
        path: &str,
        request_id: Option<HeaderValue>,
    ) -> Response {
        let mut response = shape(result);
        let is_405 = response.status() == StatusCode::METHOD_NOT_ALLOWED;
        let headers = response.headers_mut();
        if let Some(allowed) = self.allowed.get(path).filter(|_| is_405) {
            headers.insert(header::ALLOW, allowed.clone());
        }
        if headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
        if is_for_anyone(path) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.remove(header::VARY);
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if let Some(id) = request_id {
            headers.insert(X_REQUEST_ID, id);
        }
        response
    }
}

/// What the demo answers, where there is one.
fn is_of_demo(path: &str) -> bool {
    path == "/" || path.starts_with("/demo/")
}

/// What may be read from every page: it is public, and verifiers run in browsers too.
fn is_for_anyone(path: &str) -> bool {
    path.starts_with("/.well-known/") || path == "/openapi.json" || path == "/openapi.yaml"
}

/// Gives the failures that CORS raised, and the demo's, the one shape.
fn shape(result: poem::Result<Response>) -> Response {
    match result {
        Ok(response) => shaped(response),
        Err(error) => match error.downcast_ref::<CorsError>() {
            Some(CorsError::OriginNotAllowed) => origin_not_allowed().into_response(),
            Some(_) => ApiError::of_status(StatusCode::BAD_REQUEST).into_response(),
            None => shaped(error.into_response()),
        },
    }
}

/// Gives a failure of the framework the one shape, by its status; ours have it.
pub(super) fn shaped(response: Response) -> Response {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if failed && response.content_type() != Some("application/json") {
        return ApiError::of_status(status).into_response();
    }
    response
}

fn origin_not_allowed() -> ApiError {
    ApiError::new(
        ErrorCode::UnauthorizedClient,
        Reason::OriginNotAllowed,
        "the page's origin is not in the `origins` of any client",
    )
}

/// Makes request IDs: a count, hashed by what was drawn at the start, so that nobody reads in them how
/// much is asked.
#[derive(Debug)]
pub(super) struct RequestIds {
    drawn: RandomState,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        Self { drawn: RandomState::new(), next: AtomicU64::new(0) }
    }

    fn draw(&self) -> String {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let halves = [0_u8, 1].map(|half| self.drawn.hash_one((half, count)).to_be_bytes());
        base64url(halves.as_flattened())
    }
}

/// Takes over the request ID of a proxy in front, or makes one.
fn take_request_id(request: &mut Request, ids: &RequestIds) -> Option<HeaderValue> {
    let plain = |id: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        (1..=MAX_REQUEST_ID).contains(&id.len()) && id.chars().all(allowed)
    };
    let sent = request.header(X_REQUEST_ID).filter(|id| plain(id)).map(str::to_owned);
    let id = HeaderValue::try_from(sent.unwrap_or_else(|| ids.draw())).ok()?;
    // Only what is issued is recorded with it.
    if *request.method() == Method::POST {
        request.headers_mut().insert(X_REQUEST_ID, id.clone());
    }
    Some(id)
}

/// Returns the ID of a POST that came through the face.
pub(super) fn request_id(request: &Request) -> &str {
    request.header(X_REQUEST_ID).unwrap_or_default()
}
