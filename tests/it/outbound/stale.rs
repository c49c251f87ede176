//! Connections that are kept, and that the other side no longer keeps.

use std::collections::BTreeSet;

use super::wire::{Ask, Manner, Wire};
use super::{UNAVAILABLE, app, assert_recovered, assert_unavailable, name};

/// How often each case is tried: which side notices first is chance.
const ROUNDS: usize = 40;

/// One that closes while a request is on its way fails it: nobody can know whether the request was
/// read.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_fails_one_exchange_at_most_and_sends_no_code_twice() {
    for manner in [Manner::GoodOnce, Manner::ClosingAtTheSecond] {
        let wire = Wire::start().await;
        let app = app(&wire, "http://127.0.0.1", 1, "").await;
        wire.at("/token", manner.clone());
        let mut good = 0;
        for nth in 0..ROUNDS {
            let code = format!("code-{nth}");
            let answer = app.post_form("/token", &Ask::Token.form(&name(0), &code)).await;
            if answer.status == 200 {
                good += 1;
            } else {
                answer.assert_refused(&code, UNAVAILABLE);
                assert_eq!(answer.header("retry-after"), Some("5"), "{code}");
            }
        }
        assert!(good > 0, "{manner:?}");
        assert_each_code_once(&wire);
        wire.at("", Manner::Good);
        wire.hang_up().await;
        // Whatever is still kept is used up by failures, of which each costs one connection.
        for nth in 0.. {
            let form = Ask::Token.form(&name(0), &format!("again-{nth}"));
            if app.post_form("/token", &form).await.status == 200 {
                break;
            }
            assert!(nth < 8, "{manner:?}: connections that are dead are used for ever");
        }
    }
}

fn assert_each_code_once(wire: &Wire) {
    let bodies = wire.bodies("/token");
    let code =
        |body: &String| body.split('&').find(|part| part.starts_with("code=")).map(str::to_owned);
    let codes: Vec<_> = bodies.iter().filter_map(code).collect();
    let once: BTreeSet<_> = codes.iter().collect();
    assert!(codes.len() > 1 && codes.len() == once.len(), "{codes:?}");
}

#[tokio::test]
async fn a_connection_that_timed_out_is_not_used_again() {
    let wire = Wire::start().await;
    let app = app(&wire, "http://127.0.0.1", 1, "").await;
    for ask in [Ask::Token, Ask::Profile] {
        wire.at(ask.path(), Manner::Silent);
        let before = wire.connections();
        assert_unavailable(&app, (ask, 0), "silence").await;
        wire.at("", Manner::Good);
        assert_recovered(&app, (ask, 0), "silence").await;
        assert!(wire.connections() > before, "{ask:?}");
    }
}
