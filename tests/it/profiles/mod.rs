//! Every provider of the catalogue, by what it answers: a fixture has its answers about somebody,
//! the whole service gets them through each of the fixture's credentials, and has to see the same
//! person in all. `tests/python_social_auth` compares the same fixtures with python-social-auth.

mod attempt;
mod catalogue;
mod coverage;
mod differences;
mod fixture;
mod mutation;
mod outcome;
mod refused;
mod selftest;

use std::any::Any;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use attempt::{Outcome, bring};
use catalogue::{Row, Rows};
use fixture::{Fixture, Kind};

use crate::support::internet::Line;

/// How many services run at a time.
const AT_A_TIME: usize = 16;

/// One credential of a fixture, with the answers that it is to get.
#[derive(Debug)]
struct Case {
    fixture: Arc<Fixture>,
    row: Row,
    kind: Kind,
    lines: Vec<Line>,
}

impl Case {
    async fn run(self, judge: fn(&Self, &Outcome) -> Vec<String>) -> Vec<String> {
        let outcome = bring(&self.fixture, &self.row, self.kind, self.lines.clone()).await;
        let mut wrong = judge(&self, &outcome);
        if !wrong.is_empty() {
            wrong.extend(outcome.complaints);
        }
        wrong
    }

    fn name(&self) -> String {
        format!("{} {:?}", self.fixture.file, self.kind)
    }
}

/// Runs the cases side by side, and returns what is wrong with any.
async fn run(cases: Vec<Case>, judge: fn(&Case, &Outcome) -> Vec<String>) -> Vec<String> {
    let runs = cases.into_iter().map(|case| async move {
        let name = case.name();
        let wrong = match tokio::spawn(case.run(judge)).await {
            Ok(wrong) => wrong,
            Err(error) => vec![format!("the test broke down: {}", said(&*error.into_panic()))],
        };
        wrong.into_iter().map(move |wrong| format!("{name}: {wrong}")).collect::<Vec<_>>()
    });
    stream::iter(runs).buffered(AT_A_TIME).concat().await
}

/// Returns what a panic said.
fn said(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default().to_owned()
}

/// Returns the fixtures whose rows are there, with those; `missing` gets the others.
fn fixtures(rows: &Rows, missing: &mut Vec<String>) -> Vec<(Arc<Fixture>, Row)> {
    let mut found = Vec::new();
    for fixture in fixture::all() {
        match rows.get(&fixture.row) {
            Some(row) => found.push((Arc::new(fixture), row.clone())),
            None => missing.push(format!("{}: no row {}", fixture.file, fixture.row)),
        }
    }
    found
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} things are wrong:\n  {}", wrong.len(), wrong.join("\n  "));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_credential_of_every_provider_is_seen_as_the_person_that_its_answers_are_about() {
    let mut wrong = Vec::new();
    let mut cases = Vec::new();
    for (fixture, row) in fixtures(&Rows::read(), &mut wrong) {
        for kind in fixture.credentials.clone() {
            let (fixture, row, lines) = (Arc::clone(&fixture), row.clone(), fixture.lines());
            cases.push(Case { fixture, row, kind, lines });
        }
    }
    wrong.extend(
        run(cases, |case, outcome| outcome::wrong(&case.fixture, &case.row, outcome)).await,
    );
    assert_none(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_of_another_app_is_refused_by_every_provider_that_says_so() {
    let mut wrong = Vec::new();
    let mut cases = Vec::new();
    for (fixture, row) in fixtures(&Rows::read(), &mut Vec::new()) {
        let kind = Kind::AccessToken;
        if !row.is_bound() || !fixture.credentials.contains(&kind) {
            continue;
        }
        match mutation::of_another_app(&fixture) {
            Some(lines) => cases.push(Case { fixture, row, kind, lines }),
            None => wrong.push(format!("{}: no answer names our app", fixture.file)),
        }
    }
    wrong.extend(run(cases, not_ours).await);
    assert_none(&wrong);
}

fn not_ours(_: &Case, outcome: &Outcome) -> Vec<String> {
    let reasons = ["wrong_audience", "wrong_authorized_party"];
    let answers = [Some(&outcome.answer), outcome.converted.as_ref()].into_iter().flatten();
    let wrong = answers.filter(|answer| {
        answer.status != 400 || !reasons.contains(&answer.text("reason").as_str())
    });
    wrong
        .map(|answer| format!("not refused as another app's: {} {}", answer.status, answer.body))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_say_who_it_is_about_is_refused() {
    let mut cases = Vec::new();
    for (fixture, row) in fixtures(&Rows::read(), &mut Vec::new()) {
        // The one credential that does not bring the id along in a signed token.
        let kinds = [Kind::AccessToken, Kind::Code];
        let Some(kind) = kinds.into_iter().find(|kind| fixture.credentials.contains(kind)) else {
            continue;
        };
        if kind == Kind::Code && fixture.id_token.is_some() {
            continue;
        }
        let lines = mutation::without_the_person(&fixture);
        cases.push(Case { fixture, row, kind, lines });
    }
    let nobody = |_: &Case, outcome: &Outcome| {
        let answers = [Some(&outcome.answer), outcome.converted.as_ref()].into_iter().flatten();
        let wrong =
            answers.filter(|answer| !(400..500).contains(&answer.status) && answer.status != 503);
        wrong.map(|answer| format!("not refused: {} {}", answer.status, answer.body)).collect()
    };
    assert_none(&run(cases, nobody).await);
}
