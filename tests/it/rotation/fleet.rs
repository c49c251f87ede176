//! Replicas that share keys, verifiers that keep what they fetched, and a clock that all of them
//! see, each a little differently.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign::clock::{Clock, UnixTime};
use countersign::config::Config;
use countersign::server::Service;
use jsonwebtoken::jwk::JwkSet;
use reqwest::header::CONTENT_TYPE;

use super::accepts;
use crate::support::answer::Answer;
use crate::support::app::{FORM, client, send};
use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::provider::FakeProvider;

/// How many replicas there are.
pub(super) const REPLICAS: usize = 3;
/// How many verifiers.
const VERIFIERS: usize = 4;
/// Longest step, in seconds, in which not every replica looks at its keys.
const SMALL_STEP: u64 = 60;
/// How far the clocks of the replicas are off, in seconds: not at all.
pub(super) const EXACT: [i64; REPLICAS] = [0; REPLICAS];
/// As far as is promised to do no harm.
pub(super) const SKEWED: [i64; REPLICAS] = [0, 300, -300];

/// The configuration of a replica. `{acme}` stands for the provider's issuer.
const CONFIGURATION: &str = r#"
issuer = "https://id.example.com"
listen = "127.0.0.1:0"

[limits]
requests_per_minute = 0

[[clients]]
id = "spa"
audience = ["https://api.example.com"]

[providers.acme]
kind = "oidc"
issuer = "{acme}"
client_ids = ["countersign"]
"#;

struct Replica {
    service: Service,
    hand: Arc<AtomicU64>,
}

/// An API that verifies offline and fetches the key set when its `max-age` is over.
#[derive(Default)]
struct Verifier {
    set: Option<JwkSet>,
    stale_after: u64,
    fetches: usize,
}

/// All of them, at a moment.
pub(super) struct Fleet {
    pub(super) now: u64,
    /// Tokens that were issued and checked.
    pub(super) issued: usize,
    /// The keys that signed them.
    pub(super) signers: Vec<String>,
    acme: FakeProvider,
    client: reqwest::Client,
    skews: [i64; REPLICAS],
    replicas: Vec<Replica>,
    verifiers: Vec<Verifier>,
    living: Vec<(u64, String)>,
    turn: usize,
}

impl Fleet {
    /// Starts the replicas with what `more` adds to their configuration. The first verifier fetches
    /// at `now`, the others over the time that they keep what they fetched.
    pub(super) async fn start(now: u64, skews: [i64; REPLICAS], more: &str) -> Self {
        let mut fleet = Self {
            now,
            issued: 0,
            signers: Vec::new(),
            acme: FakeProvider::start().await,
            client: client(),
            skews,
            replicas: Vec::new(),
            verifiers: Vec::new(),
            living: Vec::new(),
            turn: 0,
        };
        for place in 0..REPLICAS {
            let replica = fleet.replica(place, more).await;
            fleet.replicas.push(replica);
        }
        fleet
    }

    fn clock_of(&self, place: usize) -> u64 {
        self.now.checked_add_signed(self.skews[place]).unwrap()
    }

    async fn replica(&self, place: usize, more: &str) -> Replica {
        let text = format!("{CONFIGURATION}{more}").replace("{acme}", self.acme.issuer());
        let (clock, hand) = Clock::fixed(UnixTime(self.clock_of(place)));
        let service = Service::start(Config::from_toml(&text).unwrap(), clock).await.unwrap();
        Replica { service, hand }
    }

    /// Ends a replica and starts it with another configuration.
    pub(super) async fn restart(&mut self, place: usize, more: &str) {
        let replica = self.replica(place, more).await;
        std::mem::replace(&mut self.replicas[place], replica).service.stop().await;
    }

    /// Moves on to a moment in steps of at most `step` seconds. In each of them one replica, in
    /// turn, looks at its keys and issues a token, and every verifier takes it; and so it takes
    /// those that are about to expire.
    pub(super) async fn go_on(&mut self, until: u64, step: u64) {
        while self.now < until {
            let next = until.min(self.now + step);
            self.check_expiring(next).await;
            self.now = next;
            self.set_clocks();
            self.turn += 1;
            let place = self.turn % REPLICAS;
            for (other, replica) in self.replicas.iter().enumerate() {
                // They look every few seconds; here, in small steps, every few steps.
                if other == place || step > SMALL_STEP {
                    replica.service.reload().await;
                }
            }
            let (token, expires) = self.issue(place).await;
            self.assert_accepted(&token, "at its issue").await;
            self.issued += 1;
            self.living.push((expires, token));
        }
    }

    /// Goes on until the last token that was issued has expired.
    pub(super) async fn outlive(&mut self, lifetime: u64, step: u64) {
        self.go_on(self.now + lifetime + 1, step).await;
    }

    fn set_clocks(&self) {
        for (place, replica) in self.replicas.iter().enumerate() {
            replica.hand.store(self.clock_of(place), Ordering::SeqCst);
        }
    }

    /// Checks the tokens that expire before `next`, at the last second of each.
    async fn check_expiring(&mut self, next: u64) {
        let (mut ending, living): (Vec<_>, Vec<_>) =
            self.living.drain(..).partition(|(expires, _)| *expires <= next);
        self.living = living;
        ending.sort();
        for (expires, token) in ending {
            // Time does not go back for a token of a clock that is behind.
            self.now = self.now.max(expires - 1);
            self.set_clocks();
            self.assert_accepted(&token, "at its end").await;
        }
    }

    /// Has a token issued, and returns it with its `exp`.
    async fn issue(&mut self, place: usize) -> (String, u64) {
        let now = self.clock_of(place);
        let mut credential = Token::valid(self.acme.issuer());
        credential.claim("iat", now).claim("exp", now + 3600);
        let form = Form::exchange(&credential.compact()).encoded();
        let address = format!("http://{}/token", self.replicas[place].service.address());
        let request = self.client.post(address).header(CONTENT_TYPE, FORM).body(form);
        let answer = send(request).await;
        let token = answer.token("issued");
        let signer = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        if !self.signers.contains(&signer) {
            self.signers.push(signer);
        }
        (token, now + answer.json()["expires_in"].as_u64().unwrap())
    }

    async fn assert_accepted(&mut self, token: &str, when: &str) {
        self.fetch_due().await;
        for (place, verifier) in self.verifiers.iter().enumerate() {
            let set = verifier.set.as_ref().unwrap();
            let header = jsonwebtoken::decode_header(token).unwrap();
            assert!(accepts(set, token), "verifier {place}, {when}, {}: {header:?}", self.now);
        }
    }

    /// Fetches for the verifiers whose key set is too old, each from another replica than before.
    async fn fetch_due(&mut self) {
        if self.verifiers.len() < VERIFIERS && self.turn >= 4 * self.verifiers.len() {
            self.verifiers.push(Verifier::default());
        }
        for place in 0..self.verifiers.len() {
            // To the last second that it may.
            if self.verifiers[place].set.is_some() && self.now <= self.verifiers[place].stale_after
            {
                continue;
            }
            let from = (place + self.verifiers[place].fetches) % REPLICAS;
            let answer = self.key_set(from).await;
            let max_age = max_age(&answer);
            let verifier = &mut self.verifiers[place];
            verifier.set = Some(serde_json::from_str(&answer.body).unwrap());
            verifier.stale_after = self.now + max_age;
            verifier.fetches += 1;
        }
    }

    /// Fetches the key set of a replica.
    pub(super) async fn key_set(&self, place: usize) -> Answer {
        let address = self.replicas[place].service.address();
        send(self.client.get(format!("http://{address}/.well-known/jwks.json"))).await
    }
}

fn max_age(answer: &Answer) -> u64 {
    let header = answer.header("cache-control").unwrap();
    let mut directives = header.split(',').map(str::trim);
    directives.find_map(|it| it.strip_prefix("max-age=")).unwrap().parse().unwrap()
}
