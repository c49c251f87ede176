mod sources;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::rotation::RotationError;
use super::*;
use sources::rendered;

const NOW: UnixTime = UnixTime(1_764_000_000);

fn stored(not_before: u64, expires: Option<u64>) -> StoredKey {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    StoredKey::new(key, UnixTime(not_before), expires.map(UnixTime))
}

fn write_key(directory: &Path, stored: &StoredKey) -> Result<PathBuf, KeyFileError> {
    LockedDirectory::lock(directory)?.write(stored)
}

/// The files of a directory, without the one that is locked.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| !path.ends_with(".lock")).collect()
}

fn files(directory: &Path) -> KeySettings {
    let current = KeySource::Directory(KeyDirectory::new(directory.to_owned()));
    KeySettings { current, previous: None }
}

fn ids(keys: &SigningKeys) -> Vec<String> {
    let set: serde_json::Value = serde_json::from_slice(&keys.published().body).unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signing(directory: &Path, now: UnixTime) -> String {
    let ring = KeyRing::new(KeyDirectory::new(directory.to_owned()).keys().unwrap()).unwrap();
    ring.signing(now).unwrap().key_id().to_string()
}

#[test]
fn the_newest_key_whose_time_has_come_signs_and_all_are_published_until_their_end() {
    let (old, current, next) = (stored(0, Some(100)), stored(50, None), stored(200, None));
    let name = |key: &StoredKey| key.key_id().to_string();
    let ring = KeyRing::new(vec![next.clone(), old.clone(), current.clone()]).unwrap();
    let at = |now: u64| {
        let now = UnixTime(now);
        (ring.signing(now).map(&name), ring.published(now).count())
    };
    assert_eq!(at(10), (Some(name(&old)), 3));
    assert_eq!(at(50), (Some(name(&current)), 3));
    assert_eq!(at(100), (Some(name(&current)), 2));
    assert_eq!(at(200), (Some(name(&next)), 2));
    assert!(KeyRing::new(vec![stored(10, None)]).unwrap().signing(UnixTime(9)).is_none());
    assert_eq!(KeyRing::new(vec![]).unwrap_err(), RingError::Empty);
    let doubled = KeyRing::new(vec![old.clone(), old.clone()]).unwrap_err();
    assert_eq!(doubled, RingError::Doubled(old.key_id().clone()));
}

#[test]
fn a_rotation_never_leaves_a_verifier_without_the_key_it_needs() {
    let directory = tempfile::tempdir().unwrap();
    write_key(directory.path(), &stored(NOW.0 - 1000, None)).unwrap();
    let first = signing(directory.path(), NOW);
    let rotation = rotate(directory.path(), None, NOW).unwrap();
    let next = rotation.next.key_id().to_string();
    assert_eq!(rotation.next.not_before, NOW.plus(JWKS_MAX_AGE * 2));
    assert_eq!(signing(directory.path(), NOW), first);
    assert_eq!(signing(directory.path(), UnixTime(rotation.next.not_before.0 - 1)), first);
    assert_eq!(signing(directory.path(), rotation.next.not_before), next);

    let (clock, hand) = Clock::fixed(NOW);
    let keys = SigningKeys::load(files(directory.path()), clock).unwrap();
    assert_eq!(ids(&keys), [next.clone(), first.clone()], "the next key is known before it signs");
    let last_token_expires = rotation.next.not_before.0 + 24 * 3600;
    hand.store(last_token_expires, Ordering::SeqCst);
    assert_eq!(ids(&keys).len(), 2, "the last token of the old key can still be verified");
    let etag = keys.published().etag.to_string();
    hand.store(last_token_expires + 301, Ordering::SeqCst);
    assert_eq!(ids(&keys), [next]);
    assert_ne!(*keys.published().etag, etag);
}

#[test]
fn a_second_rotation_waits_for_the_first() {
    let directory = tempfile::tempdir().unwrap();
    write_key(directory.path(), &stored(0, None)).unwrap();
    rotate(directory.path(), None, NOW).unwrap();
    assert!(matches!(rotate(directory.path(), None, NOW), Err(RotationError::UnderWay { .. })));
    assert!(rotate(directory.path(), Some(Algorithm::Es256), NOW.plus(JWKS_MAX_AGE * 2)).is_ok());
}

#[test]
fn pruning_removes_what_has_run_out_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    write_key(directory.path(), &stored(0, Some(NOW.0))).unwrap();
    write_key(directory.path(), &stored(0, Some(NOW.0 + 1))).unwrap();
    write_key(directory.path(), &stored(0, None)).unwrap();
    assert_eq!(prune(directory.path(), NOW).unwrap().len(), 1);
    assert_eq!(KeyDirectory::new(directory.path().to_owned()).keys().unwrap().len(), 2);
}

#[test]
fn a_pem_file_signs_and_is_given_its_dates_by_rotation() {
    let directory = tempfile::tempdir().unwrap();
    let pem = include_str!("../../../tests/fixtures/keys/ec-p256.pem");
    std::fs::write(directory.path().join("mine.pem"), pem).unwrap();
    let first = signing(directory.path(), NOW);
    let rotation = rotate(directory.path(), None, NOW).unwrap();
    assert_eq!(rotation.next.key().algorithm(), Algorithm::Es256);
    assert!(!directory.path().join("mine.pem").exists());
    let keys = KeyDirectory::new(directory.path().to_owned()).keys().unwrap();
    assert!(keys.iter().any(|key| key.key_id().as_str() == first && key.expires.is_some()));
}

#[test]
fn a_key_file_has_the_name_by_which_rotation_finds_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = write_key(directory.path(), &stored(0, None)).unwrap();
    std::fs::rename(file, directory.path().join("mine.json")).unwrap();
    let error = KeyDirectory::new(directory.path().to_owned()).keys().unwrap_err().to_string();
    assert!(error.contains("mine.json: the file of this key must be named"), "{error}");
    assert!(rotate(directory.path(), None, NOW).is_err());
    assert_eq!(entries(directory.path()).len(), 1, "nothing is half done");
}

#[test]
fn the_same_mistake_is_said_again_after_it_was_mended() {
    let directory = tempfile::tempdir().unwrap();
    write_key(directory.path(), &stored(0, None)).unwrap();
    let (clock, _) = Clock::fixed(NOW);
    let metrics = Metrics::default();
    let keys = SigningKeys::load(files(directory.path()), clock).unwrap();
    let half = directory.path().join("half.json");
    for times in 1..=2 {
        std::fs::write(&half, "{").unwrap();
        keys.reload_if_changed(&metrics);
        keys.reload_if_changed(&metrics);
        let counted = format!("key_reloads_total{{outcome=\"failed\"}} {times}");
        assert!(rendered(&metrics).contains(&counted), "{}", rendered(&metrics));
        std::fs::remove_file(&half).unwrap();
        keys.reload_if_changed(&metrics);
    }
}

#[test]
fn a_changed_directory_is_picked_up_and_a_broken_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let file = write_key(directory.path(), &stored(0, None)).unwrap();
    let (clock, hand) = Clock::fixed(NOW);
    let metrics = Metrics::default();
    let keys = SigningKeys::load(files(directory.path()), clock).unwrap();
    let first = ids(&keys);
    keys.reload_if_changed(&metrics);
    assert_eq!(ids(&keys), first);
    write_key(directory.path(), &stored(NOW.0 + 10, None)).unwrap();
    keys.reload_if_changed(&metrics);
    assert_eq!(ids(&keys).len(), 2);
    std::fs::write(directory.path().join("half.json"), r#"{"kty":"EC","crv":"P-2"#).unwrap();
    keys.reload_if_changed(&metrics);
    assert_eq!(ids(&keys).len(), 2, "a broken file never replaces a good set");
    std::fs::remove_file(directory.path().join("half.json")).unwrap();
    std::fs::remove_file(file).unwrap();
    keys.reload_if_changed(&metrics);
    assert_eq!(ids(&keys).len(), 2, "a set of which no key may sign does not either");
    keys.reload_if_changed(&metrics);
    assert!(rendered(&metrics).contains("key_reloads_total{outcome=\"failed\"} 2"), "said once");
    hand.store(NOW.0 + 10, Ordering::SeqCst);
    keys.reload_if_changed(&metrics);
    assert_eq!(ids(&keys).len(), 1, "until its time has come, with no change to the files");
    std::fs::remove_dir_all(directory.path()).unwrap();
    keys.reload_if_changed(&metrics);
    assert_eq!(ids(&keys).len(), 1, "nor does a directory that is gone");
    assert!(rendered(&metrics).contains("key_reloads_total{outcome=\"failed\"} 3"));
}

#[test]
fn a_service_without_a_key_that_may_sign_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let load = || {
        let (clock, _) = Clock::fixed(NOW);
        SigningKeys::load(files(directory.path()), clock).map(|_| ()).unwrap_err().to_string()
    };
    assert!(load().ends_with("no key in it; `countersign keys generate` makes one"), "{}", load());
    std::fs::write(directory.path().join("README.md"), "not a key").unwrap();
    std::fs::write(directory.path().join(".hidden.json"), "not a key").unwrap();
    assert!(load().contains("no key in it"));
    write_key(directory.path(), &stored(NOW.0 + 1, None)).unwrap();
    assert!(load().starts_with("no key may sign now"));
    std::fs::write(directory.path().join("x.json"), r#"{"kty":"oct","k":"c2VjcmV0"}"#).unwrap();
    let error = load();
    assert!(error.contains("x.json") && !error.contains("c2VjcmV0"), "{error}");
}

#[test]
fn key_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let file = write_key(directory.path(), &stored(0, None)).unwrap();
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(entries(directory.path()).len(), 1, "no unfinished file is left");
}

#[test]
fn what_a_killed_writer_left_is_in_nobodys_way() {
    let directory = tempfile::tempdir().unwrap();
    let file = write_key(directory.path(), &stored(0, None)).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let left = [format!(".{name}.1.tmp"), format!(".{name}.x.tmp"), ".other.json.y.tmp".to_owned()];
    for left in &left {
        std::fs::write(directory.path().join(left), "{\"kty\":").unwrap();
    }
    std::fs::write(directory.path().join(".gitignore"), "*").unwrap();
    assert_eq!(KeyDirectory::new(directory.path().to_owned()).keys().unwrap().len(), 1);
    rotate(directory.path(), None, NOW).unwrap();
    let hidden = |path: &&PathBuf| path.file_name().unwrap().to_string_lossy().starts_with('.');
    let entries = entries(directory.path());
    let hidden: Vec<_> = entries.iter().filter(hidden).collect();
    assert_eq!(hidden, [&directory.path().join(".gitignore")]);
}

#[test]
fn a_key_that_verifiers_cannot_know_yet_is_noticed() {
    let [old, next] = [stored(0, None), stored(NOW.0 + 1800, None)];
    let set = |keys: &[&StoredKey]| {
        KeySet::from(KeyRing::new(keys.iter().copied().cloned().collect()).unwrap())
    };
    let hasty = |keys: &[&StoredKey], before: &[&StoredKey]| {
        let (next, before) = (set(keys), set(before));
        next.hasty(&before, NOW).into_iter().map(|key| key.key_id().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(hasty(&[&old, &next], &[&old]), [""; 0], "as rotation dates it");
    for soon in [0, NOW.0, NOW.0 + 899] {
        let soon = stored(soon, None);
        let signs = soon.not_before > old.not_before || soon.key_id() > old.key_id();
        let expected: Vec<_> = signs.then(|| soon.key_id().to_string()).into_iter().collect();
        assert_eq!(hasty(&[&old, &soon], &[&old]), expected);
        assert_eq!(hasty(&[&soon], &[&old]), [""; 0], "nothing else could be done");
        assert_eq!(hasty(&[&old, &soon], &[&old, &soon]), [""; 0]);
    }
}
