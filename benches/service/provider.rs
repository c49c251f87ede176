//! An OpenID provider on loopback, and tokens of its: it publishes one RSA key, and says of any
//! access token that it was issued to us, for the person whose number it ends in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use countersign::clock::Clock;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

use crate::http;

/// Bytes of DER before the modulus of an `RSAPublicKey` of 2048 bits, whose leading zero included.
const BEFORE_MODULUS: usize = 9;
/// Bytes of such a modulus.
const MODULUS: usize = 256;

/// The provider; it ends with the process.
pub(crate) struct Provider {
    address: SocketAddr,
    key: RsaKeyPair,
}

impl Provider {
    /// Starts it in a thread of its own.
    pub(crate) fn start() -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let keys: Bytes = json!({ "keys": [jwk(&key)] }).to_string().into();
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let runtime = http::runtime();
            let listener = runtime.block_on(http::bind());
            let address = listener.local_addr().unwrap();
            sender.send(address).unwrap();
            let discovery = Arc::new((discovery(address), keys));
            runtime.block_on(http::serve(listener, move |request| {
                let discovery = Arc::clone(&discovery);
                async move { Ok(answer(&discovery, &request)) }
            }));
        });
        Self { address: receiver.recv().unwrap(), key }
    }

    /// Returns its issuer, below which all its addresses are.
    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns its public key as the DER of RFC 8017.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// Signs the ID token of the person with this number, of about 1.2 kB.
    pub(crate) fn id_token(&self, person: usize) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "5b3f0a1d9c" });
        let claims = claims(&self.issuer(), person);
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let mut signature = [0; MODULUS];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, token.as_bytes(), &mut signature).unwrap();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

/// Returns the claims of an ID token, as many as big providers have.
fn claims(issuer: &str, person: usize) -> Value {
    let now = Clock::System.now().0;
    json!({
        "iss": issuer,
        "azp": "countersign",
        "aud": "countersign",
        "sub": person.to_string(),
        "email": format!("person.{person}@example.com"),
        "email_verified": true,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
        "sid": format!("f1b3a0c2-7a0d-4a62-93a5-{person:012}"),
        "name": format!("Ada Person {person}"),
        "picture": format!("https://pictures.example.com/a/ACg8ocKx{person}=s96-c"),
        "given_name": "Ada",
        "family_name": format!("Person {person}"),
        "preferred_username": format!("ada{person}"),
        "locale": "en-GB",
        "zoneinfo": "Europe/London",
        "updated_at": now - 86_400,
        "auth_time": now - 10,
        "iat": now - 10,
        "nbf": now - 310,
        "exp": now + 3600,
        "jti": format!("9f1c8f1e3d2b4a5f{person:016}"),
    })
}

/// Returns the public JWK (RFC 7517 §4) of a key.
fn jwk(key: &RsaKeyPair) -> Value {
    let der = key.public_key().as_ref();
    let modulus = URL_SAFE_NO_PAD.encode(&der[BEFORE_MODULUS..BEFORE_MODULUS + MODULUS]);
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "5b3f0a1d9c", "n": modulus, "e": "AQAB"
    })
}

/// Returns the discovery document.
fn discovery(address: SocketAddr) -> Bytes {
    let document = json!({
        "issuer": format!("http://{address}"),
        "jwks_uri": format!("http://{address}/jwks"),
        "authorization_endpoint": format!("http://{address}/authorize"),
        "token_endpoint": format!("http://{address}/token"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
    });
    document.to_string().into()
}

/// Answers a request, from what was made once where it can.
fn answer(made: &(Bytes, Bytes), request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let body = match request.uri().path() {
        "/.well-known/openid-configuration" => made.0.clone(),
        "/jwks" => made.1.clone(),
        "/tokeninfo" => {
            format!(r#"{{"client_id":"countersign","owner":"{}"}}"#, person(request)).into()
        }
        _ => {
            let id = person(request);
            format!(
                r#"{{"id":"{id}","email":"{id}@example.com","confirmed":true,"name":"Ada {id}"}}"#
            )
            .into()
        }
    };
    let response = Response::builder().header("content-type", "application/json");
    response.body(Full::new(body)).unwrap()
}

/// Returns the number that the access token of a request ends in.
fn person(request: &Request<Incoming>) -> &str {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    header.and_then(|value| value.rsplit('-').next()).unwrap_or("0")
}
