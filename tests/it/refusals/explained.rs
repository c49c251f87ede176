//! `POST /explain` says of each change what `/token` says, and names the check.

use serde_json::Value;

use super::{Attempt, Row, accepted, assert_not_echoed, exchange, table, with_an_issued_token};
use crate::support::answer::Answer;
use crate::support::app::{App, FORM, send};
use crate::support::form::Form;
use crate::support::verify::verify;

async fn explain(app: &App, attempt: &Attempt) -> Answer {
    let form = Form::exchange(&attempt.credential()).and("provider", attempt.provider);
    let form = attempt.nonce.iter().fold(form, |form, nonce| form.and("nonce", nonce));
    let request = app.posting("/explain", FORM, form.encoded());
    send(request.basic_auth("shipping", Some("another"))).await
}

/// Returns the checks of an outcome, by name.
fn of_outcome(told: &Value, outcome: &str) -> Vec<String> {
    let checks = told["checks"].as_array().unwrap().iter();
    let named = checks.filter(|check| check["outcome"] == outcome);
    named.map(|check| check["check"].as_str().unwrap().to_owned()).collect()
}

fn differs(row: &Row, told: &Value, refusal: &Value) -> Option<String> {
    let fails_for_it =
        |check: &Value| check["outcome"] == "failed" && check["reason"] == row.reason;
    let is_told = told["checks"].as_array().unwrap().iter().any(fails_for_it);
    let is_same = told["error"] == *refusal && told["accepted"] == false;
    (!is_same || !is_told).then(|| format!("{}: {refusal}: {told:#}", row.name))
}

#[tokio::test]
async fn each_change_is_explained_by_a_check_that_fails_for_the_reason_of_the_refusal() {
    let (app, issued) = with_an_issued_token().await;
    let mut wrong = Vec::new();
    for row in table() {
        let mut attempt = Attempt::good(&app, &issued);
        (row.change)(&mut attempt);
        let refusal = exchange(&app, &attempt).await.json();
        let answer = explain(&app, &attempt).await;
        assert_eq!(answer.status, 200, "{}: {}", row.name, answer.body);
        assert_not_echoed(&answer, &attempt.credential(), &row.name);
        wrong.extend(differs(&row, &answer.json(), &refusal));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_accepted_passes_every_check_and_is_told_for_whom_the_token_would_be() {
    let (app, issued) = with_an_issued_token().await;
    for (name, change) in accepted::rows() {
        let mut attempt = Attempt::good(&app, &issued);
        change(&mut attempt);
        let told = explain(&app, &attempt).await.json();
        assert_eq!(told["accepted"], true, "{name}: {told:#}");
        assert_eq!(told.get("error"), None, "{name}");
        let not_passed = [of_outcome(&told, "failed"), of_outcome(&told, "not_made")].concat();
        assert!(not_passed.is_empty(), "{name}: {not_passed:?}");
        let token = exchange(&app, &attempt).await.token(name);
        let claims = verify(&app, &token, "https://api.example.com").await.1;
        assert_eq!(told["subject"], claims["sub"], "{name}");
    }
}

#[tokio::test]
async fn a_credential_that_was_put_into_another_parameter_is_not_shown() {
    let (app, issued) = with_an_issued_token().await;
    let good = Attempt::good(&app, &issued).credential();
    for name in ["provider", "audience", "resource", "scope"] {
        let form = Form::exchange(&good).and(name, &good);
        let request = app.posting("/explain", FORM, form.encoded());
        let answer = send(request.basic_auth("shipping", Some("another"))).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        assert_not_echoed(&answer, &good, name);
        assert!(answer.body.contains("that is not shown"), "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_check_is_told_though_another_failed_before_it() {
    let (app, issued) = with_an_issued_token().await;
    let mut attempt = Attempt::good(&app, &issued);
    attempt.token.claim("aud", "someone-else").claim("exp", 1_000_000_000);
    attempt.nonce = Some("n-0");
    let told = explain(&app, &attempt).await.json();
    assert_eq!(told["error"]["reason"], "wrong_audience");
    assert_eq!(of_outcome(&told, "failed"), ["audience", "expiry", "nonce"]);
    let check = |name: &str| {
        let checks = told["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == name).unwrap().clone()
    };
    let audience = check("audience");
    assert_eq!(audience["seen"], "someone-else");
    assert_eq!(audience["expected"], "countersign, countersign-ios");
    assert_eq!(check("expiry")["seen"], "2001-09-09T01:46:40Z");
    assert_eq!(check("signature")["outcome"], "passed");
    attempt.token.claim("iss", "https://elsewhere.example");
    let told = explain(&app, &attempt).await.json();
    assert_eq!(of_outcome(&told, "not_made"), ["signature"]);
}
