//! What both benchmarks measure with: a service, a provider, and tokens of the provider's.

mod primitives;
mod provider;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use countersign::bench::{Bench, Order};
use countersign::config::Config;
use poem::Request;
use poem::http::{Method, header};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

pub(crate) use primitives::{Signer, Verifier, covered};

/// The algorithms that the service signs with, and their keys.
pub(crate) const SIGNING: [(&str, &str); 3] =
    [("ES256", "ec-p256.pem"), ("EdDSA", "ed25519.pem"), ("RS256", "rsa-2048.pem")];

/// A service and ID tokens that it takes.
pub(crate) struct Scene {
    /// The service; its provider's key set is cached.
    pub(crate) bench: Bench,
    /// What runs it: one thread, this one.
    pub(crate) runtime: Runtime,
    /// Distinct ID tokens.
    pub(crate) tokens: Vec<String>,
    /// Orders of their exchange, in the same order.
    pub(crate) orders: Vec<Order>,
    /// The primitive that checks them.
    pub(crate) verifier: Verifier,
    /// The primitive that signs ours.
    pub(crate) signer: Signer,
    /// Where the service's key is; removed with this.
    _keys: TempDir,
}

impl Scene {
    /// Makes a service that signs by one of [`SIGNING`], and `count` tokens for it.
    pub(crate) fn new((algorithm, key): (&str, &str), count: usize) -> anyhow::Result<Self> {
        let keys = TempDir::new()?;
        fs::write(keys.path().join("key.pem"), pem(key)?)?;
        let signer = Signer::of_pem(algorithm, &pem(key)?)?;
        let provider = Signer::of_pem("RS256", &pem("rsa-2048.pem")?)?;
        let verifier = provider.verifier()?;
        let issuer = provider::serve(&provider)?;
        let tokens = provider::id_tokens(&provider, &issuer, count)?;
        let config = Config::from_toml(&config(&issuer, keys.path()))?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let bench = {
            let _inside = runtime.enter();
            Bench::new(&config)?
        };
        let orders: Vec<_> = tokens.iter().map(|token| bench.order(token)).collect();
        let first = orders.first().context("no tokens")?;
        runtime.block_on(bench.exchange(first)).context("the service refuses the tokens")?;
        Ok(Self { bench, runtime, tokens, orders, verifier, signer, _keys: keys })
    }

    /// What our signatures cover: header and claims of a token of ours, encoded.
    pub(crate) fn signed_by_us(&self) -> anyhow::Result<String> {
        let order = self.orders.first().context("no orders")?;
        let token = self.runtime.block_on(self.bench.exchange(order)).context("refused")?;
        let (covered, _) = token.jwt().rsplit_once('.').context("no JWS")?;
        Ok(covered.to_owned())
    }
}

/// Makes the request that a page sends for the exchange of an ID token.
pub(crate) fn exchange_request(id_token: &str) -> Request {
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&client_id=spa&\
         subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token&provider=acme&\
         subject_token={id_token}"
    );
    let request = Request::builder().method(Method::POST).uri_str("/token");
    request
        .header(header::HOST, "id.example.com")
        .header(header::ORIGIN, "https://app.example.com")
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_LENGTH, form.len())
        .content_type("application/x-www-form-urlencoded")
        .body(form)
}

/// Makes the request of a verifier for our key set.
pub(crate) fn jwks_request() -> Request {
    Request::builder()
        .uri_str("/.well-known/jwks.json")
        .header(header::HOST, "id.example.com")
        .header(header::ACCEPT, "application/json")
        .finish()
}

fn pem(name: &str) -> anyhow::Result<String> {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
    fs::read_to_string(keys.join(name)).with_context(|| name.to_owned())
}

/// A service with a client of the default claims and a provider of the standard ones.
fn config(issuer: &str, keys: &Path) -> String {
    let keys = keys.display();
    format!(
        r#"
        issuer = "https://id.example.com"
        [keys]
        directory = "{keys}"
        [[clients]]
        id = "spa"
        audience = ["https://api.example.com"]
        origins = ["https://app.example.com"]
        scopes = ["read", "write"]
        [providers.acme]
        kind = "oidc"
        issuer = "{issuer}"
        client_ids = ["countersign-benchmark"]
        "#
    )
}
