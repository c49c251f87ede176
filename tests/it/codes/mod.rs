//! A provider's authorization codes: a page brings the code, the service brings the secret, each
//! provider is told what it asks for and nothing else, and its answer counts for what it proves.

mod accepted;
mod discovery;
mod explained;
mod failures;
mod id_tokens;
mod nonces;
mod openid;
mod pages;
mod parameters;
mod redirect_uris;
mod refused;
mod secrets;
mod sent;
mod settings;
mod shapes;

use serde_json::{Map, Value};

use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::form::Form;
use crate::support::internet::{
    Authorization, Call, Fake, Fault, Internet, facebook, github, google, instagram, linkedin,
};
use crate::support::keys::{base64url, sha256};
use crate::support::verify::verify;

/// The redirect URI of the client `spa`.
const CALLBACK: &str = "https://app.example.com/callback";
/// An origin of the client `spa`.
const ORIGIN: &str = "https://app.example.com";
/// The verifier of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Another one.
const OTHER_VERIFIER: &str = "eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What is said of a code that the provider does not take.
const REJECTED: (u16, &str, &str) = (400, "invalid_grant", "provider_rejected");
/// What is said when the provider gives no answer, or none that is known.
const UNAVAILABLE: (u16, &str, &str) = (503, "temporarily_unavailable", "provider_unreachable");
/// What is said when the provider knows us under another secret.
const MISCONFIGURED: (u16, &str, &str) = (500, "server_error", "provider_misconfigured");
/// What is said of a nonce that does not fit.
const NONCE: (u16, &str, &str) = (400, "invalid_grant", "nonce_mismatch");

/// A provider that gives out codes, as it stands in the configuration.
struct Site {
    name: &'static str,
    /// Where its token endpoint is.
    host: &'static str,
    path: &'static str,
    client_id: &'static str,
    client_secret: &'static str,
    foreign_client_id: &'static str,
    /// Whether it knows PKCE.
    takes_verifier: bool,
    fake: fn(&Internet) -> &Fake,
    authorization: fn() -> Authorization,
}

const SITES: [Site; 5] = [
    Site {
        name: "google",
        host: "oauth2.googleapis.com",
        path: "/token",
        client_id: google::CLIENT_ID,
        client_secret: google::CLIENT_SECRET,
        foreign_client_id: google::FOREIGN_CLIENT_ID,
        takes_verifier: true,
        fake: Internet::google,
        authorization: google::authorization,
    },
    Site {
        name: "linkedin",
        host: "www.linkedin.com",
        path: "/oauth/v2/accessToken",
        client_id: linkedin::CLIENT_ID,
        client_secret: linkedin::CLIENT_SECRET,
        foreign_client_id: linkedin::FOREIGN_CLIENT_ID,
        takes_verifier: false,
        fake: Internet::linkedin,
        authorization: linkedin::authorization,
    },
    Site {
        name: "github",
        host: "github.com",
        path: "/login/oauth/access_token",
        client_id: github::CLIENT_ID,
        client_secret: github::CLIENT_SECRET,
        foreign_client_id: github::FOREIGN_CLIENT_ID,
        takes_verifier: true,
        fake: Internet::github,
        authorization: github::authorization,
    },
    Site {
        name: "facebook",
        host: "graph.facebook.com",
        path: "/v24.0/oauth/access_token",
        client_id: facebook::CLIENT_ID,
        client_secret: facebook::CLIENT_SECRET,
        foreign_client_id: facebook::FOREIGN_CLIENT_ID,
        takes_verifier: true,
        fake: Internet::facebook,
        authorization: facebook::authorization,
    },
    Site {
        name: "instagram",
        host: "api.instagram.com",
        path: "/oauth/access_token",
        client_id: instagram::CLIENT_ID,
        client_secret: instagram::CLIENT_SECRET,
        foreign_client_id: instagram::FOREIGN_CLIENT_ID,
        takes_verifier: false,
        fake: Internet::instagram,
        authorization: instagram::authorization,
    },
];

/// Returns the provider of a name.
fn site(name: &str) -> &'static Site {
    SITES.iter().find(|site| site.name == name).unwrap()
}

impl Site {
    /// Gives out a code for what is usually asked for.
    fn code(&self, internet: &Internet) -> String {
        self.code_with(internet, |_| ())
    }

    /// Gives out a code for something else.
    fn code_with(&self, internet: &Internet, change: impl FnOnce(&mut Authorization)) -> String {
        let mut authorization = (self.authorization)();
        change(&mut authorization);
        (self.fake)(internet).authorize(authorization)
    }

    /// Returns what the token endpoint was asked.
    fn calls(&self, internet: &Internet) -> Vec<Call> {
        internet.calls(self.host, self.path)
    }

    /// Breaks the token endpoint, or mends it.
    fn fault(&self, internet: &Internet, fault: impl Into<Option<Fault>>) {
        internet.fault(self.host, self.path, fault);
    }
}

/// The service, and the internet that it is on.
struct World {
    internet: Internet,
    app: App,
}

impl World {
    async fn start() -> Self {
        Self::configured(str::to_owned).await
    }

    async fn configured(change: impl FnOnce(&str) -> String) -> Self {
        let internet = Internet::start().await;
        let app = App::on(&internet, change).await;
        Self { internet, app }
    }

    /// Redeems a code with the least that is needed.
    async fn redeem(&self, site: &Site, code: &str) -> Answer {
        self.post(&form(site.name, code)).await
    }

    async fn post(&self, form: &Form) -> Answer {
        self.app.post_form("/token", form).await
    }

    /// Returns what the issued token of an answer says, after it was verified. `case` says which
    /// it is.
    async fn claims(&self, answer: &Answer, case: &str) -> Map<String, Value> {
        verify(&self.app, &answer.token(case), "https://api.example.com").await.1
    }

    /// Checks that nobody was called for a refusal, and that the code is as good as before.
    async fn assert_unused(&self, site: &Site, code: &str, case: &str) {
        let calls = self.internet.all_calls();
        assert!(calls.is_empty(), "{case}: {calls:?}");
        self.redeem(site, code).await.token(&format!("{case}: afterwards"));
        self.internet.forget_calls();
    }
}

/// The least that `authorization_code` needs, by the client `spa`.
fn form(provider: &str, code: &str) -> Form {
    Form::default()
        .and("grant_type", "authorization_code")
        .and("client_id", "spa")
        .and("provider", provider)
        .and("code", code)
        .and("redirect_uri", CALLBACK)
}

/// Returns the challenge of a verifier (RFC 7636 §4.2).
fn challenge(verifier: &str) -> String {
    base64url(sha256(verifier))
}

/// Puts lines after the first line of a configuration that is this one.
fn after(text: &str, line: &str, more: &str) -> String {
    assert!(text.contains(line), "{line}");
    text.replacen(line, &format!("{line}\n{more}"), 1)
}

/// Replaces a part of a configuration.
fn instead(text: &str, part: &str, other: &str) -> String {
    assert!(text.contains(part), "{part}");
    text.replacen(part, other, 1)
}
