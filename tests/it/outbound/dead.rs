//! Hours with every provider dead: people whose provider's keys are cached notice nothing, and the
//! provider has its peace.

use std::time::Duration;

use futures_util::future::join_all;

use super::wire::{Ask, Manner, Wire, with_providers};
use super::{PATIENCE, UNAVAILABLE, start};
use crate::support::NOW_SIGNED;
use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::provider::{FakeProvider, Fault};

/// Time-outs are short: hours of fetches that hang are to pass in seconds.
const OUTBOUND: &str = "[outbound]\ntimeout = \"200ms\"\n";
/// Hours that are simulated, with an exchange a minute at each provider.
const HOURS: usize = 6;

/// A service with a provider by discovery and one whose key set has a known address.
struct World {
    app: App,
    fixed: Option<Wire>,
}

impl World {
    async fn start() -> Self {
        let wire = Wire::start().await;
        let app = service(&format!("http://{}", wire.address())).await;
        // As Google and many do.
        app.acme.cache_control("max-age=600");
        Self { app, fixed: Some(wire) }
    }

    /// An exchange at each, all at once, with tokens that live for a day.
    async fn exchange(&self, case: &str) {
        let discovered = long_lived(self.app.acme.issuer());
        let fixed = long_lived(super::wire::ISSUER);
        let started = start();
        let forms = [("acme", discovered), ("wire-0", fixed)]
            .map(|(name, token)| Form::exchange(&token.compact()).and("provider", name));
        let answers = join_all(forms.iter().map(|form| self.app.post_form("/token", form)));
        for answer in answers.await {
            answer.token(case);
        }
        assert!(started.elapsed() < Duration::from_secs(1), "{case}: {:?}", started.elapsed());
    }

    /// Returns how many fetches of a provider's key set failed.
    async fn failures(&self, provider: &str) -> usize {
        let metrics = self.app.get("/metrics").await.body;
        let start = format!("countersign_key_set_fetches_total{{provider=\"{provider}\",outcome=");
        let lines = metrics.lines().filter_map(|line| line.strip_prefix(&start)?.split_once("} "));
        lines
            .filter(|(outcome, _)| *outcome != "\"ok\"")
            .map(|(_, n)| n.parse::<usize>().unwrap())
            .sum()
    }
}

async fn service(base: &str) -> App {
    let names = ["wire-0".to_owned()];
    App::configured(|text| with_providers(&format!("{text}\n{OUTBOUND}"), base, &names)).await
}

fn long_lived(issuer: &str) -> Token {
    let mut token = Token::valid(issuer);
    token.claim("exp", NOW_SIGNED + 86_400);
    token
}

#[tokio::test]
async fn hours_with_every_provider_dead_stop_nobody_whose_keys_are_cached() {
    for hangs in [false, true] {
        let mut world = World::start().await;
        world.exchange("alive").await;
        if hangs {
            world.app.acme.fail(Fault::Slow(Duration::from_hours(1)));
            world.fixed.as_ref().unwrap().at("", Manner::Silent);
        } else {
            world.app.acme.fail(Fault::Closed);
            // Nobody listens there any more.
            world.fixed = None;
        }
        let asked = world.app.acme.discovery_requests() + world.app.acme.key_requests();
        let minutes = HOURS * 60;
        for minute in 1..=minutes {
            world.app.advance(60);
            world.exchange(&format!("minute {minute}, hangs: {hangs}")).await;
        }
        // At most one attempt in each cool-down of a minute, of one request each.
        let again = world.app.acme.discovery_requests() + world.app.acme.key_requests() - asked;
        assert!((1..=minutes).contains(&again), "hangs: {hangs}: {again} requests");
        for provider in ["acme", "wire-0"] {
            let failures = world.failures(provider).await;
            assert!((1..=minutes).contains(&failures), "{provider}, hangs: {hangs}: {failures}");
        }
        if let Some(wire) = &world.fixed {
            assert!(wire.bodies("/jwks").len() <= minutes + 1, "{}", wire.bodies("/jwks").len());
        }
        assert_eq!(world.app.get("/readyz").await.status, 200);
    }
}

#[tokio::test]
async fn a_restart_meanwhile_is_ready_at_once_and_503_for_the_dead_providers_alone() {
    let dead = FakeProvider::start().await.key_set_address();
    let started = start();
    let app = service(dead.trim_end_matches("/jwks")).await;
    assert_eq!(app.get("/readyz").await.status, 200);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    app.acme.fail(Fault::Closed);
    let acme = Form::exchange(&long_lived(app.acme.issuer()).compact()).and("provider", "acme");
    for (case, form) in [("acme", acme), ("wire-0", Ask::Keys.form("wire-0", ""))] {
        let started = start();
        let answer = app.post_form("/token", &form).await;
        answer.assert_refused(case, UNAVAILABLE);
        assert!(started.elapsed() < PATIENCE, "{case}: {:?}", started.elapsed());
        let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&retry_after), "{case}: {retry_after}");
    }
    let rival = Form::exchange(&long_lived(app.rival.issuer()).compact()).and("provider", "rival");
    app.post_form("/token", &rival).await.token("rival is alive");
    app.acme.fail(None);
    app.advance(5);
    app.exchange(&long_lived(app.acme.issuer())).await.token("acme is back");
}
