//! The rules that every row of the catalogue keeps, also those that are added later.

use std::path::Path;

use serde_json::Value;

use crate::program::run;
use crate::support::app::App;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::internet::Internet;

/// Every way in which a provider can say which app an access token was issued to.
const METHODS: [&str; 5] = ["tokeninfo", "introspection", "check_token", "debug_token", "profile"];
/// The line that takes access tokens of any app.
const ALLOWANCE: &str = "allow_unbound_access_tokens = true";

/// Returns every row that can be configured.
fn rows() -> Vec<Value> {
    let list = run(Path::new("."), &["providers", "list", "--format", "json"]).good();
    let entries: Vec<Value> = serde_json::from_str(&list).unwrap();
    let is_row =
        |entry: &Value| !["dead", "unsupported"].map(Value::from).contains(&entry["status"]);
    entries.into_iter().filter(is_row).collect()
}

fn name(row: &Value) -> &str {
    row["name"].as_str().unwrap()
}

/// Tells whether a row has a kind of credentials.
fn has(row: &Value, kind: &str) -> bool {
    row["kinds"].as_array().unwrap().contains(&kind.into())
}

/// Returns the tables that `providers show` prints for a row, filled in.
pub(crate) fn tables(name: &str) -> String {
    let shown = run(Path::new("."), &["providers", "show", name]).good();
    let (_, tables) = shown.split_once("\n[providers.").unwrap();
    // What is secret is to be told from what is not.
    let tables = tables.replace("secret = \"…\"", "secret = \"the-secret-of-our-app\"");
    let tables = tables.replace("api_key = \"…\"", "api_key = \"the-key-of-our-app\"");
    format!("[providers.{tables}").replace('…', "00000000-0000-0000-0000-000000000000")
}

/// Returns them with all that they only suggest.
pub(crate) fn with_suggestions(tables: &str) -> String {
    tables.replace("\n# ", "\n")
}

/// Starts the service with the tables of some rows in place of its own.
async fn app(internet: &Internet, tables: &str) -> App {
    App::on(internet, |text| {
        let (rest, _) = text.split_once("[providers.").unwrap();
        format!("{rest}{tables}")
    })
    .await
}

/// Returns what is wrong with a configuration that has these tables.
fn complaint(tables: &str) -> Option<String> {
    let rest =
        "issuer = \"https://id.example.com\"\n[[clients]]\nid = \"spa\"\naudience = [\"a\"]\n";
    let config = countersign::config::Config::from_toml(&format!("{rest}{tables}"));
    config.err().map(|error| error.to_string())
}

#[test]
fn every_row_with_access_tokens_says_what_binds_them_or_that_nothing_does() {
    let rows = rows();
    assert!(rows.iter().filter(|row| has(row, "access_token")).count() >= 5, "{rows:?}");
    for row in &rows {
        let binding = row["binding"].as_str().unwrap();
        assert!(METHODS.contains(&binding) || binding == "none", "{row}");
        assert!(has(row, "access_token") || binding == "none", "{row}");
        assert!(!row["kinds"].as_array().unwrap().is_empty(), "{row}");
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
    // One that has nothing else cannot be configured without the allowance.
    let (rest, alone): (Vec<_>, Vec<_>) =
        unbound.into_iter().partition(|row| has(row, "id_token") || has(row, "code"));
    for row in alone {
        let tables = tables(name(row));
        assert!(tables.contains(&format!("\n{ALLOWANCE}")), "{tables}");
        let complaint = complaint(&tables.replace(ALLOWANCE, "")).unwrap();
        assert!(complaint.contains("allow_unbound_access_tokens"), "{complaint}");
    }
    let all: String = rest.iter().map(|row| tables(name(row))).collect();
    let app = app(&internet, &all).await;
    for row in rest {
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
    let all: String = bound.iter().map(|row| with_suggestions(&tables(name(row)))).collect();
    let app = app(&internet, &all).await;
    for row in bound {
        let form = Form::convert("made-up").with("backend", name(row));
        let answer = app.post_form("/auth/convert-token", &form).await;
        assert!(answer.status >= 400, "{row}: {}", answer.body);
        assert_ne!(answer.text("reason"), "unbound_access_token", "{row}");
        let tables = tables(name(row));
        assert!(!tables.contains(ALLOWANCE), "{tables}");
        let allowed = tables.replacen("client_ids", &format!("{ALLOWANCE}\nclient_ids"), 1);
        let complaint = complaint(&allowed).unwrap();
        assert!(complaint.contains("allow_unbound_access_tokens"), "{row}: {complaint}");
    }
}

#[tokio::test]
async fn no_row_takes_a_token_that_its_provider_does_not_know_where_unbound_ones_are_allowed() {
    let internet = Internet::start().await;
    let rows = rows();
    let is_unbound = |row: &&Value| row["binding"] == "none" && has(row, "access_token");
    let unbound: Vec<_> = rows.iter().filter(is_unbound).collect();
    let all: String = unbound.iter().map(|row| with_suggestions(&tables(name(row)))).collect();
    assert_eq!(all.matches(ALLOWANCE).count(), unbound.len());
    let app = app(&internet, &all).await;
    for row in unbound {
        let form = Form::convert("made-up").with("backend", name(row));
        let answer = app.post_form("/auth/convert-token", &form).await;
        assert!(answer.status >= 400, "{row}: {}", answer.body);
        assert_ne!(answer.text("reason"), "unbound_access_token", "{row}");
    }
}
