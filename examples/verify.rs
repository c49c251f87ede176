//! An API that takes the issuer's tokens: axum, jsonwebtoken and reqwest. `examples/rust/README.md`
//! says how to run it.

#![expect(
    clippy::disallowed_methods,
    reason = "the rules for clients and settings are the service's"
)]

use std::env;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN, RETRY_AFTER,
    VARY, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, RwLock};
use tokio::time::Instant;

/// The longest that one fetch of the key set may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Between two fetches, however many unknown keys are named.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// The key set's `max-age`: a key that was withdrawn is trusted no longer than this.
const MAX_AGE: Duration = Duration::from_mins(15);

/// What the API knows of who calls.
#[derive(Deserialize, Serialize)]
struct Caller {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

enum Refusal {
    NoToken,
    InvalidToken,
    KeysUnavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let unauthorized = |challenge: &'static str| {
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)]).into_response()
        };
        match self {
            Self::NoToken => unauthorized("Bearer"),
            Self::InvalidToken => unauthorized(r#"Bearer error="invalid_token""#),
            Self::KeysUnavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "10")]).into_response()
            }
        }
    }
}

/// The issuer's key set. What was fetched stays in use while the issuer is away.
struct Keys {
    http: reqwest::Client,
    url: String,
    set: RwLock<JwkSet>,
    last_fetch: Mutex<Option<Fetch>>,
}

struct Fetch {
    at: Instant,
    succeeded: bool,
}

impl Keys {
    fn new(issuer: &str) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let url = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        let set = RwLock::new(JwkSet { keys: Vec::new() });
        Ok(Self { http, url, set, last_fetch: Mutex::new(None) })
    }

    /// Returns a key that the issuer publishes; looks again when it is unknown.
    async fn find(&self, key_id: &str) -> Result<Jwk, Refusal> {
        if let Some(key) = self.known(key_id).await {
            return Ok(key);
        }
        let is_fresh = self.refresh().await;
        let missing = if is_fresh { Refusal::InvalidToken } else { Refusal::KeysUnavailable };
        self.known(key_id).await.ok_or(missing)
    }

    async fn known(&self, key_id: &str) -> Option<Jwk> {
        self.set.read().await.find(key_id).cloned()
    }

    /// Fetches the key set, unless that was just done. Whether it went well.
    async fn refresh(&self) -> bool {
        // Whoever comes meanwhile waits here, for this fetch.
        let mut last_fetch = self.last_fetch.lock().await;
        if let Some(last) = last_fetch.as_ref().filter(|it| it.at.elapsed() < COOL_DOWN) {
            return last.succeeded;
        }
        // Noted first: the caller may go away while we wait, and take this future along.
        let fetch = last_fetch.insert(Fetch { at: Instant::now(), succeeded: false });
        match self.fetch().await {
            Ok(set) => {
                *self.set.write().await = set;
                fetch.succeeded = true;
            }
            Err(error) => tracing::warn!(%error, url = self.url, "the key set was not fetched"),
        }
        fetch.succeeded
    }

    async fn fetch(&self) -> anyhow::Result<JwkSet> {
        let answer = self.http.get(&self.url).send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}

struct Verifier {
    keys: Keys,
    checks: Validation,
}

impl Verifier {
    fn new(issuer: &str, audience: &str) -> reqwest::Result<Self> {
        // The service's keys are ES256, unless they were made with another `--alg`.
        let mut checks = Validation::new(Algorithm::ES256);
        checks.set_issuer(&[issuer]);
        checks.set_audience(&[audience]);
        checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        checks.validate_nbf = true;
        checks.leeway = 30;
        Ok(Self { keys: Keys::new(issuer)?, checks })
    }

    /// Verifies an access token by the rules of RFC 9068 §4.
    async fn verify(&self, token: &str) -> Result<Caller, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::InvalidToken)?;
        // Before the key set is asked, so that nothing else costs a fetch. `crit` names extensions,
        // and none is known here.
        let is_ours = header.typ.as_deref() == Some("at+jwt")
            && self.checks.algorithms.contains(&header.alg)
            && header.crit.is_none();
        let key_id = header.kid.filter(|_| is_ours).ok_or(Refusal::InvalidToken)?;
        let key = self.keys.find(&key_id).await?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| Refusal::InvalidToken)?;
        let token = decode(token, &key, &self.checks).map_err(|error| {
            tracing::info!(%error, "a token was refused");
            Refusal::InvalidToken
        })?;
        Ok(token.claims)
    }
}

/// Every handler that takes a `Caller` is for holders of a good token.
impl FromRequestParts<Arc<Verifier>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        verifier: &Arc<Verifier>,
    ) -> Result<Self, Refusal> {
        verifier.verify(bearer(&parts.headers).ok_or(Refusal::NoToken)?).await
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Lets pages of one origin read the answers. A browser asks by OPTIONS, without a token, before it
/// sends one.
async fn for_pages(State(origin): State<HeaderValue>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_ours = headers.get(ORIGIN) == Some(&origin);
    let is_preflight =
        request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let answer =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let varies = [(VARY, "origin")];
    if !is_ours {
        return (varies, answer).into_response();
    }
    let allowed = [
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after,www-authenticate"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (varies, allowed, [(ACCESS_CONTROL_ALLOW_ORIGIN, origin)], answer).into_response()
}

async fn me(caller: Caller) -> Json<Caller> {
    Json(caller)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = setting("ISSUER", "https://id.example.com");
    let audience = setting("AUDIENCE", "https://api.example.com");
    let origin = HeaderValue::from_str(&setting("ORIGIN", "https://app.example.com"))?;
    let verifier = Arc::new(Verifier::new(&issuer, &audience)?);

    let refreshed = Arc::clone(&verifier);
    tokio::spawn(async move {
        loop {
            refreshed.keys.refresh().await;
            tokio::time::sleep(MAX_AGE).await;
        }
    });
    let pages = from_fn_with_state(origin, for_pages);
    let api = Router::new().route("/me", get(me)).with_state(verifier).layer(pages);
    let listener = tokio::net::TcpListener::bind(setting("LISTEN", "127.0.0.1:3000")).await?;
    axum::serve(listener, api).await?;
    Ok(())
}
