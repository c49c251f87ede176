//! Key files under commands that are killed, and under two at a time.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use countersign::clock::Clock;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{DONE, FAILED, program, run};

/// How many commands of each kind are killed.
const KILLS: u32 = 40;

fn start(directory: &Path, arguments: &[&str]) -> Child {
    let mut command = program(directory, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Returns the keys of a directory, all of which must be whole.
fn keys(directory: &Path) -> Vec<Value> {
    let files = fs::read_dir(directory.join("keys")).unwrap().map(|entry| entry.unwrap().path());
    let keys = files.filter(|file| file.extension().is_some_and(|it| it == "json"));
    keys.map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
}

#[test]
fn a_command_that_is_killed_leaves_keys_that_load() {
    let (mut killed, mut unfinished) = (0, 0);
    for command in [["keys", "rotate"], ["keys", "generate"]] {
        let directory = TempDir::new().unwrap();
        run(directory.path(), &["keys", "generate"]).good();
        let watch = Clock::stopwatch();
        run(directory.path(), &command).good();
        let whole = watch.elapsed();
        for kill in 0..KILLS {
            let directory = TempDir::new().unwrap();
            run(directory.path(), &["keys", "generate"]).good();
            let old = keys(directory.path())[0]["kid"].clone();
            let mut process = start(directory.path(), &command);
            // Every moment from the begin of the command to somewhat after its end.
            thread::sleep(whole * kill * 5 / (4 * KILLS));
            // Fails only when it has ended already.
            let _ = process.kill();
            killed += u32::from(!process.wait().unwrap().success());

            let left = keys(directory.path());
            assert!((1..=2).contains(&left.len()) && left.iter().any(|key| key["kid"] == old));
            let listed = run(directory.path(), &["keys", "list"]).good();
            assert!(listed.contains("signing"), "{listed}");
            unfinished += hidden(directory.path());
            // The next command is not in the way of what was left, and cleans it up.
            run(directory.path(), &["keys", "prune"]).good();
            assert_eq!(hidden(directory.path()), 0);
            let rotated = run(directory.path(), &["keys", "rotate"]);
            assert!([DONE, FAILED].contains(&rotated.code), "{}", rotated.stderr);
            let next = keys(directory.path());
            assert!(
                next.len() >= left.len() && rotated.stderr.is_empty() == (rotated.code == DONE)
            );
        }
    }
    assert!(killed >= KILLS / 2, "{killed} were killed, {unfinished} left a file");
}

/// How many unfinished files there are.
fn hidden(directory: &Path) -> u32 {
    let names = fs::read_dir(directory.join("keys")).unwrap().map(|it| it.unwrap().file_name());
    u32::try_from(names.filter(|name| name.to_string_lossy().ends_with(".tmp")).count()).unwrap()
}

#[test]
fn of_two_rotations_at_a_time_one_waits_and_finds_the_others_key() {
    for _ in 0..10 {
        let directory = TempDir::new().unwrap();
        run(directory.path(), &["keys", "generate"]).good();
        let old = keys(directory.path())[0]["kid"].clone();
        let both = [(); 4].map(|()| start(directory.path(), &["keys", "rotate"]));
        let codes = both.map(|mut process| process.wait().unwrap().code().unwrap());
        assert_eq!(codes.iter().filter(|code| **code == DONE).count(), 1, "{codes:?}");
        let keys = keys(directory.path());
        assert_eq!(keys.len(), 2);
        let old = keys.iter().find(|key| key["kid"] == old).unwrap();
        assert!(old["exp"].is_u64());
    }
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_named() {
    let directory = TempDir::new().unwrap();
    run(directory.path(), &["keys", "generate"]).good();
    let lock = fs::File::open(directory.path().join("keys/.lock")).unwrap();
    lock.lock().unwrap();
    let mut waiting = start(directory.path(), &["keys", "rotate"]);
    thread::sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    lock.unlock().unwrap();
    assert!(waiting.wait().unwrap().success());
    lock.lock().unwrap();
    let complaint = run(directory.path(), &["keys", "prune"]).refused_with(FAILED);
    assert!(
        complaint.contains("keys: another `countersign keys` command is at work"),
        "{complaint}"
    );
}
