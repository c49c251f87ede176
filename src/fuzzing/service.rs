//! The service that a fuzzer talks to: whole, but for the network and the time.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::{NOW, is_description};
use crate::clock::{Clock, UnixTime};
use crate::config::Config;
use crate::http::fuzzing::{Answered, said};
use crate::http::{Addresses, Admission, Face, Parts, Proxies, State, public};
use crate::issuer::Issuer;
use crate::jose::{Algorithm, SigningKey};
use crate::keys::SigningKeys;
use crate::secret::Secret;
use crate::telemetry::Metrics;
use crate::token::TokenIds;
use crate::verify::VerifyError;
use crate::verify::fuzzing::verifier;

/// The configuration: providers of every kind of credential.
const CONFIG: &str = r#"
issuer = "https://id.example.com"

[[clients]]
id = "spa"
audience = ["https://api.example.com", "https://other.example.com"]
origins = ["https://app.example.com"]
redirect_uris = ["https://app.example.com/callback"]
scopes = ["read", "write"]

[[clients]]
id = "api"
secret = "a secret of the API itself, which is long"
audience = ["https://api.example.com"]

[providers.google]
client_ids = ["client", "other"]
client_secret = "secret"

[providers.github]
client_ids = ["client"]
client_secret = "secret"

[providers.microsoft]
client_ids = ["client"]
client_secret = "secret"

[providers.apple]
client_ids = ["client"]

[providers.acme]
kind = "oidc"
issuer = "https://login.acme.test"
client_ids = ["client"]
client_secret = "secret"

[providers.instagram]
client_ids = ["client"]
client_secret = "secret"
allow_unbound_access_tokens = true
"#;

/// The providers' keys, of the fixtures: the first is the one that is used where nothing is said.
static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let pems = [
        include_str!("../../tests/fixtures/keys/ed25519.pem"),
        include_str!("../../tests/fixtures/keys/rsa-2048.pem"),
        include_str!("../../tests/fixtures/keys/ec-p256.pem"),
    ];
    pems.into_iter().filter_map(|pem| SigningKey::from_pem(&Secret::new(pem)).ok()).collect()
});

/// What waits is run here.
pub(super) static RUNTIME: LazyLock<Option<Runtime>> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().ok());

/// The whole service.
pub(super) struct Service {
    pub(super) face: Face,
    pub(super) state: Arc<State>,
}

/// The service, made once.
pub(super) static SERVICE: LazyLock<Option<Service>> = LazyLock::new(service);

/// Waits for what is to be done.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    match &*RUNTIME {
        Some(runtime) => runtime.block_on(future),
        None => panic!("no runtime"),
    }
}

/// Returns the service.
pub(super) fn the_service() -> &'static Service {
    match &*SERVICE {
        Some(service) => service,
        None => panic!("no service"),
    }
}

/// Returns the providers' keys.
pub(super) fn provider_keys() -> &'static [SigningKey] {
    &KEYS
}

/// Returns the providers' key set.
pub(super) fn provider_key_set() -> Value {
    let public: Vec<_> = KEYS.iter().map(|key| json!(key.public())).collect();
    json!({ "keys": public })
}

fn service() -> Option<Service> {
    let config = Config::from_toml(CONFIG).ok()?;
    let (clock, _) = Clock::fixed(UnixTime(NOW));
    let answers: BTreeMap<_, _> = answers().into_iter().collect();
    let answer = move |address: &str| {
        let path = address.split('?').next().unwrap_or_default();
        let known = answers.get(path).map(|body| (200, body.to_string().into_bytes()));
        known.or(Some((401, b"{}".to_vec())))
    };
    let name: Arc<str> = config.issuer.as_str().into();
    let metrics = Arc::new(Metrics::default());
    let issuer = Arc::new(Issuer {
        verifier: verifier(&config.providers, &name, &clock, answer).ok()?,
        keys: Arc::new(SigningKeys::throw_away(Algorithm::EdDsa, clock.clone()).ok()?),
        ids: TokenIds::default(),
        clients: config.clients.clone(),
        providers: config.providers.clone(),
        subject_mode: config.subject_mode.clone(),
        name,
        clock,
        metrics: Arc::clone(&metrics),
    });
    let published = Addresses::new(&config.issuer, &config.clients, (&config.subject_mode, true));
    let own_origin = Some("https://id.example.com".to_owned());
    let admission = (config.concurrent_exchanges, config.processor_wait);
    let admission = Admission::new(admission, Arc::clone(&metrics));
    let (body_limit, leaving) = (config.body_bytes, false.into());
    let state = State {
        issuer,
        admission,
        rate_limit: None,
        proxies: Proxies::new(Vec::new()),
        body_limit,
        leaving,
        explains_to_anybody: false,
        metrics,
        own_origin,
        published,
    };
    let state = Arc::new(state);
    let face = public(Parts {
        state: Arc::clone(&state),
        base: String::new(),
        with_operations: true,
        examples: None,
        demo: None,
    });
    Some(Service { face, state })
}

/// What the providers answer to whoever asks.
fn answers() -> [(&'static str, Value); 12] {
    let keys = provider_key_set();
    let acme = json!({
        "issuer": "https://login.acme.test",
        "jwks_uri": "https://login.acme.test/keys",
        "token_endpoint": "https://login.acme.test/token",
        "userinfo_endpoint": "https://login.acme.test/userinfo",
    });
    let person = json!({"id": 5_831_042, "login": "olga-k", "name": "Olga", "email": null});
    [
        ("https://www.googleapis.com/oauth2/v3/certs", keys.clone()),
        ("https://login.microsoftonline.com/common/discovery/v2.0/keys", keys.clone()),
        ("https://appleid.apple.com/auth/keys", keys.clone()),
        ("https://login.acme.test/.well-known/openid-configuration", acme),
        ("https://login.acme.test/keys", keys),
        ("https://login.acme.test/userinfo", json!({"sub": "1", "name": "Olga"})),
        (
            "https://oauth2.googleapis.com/tokeninfo",
            json!({"aud": "client", "azp": "client", "sub": "1", "expires_in": "3599"}),
        ),
        ("https://openidconnect.googleapis.com/v1/userinfo", json!({"sub": "1", "name": "Olga"})),
        (
            "https://api.github.com/applications/client/token",
            json!({"app": {"client_id": "client"}, "user": {"id": 5_831_042}}),
        ),
        ("https://api.github.com/user", person),
        (
            "https://api.github.com/user/emails",
            json!([{"email": "o@example.org", "primary": true, "verified": true}]),
        ),
        (
            "https://github.com/login/oauth/access_token",
            json!({"access_token": "gho_1", "token_type": "bearer"}),
        ),
    ]
}

/// Asserts what holds for every failure: the one shape, none of these credentials, nothing that a
/// terminal obeys.
pub(super) fn assert_refused(answered: &Answered, secrets: &[&str]) {
    let Ok(Value::Object(body)) = serde_json::from_slice(&answered.body) else {
        panic!("a failure is a JSON object");
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    assert!((400..600).contains(&answered.status), "a failure has a status of one");
    assert!(!text("error").is_empty() && !text("reason").is_empty(), "a failure has its codes");
    let description = text("error_description");
    assert!(is_description(description), "a description keeps to RFC 6749: {description}");
    for secret in secrets {
        assert!(!description.contains(secret), "a description has no credential: {description}");
    }
}

/// Asserts what holds for everything that is said of a credential.
pub(super) fn assert_said(error: VerifyError, secrets: &[&str]) {
    assert_refused(&block_on(said(error)), secrets);
}
