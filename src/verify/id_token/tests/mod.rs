//! Every built-in row with a token as its provider makes them, and with what it must refuse.

mod microsoft;
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::clock::Clock;
use crate::crypto::{hex, sha256};
use crate::jose::{Algorithm, CompactJws, SigningKey};
use crate::provider::{
    KeySource, NoncePolicy, ProviderId, ProviderSettings, Providers, WebUrl, row_for_test,
};
use crate::telemetry::{Metrics, Span};
use crate::verify::clock_offset::ClockOffset;
use crate::verify::drift::Watch;
use crate::verify::gate::Gates;
use crate::verify::{NonceProblem, Outbound, OutboundSettings};

const NOW: u64 = 1_764_000_000;

/// The key of every provider here; making one takes a while.
static PROVIDER_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Rs256).unwrap());

/// Serves a key set on loopback for as long as the test runs.
async fn key_set_of(key: &SigningKey, issuer_of_key: Option<&str>) -> WebUrl {
    let mut jwk = json!(key.public());
    if let Some(issuer) = issuer_of_key {
        jwk["issuer"] = issuer.into();
    }
    let body = json!({ "keys": [jwk] }).to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let _ = stream.read(&mut [0; 2048]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    WebUrl::parse(&address).unwrap()
}

/// A case: a row, what the operator sets, and what a token of the provider says.
struct Case {
    row: &'static str,
    tenant: Option<&'static str>,
    domains: &'static [&'static str],
    nonce: Option<&'static str>,
    claims: Value,
    issuer_of_key: Option<&'static str>,
}

impl Case {
    fn of(row: &'static str, claims: Value) -> Self {
        Self { row, tenant: None, domains: &[], nonce: None, claims, issuer_of_key: None }
    }

    fn operator(&self) -> ProviderSettings {
        let settings = self.tenant.map(|id| ("tenant_id".to_owned(), id.to_owned()));
        ProviderSettings {
            id: ProviderId::try_from(self.row.to_owned()).unwrap(),
            settings: BTreeMap::from_iter(settings),
            client_ids: vec!["web".to_owned(), "ios".to_owned()],
            client_secret: None,
            allow_unbound_access_tokens: false,
            algorithms: None,
            nonce: NoncePolicy::IfSent,
            hosted_domains: self.domains.iter().map(|domain| (*domain).to_owned()).collect(),
        }
    }

    async fn verify(self) -> Result<VerifiedIdentity, VerifyError> {
        let key = &*PROVIDER_KEY;
        let row = row_for_test(self.row);
        let mut provider = row.configure(self.operator()).unwrap();
        let mut rules = Arc::unwrap_or_clone(provider.id_token.take().unwrap());
        rules.keys = KeySource::KeySet(key_set_of(key, self.issuer_of_key).await);
        let mut claims = json!({"aud": "web", "sub": "1", "iat": NOW, "exp": NOW + 3600});
        claims.as_object_mut().unwrap().extend(self.claims.as_object().unwrap().clone());
        let jwt = key.signer().typed("JWT").sign(claims.to_string().as_bytes()).unwrap();
        let outbound = Outbound::new(&OutboundSettings {
            timeout: Duration::from_secs(5),
            proxy: None,
            proxy_host: None,
            ca_file: None,
            reaches: BTreeSet::new(),
        });
        let (clock, _) = Clock::fixed(UnixTime(NOW));
        let metrics = Arc::new(Metrics::default());
        let watch = Arc::new(Watch::new(&Providers::default(), Arc::clone(&metrics)));
        let clock_offset = Arc::new(ClockOffset::new(Arc::clone(&metrics)));
        let gates = Gates::of_key_sets([&provider.id], (16, Arc::clone(&metrics)));
        let watch = (watch, clock_offset);
        let keys =
            RemoteKeys::new([&provider.id], outbound.unwrap(), (clock, metrics), watch, gates);
        let nonce = self.nonce.map(Secret::new);
        let request = Request {
            provider: &provider,
            rules: &Arc::new(rules),
            nonce: nonce.as_ref(),
            beside: None,
            binding: Binding::IdToken,
            now: UnixTime(NOW),
            span: &Span::default(),
        };
        let compact = CompactJws::decode(jwt.expose()).unwrap();
        let jws = UnverifiedJws::parse(&compact).unwrap();
        verify(&jws, &request, &Arc::new(keys)).await
    }
}

async fn namespace(case: Case) -> String {
    case.verify().await.unwrap().namespace().to_owned()
}

#[tokio::test]
async fn google_has_two_spellings_of_its_issuer_and_one_namespace() {
    for iss in ["https://accounts.google.com", "accounts.google.com"] {
        let case =
            Case::of("google", json!({"iss": iss, "azp": "ios", "sub": "110169484474386276334"}));
        assert_eq!(namespace(case).await, "https://accounts.google.com");
    }
    let wrong = Case::of("google", json!({"iss": "https://accounts.google.com/"})).verify().await;
    assert!(matches!(wrong, Err(VerifyError::WrongIssuer { .. })));
}

#[tokio::test]
async fn google_domains_are_those_of_hd_and_not_of_the_email() {
    let verify = async |hd: Value| {
        let claims =
            json!({"iss": "https://accounts.google.com", "email": "a@example.com", "hd": hd});
        Case { domains: &["Example.com"], ..Case::of("google", claims) }.verify().await
    };
    assert!(verify(json!("example.com")).await.is_ok());
    assert!(matches!(verify(json!("other.com")).await, Err(VerifyError::DomainNotAllowed { .. })));
    assert!(matches!(verify(json!(["example.com"])).await, Err(VerifyError::Malformed(_))));
    let consumer = json!({"iss": "https://accounts.google.com", "email": "a@example.com"});
    let consumer = Case { domains: &["example.com"], ..Case::of("google", consumer) };
    let refused = consumer.verify().await;
    assert!(matches!(refused, Err(VerifyError::DomainNotAllowed { received: None, .. })));
}

#[tokio::test]
async fn linkedin_says_verified_as_a_string_and_never_echoes_a_nonce() {
    for iss in ["https://www.linkedin.com/oauth", "https://www.linkedin.com"] {
        let claims = json!({"iss": iss, "email": "a@b.test", "email_verified": "true"});
        let identity = Case::of("linkedin", claims).verify().await.unwrap();
        assert!(identity.profile().email_verified);
        assert_eq!(identity.namespace(), "https://www.linkedin.com/oauth");
    }
    let claims = json!({"iss": "https://www.linkedin.com/oauth"});
    let refused = Case { nonce: Some("n"), ..Case::of("linkedin", claims) }.verify().await;
    assert_eq!(refused.unwrap_err(), VerifyError::NonceMismatch(NonceProblem::NeverEchoed));
}

#[tokio::test]
async fn a_facebook_email_is_never_verified() {
    let claims =
        json!({"iss": "https://www.facebook.com", "email": "a@b.test", "email_verified": true});
    let identity = Case::of("facebook", claims).verify().await.unwrap();
    assert_eq!(identity.profile().email.as_deref(), Some("a@b.test"));
    assert!(!identity.profile().email_verified);
}

#[tokio::test]
async fn apple_and_facebook_nonces_may_have_been_hashed_on_the_way() {
    for (row, iss) in
        [("apple", "https://appleid.apple.com"), ("facebook", "https://www.facebook.com")]
    {
        let hashed = hex(&sha256(b"raw nonce"));
        for (claim, accepted) in
            [("raw nonce", true), (hashed.as_str(), true), ("RAW NONCE", false)]
        {
            let claims = json!({"iss": iss, "nonce": claim, "email_verified": "false"});
            let case = Case { nonce: Some("raw nonce"), ..Case::of(row, claims) };
            assert_eq!(case.verify().await.is_ok(), accepted, "{row} {claim}");
        }
    }
    let hashed = json!({"iss": "accounts.google.com", "nonce": hex(&sha256(b"n"))});
    let refused = Case { nonce: Some("n"), ..Case::of("google", hashed) }.verify().await;
    assert_eq!(
        refused.unwrap_err(),
        VerifyError::NonceMismatch(NonceProblem::Differs),
        "Google echoes exactly"
    );
}
