//! Callers who do not wait for their answer.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::collector::{Collector, attributes, the};
use super::{audit, behind_proxy, code, of_code, redeem, until};
use crate::support::app::{App, FORM, send};
use crate::support::form::Form;
use crate::support::log::Log;
use crate::support::provider::Fault;
use crate::support::secrecy;

/// Asks from an address, and hangs up when the provider is being asked.
async fn hang_up(app: &App, from: &str, form: &Form, asked: impl Fn(&App) -> usize) {
    hang_up_at("/token", "", app, (from, form), asked).await;
}

/// The same, at another path and with another header.
async fn hang_up_at(
    path: &str,
    header: &str,
    app: &App,
    (from, form): (&str, &Form),
    asked: impl Fn(&App) -> usize,
) {
    let before = asked(app);
    let body = form.encoded();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: id.example.com\r\nx-forwarded-for: {from}\r\n{header}\
         content-type: {FORM}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    secrecy::keep_raw(request.as_bytes());
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    until("the provider is asked", async || asked(app) > before).await;
}

fn codes_shown(app: &App) -> usize {
    app.acme.calls("/token").len()
}

#[tokio::test]
async fn an_exchange_that_nobody_waits_for_leaves_one_record_of_each_kind() {
    let collector = Collector::start().await;
    let app = behind_proxy(&collector.configuration("1.0")).await;
    redeem(&app, &code(&app)).await.token("what is published is known");
    let log = Log::start();
    app.acme.fail(Fault::Slow(Duration::from_mins(1)));
    hang_up(&app, "198.51.100.7", &of_code("slow"), codes_shown).await;
    until("there is a line", async || !audit(&log).is_empty()).await;

    let spans = collector.trace("POST /token", 2).await;
    let (request, call) = (the(&spans, "POST /token"), the(&spans, "POST token"));
    let said = attributes(&request.attributes);
    assert_eq!(
        (&*said["countersign.outcome"], &*said["countersign.reason"]),
        ("abandoned", "none")
    );
    assert_eq!(said["countersign.provider"], "acme");
    assert_eq!(said.get("http.response.status_code"), None, "nothing was answered");
    assert_eq!(attributes(&call.attributes)["error.type"], "abandoned");
    let verify = the(&spans, "verify");
    assert!(verify.end_time_unix_nano <= request.end_time_unix_nano);

    let lines = audit(&log);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["provider=\"acme\"", "kind=\"code\"", "client=\"spa\"", "outcome=\"abandoned\""] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert!(!lines[0].contains("reason="), "{}", lines[0]);
    let metrics = app.get("/metrics").await.body;
    for line in [
        "exchanges_total{provider=\"acme\",kind=\"code\",outcome=\"abandoned\",reason=\"none\"} 1",
        "exchange_seconds_count{kind=\"code\"} 2",
        "provider_call_seconds_count{provider=\"acme\",call=\"token\"} 2",
    ] {
        assert!(metrics.contains(&format!("countersign_{line}\n")), "{line}: {metrics}");
    }
}

/// How often an address may ask within a minute here.
const SHARE: usize = 12;

/// Returns how many requests an address has left.
async fn left(app: &App, from: &str) -> usize {
    for n in 0..=SHARE {
        let request = app.posting("/token", FORM, "").header("x-forwarded-for", from);
        if send(request).await.status == 429 {
            return n;
        }
    }
    panic!("{from} has no limit");
}

#[tokio::test]
async fn who_hangs_up_pays_for_the_provider_that_was_asked_like_who_is_refused() {
    let app = behind_proxy(&format!("[limits]\nrequests_per_minute = {SHARE}")).await;
    redeem(&app, &of_code("refused")).await;
    assert_eq!(left(&app, "127.0.0.1").await, SHARE - 5, "refused by the provider");

    let log = Log::start();
    app.acme.fail(Fault::Slow(Duration::from_mins(1)));
    hang_up(&app, "198.51.100.7", &of_code("slow"), codes_shown).await;
    until("there is a line", async || !audit(&log).is_empty()).await;
    assert_eq!(left(&app, "198.51.100.7").await, SHARE - 5, "abandoned");

    // The keys are fetched for everybody, whoever hangs up.
    let key_sets = |app: &App| app.rival.discovery_requests();
    app.rival.fail(Fault::Slow(Duration::from_mins(1)));
    let token = crate::support::claims::Token::valid(app.rival.issuer()).compact();
    hang_up(&app, "198.51.100.8", &Form::exchange(&token), key_sets).await;
    until("there is a line", async || audit(&log).len() > 1).await;
    assert_eq!(left(&app, "198.51.100.8").await, SHARE - 1, "an ID token");
}

#[tokio::test]
async fn an_explanation_that_nobody_waits_for_is_logged_and_paid_for_too() {
    let app = behind_proxy(&format!("[limits]\nrequests_per_minute = {SHARE}")).await;
    redeem(&app, &of_code("refused")).await;
    let log = Log::start();
    app.acme.fail(Fault::Slow(Duration::from_mins(1)));
    let shipping = "authorization: Basic c2hpcHBpbmc6YW5vdGhlcg==\r\n";
    let asked = ("198.51.100.9", &of_code("slow"));
    hang_up_at("/explain", shipping, &app, asked, codes_shown).await;
    let line = || log.text().lines().find(|it| it.contains("explained")).map(str::to_owned);
    until("there is a line", async || line().is_some()).await;
    let line = line().unwrap();
    for part in ["asked_by=\"shipping\"", "kind=\"code\"", "outcome=\"abandoned\""] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains("slow"), "{line}");
    assert_eq!(left(&app, "198.51.100.9").await, SHARE - 5);
}
