//! Keys from a seed: no replica talks to another, and no token is refused, whatever changes.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::fleet::{EXACT, Fleet, REPLICAS, SKEWED};
use super::keys_in;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// A moment at which a period of an hour begins.
const START: u64 = 490_000 * HOUR;
/// The longest lifetime that goes with a period of an hour.
const LIFETIME: u64 = 55 * MINUTE;

/// A directory with two seeds, and keys in files.
fn secrets() -> TempDir {
    let directory = TempDir::new().unwrap();
    for name in ["one", "other"] {
        let text = format!("the seed that is called {name:>10}\n");
        fs::write(directory.path().join(name), text).unwrap();
    }
    keys_in(&directory.path().join("keys"), &["generate", "--not-before", "0"]);
    directory
}

/// Returns `[keys]` of these lines, with tokens that live as long as they may; `~` stands for the
/// directory.
fn configured(directory: &Path, lines: &str) -> String {
    let lines = lines.replace('~', &directory.display().to_string());
    format!("[tokens]\nlifetime = \"55m\"\n[keys]\n{lines}\n")
}

const ONE: &str = "seed_file = \"~/one\"\nperiod = \"1h\"";

#[tokio::test]
async fn replicas_with_one_seed_agree_and_rotate_without_a_refusal() {
    for skews in [EXACT, SKEWED] {
        let secrets = secrets();
        let mut fleet = Fleet::start(START, skews, &configured(secrets.path(), ONE)).await;
        fleet.go_on(START + 4 * HOUR + 10 * MINUTE, MINUTE).await;
        fleet.outlive(LIFETIME, MINUTE).await;
        assert!(fleet.issued >= 250 && fleet.signers.len() >= 5, "{:?}", fleet.signers);
        let set = fleet.key_set(0).await;
        assert_eq!(set.json()["keys"].as_array().unwrap().len(), 3, "{}", set.body);
    }
}

/// Changes the source of the keys as the page on keys says: all replicas with both, one after the
/// other within the time that verifiers may keep the key set; one of them late, once more; and
/// without the one before when its last token has expired.
async fn change(skews: [i64; REPLICAS], [before, both, after]: [&str; 3]) -> Fleet {
    let secrets = secrets();
    let configured = |lines| configured(secrets.path(), lines);
    // The restarts and the change are around the begin of a period.
    let mut fleet = Fleet::start(START + 10 * MINUTE, skews, &configured(before)).await;
    fleet.go_on(START + 50 * MINUTE, MINUTE).await;
    let old = fleet.signers.len();
    for place in 0..REPLICAS {
        fleet.restart(place, &configured(both)).await;
        fleet.go_on(fleet.now + 7 * MINUTE, MINUTE).await;
    }
    fleet.go_on(fleet.now + 25 * MINUTE, MINUTE).await;
    assert!(fleet.signers.len() > old, "{:?}", fleet.signers);
    // One starts once more when the others sign with the new keys: with an old one again.
    let last_start = fleet.now;
    fleet.restart(0, &configured(both)).await;
    fleet.go_on(last_start + 30 * MINUTE, MINUTE).await;
    fleet.go_on(last_start + 30 * MINUTE + LIFETIME + 5 * MINUTE, MINUTE).await;
    for place in 0..REPLICAS {
        fleet.restart(place, &configured(after)).await;
        fleet.go_on(fleet.now + 7 * MINUTE, MINUTE).await;
    }
    fleet.outlive(LIFETIME, MINUTE).await;
    fleet
}

const OTHER: &str = "seed_file = \"~/other\"\nperiod = \"1h\"";
const ONE_TO_OTHER: &str =
    "seed_file = \"~/other\"\nprevious_seed_file = \"~/one\"\nperiod = \"1h\"";
const FILES: &str = "directory = \"~/keys\"";

#[tokio::test]
async fn a_change_of_the_seed_is_noticed_by_no_verifier() {
    for skews in [EXACT, SKEWED] {
        let fleet = change(skews, [ONE, ONE_TO_OTHER, OTHER]).await;
        assert!(fleet.issued >= 200, "{}", fleet.issued);
    }
}

#[tokio::test]
#[should_panic(expected = "verifier 0, at its ")]
async fn a_change_of_the_seed_without_the_one_before_would_be_noticed() {
    change(EXACT, [ONE, OTHER, OTHER]).await;
}

#[tokio::test]
async fn a_change_of_the_period_and_the_algorithm_is_noticed_by_no_verifier() {
    let both = "seed_file = \"~/one\"\nperiod = \"90m\"\nalgorithm = \"EdDSA\"\n\
                previous_seed_file = \"~/one\"\nprevious_period = \"1h\"\n\
                previous_algorithm = \"ES256\"";
    let after = "seed_file = \"~/one\"\nperiod = \"90m\"\nalgorithm = \"EdDSA\"";
    change(EXACT, [ONE, both, after]).await;
}

#[tokio::test]
async fn a_change_from_files_to_a_seed_and_back_is_noticed_by_no_verifier() {
    let to_seed = "seed_file = \"~/one\"\nperiod = \"1h\"\ndirectory = \"~/keys\"";
    change(EXACT, [FILES, to_seed, ONE]).await;
    let to_files =
        "directory = \"~/keys\"\nprevious_seed_file = \"~/one\"\nprevious_period = \"1h\"";
    let fleet = change(EXACT, [ONE, to_files, FILES]).await;
    assert_eq!(fleet.key_set(0).await.json()["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_clock_that_jumps_over_many_periods_is_followed_at_the_next_look() {
    let secrets = secrets();
    let mut fleet = Fleet::start(START, EXACT, &configured(secrets.path(), ONE)).await;
    let ids = |set: &crate::support::answer::Answer| {
        let keys = set.json()["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let before = ids(&fleet.key_set(0).await);
    // One step each for three replicas.
    for _ in 0..REPLICAS {
        fleet.go_on(fleet.now + 100 * HOUR, 100 * HOUR).await;
    }
    let after = ids(&fleet.key_set(0).await);
    assert!(after.len() == 3 && before.iter().all(|id| !after.contains(id)), "{after:?}");
    assert_eq!(fleet.signers.len(), 3);
}
