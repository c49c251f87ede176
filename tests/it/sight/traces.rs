//! Traces, as a collector gets them.

use serde_json::json;

use super::collector::{Collector, attributes, hex, the};
use super::{app, audit, behind_proxy, code, exchange, of_code, redeem};
use crate::support::form::Form;
use crate::support::log::Log;
use crate::support::provider::Fault;
use crate::support::secrecy;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

fn traceparent() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

#[tokio::test]
async fn an_exchange_is_a_trace_below_its_callers_and_above_its_calls() {
    let collector = Collector::start().await;
    let app = behind_proxy(&collector.configuration("0.0")).await;
    exchange(&app, &traceparent(), &code(&app)).await.token("code");
    let spans = collector.trace("POST /token", 1).await;
    let (request, verify) = (the(&spans, "POST /token"), the(&spans, "verify"));
    assert_eq!(
        (hex(&request.trace_id).as_str(), hex(&request.parent_span_id).as_str()),
        (TRACE, CALLER)
    );
    assert_eq!(request.trace_state, "vendor=private");
    for (name, parent) in [
        ("verify", request),
        ("sign", request),
        ("GET discovery", verify),
        ("POST token", verify),
        ("GET keys", verify),
    ] {
        let span = spans.iter().find(|span| span.name == name);
        let span = span.unwrap_or_else(|| panic!("no `{name}` in {spans:#?}"));
        assert_eq!(span.parent_span_id, parent.span_id, "{name}");
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{name}");
    }
    let said = attributes(&request.attributes);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/token"),
        ("url.path", "/token"),
        ("url.scheme", "http"),
        ("http.response.status_code", "200"),
        ("countersign.provider", "acme"),
        ("countersign.kind", "code"),
        ("countersign.client", "spa"),
        ("countersign.outcome", "issued"),
        ("countersign.reason", "none"),
    ] {
        assert_eq!(said.get(name).map(String::as_str), Some(value), "{name}");
    }
    let call = the(&spans, "POST token");
    let said = attributes(&call.attributes);
    assert_eq!((call.kind, request.kind), (3, 2), "client and server");
    for (name, value) in [
        ("http.request.method", "POST"),
        ("server.address", "127.0.0.1"),
        ("http.response.status_code", "200"),
        ("countersign.call", "token"),
    ] {
        assert_eq!(said.get(name).map(String::as_str), Some(value), "{name}");
    }
    let resources = collector.resources();
    let about = attributes(&resources[0].resource.as_ref().unwrap().attributes);
    assert_eq!(about["service.name"], "countersign");
    assert_eq!(about["service.instance.id"].len(), 32);
}

#[tokio::test]
async fn a_provider_is_told_the_trace_and_nothing_of_other_systems_in_it() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("1.0")).await;
    exchange(&app, &traceparent(), &code(&app)).await.token("code");
    let spans = collector.trace("POST /token", 1).await;
    let calls = app.acme.calls("/token");
    let sent = format!("00-{TRACE}-{}-01", hex(&the(&spans, "POST token").span_id));
    assert_eq!(calls[0].header("traceparent"), Some(sent.as_str()));
    assert_eq!(calls[0].header("tracestate"), None);
}

#[tokio::test]
async fn a_caller_that_is_not_traced_begins_a_trace_and_a_malformed_header_is_none() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("1.0")).await;
    for (nth, header) in ["", "00-1-2-3", "hello"].into_iter().enumerate() {
        exchange(&app, header, &Form::exchange(&app.id_token().compact())).await.token(header);
        let spans = collector.trace("POST /token", nth + 1).await;
        let request = the(&spans, "POST /token");
        assert_eq!(hex(&request.parent_span_id), "", "{header}");
        assert_ne!(hex(&request.trace_id), TRACE, "{header}");
    }
}

#[tokio::test]
async fn what_fails_says_so() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("1.0")).await;
    let mut expired = app.id_token();
    expired.claim("exp", 1);
    app.exchange(&expired).await.assert_refused("old", (400, "invalid_request", "expired"));
    let spans = collector.trace("POST /token", 1).await;
    let request = the(&spans, "POST /token");
    let said = attributes(&request.attributes);
    assert_eq!(said["http.response.status_code"], "400");
    assert_eq!(
        (&*said["countersign.outcome"], &*said["countersign.reason"]),
        ("refused", "expired")
    );
    assert_eq!(
        request.status.as_ref().unwrap().code,
        0,
        "a caller's mistake is none of the service"
    );
    assert!(!spans.iter().any(|span| span.name == "sign"));

    let known = code(&app);
    redeem(&app, &known).await.token("discovery is known");
    app.acme.fail(Fault::Closed);
    assert_eq!(redeem(&app, &of_code("another")).await.status, 503);
    let spans = collector.trace("POST /token", 3).await;
    let (request, call) = (the(&spans, "POST /token"), the(&spans, "POST token"));
    for span in [request, call] {
        assert_eq!(span.status.as_ref().unwrap().code, 2, "{}", span.name);
    }
    assert_eq!(attributes(&call.attributes)["error.type"], "no_answer");
    assert_eq!(attributes(&request.attributes)["error.type"], "provider_unreachable");
}

#[tokio::test]
async fn the_line_of_an_exchange_names_its_trace_and_what_came_of_it() {
    let collector = Collector::start().await;
    let app = behind_proxy(&collector.configuration("0.0")).await;
    let log = Log::start();
    exchange(&app, &traceparent(), &code(&app)).await.token("code");
    exchange(&app, "", &of_code("nobody's")).await;
    let lines = audit(&log);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let expected = [format!("trace_id={TRACE}"), "outcome=\"issued\"".to_owned()];
    assert!(expected.iter().all(|it| lines[0].contains(it)), "{}", lines[0]);
    assert!(!lines[0].contains("reason="), "{}", lines[0]);
    let expected = ["trace_id=", "outcome=\"refused\" reason=\"provider_rejected\""];
    assert!(expected.iter().all(|it| lines[1].contains(it)), "{}", lines[1]);
}

#[tokio::test]
async fn where_traces_are_off_nothing_is_sent() {
    let collector = Collector::start().await;
    let app = app("").await;
    let log = Log::start();
    exchange(&app, &traceparent(), &code(&app)).await.token("code");
    assert!(audit(&log).iter().all(|line| !line.contains("trace_id")), "{}", log.text());
    let calls = app.acme.calls("/token");
    assert_eq!((calls[0].header("traceparent"), calls[0].header("tracestate")), (None, None));
    assert_eq!(app.get("/metrics").await.body.matches("countersign_spans_total{").count(), 0);
    assert!(collector.messages().is_empty());
}

#[tokio::test]
async fn nothing_that_is_sent_holds_a_credential_or_a_person() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("1.0")).await;
    let mut token = app.id_token();
    token.claim("email", "olga@example.org");
    token.claim("name", "Olga Example");
    app.exchange(&token).await.token("ID token");
    redeem(&app, &code(&app)).await.token("code");
    let refused = of_code("a-code-that-nobody-knows");
    redeem(&app, &refused).await;
    let id_token = token.compact();
    app.acme.introduce("at-2", json!({ "sub": "24400320", "email": "olga@example.org" }));
    let access_token = Form::exchange("at-2")
        .with("subject_token_type", crate::support::form::ACCESS_TOKEN)
        .and("provider", "acme");
    app.post_form("/token", &access_token).await;
    collector.trace("POST /token", 4).await;
    let secrets = ["olga", "Olga", "24400320", "at-1", "at-2", "the-secret-of-acme", "a-code-that"];
    for message in collector.messages() {
        let text = String::from_utf8_lossy(&message);
        secrecy::search("a message to the collector", &text);
        for secret in secrets.into_iter().chain(id_token.split('.')) {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
