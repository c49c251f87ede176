//! What operators do to a key directory by mistake: a service does not start with it, and a running
//! one goes on with the keys that it has, and says once what to do.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::program::{CONFIGURATION, FAILED, Serving, USAGE, configured, get, run, wait_for};

/// How long a log line may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PEM: &str = include_str!("../../fixtures/keys/ec-p256.pem");

/// What is done to a key directory with one key, and what the message says: what is wrong with
/// which file, and what to do.
struct Mistake {
    name: &'static str,
    make: fn(&Path),
    says: [&'static str; 2],
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The one key of the directory.
fn key(keys: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(keys).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.extension().is_some_and(|it| it == "json")).unwrap()
}

const MISTAKES: [Mistake; 13] = [
    Mistake {
        name: "two keys with one key ID",
        make: |keys| {
            for name in ["one.pem", "two.pem"] {
                fs::write(keys.join(name), PEM).unwrap();
            }
        },
        says: ["two.pem: its key has the key ID", "remove one of the two"],
    },
    Mistake {
        name: "a directory that is gone",
        // In one step: a directory that is half gone would be another mistake.
        make: |keys| fs::rename(keys, keys.with_file_name("elsewhere")).unwrap(),
        says: ["keys: cannot be listed", "restore it"],
    },
    Mistake {
        name: "a link to nothing",
        make: |keys| symlink("nowhere", keys.join("x.json")).unwrap(),
        says: ["x.json: cannot be read", "restore it or remove it"],
    },
    Mistake {
        name: "a directory in the place of a file",
        make: |keys| fs::create_dir(keys.join("x.json")).unwrap(),
        says: ["x.json: cannot be read: not a file", "restore it or remove it"],
    },
    Mistake {
        name: "a file that is no text",
        make: |keys| fs::write(keys.join("x.pem"), [0xff; 300]).unwrap(),
        says: ["x.pem: not UTF-8", "restore it or remove it"],
    },
    Mistake {
        name: "half a file",
        make: |keys| fs::write(keys.join("x.json"), "{\"kty\":\"EC\",").unwrap(),
        says: ["x.json: not JSON", "restore it or remove it"],
    },
    Mistake {
        name: "a file that everybody may write",
        make: |keys| mode(&key(keys), 0o666),
        says: [".json: others may write it (mode 666)", "`chmod 600`"],
    },
    Mistake {
        name: "a directory that everybody may write to",
        make: |keys| mode(keys, 0o777),
        says: ["keys: others may write it (mode 777)", "`chmod 700`"],
    },
    Mistake {
        name: "an empty directory",
        make: |keys| fs::remove_file(key(keys)).unwrap(),
        says: ["keys: no key in it", "countersign keys generate"],
    },
    Mistake {
        name: "keys that have all run out",
        make: |keys| {
            let file = key(keys);
            let mut jwk: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            jwk["exp"] = 1_700_000_000.into();
            fs::write(file, jwk.to_string()).unwrap();
        },
        says: ["no key may sign now", "look at the clock"],
    },
    Mistake {
        name: "a file with another name than its key",
        make: |keys| fs::rename(key(keys), keys.join("mine.json")).unwrap(),
        says: ["mine.json: the file of this key must be named", "rename it"],
    },
    Mistake {
        name: "a file in the place of the directory",
        make: |keys| {
            fs::remove_dir_all(keys).unwrap();
            fs::write(keys, "keys").unwrap();
        },
        says: ["keys: cannot be listed", "restore it"],
    },
    Mistake {
        name: "a file that is too large",
        make: |keys| fs::write(keys.join("x.json"), " ".repeat(65537)).unwrap(),
        says: ["x.json: more than 65536 bytes", "remove it"],
    },
];

/// Puts the key directory back to one key.
fn restore(keys: &Path, name: &std::ffi::OsStr, text: &str) {
    if keys.is_file() {
        fs::remove_file(keys).unwrap();
    } else if keys.exists() {
        fs::remove_dir_all(keys).unwrap();
    }
    fs::create_dir(keys).unwrap();
    mode(keys, 0o700);
    fs::write(keys.join(name), text).unwrap();
    mode(&keys.join(name), 0o600);
}

#[test]
fn no_service_starts_with_a_mistake_and_it_says_what_to_do() {
    let directory = configured(CONFIGURATION);
    run(directory.path(), &["keys", "generate"]).good();
    let keys = directory.path().join("keys");
    let (file, text) = (key(&keys), fs::read_to_string(key(&keys)).unwrap());
    for mistake in &MISTAKES {
        (mistake.make)(&keys);
        let complaint = run(directory.path(), &["serve"]).refused_with(FAILED);
        for part in mistake.says {
            assert!(complaint.contains(part), "{}: {complaint}", mistake.name);
        }
        restore(&keys, file.file_name().unwrap(), &text);
    }
    run(directory.path(), &["keys", "list"]).good();
}

/// Returns the lines of a log that hold a text.
fn lines(serving: &Serving, text: &str) -> Vec<String> {
    let log = serving.process.logged();
    log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

#[test]
fn a_running_service_goes_on_and_says_once_what_to_do() {
    let serving = Serving::start(CONFIGURATION);
    let keys = serving.directory.path().join("keys");
    let (file, text) = (key(&keys), fs::read_to_string(key(&keys)).unwrap());
    let key_set = || get(&format!("{}/.well-known/jwks.json", serving.url)).body;
    let before = key_set();
    // What is awaited comes at a hang-up, or at the next look.
    let await_lines = |what: &str, text: &str, count: usize| {
        wait_for(what, PATIENCE, || {
            serving.process.signal("HUP");
            (lines(&serving, text).len() >= count).then_some(())
        });
    };
    for mistake in &MISTAKES {
        let [complaint, _] = mistake.says;
        let earlier = lines(&serving, complaint).len();
        (mistake.make)(&keys);
        await_lines(mistake.name, complaint, earlier + 1);
        let said = lines(&serving, complaint).pop().unwrap();
        for part in mistake.says {
            assert!(said.contains(part), "{}: {said}", mistake.name);
        }
        assert!(said.contains("the last good set stays in use"), "{said}");
        assert_eq!(key_set(), before, "{}", mistake.name);
        for _ in 0..3 {
            serving.process.signal("HUP");
            std::thread::sleep(Duration::from_millis(20));
        }
        restore(&keys, file.file_name().unwrap(), &text);
        // While it is mended it may be seen half done, which is another mistake.
        wait_for(mistake.name, PATIENCE, || {
            serving.process.signal("HUP");
            let last = lines(&serving, "reloaded").pop();
            last.filter(|line| !line.contains("not reloaded")).map(|_| ())
        });
        let said = lines(&serving, complaint).split_off(earlier);
        // Without the time, which comes first.
        let messages: BTreeSet<_> =
            said.iter().map(|line| line.split_once(' ').unwrap().1).collect();
        assert_eq!(messages.len(), said.len(), "said once: {said:?}");
    }
    let metrics = get(&format!("{}/metrics", serving.url)).body;
    let (_, failed) = metrics.split_once("key_reloads_total{outcome=\"failed\"} ").unwrap();
    let failed: usize = failed.lines().next().unwrap().parse().unwrap();
    assert!(failed >= MISTAKES.len(), "{metrics}");
}

#[test]
fn a_key_that_signs_too_early_is_used_with_a_warning_and_a_readable_one_too() {
    let serving = Serving::start(CONFIGURATION);
    let keys = serving.directory.path().join("keys");
    mode(&key(&keys), 0o644);
    // Of two keys of one second the ID would decide which one signs.
    let soon = (countersign::clock::Clock::System.now().0 + 60).to_string();
    run(serving.directory.path(), &["keys", "generate", "--not-before", &soon]).good();
    serving.process.signal("HUP");
    wait_for("the reload", PATIENCE, || {
        lines(&serving, "signing keys reloaded").first().map(|_| ())
    });
    for (warning, advice) in [
        ("signs before every verifier knows it", "keys rotate"),
        ("group or others can read", "chmod 600"),
    ] {
        let said = wait_for(warning, PATIENCE, || {
            Some(lines(&serving, warning)).filter(|said| !said.is_empty())
        });
        assert_eq!(said.len(), 1, "{}", serving.process.logged());
        assert!(said[0].contains(advice) && said[0].contains("WARN"), "{}", said[0]);
    }
    let set = get(&format!("{}/.well-known/jwks.json", serving.url)).json();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
}

#[test]
fn a_configuration_with_a_seed_needs_no_directory() {
    let directory = configured(&format!("{CONFIGURATION}\n[keys]\nseed_file = \"seed\"\n"));
    let seed = directory.path().join("seed");
    let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
    assert!(complaint.contains("keys.seed_file") && complaint.contains("seed: cannot be read"));
    fs::write(&seed, "0123456789abcdef".repeat(4)).unwrap();
    run(directory.path(), &["config", "check"]).good();
    let list = |more: &[&str]| {
        run(directory.path(), &[&["keys", "list", "--seed-file", "seed"], more].concat()).good()
    };
    let states: Vec<_> = list(&[])
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().nth(2).unwrap().to_owned())
        .collect();
    assert_eq!(states, ["next", "signing", "retiring"], "{}", list(&[]));
    assert!(list(&["--alg", "EdDSA", "--period", "1d"]).contains("EdDSA"));
    let jwks = run(directory.path(), &["keys", "jwks", "--seed-file", "seed"]).good();
    assert_eq!(jwks.matches("\"kid\"").count(), 3);
    assert!(!jwks.contains("\"d\""));
    for wrong in [["--alg", "RS256"], ["--period", "59m"], ["--dir", "keys"]] {
        let arguments = ["keys", "list", "--seed-file", "seed", wrong[0], wrong[1]];
        run(directory.path(), &arguments).refused_with(USAGE);
    }
}
