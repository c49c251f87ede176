//! Providers that misbehave: what their users are told, what it costs them, and that nobody else
//! notices.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::support::NOW_SIGNED;
use crate::support::app::{App, FORM};
use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::keys::Key;
use crate::support::provider::{Fault, published_keys};

/// A good token that lives for a day, so that the clock can be moved.
fn long_lived(app: &App) -> Token {
    let mut token = app.id_token();
    token.claim("exp", NOW_SIGNED + 86_400);
    token
}

async fn app() -> App {
    App::configured(|text| format!("{text}\n[outbound]\ntimeout = \"1500ms\"\n")).await
}

#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
fn start() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn without_cached_keys_a_provider_that_fails_is_503_for_its_own_users_only() {
    for fault in [
        Fault::Slow(Duration::from_secs(5)),
        Fault::Closed,
        Fault::Unavailable,
        Fault::Huge,
        Fault::Redirecting,
        Fault::Html,
        Fault::NoKeys,
        Fault::WrongIssuer,
        Fault::PlainHttpKeys,
    ] {
        let app = app().await;
        let case = format!("{fault:?}");
        app.acme.fail(fault);
        let started = start();
        let answer = app.exchange(&app.id_token()).await;
        let unavailable = (503, "temporarily_unavailable", "provider_unreachable");
        answer.assert_refused(&case, unavailable);
        assert!(started.elapsed() < Duration::from_secs(10), "{case}");
        let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&retry_after), "{case}: {retry_after}");
        let rival = app.exchange(&Token::valid(app.rival.issuer())).await;
        rival.token(&case);

        let asked = app.acme.discovery_requests() + app.acme.key_requests();
        for _ in 0..5 {
            app.exchange(&app.id_token()).await.assert_refused(&case, unavailable);
        }
        let again = app.acme.discovery_requests() + app.acme.key_requests();
        assert_eq!(again, asked, "{case}: asked again during the back-off");
        assert_eq!(app.acme.strayed_requests(), 0, "{case}: went where it was sent");

        app.acme.fail(None);
        app.advance(5);
        app.exchange(&app.id_token()).await.token(&case);
        assert_eq!(app.get("/readyz").await.status, 200, "{case}");
    }
}

#[tokio::test]
async fn a_key_set_is_good_whatever_its_content_type() {
    let app = App::start().await;
    app.acme.fail(Fault::PlainText);
    app.exchange(&app.id_token()).await.token("plain text");
}

#[tokio::test]
async fn a_provider_that_dies_after_the_first_exchange_changes_nothing_for_an_hour() {
    for fault in [Fault::Closed, Fault::Html, Fault::NoKeys, Fault::Slow(Duration::from_secs(5))] {
        let app = app().await;
        app.exchange(&long_lived(&app)).await.token("first");
        app.acme.fail(fault);
        for minute in 1..=60 {
            app.advance(60);
            let started = start();
            let answer = app.exchange(&long_lived(&app)).await;
            answer.token(&format!("{fault:?}, minute {minute}"));
            assert!(started.elapsed() < Duration::from_secs(1), "{fault:?} made a request wait");
        }
    }
}

#[tokio::test]
async fn everybody_who_comes_first_shares_one_fetch() {
    let app = App::start().await;
    app.acme.fail(Fault::Slow(Duration::from_millis(300)));
    let token = app.id_token();
    for answer in join_all((0..50).map(|_| app.exchange(&token))).await {
        answer.token("one of fifty");
    }
    assert_eq!((app.acme.discovery_requests(), app.acme.key_requests()), (1, 1));
}

#[tokio::test]
async fn made_up_key_ids_cost_one_fetch_per_cool_down_however_many_come() {
    let app = App::start().await;
    app.exchange(&long_lived(&app)).await.token("first");
    let flood = async |round: usize| {
        let tokens: Vec<_> = (0..50)
            .map(|n| {
                let mut token = long_lived(&app);
                token.head("kid", format!("made-up-{round}-{n}"));
                token
            })
            .collect();
        for answer in join_all(tokens.iter().map(|token| app.exchange(token))).await {
            answer.assert_refused("made up", (400, "invalid_request", "unknown_key"));
        }
        (app.acme.discovery_requests(), app.acme.key_requests())
    };
    assert_eq!(flood(0).await, (1, 1), "within the cool-down of the first fetch");
    app.advance(59);
    assert_eq!(flood(1).await, (1, 1));
    app.advance(1);
    assert_eq!(flood(2).await, (1, 2), "and no discovery for it");
    assert_eq!(flood(3).await, (1, 2));
    app.exchange(&long_lived(&app)).await.token("the good key is still there");
}

#[tokio::test]
async fn made_up_key_ids_of_a_provider_that_hangs_leave_a_quarter_of_the_places() {
    let eight = "[limits]\nconcurrent_exchanges = 8\n";
    let app = App::configured(|text| text.replacen("[limits]\n", eight, 1)).await;
    app.exchange(&long_lived(&app)).await.token("first");
    app.acme.fail(Fault::Slow(Duration::from_secs(2)));
    app.advance(60);
    let mut made_up = long_lived(&app);
    made_up.head("kid", "made-up");
    let began = start();
    let waiting = join_all((0..7).map(|_| app.exchange(&made_up)));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.exchange(&long_lived(&app)).await.token("a known key needs no turn");
        assert!(began.elapsed() < Duration::from_secs(1));
    };
    let (answers, ()) = tokio::join!(waiting, meanwhile);
    let mut reasons: Vec<_> = answers.iter().map(|answer| answer.text("reason")).collect();
    reasons.sort();
    assert_eq!(reasons, [["provider_unreachable"].as_slice(), &["unknown_key"; 6]].concat());
    assert_eq!(app.acme.key_requests(), 2);
}

#[tokio::test]
async fn hanging_up_does_not_undo_a_fetch_that_has_begun() {
    let app = App::start().await;
    app.exchange(&long_lived(&app)).await.token("first");
    app.acme.fail(Fault::Slow(Duration::from_secs(2)));
    app.advance(60);
    for n in 0..5 {
        let mut token = long_lived(&app);
        token.head("kid", format!("made-up-{n}"));
        let form = Form::exchange(&token.compact()).encoded();
        let length = form.len();
        let request = format!(
            "POST /token HTTP/1.1\r\nHost: id.example.com\r\nContent-Type: {FORM}\r\n\
             Content-Length: {length}\r\n\r\n{form}"
        );
        // Long enough for the fetch to begin, not for its answer.
        let hung_up = tokio::time::timeout(Duration::from_millis(80), app.send_raw(request)).await;
        assert!(hung_up.is_err(), "the answer came too early to hang up");
    }
    let mut token = long_lived(&app);
    token.head("kid", "made-up");
    let unknown = (400, "invalid_request", "unknown_key");
    app.exchange(&token).await.assert_refused("who waits for it", unknown);
    assert_eq!(app.acme.key_requests(), 2);
}

#[tokio::test]
async fn a_key_that_the_provider_adds_is_found_by_its_first_token() {
    let app = App::start().await;
    app.exchange(&long_lived(&app)).await.token("first");
    let keys = published_keys().into_iter().chain([Key::OtherRsa.jwk("other")]);
    app.acme.publish(keys);
    let mut token = long_lived(&app);
    token.by(Key::OtherRsa);
    let unknown = (400, "invalid_request", "unknown_key");
    app.exchange(&token).await.assert_refused("within the cool-down", unknown);
    app.advance(60);
    app.exchange(&token).await.token("after it");
    assert_eq!(app.acme.key_requests(), 2);
}

#[tokio::test]
async fn an_unknown_key_of_a_provider_that_is_away_is_worth_another_try() {
    let app = App::start().await;
    app.exchange(&long_lived(&app)).await.token("first");
    app.acme.fail(Fault::Unavailable);
    app.advance(60);
    let mut token = long_lived(&app);
    token.by(Key::OtherRsa);
    let answer = app.exchange(&token).await;
    answer.assert_refused("away", (503, "temporarily_unavailable", "provider_unreachable"));
    app.exchange(&long_lived(&app)).await.token("known keys are not touched");
}

#[tokio::test]
async fn a_withdrawn_key_is_trusted_for_two_hours_unless_an_operator_renews() {
    for renews in [false, true] {
        let app = App::start().await;
        app.exchange(&long_lived(&app)).await.token("first");
        app.acme.publish([Key::Ec.jwk("ec")]);
        if renews {
            app.reload().await;
        } else {
            // An unknown key ID makes the service look again.
            app.advance(60);
            let mut other = long_lived(&app);
            other.by(Key::OtherRsa);
            app.exchange(&other).await;
            app.exchange(&long_lived(&app)).await.token("in its grace time");
            app.advance(2 * 3600);
        }
        let unknown = (400, "invalid_request", "unknown_key");
        app.exchange(&long_lived(&app)).await.assert_refused("withdrawn", unknown);
        let mut kept = long_lived(&app);
        kept.by(Key::Ec);
        app.exchange(&kept).await.token("the key that stayed");
    }
}

#[tokio::test]
async fn renewing_while_others_fetch_gives_no_grace_either() {
    let app = App::start().await;
    app.exchange(&long_lived(&app)).await.token("first");
    app.acme.publish([Key::Ec.jwk("ec")]);
    app.acme.fail(Fault::Slow(Duration::from_secs(1)));
    app.advance(60);
    let mut unknown = long_lived(&app);
    unknown.by(Key::OtherRsa);
    let renewing = async {
        // The fetch for the unknown key ID has begun by then.
        tokio::time::sleep(Duration::from_millis(400)).await;
        app.reload().await;
    };
    let (answer, ()) = tokio::join!(app.exchange(&unknown), renewing);
    let refused = (400, "invalid_request", "unknown_key");
    answer.assert_refused("never published", refused);
    assert_eq!(app.acme.key_requests(), 3, "the renewal fetched for itself");
    app.exchange(&long_lived(&app)).await.assert_refused("withdrawn", refused);
}

#[tokio::test]
async fn renewing_while_a_provider_is_away_loses_nothing() {
    let app = App::start().await;
    app.exchange(&long_lived(&app)).await.token("first");
    app.acme.fail(Fault::Closed);
    app.reload().await;
    app.exchange(&long_lived(&app)).await.token("after it");
}

#[tokio::test]
async fn a_set_is_refreshed_ahead_of_its_expiry_and_nobody_waits_for_it() {
    let app = App::start().await;
    app.acme.cache_control("public, max-age=1000");
    app.exchange(&long_lived(&app)).await.token("first");
    app.acme.fail(Fault::Slow(Duration::from_secs(4)));
    app.advance(749);
    app.exchange(&long_lived(&app)).await.token("fresh");
    assert_eq!(app.acme.key_requests(), 1);
    app.advance(1);
    for _ in 0..20 {
        let started = start();
        let answer = app.exchange(&long_lived(&app)).await;
        answer.token("due");
        assert!(started.elapsed() < Duration::from_secs(2), "a request waited");
    }
    let waiting = start();
    while app.acme.key_requests() < 2 && waiting.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(app.acme.key_requests(), 2, "twenty requests, one refresh");
}
