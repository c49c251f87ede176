//! A provider on loopback, whose manners can be switched while it runs.

mod codes;
mod fault;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::codes::Desk;
pub(crate) use self::fault::Fault;
use super::internet::Call;
use super::keys::Key;
use super::secrecy;

/// A real server with discovery, a key set, and a desk for codes. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct FakeProvider {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    manner: Mutex<Manner>,
    desk: Desk,
    discovery_requests: AtomicUsize,
    key_requests: AtomicUsize,
    strayed_requests: AtomicUsize,
}

#[derive(Debug, Clone)]
struct Manner {
    keys: Vec<Value>,
    cache_control: Option<String>,
    date: Option<HeaderValue>,
    announced: Map<String, Value>,
    fault: Option<Fault>,
}

impl FakeProvider {
    /// Starts a provider that publishes [`published_keys`].
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let manner = Manner {
            keys: published_keys(),
            cache_control: None,
            date: None,
            announced: Map::new(),
            fault: None,
        };
        let shared = Arc::new(Shared {
            issuer: format!("http://{address}"),
            manner: Mutex::new(manner),
            desk: Desk::default(),
            discovery_requests: AtomicUsize::new(0),
            key_requests: AtomicUsize::new(0),
            strayed_requests: AtomicUsize::new(0),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, serving }
    }

    /// Returns its issuer.
    pub(crate) fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Returns where its key set is.
    pub(crate) fn key_set_address(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    /// Publishes these keys and no others from here on.
    pub(crate) fn publish(&self, keys: impl IntoIterator<Item = Value>) {
        self.shared.manner.lock().unwrap().keys = keys.into_iter().collect();
    }

    /// Sets the `Cache-Control` of the key set.
    pub(crate) fn cache_control(&self, value: &str) {
        self.shared.manner.lock().unwrap().cache_control = Some(value.to_owned());
    }

    /// Dates its answers by a clock that stands at this moment, from here on.
    pub(crate) fn date(&self, at: u64) {
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at));
        self.shared.manner.lock().unwrap().date = Some(date.parse().unwrap());
    }

    /// Says something else in the discovery document from here on; null is nothing.
    pub(crate) fn announce(&self, name: &str, value: impl Into<Value>) {
        self.shared.manner.lock().unwrap().announced.insert(name.to_owned(), value.into());
    }

    /// Goes wrong in this way from here on, or no longer.
    pub(crate) fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.shared.manner.lock().unwrap().fault = fault.into();
    }

    /// Returns how often the discovery document was asked for.
    pub(crate) fn discovery_requests(&self) -> usize {
        self.shared.discovery_requests.load(Ordering::SeqCst)
    }

    /// Returns how often the key set was asked for.
    pub(crate) fn key_requests(&self) -> usize {
        self.shared.key_requests.load(Ordering::SeqCst)
    }

    /// Returns how often anything else was asked for, the target of the redirect included.
    pub(crate) fn strayed_requests(&self) -> usize {
        self.shared.strayed_requests.load(Ordering::SeqCst)
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What a provider publishes: three keys that sign, one that encrypts, and two members that are
/// no keys at all.
pub(crate) fn published_keys() -> Vec<Value> {
    let mut for_encryption = Key::OtherRsa.jwk("enc");
    if let Some(members) = for_encryption.as_object_mut() {
        members.insert("use".to_owned(), "enc".into());
        members.remove("alg");
    }
    vec![
        json!({ "kty": "RSA", "kid": "broken", "use": "sig", "n": "not base64url!", "e": "AQAB" }),
        for_encryption,
        Key::Rsa.jwk("rsa"),
        Key::Ec.jwk("ec"),
        Key::Ed.jwk("ed"),
        json!("not an object"),
    ]
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(&shared);
        let answer = service_fn(move |request| answer(Arc::clone(&shared), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(connection);
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let call = Call::new("127.0.0.1".to_owned(), head, body);
    let path = call.path.as_str();
    match path {
        "/.well-known/openid-configuration" => count(&shared.discovery_requests),
        "/jwks" => count(&shared.key_requests),
        "/token" | "/userinfo" | "/tokeninfo" => shared.desk.note(&call),
        _ => count(&shared.strayed_requests),
    }
    let manner = shared.manner.lock().unwrap().clone();
    match manner.fault {
        Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
        Some(Fault::Closed) => return Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Unavailable) => return Ok(respond(503, "text/plain", &"busy")),
        _ => {}
    }
    let date = manner.date.clone();
    let mut response = match path {
        "/.well-known/openid-configuration" => shared.discovery(manner),
        "/jwks" => manner.key_set(),
        "/elsewhere" => respond(200, "application/json", &json!({ "keys": manner.keys })),
        "/token" => shared.desk.redeem(&call),
        "/userinfo" => shared.desk.show(&call),
        "/tokeninfo" => shared.desk.inspect(&call),
        _ => respond(404, "text/plain", &"nothing here"),
    };
    if let Some(date) = date {
        response.headers_mut().insert(DATE, date);
    }
    Ok(response)
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::SeqCst);
}

impl Shared {
    fn discovery(&self, manner: Manner) -> Response<Full<Bytes>> {
        let issuer = match manner.fault {
            Some(Fault::WrongIssuer) => "https://somebody-else.example.com",
            _ => &self.issuer,
        };
        let key_set = match manner.fault {
            Some(Fault::PlainHttpKeys) => "http://keys.example.com/jwks".to_owned(),
            _ => format!("{}/jwks", self.issuer),
        };
        let mut document = Map::from_iter([
            ("issuer".to_owned(), issuer.into()),
            ("jwks_uri".to_owned(), key_set.into()),
            ("token_endpoint".to_owned(), format!("{}/token", self.issuer).into()),
            ("userinfo_endpoint".to_owned(), format!("{}/userinfo", self.issuer).into()),
        ]);
        document.extend(manner.announced);
        document.retain(|_, value| !value.is_null());
        let document = Value::Object(document);
        respond(200, "application/json", &document)
    }
}

impl Manner {
    fn key_set(self) -> Response<Full<Bytes>> {
        let good = json!({ "keys": self.keys });
        let mut response = match self.fault {
            Some(Fault::Huge) => {
                let padding = "x".repeat(1 << 20);
                respond(200, "application/json", &json!({ "keys": self.keys, "padding": padding }))
            }
            Some(Fault::Redirecting) => respond(302, "text/plain", &"over there"),
            Some(Fault::Html) => {
                respond(200, "text/html", &"<!doctype html><p>Log in to the Wi-Fi")
            }
            Some(Fault::PlainText) => respond(200, "text/plain", &good),
            Some(Fault::NoKeys) => respond(200, "application/json", &json!({ "keys": [] })),
            _ => respond(200, "application/json", &good),
        };
        let headers = response.headers_mut();
        if let Some(value) = self.cache_control {
            headers.insert("cache-control", value.parse().unwrap());
        }
        if self.fault == Some(Fault::Redirecting) {
            headers.insert("location", "/elsewhere".parse().unwrap());
        }
        response
    }
}

fn respond(status: u16, content_type: &str, body: &impl ToString) -> Response<Full<Bytes>> {
    let body = body.to_string();
    secrecy::keep_tokens(body.as_bytes());
    let body = Full::new(Bytes::from(body));
    Response::builder().status(status).header("content-type", content_type).body(body).unwrap()
}
