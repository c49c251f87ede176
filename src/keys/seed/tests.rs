use std::collections::BTreeSet;

use super::*;

const DAY: u64 = 24 * 3600;
/// The page that describes the derivation, with its test vectors.
const PAGE: &str = include_str!("../../../keys/README.md");

fn seed(text: &[u8], algorithm: Algorithm, period: u64) -> Seed {
    Seed {
        secret: SecretBytes::new(text),
        file: PathBuf::from("seed"),
        is_readable_by_others: false,
        algorithm,
        period: Duration::from_secs(period),
    }
}

fn weekly(text: &str) -> Seed {
    seed(text.as_bytes(), Algorithm::Es256, 7 * DAY)
}

fn key_ids(seed: &Seed, now: u64) -> Vec<String> {
    let keys = seed.keys(UnixTime(now)).unwrap();
    keys.iter().map(|key| key.key_id().to_string()).collect()
}

#[test]
fn the_derivation_is_the_one_that_the_page_on_keys_describes() {
    let rows =
        PAGE.lines().filter(|line| line.starts_with("| ES256 |") || line.starts_with("| EdDSA |"));
    let mut checked = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, algorithm, period, number, key_id, x, y, d, _] = cells.try_into().unwrap();
        let seed_line = PAGE.lines().find_map(|line| line.strip_prefix("The seed of all: `"));
        let text = seed_line.unwrap().split('`').next().unwrap();
        let seed = seed(text.as_bytes(), algorithm.parse().unwrap(), period.parse().unwrap());
        let key = seed.derive(number.parse().unwrap()).unwrap();
        let private = key.private_jwk().expose();
        let member = |name: &str| private.get(name).and_then(|it| it.as_str()).unwrap_or("-");
        assert_eq!((member("kid"), member("x")), (key_id, x), "{row}");
        assert_eq!((member("y"), member("d")), (y, d), "{row}");
        checked.insert((algorithm, period, number));
    }
    assert_eq!(checked.len(), 6, "each algorithm, two periods, two numbers");
}

#[test]
fn each_period_has_a_key_that_is_published_in_those_around_it() {
    let seed = weekly("a seed of no fewer than 32 bytes");
    let now = 1_764_000_000;
    let number = now / (7 * DAY);
    let keys = seed.keys(UnixTime(now)).unwrap();
    let dates: Vec<_> = keys.iter().map(|key| (key.not_before.0, key.expires.unwrap().0)).collect();
    let expected: Vec<_> =
        (number - 1..=number + 1).map(|at| (at * 7 * DAY, (at + 2) * 7 * DAY)).collect();
    assert_eq!(dates, expected);
    let ring = super::super::KeyRing::new(keys.clone()).unwrap();
    assert_eq!(ring.signing(UnixTime(now)).unwrap().key_id(), keys[1].key_id());
    assert_eq!(ring.published(UnixTime(now)).count(), 3);
    let (earlier, later) = (key_ids(&seed, now - 7 * DAY), key_ids(&seed, now + 7 * DAY));
    let present = key_ids(&seed, now);
    assert_eq!((&present[..2], &present[1..]), (&earlier[1..], &later[..2]));
    assert_eq!(key_ids(&seed, 5).len(), 2, "nothing is before the epoch");
}

#[test]
fn another_seed_period_or_algorithm_gives_other_keys() {
    let text: &[u8] = b"a seed of no fewer than 32 bytes";
    let now = 1_764_000_000;
    let all: Vec<_> = [
        seed(text, Algorithm::Es256, 7 * DAY),
        seed(text, Algorithm::Es256, 14 * DAY),
        seed(text, Algorithm::EdDsa, 7 * DAY),
        seed(b"a seed of no fewer than 32 BYTES", Algorithm::Es256, 7 * DAY),
    ]
    .iter()
    .flat_map(|seed| key_ids(seed, now))
    .collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 12, "{all:?}");
}

#[test]
fn a_candidate_that_is_no_scalar_is_passed_over() {
    let candidates = || [[0xff; 32], [0; 32], [7; 32]].map(SecretBytes::new).into_iter();
    let key = first_key(Algorithm::Es256, candidates()).unwrap();
    let seventh = SigningKey::from_raw(Algorithm::Es256, &SecretBytes::new([7; 32])).unwrap();
    assert_eq!(key.public(), seventh.public());
    assert!(first_key(Algorithm::Es256, candidates().take(2)).is_err());
}

#[test]
fn a_seed_is_its_files_bytes_without_line_ends_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("seed");
    let read = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        Seed::read(&file, Algorithm::Es256, Duration::from_secs(7 * DAY))
    };
    let plain = read(&[0xfe; 32]).unwrap();
    for end in [b"\n".as_slice(), b"\r\n", b"\n\n"] {
        assert_eq!(read(&[&[0xfe; 32], end].concat()).unwrap(), plain);
    }
    let spaced = read(&[&[0xfe; 32], b" ".as_slice()].concat()).unwrap();
    assert_ne!(spaced, plain);
    let short = read(&[&[0xfe; 31], b"\n".as_slice()].concat()).unwrap_err().to_string();
    assert!(short.contains("31 bytes are too few") && short.contains("openssl rand"), "{short}");
    let long = read("a".repeat(65537).as_bytes()).unwrap_err().to_string();
    assert!(long.contains("more than 65536 bytes"), "{long}");
    assert!(!format!("{plain:?}").contains("254"));
}
