//! One credential of a fixture, brought to a service that knows its provider alone.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::catalogue::Row;
use super::fixture::{Fixture, Kind, VERIFIER};
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::internet::{Call, Internet, Line, Script};
use crate::support::keys::Key;
use crate::support::verify::verify;

/// The configuration, but for the provider. `{keys}` stands for the key directory.
const CONFIGURATION: &str = r#"
issuer = "https://id.example.com"
listen = "127.0.0.1:0"

[keys]
directory = "{keys}"

[limits]
requests_per_minute = 0

[[clients]]
id = "spa"
audience = ["https://api.example.com"]
origins = ["https://app.example.com"]
redirect_uris = ["https://app.example.com/callback"]
claims = ["email", "email_verified", "name", "given_name", "family_name", "preferred_username", "picture", "locale", "idp_sub"]
"#;

/// What came of a credential.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The answer of the token endpoint.
    pub(super) answer: Answer,
    /// What our token says, if there is one.
    pub(super) claims: Option<Map<String, Value>>,
    /// What the call of drf-social-oauth2 answers; it takes no codes.
    pub(super) converted: Option<Answer>,
    /// What the provider was asked in vain.
    pub(super) complaints: Vec<String>,
    /// Everything that it was asked, in its order.
    pub(super) calls: Vec<Call>,
}

/// Brings a credential to a service whose provider answers with `lines`.
pub(super) async fn bring(fixture: &Fixture, row: &Row, kind: Kind, lines: Vec<Line>) -> Outcome {
    let internet = Internet::scripted(Script::new(lines)).await;
    let text = configuration(fixture, row, kind, &internet);
    let app = App::configured(|_| text).await;
    bring_to((&app, &internet), fixture, kind).await
}

/// Brings a credential to a service that runs.
pub(super) async fn bring_to(
    (app, internet): (&App, &Internet),
    fixture: &Fixture,
    kind: Kind,
) -> Outcome {
    let answer = app.post_form("/token", &exchange(fixture, kind)).await;
    let claims = match answer.status {
        200 => {
            let token = answer.token(&fixture.file);
            Some(verify(app, &token, "https://api.example.com").await.1)
        }
        _ => None,
    };
    let converted = match kind {
        Kind::Code => None,
        Kind::AccessToken | Kind::IdToken => {
            Some(app.post_form("/auth/convert-token", &convert(fixture, kind)).await)
        }
    };
    let (complaints, calls) = (internet.complaints(), internet.all_calls());
    Outcome { answer, claims, converted, complaints, calls }
}

/// Returns a configuration with the fixture's provider alone.
pub(super) fn configuration(
    fixture: &Fixture,
    row: &Row,
    kind: Kind,
    internet: &Internet,
) -> String {
    let text = |value: &str| Value::from(value).to_string();
    let ca_file = internet.ca_file().display().to_string();
    let mut table = format!(
        "{CONFIGURATION}\n[outbound]\nproxy = {}\nca_file = {}\n\n[providers.p]\n",
        text(&internet.proxy()),
        text(&ca_file),
    );
    let settings = &fixture.settings;
    let issuer = settings.get("issuer").filter(|_| fixture.row == "oidc");
    // Writing to a string does not fail.
    let _ = match issuer {
        Some(issuer) => writeln!(table, "kind = \"oidc\"\nissuer = {issuer}"),
        None => writeln!(table, "catalogue = {}", text(&fixture.row)),
    };
    // Apple's secret is a key that signs, and a setting says which.
    let secret = match (fixture.row.as_str(), settings.contains_key("key")) {
        ("apple", true) => Some(Key::Ec.pem()),
        ("apple", false) => None,
        _ => Some("secret"),
    };
    let _ = writeln!(table, "client_ids = [{}]", text(&fixture.client_id));
    if let Some(secret) = secret {
        let _ = writeln!(table, "client_secret = {}", text(secret));
    }
    if kind == Kind::AccessToken && !row.is_bound() {
        table.push_str("allow_unbound_access_tokens = true\n");
    }
    if issuer.is_none() && !settings.is_empty() {
        table.push_str("[providers.p.settings]\n");
        for (name, value) in settings {
            let _ = writeln!(table, "{name} = {value}");
        }
    }
    table
}

/// The least that the token endpoint needs.
fn exchange(fixture: &Fixture, kind: Kind) -> Form {
    let form = match kind {
        Kind::AccessToken => {
            let form = Form::exchange(&fixture.token).with("subject_token_type", ACCESS_TOKEN);
            return form.and("provider", "p");
        }
        Kind::IdToken => Form::exchange(&fixture.id_token()).and("provider", "p"),
        Kind::Code => Form::default()
            .and("grant_type", "authorization_code")
            .and("client_id", "spa")
            .and("provider", "p")
            .and("code", "CODE")
            .and("redirect_uri", "https://app.example.com/callback")
            .and("code_verifier", VERIFIER),
    };
    with_nonce(form, fixture)
}

/// The least that the call of drf-social-oauth2 needs.
fn convert(fixture: &Fixture, kind: Kind) -> Form {
    match kind {
        Kind::IdToken => {
            let form = Form::convert(&fixture.id_token()).with("backend", fixture.backend());
            with_nonce(form, fixture)
        }
        Kind::AccessToken | Kind::Code => {
            Form::convert(&fixture.token).with("backend", fixture.backend())
        }
    }
}

fn with_nonce(form: Form, fixture: &Fixture) -> Form {
    match &fixture.nonce {
        Some(nonce) => form.and("nonce", nonce),
        None => form,
    }
}
