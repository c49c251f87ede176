//! Sending traces to a collector that does not always take them.

use std::time::Duration;

use super::collector::{Collector, attributes, the};
use super::{app, until};
use crate::program::{CONFIGURATION, Serving, post_form};
use crate::support::app::App;
use crate::support::log::Log;

/// Returns how many spans had a fate.
async fn spans(app: &App, outcome: &str) -> u32 {
    let start = format!("countersign_spans_total{{outcome=\"{outcome}\"}} ");
    let metrics = app.get("/metrics").await.body;
    let count = metrics.lines().find_map(|line| line.strip_prefix(&start));
    count.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn a_collector_that_is_away_changes_nothing_for_exchanges_and_is_counted() {
    let collector = Collector::start().await;
    collector.answer(503);
    let log = Log::start();
    let app = app(&collector.configuration("1.0")).await;
    for _ in 0..5 {
        app.exchange(&app.id_token()).await.token("away");
    }
    until("all have failed", async || spans(&app, "failed").await >= 15).await;
    assert_eq!((spans(&app, "exported").await, spans(&app, "dropped").await), (0, 0));
    collector.answer(200);
    app.exchange(&app.id_token()).await.token("back");
    collector.trace("POST /token", 1).await;
    until("it is said", async || log.text().contains("traces are taken again")).await;
    let said = |text: &str| log.text().matches(text).count();
    assert_eq!((said("traces are not taken"), said("traces are taken again")), (1, 1));
}

#[tokio::test]
async fn a_stop_sends_what_is_left() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("1.0")).await;
    for _ in 0..10 {
        app.exchange(&app.id_token()).await.token("good");
    }
    app.stop().await;
    assert_eq!(collector.spans().iter().filter(|span| span.name == "POST /token").count(), 10);
}

#[tokio::test]
async fn a_collector_that_asks_for_a_pause_has_it_and_what_is_recorded_meanwhile_waits() {
    let collector = Collector::start().await;
    collector.answer(429);
    collector.ask_for_pause(30);
    let app = app(&collector.configuration("1.0")).await;
    app.exchange(&app.id_token()).await.token("first");
    until("a message is refused", async || collector.asked() > 0).await;
    collector.answer(200);
    app.exchange(&app.id_token()).await.token("second");
    let before = collector.asked();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(collector.asked(), before, "it is left alone");
    assert_eq!((spans(&app, "exported").await, spans(&app, "dropped").await), (0, 0));
    app.stop().await;
    assert!(collector.spans().iter().any(|span| span.name == "POST /token"), "a stop sends it");
}

#[tokio::test]
async fn a_collector_that_is_away_is_tried_less_and_less_often() {
    let collector = Collector::start().await;
    collector.answer(503);
    let app = app(&collector.configuration("1.0")).await;
    for _ in 0..15 {
        app.exchange(&app.id_token()).await.token("away");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Without a pause 200 ms apart; with one after 0, 0.2, 0.6 and 1.4 seconds.
    assert!((1..=4).contains(&collector.asked()), "{}", collector.asked());
}

#[tokio::test]
async fn what_a_collector_does_not_take_of_a_message_has_failed() {
    let collector = Collector::start().await;
    collector.reject(2);
    let app = app(&collector.configuration("1.0")).await;
    app.exchange(&app.id_token()).await.token("good");
    let counts = async || (spans(&app, "exported").await, spans(&app, "failed").await);
    // Discovery, keys, verifying, signing, and the request itself.
    until("they are counted", async || counts().await.0 + counts().await.1 == 5).await;
    let (_, failed) = counts().await;
    assert!((2..5).contains(&failed), "{failed} of 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_the_sdk_change_nothing() {
    let collector = Collector::start().await;
    let configuration = format!("{CONFIGURATION}\n{}\n", collector.configuration("1.0"));
    let serving = tokio::task::spawn_blocking(move || {
        let change = |command: &mut std::process::Command| {
            command.envs([
                ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
                ("OTEL_TRACES_SAMPLER", "always_off"),
                ("OTEL_SERVICE_NAME", "other"),
                ("OTEL_RESOURCE_ATTRIBUTES", "a=b"),
                ("OTEL_SDK_DISABLED", "true"),
            ]);
        };
        let serving = Serving::start_with(&configuration, change);
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("client_id", "spa"),
            ("subject_token", "none"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ];
        assert_eq!(post_form(&format!("{}/token", serving.url), &fields).status, 400);
        serving
    });
    let _serving = serving.await.unwrap();
    let spans = collector.trace("POST /token", 1).await;
    let request = the(&spans, "POST /token");
    assert_eq!(attributes(&request.attributes)["countersign.outcome"], "refused");
    assert_eq!(request.dropped_attributes_count, 0);
    let resources = collector.resources();
    let about = attributes(&resources[0].resource.as_ref().unwrap().attributes);
    assert_eq!(about["service.name"], "countersign");
    assert_eq!(about.get("a"), None);
}
