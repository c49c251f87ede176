//! What an operator sees of the service: metrics after traffic, and traces at a collector.

mod collector;
mod metrics;
mod traces;

use serde_json::json;

use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::form::Form;

/// The redirect URI of the client `spa`.
const CALLBACK: &str = "https://app.example.com/callback";

/// Starts the service with a client secret for `acme`, and with more at the end of the configuration.
async fn app(more: &str) -> App {
    App::configured(|text| {
        let origins = "origins = [\"https://app.example.com\", \"capacitor://localhost\"]";
        let ids = "client_ids = [\"countersign\", \"countersign-ios\"]";
        assert!(text.contains(origins) && text.contains(ids));
        let with_uris = format!("{origins}\nredirect_uris = [\"{CALLBACK}\"]");
        let with_secret = format!("{ids}\nclient_secret = \"the-secret-of-acme\"");
        format!("{}\n{more}\n", text.replace(origins, &with_uris).replace(ids, &with_secret))
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

async fn redeem(app: &App, form: &Form) -> Answer {
    app.post_form("/token", form).await
}
