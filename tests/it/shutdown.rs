//! How the program starts and ends: at once and ready whatever its providers do; not before what
//! was begun is done, and not later than it must.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use countersign::clock::{Clock, UnixTime};

use crate::program::{CONFIGURATION, Running, Serving, get, post_form};
use crate::support::claims::Token;
use crate::support::provider::{FakeProvider, Fault};

/// How long a stop may take once nothing is under way.
const PROMPTLY: Duration = Duration::from_secs(5);
/// How long a provider takes.
const SLOW: Duration = Duration::from_secs(3);

fn configuration(grace: &str, issuer: &str) -> String {
    let text = CONFIGURATION.replace("http://127.0.0.1:9", issuer);
    format!("{text}\n[shutdown]\ngrace = \"{grace}\"\n")
}

/// The parameters of an exchange that is good at this moment.
fn exchange(issuer: &str) -> Vec<(&'static str, String)> {
    let UnixTime(now) = Clock::System.now();
    let mut token = Token::valid(issuer);
    token.claim("iat", now).claim("exp", now + 3600);
    vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token".to_owned()),
        ("client_id", "spa".to_owned()),
        ("subject_token", token.compact()),
    ]
}

fn post(serving: &Serving, fields: &[(&'static str, String)]) -> crate::support::answer::Answer {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post_form(&format!("{}/token", serving.url), &fields)
}

/// Runs what blocks beside the runtime that the provider needs.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn ends(process: &mut Running, patience: Duration) {
    assert_eq!(process.exit_code(patience), Some(0), "{}", process.logged());
}

#[tokio::test(flavor = "multi_thread")]
async fn during_the_grace_period_it_is_not_ready_and_serves_whoever_comes() {
    let provider = FakeProvider::start().await;
    let fields = exchange(provider.issuer());
    let configuration = configuration("2s", provider.issuer());
    blocking(move || {
        let mut serving = Serving::start(&configuration);
        let ready = format!("{}/readyz", serving.url);
        let before = get(&ready);
        assert_eq!((before.status, before.header("connection")), (200, None));
        serving.process.signal("TERM");
        let refused = crate::program::wait_for("readiness to end", PROMPTLY, || {
            Some(get(&ready)).filter(|answer| answer.status != 200)
        });
        refused.assert_refused("leaving", (503, "temporarily_unavailable", "not_ready"));
        assert_eq!(refused.header("connection"), Some("close"), "the next request goes elsewhere");
        assert_eq!(get(&format!("{}/livez", serving.url)).status, 200);
        post(&serving, &fields).token("served in the grace period");
        ends(&mut serving.process, PROMPTLY);
        assert!(TcpStream::connect(serving.url.strip_prefix("http://").unwrap()).is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
async fn what_was_begun_is_answered_and_who_says_nothing_is_not_waited_for() {
    let provider = FakeProvider::start().await;
    let fields = exchange(provider.issuer());
    let configuration = configuration("0s", provider.issuer());
    provider.fail(Fault::Slow(SLOW));
    blocking(move || {
        let mut serving = Serving::start(&configuration);
        let address = serving.url.strip_prefix("http://").unwrap();
        let silent = TcpStream::connect(address).unwrap();
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(b"GET /livez HTTP/1.1\r\nHost: x").unwrap();
        let url = serving.url.clone();
        let under_way = std::thread::spawn(move || {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
            post_form(&format!("{url}/token"), &fields)
        });
        std::thread::sleep(SLOW / 3);
        let told = Instant::now();
        serving.process.signal("TERM");
        under_way.join().unwrap().token("begun before the stop");
        ends(&mut serving.process, PROMPTLY);
        assert!(told.elapsed() < SLOW + PROMPTLY, "{:?}", told.elapsed());
        for mut stream in [silent, half] {
            assert!(stream.read(&mut [0; 1]).map_or(true, |read| read == 0), "closed");
        }
    })
    .await;
}

#[test]
#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
fn told_twice_or_by_a_person_it_does_not_wait() {
    for signals in [["TERM", "TERM"], ["TERM", "INT"], ["INT", "HUP"]] {
        let mut serving = Serving::start(&configuration("5m", "http://127.0.0.1:9"));
        let told = Instant::now();
        for signal in signals {
            serving.process.signal(signal);
            std::thread::sleep(Duration::from_millis(300));
        }
        ends(&mut serving.process, PROMPTLY);
        assert!(told.elapsed() < PROMPTLY, "{signals:?}");
    }
}

#[test]
fn it_is_ready_well_within_a_second_while_every_provider_is_away() {
    // Nothing listens at the provider's port.
    let serving = Serving::start(CONFIGURATION);
    assert_eq!(get(&format!("{}/readyz", serving.url)).status, 200);
    let log = serving.process.logged();
    let (_, after) = log.split_once("\"after_ms\":").unwrap();
    let after: u64 = after.split([',', '}']).next().unwrap().parse().unwrap();
    assert!(after < 500, "{after} ms");
}
