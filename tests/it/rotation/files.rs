//! Key files under three replicas: two rotations, and what is pruned after them.

use std::fs;
use std::path::{Path, PathBuf};

use countersign::clock::{Clock, UnixTime};
use serde_json::Value;
use tempfile::TempDir;

use super::fleet::{EXACT, Fleet, REPLICAS, SKEWED};
use super::keys_in;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// The longest that a token may live.
const LIFETIME: u64 = 24 * HOUR;

/// Returns the key files of a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|it| it == "json")).collect()
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Does what `keys rotate` does, at another time than the present: the next key signs after 30
/// minutes, and the others end when their last token has.
fn rotate_at(directory: &Path, now: u64) {
    let before = files(directory);
    let not_before = now + 30 * MINUTE;
    keys_in(directory, &["generate", "--not-before", &not_before.to_string()]);
    for file in before {
        let mut key = read(&file);
        if key.get("exp").is_none() {
            key["exp"] = (not_before + LIFETIME + 5 * MINUTE).into();
            fs::write(&file, key.to_string()).unwrap();
        }
    }
}

/// Does what `keys prune` does, at another time than the present.
fn prune_at(directory: &Path, now: u64) {
    for file in files(directory) {
        if read(&file)["exp"].as_u64().is_some_and(|end| end <= now) {
            fs::remove_file(file).unwrap();
        }
    }
}

/// Goes on in small steps while the key changes, and in longer ones until its last tokens are
/// about to expire.
async fn see_through(fleet: &mut Fleet) {
    let rotated = fleet.now;
    fleet.go_on(rotated + 75 * MINUTE, MINUTE).await;
    fleet.go_on(rotated + LIFETIME + 10 * MINUTE, 10 * MINUTE).await;
    fleet.go_on(rotated + LIFETIME + 75 * MINUTE, MINUTE).await;
}

#[tokio::test]
async fn rotations_under_three_replicas_refuse_no_token() {
    for skews in [EXACT, SKEWED] {
        let secrets = TempDir::new().unwrap();
        let keys = secrets.path().join("keys");
        keys_in(&keys, &["generate", "--not-before", "0"]);
        // The first rotation is the program's, which asks the system for the time.
        let UnixTime(start) = Clock::System.now();
        let more = format!("[tokens]\nlifetime = \"24h\"\n[keys]\ndirectory = {keys:?}\n");
        let mut fleet = Fleet::start(start - HOUR, skews, &more).await;
        fleet.go_on(start, MINUTE).await;
        keys_in(&keys, &["rotate"]);
        see_through(&mut fleet).await;
        assert_eq!(fleet.signers.len(), 2);
        prune_at(&keys, fleet.now);
        assert_eq!(files(&keys).len(), 1);
        fleet.go_on(fleet.now + REPLICAS as u64 * MINUTE, MINUTE).await;
        rotate_at(&keys, fleet.now);
        see_through(&mut fleet).await;
        prune_at(&keys, fleet.now);
        fleet.outlive(LIFETIME, 10 * MINUTE).await;
        assert_eq!((fleet.signers.len(), files(&keys).len()), (3, 1));
        assert!(fleet.issued > 600, "{}", fleet.issued);
    }
}

#[tokio::test]
#[should_panic(expected = "at its issue")]
async fn a_key_that_is_generated_in_the_place_of_a_rotation_would_be_noticed() {
    let secrets = TempDir::new().unwrap();
    let keys = secrets.path().join("keys");
    keys_in(&keys, &["generate", "--not-before", "0"]);
    let UnixTime(start) = Clock::System.now();
    let more = format!("[keys]\ndirectory = {keys:?}\n");
    let mut fleet = Fleet::start(start, EXACT, &more).await;
    fleet.go_on(start + 20 * MINUTE, MINUTE).await;
    keys_in(&keys, &["generate", "--not-before", "1"]);
    fleet.go_on(fleet.now + 20 * MINUTE, MINUTE).await;
}
