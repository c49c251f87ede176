//! The shape of the code as a test: who may use whom, which library has which owner, and how
//! long a file may be. Read from the source's tokens, so comments and texts do not count.

mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use source::{Source, root, sources};

/// The modules from bottom to top. Each may use itself and what stands before it, nothing else.
/// So none but the last few sees `config`, which fills the settings of those below it.
const ORDER: [&str; 23] = [
    // Documentation alone.
    "manual",
    // Words: no I/O, no decisions.
    "clock",
    "crypto",
    "secret",
    "json",
    "telemetry",
    // What is verified.
    "jose",
    "provider",
    "verify",
    // What is ours.
    "user_id",
    "client",
    "token",
    "keys",
    "issuer",
    "introspection",
    "vectors",
    // The outside.
    "http",
    "config",
    "server",
    "demo",
    "cli",
    // No part of the program: what a fuzzer calls, and a benchmark.
    "fuzzing",
    "bench",
];

/// Stands for every module.
const ANYONE: &[&str] = &ORDER;

/// Every library, and the modules that may name it.
const OWNERS: [(&str, &[&str]); 43] = [
    ("arc_swap", &["verify", "keys", "http", "server", "demo"]),
    ("aws_lc_rs", &["crypto", "jose"]),
    ("base64", &["crypto"]),
    ("bytes", &["keys", "verify", "http"]),
    ("clap", &["cli"]),
    ("figment", &["config"]),
    ("governor", &["http"]),
    ("futures_util", &["verify", "http"]),
    ("http_body_util", &["http", "server"]),
    ("httpdate", &["verify"]),
    ("humantime", ANYONE),
    ("hyper", &["server"]),
    ("hyper_util", &["server"]),
    ("ipnet", &["http", "config"]),
    ("josekit", &["jose"]),
    ("md5", &["crypto"]),
    ("memchr", &["http"]),
    ("moka", &["verify"]),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_proto", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("poem", &["http", "server", "demo", "bench"]),
    ("poem_openapi", &["http", "server", "demo"]),
    ("prometheus_client", &["telemetry"]),
    ("prost", &["telemetry"]),
    ("reqwest", &["verify"]),
    ("rustix", &["cli"]),
    ("serde", ANYONE),
    ("serde_json", ANYONE),
    ("serde_yaml", &["http"]),
    ("subtle", &["secret"]),
    ("thiserror", ANYONE),
    ("tokio", &["verify", "http", "server", "demo", "cli", "fuzzing"]),
    ("tokio_io_timeout", &["server"]),
    ("tokio_rustls", &["server"]),
    ("toml", &["provider"]),
    ("tracing", ANYONE),
    ("tracing_appender", &["telemetry"]),
    ("tracing_subscriber", &["telemetry"]),
    ("url", &["provider", "verify", "config", "demo"]),
    ("uuid", &["user_id"]),
    ("zeroize", &["secret"]),
    ("countersign", &[]),
];

/// The modules that wait for a network, or for those that do.
const MAY_WAIT: [&str; 7] = ["verify", "issuer", "http", "server", "demo", "cli", "bench"];
/// Longest that a file may be before its tests, in lines. A longer one holds two ideas.
const MAX_LINES: usize = 250;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 9] =
    ["util", "utils", "helper", "helpers", "common", "types", "model", "models", "misc"];
/// What is not left behind.
const LEFT_BEHIND: [&str; 5] = ["TODO", "FIXME", "todo!", "#[allow(", "#![allow("];

fn assert_none(rule: &str, violations: impl IntoIterator<Item = String>) {
    let violations: Vec<_> = violations.into_iter().collect();
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}

#[test]
fn every_module_has_its_place_in_the_order() {
    let sources = sources();
    let library = sources.iter().find(|source| source.path == Path::new("lib.rs")).unwrap();
    let modules: BTreeSet<_> = library
        .tokens
        .windows(3)
        .filter(|window| window[0] == "mod" && window[2] == ";")
        .map(|window| window[1].as_str())
        .collect();
    assert_eq!(modules, ORDER.into_iter().collect());
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let mut violations = Vec::new();
    for source in sources() {
        // The program is the command line and nothing else; the library only names its modules.
        let allowed = match source.layer() {
            Some(layer) => {
                let place = ORDER.iter().position(|module| *module == layer).unwrap();
                &ORDER[..=place]
            }
            None => &[],
        };
        let wrong = source.uses().into_iter().filter(|name| !allowed.contains(name));
        violations.extend(wrong.map(|name| format!("{} uses {name}", source.path.display())));
    }
    assert_none("a module uses itself and what stands before it in ORDER", violations);
}

#[test]
fn every_library_has_an_owner() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let libraries: BTreeSet<_> = manifest["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .map(|name| name.replace('-', "_"))
        .chain(["countersign".to_owned()])
        .collect();
    assert_eq!(libraries, OWNERS.iter().map(|(library, _)| (*library).to_owned()).collect());
}

#[test]
fn every_library_is_used() {
    let sources = sources();
    let is_used = |library: &str| sources.iter().any(|source| source.names_library(library));
    let unused = OWNERS.into_iter().filter(|(library, _)| !is_used(library));
    assert_none("a library that nobody names is left out", unused.map(|(it, _)| it.to_owned()));
}

#[test]
fn libraries_are_named_by_their_owners_alone() {
    let mut violations = Vec::new();
    for source in sources() {
        for (library, owners) in OWNERS {
            // The one line of the program names the library.
            let is_program = source.path == Path::new("main.rs") && library == "countersign";
            let owned = source.layer().is_some_and(|layer| owners.contains(&layer));
            if source.names_library(library) && !owned && !is_program {
                violations.push(format!("{} names {library}", source.path.display()));
            }
        }
    }
    assert_none("a library is named by its owners in OWNERS", violations);
}

#[test]
fn identities_are_made_by_verification_alone() {
    let calls = |source: &Source| {
        source.tokens.windows(2).any(|pair| pair[0] == "assertion" && pair[1] == "(")
    };
    let (inside, outside): (Vec<_>, Vec<_>) = sources()
        .into_iter()
        .filter(calls)
        .map(|source| source.path.display().to_string())
        .partition(|path| path.starts_with("verify/"));
    assert!(!inside.is_empty());
    assert_none("`VerifiedIdentity::assertion` is called in verify/", outside);
}

#[test]
fn nothing_below_verification_waits() {
    let waits = |source: &Source| {
        let may = source.layer().is_none_or(|layer| MAY_WAIT.contains(&layer));
        !may && source.tokens.iter().any(|token| token == "async" || token == "await")
    };
    let wrong = sources().into_iter().filter(waits);
    assert_none("`async` is for MAY_WAIT", wrong.map(|source| source.path.display().to_string()));
}

#[test]
fn there_is_no_global_state() {
    let globals = ["static", "static_mut", "thread_local", "OnceLock", "OnceCell", "LazyLock"];
    let wrong = sources().into_iter().filter(|source| {
        source.layer() != Some("telemetry")
            && source.shipped().iter().any(|token| globals.contains(&token.as_str()))
    });
    assert_none("state is handed on", wrong.map(|source| source.path.display().to_string()));
}

#[test]
fn no_trait_has_a_single_implementation() {
    let sources = sources();
    let implementations = |name: &str| {
        let pairs = sources.iter().flat_map(|source| source.tokens.windows(2));
        pairs.filter(|pair| pair[0] == name && pair[1] == "for").count()
    };
    let traits = sources.iter().flat_map(|source| source.tokens.windows(2));
    let traits = traits.filter(|pair| pair[0] == "trait").map(|pair| pair[1].as_str());
    let wrong = traits.filter(|name| implementations(name) < 2).map(str::to_owned);
    assert_none("a trait has two implementations or is none", wrong);
}

#[test]
fn files_hold_one_idea() {
    let mut violations = Vec::new();
    for source in sources() {
        let lines = source.text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
        if lines > MAX_LINES {
            violations.push(format!("{} has {lines} lines", source.path.display()));
        }
    }
    assert_none("a file has at most 250 lines before its tests", violations);
}

#[test]
fn modules_say_what_is_inside() {
    let wrong = sources().into_iter().filter(|source| {
        source.module().iter().any(|name| EMPTY_NAMES.contains(name))
            || source
                .tokens
                .windows(2)
                .any(|pair| pair[0] == "mod" && EMPTY_NAMES.contains(&pair[1].as_str()))
    });
    assert_none("a name says something", wrong.map(|source| source.path.display().to_string()));
}

#[test]
fn nothing_is_left_behind() {
    let mut violations = Vec::new();
    for source in sources() {
        let found = LEFT_BEHIND.iter().filter(|text| source.text.contains(*text));
        violations.extend(found.map(|text| format!("{} has {text}", source.path.display())));
    }
    assert_none("what is to do is done, and a lint is expected, not allowed", violations);
}
