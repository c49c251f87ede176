//! The rules that every row of the catalogue keeps, also those that are added later.

use std::path::Path;

use serde_json::Value;

use crate::program::run;
use crate::support::app::App;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::internet::Internet;

/// Every way in which a provider can say which app an access token was issued to.
const METHODS: [&str; 4] = ["tokeninfo", "introspection", "check_token", "debug_token"];

fn rows() -> Vec<Value> {
    let list = run(Path::new("."), &["providers", "list", "--format", "json"]).good();
    serde_json::from_str(&list).unwrap()
}

fn name(row: &Value) -> &str {
    row["name"].as_str().unwrap()
}

/// Tells whether a row has access tokens.
fn has_access_tokens(row: &Value) -> bool {
    row["kinds"].as_array().unwrap().contains(&"access_token".into())
}

/// Returns a table for a row, with the allowance or without.
fn table(row: &Value, allowance: &str) -> String {
    let name = name(row);
    let settings = row["settings"].as_array().unwrap();
    let issuer = if settings.contains(&"issuer".into()) {
        "kind = \"oidc\"\nissuer = \"{acme}\""
    } else {
        ""
    };
    format!(
        "[providers.{name}]\nclient_ids = [\"x\"]\nclient_secret = \"s\"\n{issuer}\n{allowance}\n"
    )
}

/// Starts the service with the tables of some rows in place of its own.
async fn app(internet: &Internet, tables: &str) -> App {
    App::on(internet, |text| {
        let (rest, _) = text.split_once("[providers.").unwrap();
        format!("{rest}{tables}")
    })
    .await
}

#[test]
fn every_row_with_access_tokens_says_what_binds_them_or_that_nothing_does() {
    let rows = rows();
    assert!(rows.iter().filter(|row| has_access_tokens(row)).count() >= 5, "{rows:?}");
    for row in &rows {
        let binding = row["binding"].as_str().unwrap();
        assert!(METHODS.contains(&binding) || binding == "none", "{row}");
        assert!(has_access_tokens(row) || binding == "none", "{row}");
    }
    for bound in ["google", "linkedin", "github", "facebook"] {
        let row = rows.iter().find(|row| name(row) == bound).unwrap();
        assert!(METHODS.contains(&row["binding"].as_str().unwrap()), "{row}");
    }
}

#[tokio::test]
async fn a_row_that_nothing_binds_refuses_access_tokens_without_a_call() {
    let internet = Internet::start().await;
    let rows = rows();
    let unbound: Vec<_> = rows.iter().filter(|row| row["binding"] == "none").collect();
    assert!(unbound.iter().any(|row| name(row) == "instagram"), "{unbound:?}");
    let tables: String = unbound.iter().map(|row| table(row, "")).collect();
    let app = app(&internet, &tables).await;
    for row in unbound {
        let token = "IGAA0123456789";
        let exchange = Form::exchange(token).with("subject_token_type", ACCESS_TOKEN);
        let convert = Form::convert(token).with("backend", name(row));
        for (path, form, error) in [
            ("/token", exchange.and("provider", name(row)), "invalid_request"),
            ("/auth/convert-token", convert, "invalid_grant"),
        ] {
            let answer = app.post_form(path, &form).await;
            answer.assert_refused(&row.to_string(), (400, error, "unbound_access_token"));
        }
    }
    assert_eq!(internet.all_calls().len(), 0, "a provider was asked");
}

#[tokio::test]
async fn a_row_that_something_binds_never_takes_a_token_that_its_provider_does_not_know() {
    let internet = Internet::start().await;
    let rows = rows();
    let bound: Vec<_> = rows.iter().filter(|row| row["binding"] != "none").collect();
    let tables: String = bound.iter().map(|row| table(row, "")).collect();
    let app = app(&internet, &tables).await;
    for row in bound {
        let form = Form::convert("made-up").with("backend", name(row));
        let answer = app.post_form("/auth/convert-token", &form).await;
        assert!(answer.status >= 400, "{row}: {}", answer.body);
        assert_ne!(answer.text("reason"), "unbound_access_token", "{row}");
        let alone = format!("{}\nallow_unbound_access_tokens = true", table(row, ""));
        let complaint = countersign::config::Config::from_toml(&format!(
            "issuer = \"https://id.example.com\"\n[[clients]]\nid = \"spa\"\naudience = [\"a\"]\n{alone}"
        ));
        let complaint = complaint.unwrap_err().to_string();
        assert!(complaint.contains("allow_unbound_access_tokens"), "{row}: {complaint}");
    }
}
