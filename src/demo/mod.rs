//! `countersign demo`: the service, an embedded OpenID provider and a small API on one loopback
//! address, with throw-away keys. Used by the command line alone; nothing of it is in `serve`.

mod api;
mod endpoint;
mod origin;
mod people;
mod provider;

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::http::Examples;
use crate::jose::Algorithm;
use crate::keys::{KeyError, SigningKeys};
use crate::provider::WebUrl;
use crate::server::{DemoParts, Service, StartError};
use crate::verify::{Outbound, OutboundError};
use api::HelloApi;
pub(crate) use origin::LoopbackOrigin;
use provider::DemoProvider;

/// The client of the line to paste and of the Swagger UI, and the one client of the demo's provider.
const CLIENT_ID: &str = "demo";
/// The client of the page, whose tokens are short-lived, so that their renewal is seen.
const PAGE_CLIENT_ID: &str = "demo-page";
/// A client whose tokens are for another API than the demo's.
const ELSEWHERE_CLIENT_ID: &str = "demo-elsewhere";
/// The secret of the client at the demo's provider, which everybody may know.
const PROVIDER_SECRET: &str = "demo-provider-secret";
/// A client that may introspect, to be tried in the Swagger UI.
const API_CLIENT_ID: &str = "demo-api";
/// Its secret, which everybody may know.
const API_CLIENT_SECRET: &str = "demo-secret";
/// The demo provider's name in the configuration.
const PROVIDER: &str = "demo-provider";

/// A running demo.
#[derive(Debug)]
pub(crate) struct Demo {
    service: Service,
    welcome: String,
}

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// No address on loopback can be listened on.
    #[error("no address on loopback can be listened on: {0}")]
    Listen(#[from] std::io::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The demo's own configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The client for its own addresses.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The service.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl Demo {
    /// Starts everything on `wanted`, or on a free port when that one is taken. Pages of `origins`
    /// may use it as its own page does.
    pub(crate) async fn start(
        wanted: SocketAddr,
        origins: &[LoopbackOrigin],
    ) -> Result<Self, DemoError> {
        let listener = match TcpListener::bind(wanted).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await?,
        };
        let address = listener.local_addr()?;
        let base = format!("http://{address}");
        let clock = Clock::System;
        let redirect_uris = redirect_uris(&base, address.port(), origins);
        let config = configuration(&base, address.port(), (origins, &redirect_uris));
        let config = Config::from_toml(&config)?;
        let keys = SigningKeys::throw_away(Algorithm::Es256, clock.clone())?;
        let issuer = format!("{base}/demo/provider");
        let provider = Arc::new(DemoProvider::new(&issuer, redirect_uris, clock.clone())?);
        let outbound = Outbound::new(&config.verify.outbound)?;
        let key_set = format!("{base}/.well-known/jwks.json");
        let key_set = WebUrl::parse(&key_set)
            .map_err(|_| OutboundError::Malformed("the demo's own key set has no address"))?;
        let api = HelloApi::new(&base, key_set, (outbound, clock.clone()));
        let welcome = welcome(&base, origins, &provider.example());
        let examples = {
            let provider = Arc::clone(&provider);
            Arc::new(move || Examples {
                client_id: CLIENT_ID.to_owned(),
                provider: PROVIDER.to_owned(),
                id_token: provider.example(),
                api_client_id: API_CLIENT_ID.to_owned(),
                api_client_secret: API_CLIENT_SECRET.to_owned(),
            })
        };
        let endpoint = endpoint::endpoint(&base, provider, Arc::new(api));
        let parts = DemoParts { endpoint, examples };
        let service = Service::start_on(listener, config, (keys, clock), Some(parts)).await?;
        Ok(Self { service, welcome })
    }

    /// Returns what is printed at start: where to look, and a line to paste.
    pub(crate) fn welcome(&self) -> &str {
        &self.welcome
    }

    /// Returns the running service.
    pub(crate) fn into_service(self) -> Service {
        self.service
    }
}

/// Where the provider sends people back: to the demo's page under either name, and to the pages of
/// an app under development.
fn redirect_uris(base: &str, port: u16, origins: &[LoopbackOrigin]) -> Vec<String> {
    let own = [format!("{base}/"), format!("http://localhost:{port}/")];
    own.into_iter().chain(origins.iter().flat_map(LoopbackOrigin::redirect_uris)).collect()
}

fn configuration(
    base: &str,
    port: u16,
    (origins, redirect_uris): (&[LoopbackOrigin], &[String]),
) -> String {
    let localhost = format!("http://localhost:{port}");
    let origins = origins.iter().map(LoopbackOrigin::as_str).chain([localhost.as_str()]);
    // Lists of addresses are written alike in JSON and in TOML.
    let (origins, redirect_uris) = (json!(origins.collect::<Vec<_>>()), json!(redirect_uris));
    let clients = [
        (CLIENT_ID, "15m", "api"),
        (PAGE_CLIENT_ID, "2m", "api"),
        (ELSEWHERE_CLIENT_ID, "2m", "elsewhere"),
    ];
    let clients = clients.map(|(id, lifetime, audience)| format!(
        r#"
[[clients]]
id = "{id}"
audience = ["{base}/demo/{audience}"]
lifetime = "{lifetime}"
origins = {origins}
redirect_uris = {redirect_uris}
claims = ["email", "email_verified", "name", "given_name", "family_name", "picture", "locale", "idp_sub"]
"#)).concat();
    format!(
        r#"
issuer = "{base}"
{clients}
[[clients]]
id = "{API_CLIENT_ID}"
secret = "{API_CLIENT_SECRET}"
audience = ["{base}/demo/api"]

[providers.{PROVIDER}]
kind = "oidc"
issuer = "{base}/demo/provider"
client_ids = ["{CLIENT_ID}"]
client_secret = "{PROVIDER_SECRET}"
"#
    )
}

fn welcome(base: &str, origins: &[LoopbackOrigin], id_token: &str) -> String {
    let pages: Vec<_> = origins.iter().flat_map(LoopbackOrigin::redirect_uris).collect();
    let pages = if pages.is_empty() {
        "/ and /callback of an --origin, for instance --origin http://localhost:5173".to_owned()
    } else {
        pages.join(", ")
    };
    format!(
        "countersign demo: everything is on this machine, and every key is thrown away at the end.\n\n\
         page        {base}/\n\
         Swagger UI  {base}/docs\n\n\
         An exchange to paste, with an ID token that is good for an hour:\n\n\
         curl -s {base}/token \
         -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
         -d subject_token_type=urn:ietf:params:oauth:token-type:id_token \
         -d client_id={CLIENT_ID} \
         -d subject_token={id_token}\n\n\
         From a page of your own, by a code with PKCE:\n\n\
         client ID      {CLIENT_ID}, here and at the provider\n\
         provider       {PROVIDER}, whose issuer is {base}/demo/provider\n\
         authorization  {base}/demo/provider/authorize\n\
         redirect URIs  {pages}\n\n\
         Stop with Ctrl-C.\n\n"
    )
}
