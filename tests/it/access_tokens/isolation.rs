//! A provider that hangs, with a crowd waiting for it, and everybody else.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::{GITHUB, GOOGLE, SITES, UNAVAILABLE, Way, World};
use crate::support::internet::Fault;

/// How many exchanges may wait for one provider at a time.
const AT_A_TIME: usize = 256;

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
async fn a_crowd_that_waits_for_one_provider_keeps_nobody_else_waiting() {
    let world = World::patient_for("14s").await;
    for place in [GITHUB.inspection, GITHUB.profile, super::EMAILS] {
        world.fault(place, Fault::Slow(Duration::from_mins(5)));
    }
    let tokens: Vec<_> = (0..AT_A_TIME).map(|n| format!("gho_{n}")).collect();
    let crowd = join_all(tokens.iter().map(|token| world.send(Way::Exchange, "github", token)));
    let others = async {
        while world.calls(GITHUB.inspection).len() < AT_A_TIME {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for site in SITES.into_iter().filter(|site| site.idp != "github") {
            let started = Instant::now();
            world.exchange(site).await.token(site.idp);
            let took = started.elapsed();
            assert!(took < Duration::from_secs(1), "{} waited {took:?}", site.idp);
        }
        // There is no more room for GitHub's, and they are told so at once.
        let started = Instant::now();
        let answer = world.exchange(&GITHUB).await;
        answer.assert_refused("one too many", UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert_eq!(world.calls(GITHUB.inspection).len(), AT_A_TIME, "one too many was asked");
    };
    // The crowd is left to itself once the others are done.
    tokio::select! {
        _ = crowd.fuse() => panic!("GitHub answered"),
        () = others => {}
    }
    world.fault(GITHUB.inspection, None);
    let answer = world.send(Way::Exchange, "google-oauth2", &world.token(&GOOGLE)).await;
    answer.token("afterwards");
}
