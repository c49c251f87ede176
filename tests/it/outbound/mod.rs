//! Providers that misbehave at each layer below their answers' meaning: what callers are told and
//! when, that nothing of it is passed on, and that the next exchange is as good as any.

mod addresses;
mod clock;
mod dead;
mod http;
mod proxy;
mod stale;
mod tls;
mod wire;

use std::time::{Duration, Instant};

use self::wire::{Ask, Wire};
use crate::support::answer::Answer;
use crate::support::app::App;

/// What callers are told.
const UNAVAILABLE: (u16, &str, &str) = (503, "temporarily_unavailable", "provider_unreachable");
/// The time-out of these tests.
const TIMEOUT: &str = "[outbound]\ntimeout = \"500ms\"\n";
/// What an exchange may take then: twice the time-out, and as much again for a busy machine.
const PATIENCE: Duration = Duration::from_secs(3);
/// Stands in answers that nothing may be passed on of.
const CANARY: &str = "kanarienvogel";

#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
fn start() -> Instant {
    Instant::now()
}

/// The service, with a provider for each case, so that each starts without keys.
async fn app(wire: &Wire, scheme: &str, cases: usize, outbound: &str) -> App {
    let base = format!("{scheme}:{}", wire.address().port());
    let names: Vec<_> = (0..cases).map(name).collect();
    App::configured(|text| {
        let text = format!("{text}\n{TIMEOUT}{outbound}\n");
        wire::with_providers(&text, &base, &names)
    })
    .await
}

/// Returns the provider's name of a case.
fn name(case: usize) -> String {
    format!("wire-{case}")
}

/// Exchanges in time, and checks what a refusal says.
async fn assert_unavailable(app: &App, (ask, nth): (Ask, usize), case: &str) -> Answer {
    let started = start();
    let answer = app.post_form("/token", &ask.form(&name(nth), &format!("bad-{nth}"))).await;
    let case = format!("{case} {ask:?}");
    assert!(started.elapsed() < PATIENCE, "{case}: {:?}", started.elapsed());
    answer.assert_refused(&case, UNAVAILABLE);
    let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&retry_after), "{case}: {retry_after}");
    let all = format!("{:?} {}", answer.headers, answer.body);
    assert!(!all.contains(CANARY), "{case}: {all}");
    answer
}

/// Checks that the next exchange is good, once it is worth trying again.
async fn assert_recovered(app: &App, (ask, nth): (Ask, usize), case: &str) {
    app.advance(60);
    let form = ask.form(&name(nth), &format!("good-{nth}"));
    app.post_form("/token", &form).await.token(&format!("{case} {ask:?}, again"));
}
