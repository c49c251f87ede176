//! What providers' answers say of this machine's clock.

use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::log::Log;
use crate::support::provider::FakeProvider;
use crate::support::{NOW, NOW_SIGNED};

const WARNING: &str = "this machine's clock is";

async fn offset(app: &App, provider: &str) -> Option<i64> {
    let metrics = app.get("/metrics").await.body;
    let start = format!("countersign_clock_offset_seconds{{provider=\"{provider}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&start)).map(str::to_owned);
    value.map(|value| value.parse().unwrap())
}

/// Exchanges a token of a provider by made-up key IDs, so that its key set is fetched.
async fn ask(app: &App, provider: &FakeProvider) {
    app.advance(60);
    let mut token = Token::valid(provider.issuer());
    token.claim("exp", NOW_SIGNED + 86_400);
    app.exchange(&token).await.token("whatever the clock");
    token.head("kid", "made-up");
    app.exchange(&token).await.assert_refused("made up", (400, "invalid_request", "unknown_key"));
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_a_metric_and_one_warning_and_decides_nothing() {
    let (app, log) = (App::start().await, Log::start());
    assert_eq!(offset(&app, "acme").await, None, "nobody was asked");
    let warnings = || log.text().matches(WARNING).count();
    let date = |ahead: i64| {
        for (provider, minutes) in [(&app.acme, 1), (&app.rival, 2)] {
            let moment = NOW + 60 * minutes;
            provider.date(moment.checked_add_signed(-ahead).unwrap());
        }
    };
    date(3600);
    ask(&app, &app.acme).await;
    assert_eq!(offset(&app, "acme").await, Some(3600));
    ask(&app, &app.rival).await;
    assert_eq!(offset(&app, "rival").await, Some(3600));
    assert_eq!(warnings(), 1, "{}", log.text());
    assert!(log.text().contains("1h ahead of the providers'"), "{}", log.text());
    for _ in 0..3 {
        ask(&app, &app.acme).await;
    }
    assert_eq!(warnings(), 1, "said once: {}", log.text());
}

#[tokio::test]
async fn one_provider_whose_clock_is_off_among_others_is_a_metric_and_no_warning() {
    let (app, log) = (App::start().await, Log::start());
    app.acme.date(NOW + 60);
    ask(&app, &app.acme).await;
    app.rival.date(NOW - 7200);
    for _ in 0..3 {
        ask(&app, &app.rival).await;
    }
    assert_eq!(offset(&app, "acme").await, Some(0));
    assert!(offset(&app, "rival").await.unwrap() > 7200);
    assert!(!log.text().contains(WARNING), "{}", log.text());
}
