//! What the program is made of: everything from one registry, with a checksum, once. What there is
//! twice is explained in deny.toml.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use toml::{Table, Value};

/// The registry, as Cargo names it.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// What deny.toml is about, so that other machines see the same.
const TARGET: &str = "x86_64-unknown-linux-gnu";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> Table {
    fs::read_to_string(root().join(file)).unwrap().parse().unwrap()
}

/// Returns an array of tables.
fn tables<'a>(value: &'a Value, name: &str) -> Vec<&'a Table> {
    value[name].as_array().unwrap().iter().map(|it| it.as_table().unwrap()).collect()
}

#[test]
fn every_package_comes_from_the_registry_with_a_checksum() {
    let lock = Value::from(read("Cargo.lock"));
    for package in tables(&lock, "package") {
        let member = |name: &str| package.get(name).and_then(Value::as_str);
        let name = member("name").unwrap();
        if name == env!("CARGO_PKG_NAME") {
            continue;
        }
        assert_eq!(member("source"), Some(REGISTRY), "{name}");
        assert_eq!(member("checksum").map(str::len), Some(64), "{name}");
    }
    let bans = &read("deny.toml")["sources"];
    for rule in ["unknown-registry", "unknown-git"] {
        assert_eq!(bans[rule].as_str(), Some("deny"), "{rule}");
    }
}

#[test]
fn no_dependency_is_of_any_version_from_a_path_or_from_git() {
    let manifest = read("Cargo.toml");
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, dependency) in manifest.get(kind).and_then(Value::as_table).into_iter().flatten()
        {
            let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
            let version = version.unwrap_or_default();
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name}: {version:?}");
            for other in ["path", "git", "registry"] {
                assert!(dependency.get(other).is_none(), "{name}: {other}");
            }
        }
    }
}

/// Returns the packages of which the program has several versions.
fn duplicates() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--duplicates", "--edges", "normal,build", "--locked", "--offline"])
        .args(["--depth", "0", "--prefix", "none", "--target", TARGET])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let Some((name, rest)) = line.split_once(" v") else { continue };
        let version = rest.split([' ', '+']).next().unwrap_or_default();
        found.entry(name.to_owned()).or_default().insert(version.to_owned());
    }
    // One version with two sets of features is listed too.
    found.retain(|_, versions| versions.len() > 1);
    found
}

#[test]
fn every_second_version_of_a_package_is_explained_and_nothing_else_is() {
    let deny = read("deny.toml");
    assert_eq!(deny["bans"]["multiple-versions"].as_str(), Some("deny"));
    let mut left = duplicates();
    for skipped in tables(&deny["bans"], "skip") {
        let text = |name: &str| skipped.get(name).and_then(Value::as_str).unwrap_or_default();
        let (name, version) = text("crate").split_once('@').unwrap();
        assert!(text("reason").len() > 10, "{name}: say why");
        let versions = left.get_mut(name).unwrap_or_else(|| panic!("{name} is there once"));
        let before = versions.len();
        versions.retain(|it| !it.starts_with(&format!("{version}.")));
        assert_eq!(versions.len() + 1, before, "{name}@{version} is one of its versions");
    }
    left.retain(|_, versions| versions.len() != 1);
    assert!(left.is_empty(), "deny.toml does not explain {left:#?}");
}
