//! What an operator sees of the service: metrics after traffic, and traces at a collector.

mod abandoned;
mod collector;
mod export;
mod metrics;
mod strangers;
mod traces;

use std::time::Duration;

use serde_json::json;

use crate::support::answer::Answer;
use crate::support::app::{App, FORM, send};
use crate::support::form::Form;
use crate::support::log::Log;

/// The redirect URI of the client `spa`.
const CALLBACK: &str = "https://app.example.com/callback";

/// Starts the service with a client secret for `acme`, and with more at the end of the configuration.
async fn app(more: &str) -> App {
    started("", more).await
}

/// Starts the service behind a proxy on loopback, whose word counts.
async fn behind_proxy(more: &str) -> App {
    started("trusted_proxies = [\"127.0.0.0/8\"]", more).await
}

async fn started(before: &str, more: &str) -> App {
    App::configured(|text| {
        let origins = "origins = [\"https://app.example.com\", \"capacitor://localhost\"]";
        let ids = "client_ids = [\"countersign\", \"countersign-ios\"]";
        assert!(text.contains(origins) && text.contains(ids));
        let with_uris = format!("{origins}\nredirect_uris = [\"{CALLBACK}\"]");
        let with_secret = format!("{ids}\nclient_secret = \"the-secret-of-acme\"");
        let limits = "[limits]\nrequests_per_minute = 0\nprocessor_wait = \"0\"\n";
        // A test that has limits of its own says all of them.
        let text = if more.contains("[limits]") { text.replace(limits, "") } else { text.into() };
        let text = text.replace(origins, &with_uris).replace(ids, &with_secret);
        format!("{before}\n{text}\n{more}\n")
    })
    .await
}

/// The exchange of a code for which `acme` gives an ID token.
fn code(app: &App) -> Form {
    let id_token = app.id_token().compact();
    let answer = json!({ "access_token": "at-1", "token_type": "Bearer", "id_token": id_token });
    of_code(&app.acme.authorize(answer))
}

/// The exchange of this code of `acme`.
fn of_code(code: &str) -> Form {
    Form::default()
        .and("grant_type", "authorization_code")
        .and("client_id", "spa")
        .and("provider", "acme")
        .and("code", code)
        .and("redirect_uri", CALLBACK)
}

/// Exchanges within the trace that a header names.
async fn exchange(app: &App, traceparent: &str, form: &Form) -> Answer {
    let request = app.posting("/token", FORM, form.encoded());
    send(request.header("traceparent", traceparent).header("tracestate", "vendor=private")).await
}

/// Returns the lines of exchanges in a log.
fn audit(log: &Log) -> Vec<String> {
    let text = log.text();
    text.lines().filter(|line| line.contains("token_sha256")).map(str::to_owned).collect()
}

/// Looks again and again until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what}: not within 10 seconds");
}

async fn redeem(app: &App, form: &Form) -> Answer {
    app.post_form("/token", form).await
}
