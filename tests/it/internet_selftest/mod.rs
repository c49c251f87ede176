//! The stand-in for the providers' addresses is as strict, and as treacherous, as the providers
//! are; what is proven of the service on it is worth as much.

mod github;
mod google;
mod linkedin;
mod meta;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Certificate, Client, Proxy, RequestBuilder};
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::app::{FORM, JSON};
use crate::support::form::Form;
use crate::support::internet::{Fault, Internet};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CALLBACK: &str = "https://app.example.com/callback";

/// Sends a request to one of the providers, who give out secrets.
async fn send(request: RequestBuilder) -> Answer {
    Answer::read(request.send().await.unwrap()).await
}

/// An internet, and somebody on it who has nothing to do with the service.
struct Visitor {
    internet: Internet,
    client: Client,
}

impl Visitor {
    #[expect(clippy::disallowed_methods, reason = "tests call the fakes, not providers")]
    async fn start() -> Self {
        let internet = Internet::start().await;
        let pem = std::fs::read(internet.ca_file()).unwrap();
        let client = Client::builder()
            .proxy(Proxy::all(internet.proxy()).unwrap())
            .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { internet, client }
    }

    fn request(&self, method: &str, address: &str) -> RequestBuilder {
        self.client.request(method.parse().unwrap(), address)
    }

    async fn get(&self, address: &str, token: &str) -> Answer {
        send(self.request("GET", address).bearer_auth(token).header("user-agent", "test")).await
    }

    fn posting(&self, address: &str, form: &Form) -> RequestBuilder {
        let request = self.request("POST", address).body(form.encoded());
        request.header("content-type", FORM)
    }

    async fn post(&self, address: &str, form: &Form) -> Answer {
        send(self.posting(address, form).header("accept", JSON)).await
    }
}

/// Returns the form that redeems a code.
fn redeeming(client_id: &str, secret: &str, code: &str) -> Form {
    Form::default()
        .and("grant_type", "authorization_code")
        .and("client_id", client_id)
        .and("client_secret", secret)
        .and("redirect_uri", CALLBACK)
        .and("code", code)
}

/// Returns the claims of a JWT, unverified.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn faults_are_what_they_are_called_and_strangers_are_not_there() {
    let visitor = Visitor::start().await;
    let address = "https://www.linkedin.com/oauth/openid/jwks";
    let get = || visitor.get(address, "x");
    let fault = |fault| visitor.internet.fault("www.linkedin.com", "/oauth/openid/jwks", fault);
    let good = get().await.json();

    fault(Some(Fault::Huge));
    let huge = get().await;
    assert!(huge.body.len() > 1 << 20 && huge.json() == good);
    fault(Some(Fault::Html));
    assert_eq!(get().await.header("content-type"), Some("text/html; charset=utf-8"));
    fault(Some(Fault::Body(json!([]))));
    assert_eq!(get().await.json(), json!([]));
    fault(Some(Fault::Redirect));
    assert_eq!(
        (get().await.status, visitor.internet.calls("www.linkedin.com", "/elsewhere").len()),
        (302, 0)
    );
    fault(Some(Fault::rate_limited(7)));
    assert_eq!((get().await.status, get().await.header("retry-after")), (429, Some("7")));
    fault(Some(Fault::github_used_up(60)));
    assert_eq!(get().await.header("x-ratelimit-reset"), Some("1764000060"));
    fault(Some(Fault::Closed));
    assert!(visitor.request("GET", address).send().await.is_err());
    fault(Some(Fault::Slow(Duration::from_mins(1))));
    assert!(
        visitor.request("GET", address).timeout(Duration::from_millis(200)).send().await.is_err()
    );
    fault(Some(Fault::json(200, "{\"id\":18446744073709551616}")));
    assert_eq!(get().await.body, "{\"id\":18446744073709551616}");
    fault(Some(Fault::status(503)));
    assert_eq!(get().await.status, 503);
    fault(None);
    assert_eq!(get().await.json(), good);
    visitor
        .internet
        .change("www.linkedin.com", "/oauth/openid/jwks", |set| set["keys"] = json!([]));
    assert_eq!(get().await.json(), json!({ "keys": [] }));

    visitor.internet.forget_calls();
    for address in ["https://example.com/jwks", "https://api.linkedin.com/v1/me"] {
        assert_eq!(visitor.get(address, "x").await.status, 404, "{address}");
    }
    let calls = visitor.internet.all_calls();
    assert_eq!(
        (calls.len(), calls[0].host.as_str(), calls[0].path.as_str()),
        (2, "example.com", "/jwks")
    );
}
