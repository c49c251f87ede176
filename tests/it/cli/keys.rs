//! `keys generate|list|rotate|prune|jwks`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{FAILED, USAGE, run};

/// The longest that a token may live, in seconds.
const LONGEST_TOKEN: u64 = 24 * 3600;
/// The members of a JWK that are not for the public (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Returns the files of a directory, without the one that commands lock.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| !path.ends_with(".lock")).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Returns the file of the one key that a directory holds.
fn only_file(directory: &Path) -> PathBuf {
    let [file] = files(directory).try_into().unwrap();
    file
}

/// Makes a key in a directory, and returns its file.
fn generate(keys: &Path, more: &[&str]) -> PathBuf {
    let before = if keys.exists() { files(keys) } else { Vec::new() };
    let arguments = ["keys", "generate", "--dir", keys.to_str().unwrap()];
    run(Path::new("."), &[arguments.as_slice(), more].concat()).good();
    files(keys).into_iter().find(|file| !before.contains(file)).unwrap()
}

/// RFC 7638 §3: SHA-256 of the required members in the order of their names.
fn thumbprint(jwk: &Value) -> String {
    let members: &[&str] = match jwk["kty"].as_str().unwrap() {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        other => panic!("{other}"),
    };
    let members: Vec<_> = members.iter().map(|name| format!("\"{name}\":{}", jwk[name])).collect();
    let hash = digest(&SHA256, format!("{{{}}}", members.join(",")).as_bytes());
    base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, hash)
}

#[test]
fn each_algorithm_makes_a_private_file_named_by_the_thumbprint() {
    let directory = TempDir::new().unwrap();
    for (algorithm, key_type) in [
        ("ES256", json!(["EC", "P-256"])),
        ("ES384", json!(["EC", "P-384"])),
        ("EdDSA", json!(["OKP", "Ed25519"])),
        ("RS256", json!(["RSA", null])),
        ("PS256", json!(["RSA", null])),
    ] {
        let file = generate(&directory.path().join(algorithm), &["--alg", algorithm]);
        let jwk = read(&file);
        assert_eq!(jwk["alg"], algorithm);
        assert_eq!(json!([jwk["kty"], jwk["crv"]]), key_type);
        assert_eq!(jwk["kid"], thumbprint(&jwk));
        assert_eq!(file.file_name().unwrap(), &*format!("{}.json", thumbprint(&jwk)));
        assert!(jwk["d"].is_string() && jwk["nbf"].is_u64() && jwk.get("exp").is_none());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn keys_are_es256_and_in_keys_when_nothing_else_is_said() {
    let directory = TempDir::new().unwrap();
    let printed = run(directory.path(), &["keys", "generate"]).good();
    let file = only_file(&directory.path().join("keys"));
    assert_eq!(read(&file)["alg"], "ES256");
    let key_id = file.file_stem().unwrap().to_str().unwrap();
    assert!(printed.contains(&format!("keys/{key_id}.json")), "{printed}");
    for command in ["list", "jwks", "rotate"] {
        let printed = run(directory.path(), &["keys", command]).good();
        assert!(printed.contains(key_id), "{command}: {printed}");
    }
    run(directory.path(), &["keys", "prune"]).good();
}

#[test]
fn a_key_signs_from_the_moment_that_not_before_names() {
    let directory = TempDir::new().unwrap();
    for (text, seconds) in [
        ("2026-01-31T12:00:00Z", 1_769_860_800),
        ("2100-02-28T23:59:59Z", 4_107_542_399_u64),
        ("1900000000", 1_900_000_000),
        ("0", 0),
    ] {
        let file = generate(directory.path(), &["--not-before", text]);
        assert_eq!(read(&file)["nbf"], seconds, "{text}");
    }
    let before = files(directory.path());
    let keys = directory.path().to_str().unwrap();
    for nonsense in ["tomorrow", "", "1.5", "2026-02-30T12:00:00Z", "1900-01-01T00:00:00Z"] {
        let arguments = ["keys", "generate", "--dir", keys, "--not-before", nonsense];
        let complaint = run(Path::new("."), &arguments).refused_with(USAGE);
        assert!(complaint.contains("--not-before") && complaint.contains("seconds"), "{complaint}");
    }
    assert_eq!(files(directory.path()), before);
}

#[test]
fn rotation_publishes_the_next_key_early_and_the_old_one_to_its_last_token() {
    let directory = TempDir::new().unwrap();
    let keys = directory.path().join("keys");
    let old_file = generate(&keys, &["--alg", "EdDSA"]);
    let old_id = read(&old_file)["kid"].clone();
    let listed = run(directory.path(), &["keys", "list"]).good();
    let [_, line] = listed.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(line.contains(old_id.as_str().unwrap()) && line.contains("signing"), "{line}");

    let printed = run(directory.path(), &["keys", "rotate"]).good();
    let next = files(&keys).into_iter().find(|file| *file != old_file).unwrap();
    let (old, next) = (read(&old_file), read(&next));
    let date = |jwk: &Value, name: &str| jwk[name].as_u64().unwrap();
    // The published key set may be kept for 15 minutes: twice that, in seconds.
    assert!(date(&next, "nbf") >= date(&old, "nbf") + 2 * 15 * 60);
    assert!(date(&old, "exp") >= date(&next, "nbf") + LONGEST_TOKEN);
    assert_eq!((&next["alg"], next.get("exp")), (&json!("EdDSA"), None));
    assert_eq!(old["kid"], old_id);
    assert!(printed.contains(next["kid"].as_str().unwrap()), "{printed}");

    let listed = run(directory.path(), &["keys", "list"]).good();
    let states = [(&old, "signing"), (&next, "next")];
    for (jwk, state) in states {
        let line = listed.lines().find(|line| line.contains(jwk["kid"].as_str().unwrap()));
        assert!(line.unwrap().contains(state), "{listed}");
    }
}

#[test]
fn a_second_rotation_is_refused_until_the_first_has_taken_effect() {
    let directory = TempDir::new().unwrap();
    let keys = directory.path().join("keys");
    let old_file = generate(&keys, &[]);
    run(directory.path(), &["keys", "rotate", "--alg", "ES384"]).good();
    let before: Vec<_> = files(&keys).iter().map(|file| read(file)).collect();
    let next = before.iter().find(|jwk| jwk["alg"] == "ES384").unwrap();

    let complaint = run(directory.path(), &["keys", "rotate"]).refused_with(FAILED);
    let at = humantime::parse_rfc3339(complaint.trim_end().rsplit(' ').next().unwrap()).unwrap();
    let at = at.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(next["nbf"], at, "{complaint}");
    let after: Vec<_> = files(&keys).iter().map(|file| read(file)).collect();
    assert_eq!(after, before);
    assert!(old_file.exists());
}

#[test]
fn pruning_removes_what_has_run_out_and_nothing_else() {
    let directory = TempDir::new().unwrap();
    let keys = directory.path().join("keys");
    let [expired, kept] = [(); 2].map(|()| generate(&keys, &[]));
    let mut jwk = read(&expired);
    jwk["nbf"] = 1.into();
    jwk["exp"] = 1_700_000_000.into();
    fs::write(&expired, jwk.to_string()).unwrap();

    let published = run(directory.path(), &["keys", "jwks"]).good();
    assert!(!published.contains(jwk["kid"].as_str().unwrap()), "{published}");
    let printed = run(directory.path(), &["keys", "prune"]).good();
    assert!(printed.contains(expired.file_name().unwrap().to_str().unwrap()), "{printed}");
    assert_eq!(only_file(&keys), kept);
    run(directory.path(), &["keys", "prune"]).good();
    assert_eq!(only_file(&keys), kept);
}

#[test]
fn the_key_set_holds_every_key_and_nothing_private() {
    let directory = TempDir::new().unwrap();
    let keys = directory.path().join("keys");
    let files = ["ES256", "ES384", "EdDSA", "RS256", "PS256"]
        .map(|algorithm| generate(&keys, &["--alg", algorithm]));
    let printed = run(directory.path(), &["keys", "jwks"]).good();
    let set: Value = serde_json::from_str(&printed).unwrap();
    let published = set["keys"].as_array().unwrap();
    let key_id = |jwk: &Value| jwk["kid"].as_str().unwrap().to_owned();
    let expected: BTreeSet<_> = files.iter().map(|file| key_id(&read(file))).collect();
    assert_eq!(published.iter().map(key_id).collect::<BTreeSet<_>>(), expected);
    for jwk in published {
        assert!(PRIVATE.iter().all(|name| jwk.get(name).is_none()), "{jwk}");
        assert_eq!(jwk["use"], "sig");
        assert!(jwk["alg"].is_string());
    }
    let set: JwkSet = serde_json::from_str(&printed).unwrap();
    assert!(set.keys.iter().all(|jwk| DecodingKey::from_jwk(jwk).is_ok()));
}

#[test]
fn a_directory_that_is_not_there_or_holds_nonsense_is_named() {
    let directory = TempDir::new().unwrap();
    for command in ["list", "rotate", "prune", "jwks"] {
        let complaint =
            run(directory.path(), &["keys", command, "--dir", "absent"]).refused_with(FAILED);
        assert!(complaint.contains("absent"), "{command}: {complaint}");
    }
    fs::create_dir(directory.path().join("keys")).unwrap();
    fs::write(directory.path().join("keys/broken.json"), "{\"kty\":\"EC\",\"d\":\"hush\"}")
        .unwrap();
    for command in ["list", "rotate", "prune", "jwks"] {
        let complaint = run(directory.path(), &["keys", command]).refused_with(FAILED);
        assert!(complaint.contains("broken.json"), "{command}: {complaint}");
        assert!(!complaint.contains("hush"), "{command}: {complaint}");
    }
}
