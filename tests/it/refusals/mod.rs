//! One table of what must not be accepted, each row one change to a good ID token and the one
//! reason that it must be refused for; and a small one of what must not be refused.

mod accepted;
mod algorithms;
mod audiences;
mod claims;
mod explained;
mod form;
mod keys;
mod signatures;
mod times;

use std::collections::BTreeSet;

use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::form::Form;

/// A credential and the few parameters that bear on it. It starts out good.
struct Attempt {
    token: Token,
    /// Stands in place of the token when set.
    text: Option<String>,
    provider: &'static str,
    nonce: Option<&'static str>,
    /// A token that the service issued.
    issued: String,
    /// Where another provider's keys are.
    rival_keys: String,
}

impl Attempt {
    fn good(app: &App, issued: &str) -> Self {
        Self {
            token: app.id_token(),
            text: None,
            provider: "acme",
            nonce: None,
            issued: issued.to_owned(),
            rival_keys: app.rival.key_set_address(),
        }
    }

    /// For the provider that has one algorithm and demands a nonce.
    fn strictly(&mut self) -> &mut Self {
        self.token.claim("aud", "strict").claim("nonce", "n-1");
        (self.provider, self.nonce) = ("strict", Some("n-1"));
        self
    }

    fn credential(&self) -> String {
        self.text.clone().unwrap_or_else(|| self.token.compact())
    }
}

/// A change and what comes of it.
struct Row {
    name: String,
    /// The reason at `/token`, where the request says that this is an ID token.
    reason: &'static str,
    /// The reason of `convert_token`, which takes what does not look like a JWS for an opaque
    /// access token.
    converted: &'static str,
    change: Box<dyn Fn(&mut Attempt)>,
}

/// A change that is refused for `reason` by every grant.
fn row(
    name: impl Into<String>,
    reason: &'static str,
    change: impl Fn(&mut Attempt) + 'static,
) -> Row {
    Row { name: name.into(), reason, converted: reason, change: Box::new(change) }
}

/// A change after which the credential no longer looks like a JWS.
fn opaque(name: &str, change: impl Fn(&mut Attempt) + 'static) -> Row {
    Row { converted: "unbound_access_token", ..row(name, "malformed", change) }
}

fn table() -> Vec<Row> {
    [
        algorithms::rows(),
        keys::rows(),
        signatures::rows(),
        claims::rows(),
        audiences::rows(),
        times::rows(),
        form::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn exchange(app: &App, attempt: &Attempt) -> Answer {
    let form = Form::exchange(&attempt.credential()).and("provider", attempt.provider);
    let form = attempt.nonce.iter().fold(form, |form, nonce| form.and("nonce", nonce));
    app.post_form("/token", &form).await
}

async fn convert(app: &App, attempt: &Attempt) -> Answer {
    let form = Form::convert(&attempt.credential()).with("backend", attempt.provider);
    let form = attempt.nonce.iter().fold(form, |form, nonce| form.and("nonce", nonce));
    app.post_json("/auth/convert-token", &form).await
}

/// Nothing of a credential comes back: not all of it, and not the part that proves anything.
fn assert_not_echoed(answer: &Answer, credential: &str, name: &str) {
    let signature = credential.rsplit('.').next().unwrap_or_default();
    let parts = [credential, signature];
    // Shorter texts occur by chance.
    for part in parts.into_iter().filter(|part| part.len() >= 20) {
        assert!(!answer.body.contains(part), "{name}: {}", answer.body);
    }
}

async fn with_an_issued_token() -> (App, String) {
    let app = App::start().await;
    let issued = app.exchange(&app.id_token()).await.token("the token that rows start from");
    (app, issued)
}

/// Collects what differs, so that one run shows every row that fails.
fn differs(row: &Row, answer: &Answer, expected: (&str, &str)) -> Option<String> {
    let (error, reason) = expected;
    let refusal = answer.refusal();
    (refusal != (400, error.to_owned(), reason.to_owned()))
        .then(|| format!("{}: expected {error}, {reason}: {}", row.name, answer.body))
}

#[tokio::test]
async fn a_token_exchange_refuses_each_change_of_a_good_token_for_its_own_reason() {
    let (app, issued) = with_an_issued_token().await;
    let mut wrong = Vec::new();
    for row in table() {
        let mut attempt = Attempt::good(&app, &issued);
        (row.change)(&mut attempt);
        let answer = exchange(&app, &attempt).await;
        assert_not_echoed(&answer, &attempt.credential(), &row.name);
        wrong.extend(differs(&row, &answer, ("invalid_request", row.reason)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let strays = (app.rival.discovery_requests(), app.rival.key_requests());
    assert_eq!(strays, (0, 0), "no token chooses where keys come from");
}

#[tokio::test]
async fn convert_token_refuses_each_change_of_a_good_token_as_an_invalid_grant() {
    let (app, issued) = with_an_issued_token().await;
    let mut wrong = Vec::new();
    for row in table() {
        let mut attempt = Attempt::good(&app, &issued);
        (row.change)(&mut attempt);
        let answer = convert(&app, &attempt).await;
        assert_not_echoed(&answer, &attempt.credential(), &row.name);
        wrong.extend(differs(&row, &answer, ("invalid_grant", row.converted)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_a_provider_may_do_is_accepted() {
    let (app, issued) = with_an_issued_token().await;
    let mut wrong = Vec::new();
    for (name, change) in accepted::rows() {
        let mut attempt = Attempt::good(&app, &issued);
        change(&mut attempt);
        for answer in [exchange(&app, &attempt).await, convert(&app, &attempt).await] {
            if answer.status != 200 {
                wrong.push(format!("{name}: {}", answer.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_large_and_names_each_row_once() {
    let table = table();
    let names: BTreeSet<_> = table.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), table.len(), "a name is doubled");
    assert!(table.len() >= 60, "{} rows", table.len());
}
