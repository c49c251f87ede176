//! The comparison finds what is wrong: a fixture that says something else in one place is
//! complained of, with the place.

use std::sync::Arc;

use serde_json::{Value, json};

use super::catalogue::Rows;
use super::fixture::{self, Fixture, Kind};
use super::{Case, outcome, run};
use crate::support::internet::Line;

/// A fixture with everything that can be compared.
const FILE: &str = "google.json";

/// Runs the fixture with a change, and returns the complaints.
async fn complaints(
    kind: Kind,
    change: impl FnOnce(&mut Fixture),
    change_lines: impl FnOnce(&mut Vec<Line>),
) -> Vec<String> {
    let mut fixture = fixture::all().into_iter().find(|fixture| fixture.file == FILE).unwrap();
    change(&mut fixture);
    let row = Rows::read().get(&fixture.row).unwrap().clone();
    let mut lines = fixture.lines();
    change_lines(&mut lines);
    let case = Case { fixture: Arc::new(fixture), row, kind, lines };
    run(vec![case], |case, outcome| outcome::wrong(&case.fixture, &case.row, outcome)).await
}

fn assert_complained(complaints: &[String], place: &str) {
    let found = complaints.iter().any(|complaint| complaint.contains(place));
    assert!(found, "nobody complains of {place}: {complaints:?}");
}

#[tokio::test]
async fn every_field_is_compared_in_every_kind_of_credential() {
    for kind in [Kind::AccessToken, Kind::IdToken, Kind::Code] {
        assert_eq!(complaints(kind, |_| (), |_| ()).await, Vec::<String>::new());
        for (field, value, place) in [
            ("id", json!("1"), "id: expected"),
            ("id", json!("1"), "sub: expected"),
            ("username", json!("zoe"), "username: expected"),
            ("email", json!(null), "email: expected"),
            ("email_verified", json!(false), "email_verified: expected"),
            ("name", json!("Zoe"), "name: expected"),
            ("first_name", json!("Zoe"), "first_name: expected"),
            ("last_name", json!(null), "last_name: expected"),
            ("picture", json!(null), "picture: expected"),
            ("locale", json!("pl"), "locale: expected"),
        ] {
            let change = |fixture: &mut Fixture| {
                fixture.expected.insert(field.to_owned(), value.clone());
            };
            assert_complained(&complaints(kind, change, |_| ()).await, place);
        }
    }
}

/// Returns what changes the line of the profile.
fn profile(change: impl FnOnce(&mut Line)) -> impl FnOnce(&mut Vec<Line>) {
    |lines| change(lines.iter_mut().find(|line| line.url.path() == "/v1/userinfo").unwrap())
}

#[tokio::test]
async fn a_request_that_lacks_what_the_provider_needs_is_named_with_what_it_lacks() {
    for (value, place) in [
        (json!({"headers": {"x-a": "*"}}), "the header `x-a` is to be \"*\" and is null"),
        (json!({"query": {"k": "v"}}), "in the query `k` is to be \"v\" and is null"),
        (
            json!({"headers": {"authorization": null}}),
            "the header `authorization` is to be null and is \"Bearer TOKEN\"",
        ),
    ] {
        let place = format!("GET https://openidconnect.googleapis.com/v1/userinfo: {place}");
        let change = |line: &mut Line| line.needs = serde_json::from_value(value).unwrap();
        assert_complained(&complaints(Kind::AccessToken, |_| (), profile(change)).await, &place);
    }
    let method = profile(|line| "POST".clone_into(&mut line.method));
    assert_complained(&complaints(Kind::AccessToken, |_| (), method).await, "it takes POST");
    let path = profile(|line| line.url.set_path("/v2/userinfo"));
    let place = "/v1/userinfo: nothing is there";
    assert_complained(&complaints(Kind::AccessToken, |_| (), path).await, place);
    let form = |lines: &mut Vec<Line>| {
        let line = lines.iter_mut().find(|line| line.redeems()).unwrap();
        let needs = line.needs.as_mut().unwrap();
        needs.form.insert("client_secret".to_owned(), Value::Null);
    };
    let place = "in the form `client_secret` is to be null and is \"secret\"";
    assert_complained(&complaints(Kind::Code, |_| (), form).await, place);
}
