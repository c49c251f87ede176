//! The whole service on a port of its own, with a clock that stands still and a provider beside
//! it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign::clock::{Clock, UnixTime};
use countersign::config::Config;
use countersign::server::Service;
use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::NOW;
use super::answer::Answer;
use super::claims::Token;
use super::form::Form;
use super::provider::FakeProvider;
use super::secrecy;

/// The configuration that tests start from. `{keys}` stands for the key directory, `{acme}` and
/// `{rival}` for the issuers of the two fake providers.
const CONFIGURATION: &str = r#"
issuer = "https://id.example.com"
listen = "127.0.0.1:0"

[keys]
directory = "{keys}"

[limits]
requests_per_minute = 0
processor_wait = "0"

[[clients]]
id = "spa"
audience = ["https://api.example.com"]
origins = ["https://app.example.com", "capacitor://localhost"]

[[clients]]
id = "wide"
audience = ["https://one.example.com", "https://two.example.com"]
origins = ["https://wide.example.com"]
providers = ["acme"]
scopes = ["read", "write"]
lifetime = "5m"
claims = ["email", "email_verified", "name", "given_name", "family_name", "preferred_username", "picture", "locale", "idp_sub"]

[[clients]]
id = "billing api"
secret = "it's a: secret+%"
audience = ["https://api.example.com"]

[[clients]]
id = "shipping"
secret = "another"
audience = ["https://shipping.example.com"]
explains = ["spa"]

[providers.acme]
kind = "oidc"
issuer = "{acme}"
client_ids = ["countersign", "countersign-ios"]

[providers.strict]
kind = "oidc"
issuer = "{acme}"
client_ids = ["strict"]
algorithms = ["RS256"]
nonce = "required"

[providers.rival]
kind = "oidc"
issuer = "{rival}"
client_ids = ["countersign"]
"#;

/// Form encoding (WHATWG URL §5.1).
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// JSON.
pub(crate) const JSON: &str = "application/json";

/// A running service and what it talks to.
#[derive(Debug)]
pub(crate) struct App {
    /// The provider that is called `acme` and, for other client IDs, `strict`.
    pub(crate) acme: FakeProvider,
    /// Another provider.
    pub(crate) rival: FakeProvider,
    service: Service,
    hand: Arc<AtomicU64>,
    client: reqwest::Client,
    keys: TempDir,
}

impl App {
    /// Starts the service.
    pub(crate) async fn start() -> Self {
        Self::configured(str::to_owned).await
    }

    /// Starts the service with a configuration that was changed.
    pub(crate) async fn configured(change: impl FnOnce(&str) -> String) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let key = include_str!("../../fixtures/keys/service.pem");
        std::fs::write(keys.path().join("test.pem"), key).unwrap();
        let (acme, rival) = (FakeProvider::start().await, FakeProvider::start().await);
        let text = change(CONFIGURATION)
            .replace("{keys}", &keys.path().display().to_string())
            .replace("{acme}", acme.issuer())
            .replace("{rival}", rival.issuer());
        secrecy::keep_configuration(&text);
        secrecy::keep_keys(keys.path());
        let config = Config::from_toml(&text).unwrap();
        let (clock, hand) = Clock::fixed(UnixTime(NOW));
        let service = Service::start(config, clock).await.unwrap();
        Self { acme, rival, service, hand, client: client(), keys }
    }

    /// Moves the clock on.
    pub(crate) fn advance(&self, seconds: u64) {
        self.hand.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets the clock to a moment.
    pub(crate) fn set_clock(&self, at: u64) {
        self.hand.store(at, Ordering::SeqCst);
    }

    /// Makes the service look at its keys and at its providers', as SIGHUP does.
    pub(crate) async fn reload(&self) {
        secrecy::keep_keys(self.keys.path());
        self.service.reload().await;
    }

    /// Stops the service, and waits for its end.
    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }

    /// Returns where the service listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.service.address()
    }

    /// Returns where the service's keys are.
    pub(crate) fn key_directory(&self) -> &std::path::Path {
        self.keys.path()
    }

    /// Returns a good ID token of `acme`, ready to be broken.
    pub(crate) fn id_token(&self) -> Token {
        Token::valid(self.acme.issuer())
    }

    /// Starts a request to a path.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let address = format!("http://{}{path}", self.service.address());
        self.client.request(method.parse().unwrap(), address)
    }

    /// Fetches a path.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    /// Posts a form.
    pub(crate) async fn post_form(&self, path: &str, form: &Form) -> Answer {
        send(self.posting(path, FORM, form.encoded())).await
    }

    /// Posts the parameters as JSON.
    pub(crate) async fn post_json(&self, path: &str, form: &Form) -> Answer {
        send(self.posting(path, JSON, form.json())).await
    }

    /// Exchanges a token with the least that is needed.
    pub(crate) async fn exchange(&self, token: &Token) -> Answer {
        self.post_form("/token", &Form::exchange(&token.compact())).await
    }

    /// Starts a `POST` of any body as any content type.
    pub(crate) fn posting(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> RequestBuilder {
        let content_type = HeaderValue::from_str(content_type).unwrap();
        self.request("POST", path).header(CONTENT_TYPE, content_type).body(body.into())
    }

    /// Sends bytes as they stand on a connection of their own, and reads until the service closes
    /// it: the request must ask for that.
    pub(crate) async fn send_raw(&self, request: impl AsRef<[u8]>) -> Vec<u8> {
        secrecy::keep_raw(request.as_ref());
        let mut stream = TcpStream::connect(self.service.address()).await.unwrap();
        stream.write_all(request.as_ref()).await.unwrap();
        read_to_end(stream).await
    }

    /// The same, but says after the last byte that no more will come.
    pub(crate) async fn send_raw_and_close(&self, request: impl AsRef<[u8]>) -> Vec<u8> {
        secrecy::keep_raw(request.as_ref());
        let mut stream = TcpStream::connect(self.service.address()).await.unwrap();
        stream.write_all(request.as_ref()).await.unwrap();
        stream.shutdown().await.unwrap();
        read_to_end(stream).await
    }
}

/// Reads what comes until the other side closes the connection, or drops it.
async fn read_to_end(mut stream: TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer);
    // A token that was issued is for this reader.
    if !text.contains("\"access_token\"") {
        secrecy::search("the bytes of an answer", &text);
    }
    answer
}

/// Sends a request to the service and reads the answer. Nothing secret of the one may be in the
/// other.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    secrecy::keep_request(request.headers(), request.url().query().unwrap_or_default(), body);
    let place = format!("the answer of {}", request.url().path());
    let answer = Answer::read(client.execute(request).await.unwrap()).await;
    secrecy::search_answer(&place, &answer);
    answer
}

/// Returns a client that goes where it is sent and nowhere else.
#[expect(clippy::disallowed_methods, reason = "tests call the service, not providers")]
pub(crate) fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
