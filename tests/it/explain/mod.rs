//! Who may have an exchange explained, and what comes of the request itself.

use crate::program::{Demo, get, post_form};
use crate::support::app::{App, FORM, send};
use crate::support::form::Form;

const BAD_CLIENT: (u16, &str, &str) = (401, "invalid_client", "bad_client_credentials");

#[tokio::test]
async fn only_a_client_with_a_secret_may_ask() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact());
    app.post_form("/explain", &form).await.assert_refused("a client without", BAD_CLIENT);
    for (case, id, secret, expected) in [
        ("another secret", "shipping", "wrong", BAD_CLIENT),
        ("no secret of its own", "spa", "anything", BAD_CLIENT),
        ("nobody", "nobody", "wrong", (401, "invalid_client", "unknown_client")),
    ] {
        let request = app.posting("/explain", FORM, form.encoded());
        let answer = send(request.basic_auth(id, Some(secret))).await;
        answer.assert_refused(case, expected);
        assert!(answer.header("www-authenticate").is_some(), "{case}");
    }
}

#[tokio::test]
async fn a_client_may_ask_about_itself_or_about_another() {
    let app = App::start().await;
    let token = app.id_token().compact();
    let ask = async |form: &Form| {
        let request = app.posting("/explain", FORM, form.encoded());
        send(request.basic_auth("shipping", Some("another"))).await
    };
    let of_spa = ask(&Form::exchange(&token)).await;
    assert_eq!(of_spa.text("client"), "spa", "{}", of_spa.body);
    let of_itself = ask(&Form::exchange(&token).without("client_id")).await;
    assert_eq!(of_itself.text("client"), "shipping", "{}", of_itself.body);
    let of_wide = ask(&Form::exchange(&token).with("client_id", "wide")).await;
    let expected = (400, "unauthorized_client", "client_not_explained");
    of_wide.assert_refused("one that is not among its own", expected);
    let twice = Form::exchange(&token).and("client_secret", "another");
    ask(&twice).await.assert_refused("twice", (400, "invalid_request", "invalid_parameter"));
    let by_form =
        Form::exchange(&token).with("client_id", "shipping").and("client_secret", "another");
    let by_form = app.post_form("/explain", &by_form).await;
    assert_eq!(by_form.text("client"), "shipping", "{}", by_form.body);
    let of_nobody = ask(&Form::exchange(&token).with("client_id", "nobody")).await;
    of_nobody.assert_refused("nobody", (401, "invalid_client", "unknown_client"));
}

#[tokio::test]
async fn no_token_is_issued_and_none_is_counted() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact());
    let request = app.posting("/explain", FORM, form.encoded());
    let answer = send(request.basic_auth("shipping", Some("another"))).await;
    assert_eq!(answer.json()["accepted"], true, "{}", answer.body);
    assert!(!answer.body.contains("access_token\""), "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let counted = async || {
        let metrics = app.get("/metrics").await.body;
        let lines = metrics.lines().filter(|it| it.starts_with("countersign_exchanges_total{"));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()).sum::<u32>()
    };
    assert_eq!(counted().await, 0);
    app.exchange(&app.id_token()).await.token("an exchange, which is counted");
    assert_eq!(counted().await, 1);
}

#[tokio::test]
async fn the_page_that_asks_must_be_one_of_the_clients() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact());
    for (origin, accepted) in
        [("https://app.example.com", true), ("https://wide.example.com", false)]
    {
        let request = app.posting("/explain", FORM, form.encoded()).header("origin", origin);
        let told = send(request.basic_auth("shipping", Some("another"))).await.json();
        assert_eq!(told["accepted"], accepted, "{origin}: {told:#}");
        assert_eq!(told["checks"][0]["check"], "origin");
        assert_eq!(told["checks"][0]["seen"], origin);
        let outcome = if accepted { "passed" } else { "failed" };
        assert_eq!(told["checks"][0]["outcome"], outcome);
        if !accepted {
            assert_eq!(told["error"]["reason"], "origin_not_allowed");
        }
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_as_at_the_token_endpoint() {
    let app = App::start().await;
    let form = Form::exchange("a.b.c").with("grant_type", "password");
    let expected = (400, "unsupported_grant_type", "unsupported_grant_type");
    app.post_form("/explain", &form).await.assert_refused("another grant", expected);
}

#[test]
fn in_the_demo_anybody_may_ask() {
    let demo = Demo::start();
    let token = get(&demo.at("/demo/id-token")).body;
    let form = Form::exchange(token.trim()).with("client_id", "demo");
    let fields: Vec<_> = ["grant_type", "client_id", "subject_token", "subject_token_type"]
        .map(|name| (name, form.value(name).unwrap()))
        .into_iter()
        .collect();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = post_form(&demo.at("/explain"), &fields);
    assert_eq!(answer.json()["accepted"], true, "{}", answer.body);
}
