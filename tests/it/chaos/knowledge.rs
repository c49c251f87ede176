//! What each replica is known to know, by its metrics: a provider's keys after a fetch that
//! succeeded. So the checker can say of which exchanges no provider can be in the way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::provider::Provider;
use super::replicas::{Replica, Seen};
use super::tally::Mistake;
use super::world::World;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(300);
/// How long after its start a replica has the size that it is to keep.
const WARM: Duration = Duration::from_secs(10);
/// How long before it is counted a key set can have been made: the time-out of a call, and how
/// long a replica is held.
const UNDER_WAY: Duration = Duration::from_secs(5);

/// Looks at a replica for ever.
pub(super) async fn watch(world: Arc<World>, replica: Arc<Replica>) {
    let mut counted: HashMap<&'static str, u64> = HashMap::new();
    let (mut incarnation, mut looked_at, mut weigh_at) = (0, Duration::ZERO, None);
    loop {
        let (now, seen) = (world.base.uptime(), replica.seen());
        if seen.incarnation != incarnation {
            (incarnation, looked_at, weigh_at) = (seen.incarnation, now, Some(now + WARM));
            counted.clear();
        }
        if let Some(metrics) = fetch(&world, &replica).await {
            for provider in [&world.providers.acme, &world.providers.beta] {
                let count = fetches(&metrics, provider.name);
                let before = counted.insert(provider.name, count).unwrap_or_default();
                if count > before {
                    learn(&replica, provider, (incarnation, looked_at));
                }
            }
            looked_at = now;
        } else if is_settled(&seen, &replica.seen()) {
            let words = format!("replica {} does not answer its operators", replica.name);
            world.base.tally.mistake(Mistake::Process, now, &words);
        }
        if weigh_at.is_some_and(|at| now >= at) {
            replica.weigh();
            weigh_at = None;
        }
        sleep(PAUSE).await;
    }
}

/// Notes that a key set arrived after a moment: what was published before is known.
fn learn(replica: &Replica, provider: &Provider, (incarnation, after): (u64, Duration)) {
    let made_after = after.saturating_sub(UNDER_WAY);
    if provider.lacked_since(made_after) {
        return;
    }
    let kids = provider.kids.known_since(made_after).into_iter().collect();
    replica.note(|seen| {
        if seen.incarnation == incarnation {
            seen.kids.insert(provider.name, Arc::new(kids));
        }
    });
}

/// Whether nothing happened to a replica meanwhile.
fn is_settled(before: &Seen, after: &Seen) -> bool {
    let state = |seen: &Seen| (seen.incarnation, seen.disturbed, seen.is_away);
    state(before) == state(after) && !after.is_away
}

async fn fetch(world: &World, replica: &Replica) -> Option<String> {
    let alive = world.base.client.get(replica.admin("/livez")).send().await.ok()?;
    (alive.status() == 200).then_some(())?;
    let answer = world.base.client.get(replica.admin("/metrics")).send().await.ok()?;
    answer.text().await.ok()
}

/// Returns how often a provider's key set was fetched.
fn fetches(metrics: &str, provider: &str) -> u64 {
    let (provider, ok) = (format!("provider=\"{provider}\""), "outcome=\"ok\"");
    let mut lines =
        metrics.lines().filter(|it| it.starts_with("countersign_key_set_fetches_total"));
    let line = lines.find(|it| it.contains(&provider) && it.contains(ok));
    line.and_then(|it| it.rsplit_once(' ')?.1.parse().ok()).unwrap_or_default()
}
