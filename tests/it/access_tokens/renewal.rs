//! What an operator does about a provider that was broken into, and is told at the start.

use super::served::Program;
use super::{GITHUB, GOOGLE, Way, World};
use crate::support::internet::Internet;

#[tokio::test]
async fn a_renewal_forgets_the_tokens_that_were_accepted() {
    let world = World::start().await;
    for site in [&GOOGLE, &GITHUB] {
        let token = world.token(site);
        for expected in [1, 1] {
            world.send(Way::Exchange, site.backend, &token).await.token(site.idp);
            assert_eq!(world.calls(site.inspection).len(), expected, "{}", site.idp);
        }
        world.app.reload().await;
        world.send(Way::Exchange, site.backend, &token).await.token(site.idp);
        assert_eq!(world.calls(site.inspection).len(), 2, "{} is asked anew", site.idp);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_whose_tokens_nothing_binds_is_named_at_the_start() {
    let internet = Internet::start().await;
    let log = Program::start(&internet, "warn,countersign=info").end();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("\"WARN\"")).collect();
    let is_named = |line: &&&str| line.contains("instagram") && line.contains("allow_unbound");
    assert_eq!(warnings.iter().filter(is_named).count(), 1, "{log}");
    assert_eq!(warnings.len(), 1, "{log}");
}
