//! Every file that a fuzzer began with or found, and what comes of changing each a little.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::service::{assert_refused, block_on, the_service};
use super::{TARGETS, Target};
use crate::http::fuzzing::of_what_panics;
use crate::telemetry::Standing;

/// How often a target is called with a changed file.
const CHANGED: usize = 1500;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn names(of: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The files of a target's corpus, in the order of their names.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder("corpus").join(target)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Numbers that are the same in every run (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.below(length + 1), self.below(length + 1));
        a.min(b)..a.max(b)
    }

    /// Flips a bit, cuts a piece out, puts one in from another file, or repeats one.
    fn changed(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut changed = input.to_vec();
        let (piece, place) = (self.range(input.len()), self.below(input.len() + 1));
        match self.below(4) {
            0 => {
                let bit = self.below(8);
                if let Some(byte) = changed.get_mut(place) {
                    *byte ^= 1 << bit;
                }
            }
            1 => drop(changed.drain(piece)),
            2 => drop(changed.splice(piece, other[self.range(other.len())].iter().copied())),
            _ => drop(changed.splice(place..place, input[piece].iter().copied())),
        }
        changed
    }
}

/// Calls a target and says with what it failed, if it did.
fn fails(target: Target, input: &[u8], what: &str) -> Option<String> {
    let input = input.to_vec();
    let failed = catch_unwind(|| target(&input)).is_err();
    failed.then(|| format!("{what}: {}", input.escape_ascii()))
}

fn failures(name: &str, target: Target) -> Vec<String> {
    let files = corpus(name);
    let whole =
        files.iter().filter_map(|(path, input)| fails(target, input, &path.display().to_string()));
    let mut failures: Vec<_> = whole.collect();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for nth in 0..CHANGED {
        let (path, input) = &files[nth % files.len()];
        let other = &files[numbers.below(files.len())].1;
        let changed = numbers.changed(input, other);
        failures.extend(fails(target, &changed, &format!("{} changed", path.display())));
    }
    failures
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder("fuzz_targets")), targets);
    assert_eq!(names(&folder("corpus")), targets);
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for name in targets {
        assert!(!corpus(&name).is_empty(), "{name}");
        let program = folder("fuzz_targets").join(format!("{name}.rs"));
        let call = format!("countersign::fuzzing::{name}(input)");
        assert!(fs::read_to_string(program).unwrap().contains(&call), "{name}");
        assert!(manifest.contains(&format!("fuzz_targets/{name}.rs")), "{name}");
    }
}

#[test]
fn what_panics_is_answered_as_a_failure_of_ours_and_ends_nothing_else() {
    let answered = block_on(of_what_panics(Arc::clone(&the_service().state)));
    assert_refused(&answered, &[]);
    assert_eq!(answered.status, 500);
    assert!(String::from_utf8(answered.body).unwrap().contains(r#""reason":"internal""#));
    let metrics = the_service().state.metrics.render(&Standing::default());
    let counted = r#"kind="access_token",outcome="failed",reason="internal"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn what_fuzzers_found_and_what_is_like_it_breaks_nothing() {
    let failures: Vec<_> = thread::scope(|scope| {
        let run = |(name, target)| scope.spawn(move || failures(name, target));
        let running: Vec<_> = TARGETS.into_iter().map(run).collect();
        running.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
