//! How often an address may ask, and what a refused request costs.

use crate::program::{CONFIGURATION, Serving, get};
use crate::support::app::{App, send};
use crate::support::form::Form;

async fn app(limits: &str) -> App {
    let limits = limits.to_owned();
    App::configured(move |text| {
        let text = text.replace("[limits]\nrequests_per_minute = 0\nprocessor_wait = \"0\"\n", "");
        format!("trusted_proxies = [\"127.0.0.0/8\"]\n{text}\n[limits]\n{limits}\n")
    })
    .await
}

#[tokio::test]
async fn past_its_share_an_address_is_told_to_wait_and_costs_the_provider_nothing() {
    let app = app("requests_per_minute = 3").await;
    let form = Form::exchange(&app.id_token().compact()).encoded();
    let ask = async |from: &str| {
        let request = app.posting("/token", crate::support::app::FORM, form.clone());
        let request = request.header("x-forwarded-for", from);
        send(request.header("origin", "https://app.example.com")).await
    };
    for n in 0..3 {
        ask("198.51.100.7").await.token(&format!("request {n}"));
    }
    let asked = app.acme.key_requests();
    let refused = ask("198.51.100.7").await;
    refused.assert_refused("the fourth", (429, "temporarily_unavailable", "rate_limited"));
    let retry_after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&retry_after), "{retry_after}");
    let origin = refused.header("access-control-allow-origin");
    assert_eq!(origin, Some("https://app.example.com"), "the page can read why");
    assert_eq!(app.acme.key_requests(), asked);
    ask("198.51.100.8").await.token("another address");
    ask("203.0.113.1, 198.51.100.7").await.assert_refused(
        "what stands left of the client is hearsay",
        (429, "temporarily_unavailable", "rate_limited"),
    );
    let get = async |path: &str, from: &str| {
        send(app.request("GET", path).header("x-forwarded-for", from)).await
    };
    for path in ["/.well-known/jwks.json", "/livez", "/docs"] {
        assert_eq!(get(path, "198.51.100.7").await.status, 200, "{path}");
    }
    let metrics = get("/metrics", "198.51.100.9").await.body;
    assert!(metrics.contains("countersign_shed_total{limit=\"address\"} 2\n"), "{metrics}");
    let limited = (429, "temporarily_unavailable", "rate_limited");
    get("/metrics", "198.51.100.7").await.assert_refused("metrics cost something", limited);
}

#[test]
fn operators_are_not_counted_on_a_listener_of_their_own() {
    let limits = "[limits]\nrequests_per_minute = 3";
    let serving =
        Serving::start(&format!("admin_listen = \"127.0.0.1:0\"\n{CONFIGURATION}\n{limits}\n"));
    let address = format!("{}/metrics", serving.admin_url.as_ref().unwrap());
    for _ in 0..10 {
        assert_eq!(get(&address).status, 200);
    }
}

#[tokio::test]
async fn zero_is_no_limit() {
    let app = app("requests_per_minute = 0").await;
    for n in 0..30 {
        app.exchange(&app.id_token()).await.token(&format!("request {n}"));
    }
}
