//! Where keys come from: seeds, and one source that replaces another.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::*;
use super::{NOW, ids, stored, write_key};
use crate::telemetry::Standing;

/// Writes a seed, of keys that sign for a day each, and returns it.
fn seed(directory: &Path, text: &str) -> KeySource {
    let file = directory.join(text);
    std::fs::write(&file, text.repeat(32)).unwrap();
    let day = Duration::from_hours(24);
    KeySource::Seed(Seed::read(&file, Algorithm::EdDsa, day).unwrap())
}

fn signs(keys: &SigningKeys) -> String {
    let current = keys.current.load();
    current.set.signing(keys.clock.now()).unwrap().key_id().to_string()
}

fn own_ids(source: &KeySource) -> Vec<String> {
    source.ring(NOW).unwrap().iter().map(|key| key.key_id().to_string()).collect()
}

#[test]
fn what_replaces_other_keys_signs_when_every_verifier_knows_it() {
    let directory = tempfile::tempdir().unwrap();
    let files = directory.path().join("keys");
    std::fs::create_dir(&files).unwrap();
    write_key(&files, &stored(0, None)).unwrap();
    // This one never gets to sign here; another replica, started later, may sign with it.
    write_key(&files, &stored(NOW.0 + 1800, None)).unwrap();
    let files = KeySource::Directory(KeyDirectory::new(files));
    let (one, other) = (seed(directory.path(), "one"), seed(directory.path(), "other"));
    for (current, previous) in
        [(one.clone(), other.clone()), (one.clone(), files.clone()), (files, other)]
    {
        let (clock, hand) = Clock::fixed(NOW);
        let settings = KeySettings { current: current.clone(), previous: Some(previous.clone()) };
        let keys = SigningKeys::load(settings, clock).unwrap();
        let (own, before) = (own_ids(&current), own_ids(&previous));
        assert!(before.contains(&signs(&keys)));
        let published = ids(&keys);
        assert!(own.iter().all(|id| published.contains(id)), "{published:?}");
        assert!(published.contains(&signs(&keys)));
        assert!(before.iter().all(|id| published.contains(id)), "{published:?}");
        let takes_over = NOW.plus(JWKS_MAX_AGE * 2).0;
        hand.store(takes_over - 1, Ordering::SeqCst);
        assert!(before.contains(&signs(&keys)));
        hand.store(takes_over, Ordering::SeqCst);
        assert!(own.contains(&signs(&keys)));
        assert_eq!(ids(&keys), published, "the tokens of the other live on");
    }
}

#[test]
fn keys_that_cannot_follow_each_other_are_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let one = seed(directory.path(), "one");
    let files = directory.path().join("keys");
    std::fs::create_dir(&files).unwrap();
    let load = || {
        let (clock, _) = Clock::fixed(NOW);
        let current = KeySource::Directory(KeyDirectory::new(files.clone()));
        let settings = KeySettings { current, previous: Some(one.clone()) };
        SigningKeys::load(settings, clock).map(|_| ()).map_err(|error| error.to_string())
    };
    write_key(&files, &stored(NOW.0 + 1801, None)).unwrap();
    assert!(load().unwrap_err().contains("no key may sign now"), "when it takes over");
    write_key(&files, &stored(NOW.0 + 1800, None)).unwrap();
    assert_eq!(load(), Ok(()));
    let KeySource::Seed(derived) = &one else { panic!("{one:?}") };
    write_key(&files, &derived.keys(NOW).unwrap()[0]).unwrap();
    assert!(load().unwrap_err().contains("two keys have the key ID"));
}

#[test]
fn the_keys_of_a_seed_follow_the_clock_wherever_it_goes() {
    let directory = tempfile::tempdir().unwrap();
    let settings = KeySettings { current: seed(directory.path(), "one"), previous: None };
    let (clock, hand) = Clock::fixed(NOW);
    let keys = SigningKeys::load(settings, clock).unwrap();
    let metrics = Metrics::default();
    let (first, published) = (signs(&keys), ids(&keys));
    keys.reload_if_changed(&metrics);
    let reloads =
        |text| rendered(&metrics).contains(&format!("key_reloads_total{{outcome=\"ok\"}} {text}"));
    assert!(reloads("0\n"), "nothing has changed");
    hand.fetch_add(24 * 3600, Ordering::SeqCst);
    let second = signs(&keys);
    assert!(second != first && published.contains(&second), "on time, without a look");
    keys.reload_if_changed(&metrics);
    assert_eq!((signs(&keys), ids(&keys).len()), (second, 3));
    hand.fetch_add(1000 * 24 * 3600, Ordering::SeqCst);
    assert!(!keys.can_sign());
    keys.reload_if_changed(&metrics);
    assert!(keys.can_sign());
    hand.store(NOW.0, Ordering::SeqCst);
    keys.reload_if_changed(&metrics);
    assert_eq!((signs(&keys), ids(&keys)), (first, published));
    assert!(reloads("3\n"));
}

/// Returns what is counted.
pub(super) fn rendered(metrics: &Metrics) -> String {
    metrics.render(&Standing::default())
}
