//! Tokens that somebody makes up: what each costs the provider, and our allowance there.

use super::{GITHUB, Way, World};

/// Requests that an address may make in a minute, and what it may have the provider asked in vain.
const ALLOWANCE: usize = 600;
const IN_VAIN: usize = ALLOWANCE / 5;
/// What comes back to the address meanwhile.
const REGAINED: usize = 20;

#[tokio::test]
async fn one_made_up_token_is_asked_about_once_however_often_it_comes() {
    let world = World::start().await;
    for _ in 0..100 {
        let answer = world.send(Way::Exchange, "github", "gho_made_up").await;
        answer.assert_refused("made up", Way::Exchange.refusal("provider_rejected"));
    }
    assert_eq!(world.calls(GITHUB.inspection).len(), 1);
    world.app.advance(6);
    world.send(Way::Exchange, "github", "gho_made_up").await;
    assert_eq!(world.calls(GITHUB.inspection).len(), 2, "the person may have put it right");
}

#[tokio::test]
async fn made_up_tokens_use_up_the_allowance_of_an_address_faster_than_good_ones() {
    let limit = format!("requests_per_minute = {ALLOWANCE}");
    let world = World::with(|text| text.replace("requests_per_minute = 0", &limit)).await;
    let mut limited = 0;
    for n in 0..2 * IN_VAIN {
        let answer = world.send(Way::Exchange, "github", &format!("gho_{n}")).await;
        limited += usize::from(answer.status == 429);
    }
    let asked = world.calls(GITHUB.inspection).len();
    assert!((IN_VAIN..IN_VAIN + REGAINED).contains(&asked), "{asked}");
    assert_eq!(asked + limited, 2 * IN_VAIN, "what is refused here costs the provider nothing");
}
