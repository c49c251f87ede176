//! Metrics after traffic of every kind: each family, its labels, and values that are known.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::collector::Collector;
use super::{CALLBACK, app, code, of_code, redeem};
use crate::support::NOW;
use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::provider::Fault;

/// Every name that is exported, with its type.
const FAMILIES: [(&str, &str); 21] = [
    ("build", "info"),
    ("cache_entries", "gauge"),
    ("cache_lookups", "counter"),
    ("clock_offset_seconds", "gauge"),
    ("exchange_seconds", "histogram"),
    ("exchanges", "counter"),
    ("explanations", "counter"),
    ("key_reloads", "counter"),
    ("key_set_age_seconds", "gauge"),
    ("key_set_fetches", "counter"),
    ("process_start_time_seconds", "gauge"),
    ("provider_call_seconds", "histogram"),
    ("provider_calls", "counter"),
    ("provider_drift", "gauge"),
    ("shed", "counter"),
    ("sign_seconds", "histogram"),
    ("signing_key_age_seconds", "gauge"),
    ("signing_key_expires_seconds", "gauge"),
    ("signing_keys", "gauge"),
    ("spans", "counter"),
    ("verify_seconds", "histogram"),
];

async fn metrics(app: &App) -> String {
    app.get("/metrics").await.body
}

/// Asserts that each of these lines is there, whatever stands before and behind them.
fn assert_lines(metrics: &str, lines: &[&str]) {
    let known: BTreeSet<_> = metrics.lines().collect();
    for line in lines {
        assert!(known.contains(&*format!("countersign_{line}")), "{line} is not in {metrics}");
    }
}

/// Returns the names in the answer with their types.
fn families(metrics: &str) -> BTreeSet<(&str, &str)> {
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE countersign_"));
    types.map(|it| it.split_once(' ').unwrap()).collect()
}

#[tokio::test]
async fn every_name_is_there_from_the_start_and_what_has_no_provider_has_values() {
    let metrics = metrics(&app("").await).await;
    assert_eq!(families(&metrics), FAMILIES.into_iter().collect());
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("countersign_build_info{{version=\"{version}\",architecture=\"");
    assert!(metrics.contains(&build), "{metrics}");
    assert_lines(
        &metrics,
        &[
            &format!("process_start_time_seconds {NOW}"),
            "shed_total{limit=\"exchanges\"} 0",
            "shed_total{limit=\"processors\"} 0",
            "shed_total{limit=\"provider\"} 0",
            "shed_total{limit=\"address\"} 0",
            "key_reloads_total{outcome=\"ok\"} 0",
            "key_reloads_total{outcome=\"failed\"} 0",
            "verify_seconds_count{kind=\"code\"} 0",
        ],
    );
}

#[tokio::test]
async fn after_traffic_there_is_every_name_and_no_other() {
    let collector = Collector::start().await;
    let app = seeded(&collector.configuration("1.0")).await;
    app.exchange(&app.id_token()).await.token("good");
    app.acme.date(NOW);
    redeem(&app, &of_code("nobody's")).await;
    assert_eq!(families(&metrics(&app).await), FAMILIES.into_iter().collect());
}

#[tokio::test]
async fn exchanges_are_counted_by_what_came_of_them_and_measured_in_their_parts() {
    let app = app("").await;
    for _ in 0..3 {
        app.exchange(&app.id_token()).await.token("good");
    }
    let mut expired = app.id_token();
    expired.claim("exp", 1);
    app.exchange(&expired).await.assert_refused("old", (400, "invalid_request", "expired"));
    app.rival.fail(Fault::Closed);
    let unavailable = (503, "temporarily_unavailable", "provider_unreachable");
    let of_rival = Token::valid(app.rival.issuer());
    app.exchange(&of_rival).await.assert_refused("away", unavailable);
    redeem(&app, &code(&app)).await.token("code");
    redeem(&app, &of_code("nobody's")).await;
    let metrics = metrics(&app).await;
    let acme = "exchanges_total{provider=\"acme\",kind=\"";
    assert_lines(
        &metrics,
        &[
            &format!("{acme}id_token\",outcome=\"issued\",reason=\"none\"}} 3"),
            &format!("{acme}id_token\",outcome=\"refused\",reason=\"expired\"}} 1"),
            &format!("{acme}code\",outcome=\"issued\",reason=\"none\"}} 1"),
            &format!("{acme}code\",outcome=\"refused\",reason=\"provider_rejected\"}} 1"),
            "exchanges_total{provider=\"rival\",kind=\"id_token\",outcome=\"unavailable\",reason=\"provider_unreachable\"} 1",
            "exchange_seconds_count{kind=\"id_token\"} 5",
            "exchange_seconds_count{kind=\"code\"} 2",
            "exchange_seconds_count{kind=\"access_token\"} 0",
            "verify_seconds_count{kind=\"id_token\"} 5",
            "verify_seconds_bucket{le=\"+Inf\",kind=\"id_token\"} 5",
            "verify_seconds_count{kind=\"code\"} 2",
            "sign_seconds_count 4",
            "provider_call_seconds_count{provider=\"acme\",call=\"token\"} 2",
            "provider_call_seconds_count{provider=\"acme\",call=\"keys\"} 1",
            "provider_calls_total{provider=\"acme\",call=\"token\",outcome=\"ok\"} 1",
            "provider_calls_total{provider=\"acme\",call=\"token\",outcome=\"rejected\"} 1",
            "key_set_fetches_total{provider=\"acme\",outcome=\"ok\"} 1",
        ],
    );
}

#[tokio::test]
async fn caches_say_what_they_hold_how_often_they_help_and_how_old_they_are() {
    let app = app("").await;
    for _ in 0..3 {
        app.exchange(&app.id_token()).await.token("good");
    }
    redeem(&app, &code(&app)).await.token("code");
    for _ in 0..2 {
        redeem(&app, &of_code("nobody's")).await;
    }
    app.advance(100);
    let first = metrics(&app).await;
    assert_lines(
        &first,
        &[
            "cache_lookups_total{cache=\"key_sets\",outcome=\"miss\"} 1",
            "cache_lookups_total{cache=\"key_sets\",outcome=\"hit\"} 3",
            "cache_lookups_total{cache=\"refused_codes\",outcome=\"miss\"} 2",
            "cache_lookups_total{cache=\"refused_codes\",outcome=\"hit\"} 1",
            "cache_lookups_total{cache=\"discovery\",outcome=\"miss\"} 1",
            "cache_lookups_total{cache=\"discovery\",outcome=\"hit\"} 1",
            "cache_lookups_total{cache=\"access_tokens\",outcome=\"hit\"} 0",
            "cache_entries{cache=\"key_sets\"} 1",
            "cache_entries{cache=\"refused_codes\"} 1",
            "cache_entries{cache=\"discovery\"} 1",
            "cache_entries{cache=\"access_tokens\"} 0",
            "key_set_age_seconds{provider=\"acme\"} 100",
        ],
    );
    app.advance(7);
    assert_lines(&metrics(&app).await, &["key_set_age_seconds{provider=\"acme\"} 107"]);
    assert!(!first.contains("key_set_age_seconds{provider=\"rival\""), "{first}");
}

/// Starts the service with keys of a seed, each of which signs for an hour.
async fn seeded(more: &str) -> App {
    let directory = TempDir::new().unwrap();
    let seed = directory.path().join("seed");
    fs::write(&seed, "a seed that is as long as it has to be\n").unwrap();
    fs::set_permissions(&seed, Permissions::from_mode(0o600)).unwrap();
    App::configured(|text| {
        let keys = format!("seed_file = \"{}\"\nperiod = \"1h\"", seed.display());
        let text = text.replace("directory = \"{keys}\"", &keys);
        let ids = "client_ids = [\"countersign\", \"countersign-ios\"]";
        let text = text.replace(ids, &format!("{ids}\nclient_secret = \"the-secret-of-acme\""));
        let id = "id = \"spa\"";
        let text = text.replace(id, &format!("{id}\nredirect_uris = [\"{CALLBACK}\"]"));
        format!("{text}\n{more}\n")
    })
    .await
}

#[tokio::test]
async fn signing_keys_say_how_old_they_are_and_what_they_are_for() {
    let app = seeded("").await;
    app.advance(60);
    let metrics = metrics(&app).await;
    for state in ["active", "next", "retiring"] {
        assert_lines(&metrics, &[&format!("signing_keys{{state=\"{state}\"}} 1")]);
    }
    let values = |name: &str| {
        let start = format!("countersign_signing_key_{name}_seconds{{kid=\"");
        let lines = metrics.lines().filter(|line| line.starts_with(&start));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap())
            .collect::<BTreeSet<_>>()
    };
    // The period begins at the moment that the clock stood at.
    assert_eq!(values("age"), BTreeSet::from([-3540, 60, 3660]));
    assert_eq!(values("expires"), BTreeSet::from([3540, 7140, 10_740]));
}
