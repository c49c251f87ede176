//! The command line, run as an operator runs it: what it prints, what it refuses, and with which
//! exit code.

mod check;
mod config;
mod explain;
mod key_files;
mod key_mistakes;
mod keys;
mod process;
mod providers;
mod serve;
mod vectors;

use std::path::Path;

use serde_json::Value;

use crate::program::{USAGE, run};

#[test]
fn help_and_version_are_answers() {
    let here = Path::new(".");
    for arguments in [
        ["--help"].as_slice(),
        &["-h"],
        &["serve", "--help"],
        &["demo", "--help"],
        &["keys", "--help"],
        &["keys", "generate", "--help"],
        &["providers", "list", "--help"],
        &["providers", "check", "--help"],
        &["config", "check", "--help"],
        &["openapi", "--help"],
        &["explain", "--help"],
        &["vectors", "--help"],
    ] {
        let text = run(here, arguments).good();
        assert!(text.contains("Usage: countersign"), "{arguments:?}: {text}");
    }
    for arguments in [["--version"], ["-V"]] {
        assert_eq!(
            run(here, &arguments).good(),
            concat!("countersign ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}

#[test]
fn a_bad_command_line_is_refused_with_64_and_says_what_is_wrong() {
    let here = Path::new(".");
    for (arguments, named) in [
        ([].as_slice(), "Usage"),
        (&["--frobnicate"], "--frobnicate"),
        (&["sing"], "sing"),
        (&["keys"], "generate"),
        (&["keys", "generate", "--alg", "HS256"], "ES256"),
        (&["keys", "generate", "--alg", "none"], "ES256"),
        (&["keys", "generate", "--dir"], "--dir"),
        (&["keys", "revoke"], "revoke"),
        (&["providers", "list", "--format", "xml"], "json"),
        (&["providers", "show"], "<NAME>"),
        (&["providers", "check", "--format", "xml"], "json"),
        (&["openapi", "--format", "toml"], "yaml"),
        (&["explain"], "--provider"),
        (&["vectors", "--client", "spa"], "--config"),
        (&["keys", "jwks", "--format", "der"], "pem"),
        (&["serve", "--demo"], "--demo"),
        (&["serve", "extra"], "extra"),
        (&["demo", "--listen", "here"], "--listen"),
    ] {
        let complaint = run(here, arguments).refused_with(USAGE);
        assert!(complaint.contains(named), "{arguments:?}: {complaint}");
    }
}

#[test]
fn the_openapi_document_is_the_same_in_yaml_and_json() {
    let here = Path::new(".");
    let json: Value =
        serde_json::from_str(&run(here, &["openapi", "--format", "json"]).good()).unwrap();
    let yaml = run(here, &["openapi", "--format", "yaml"]).good();
    assert_eq!(serde_yaml::from_str::<Value>(&yaml).unwrap(), json);
    assert_eq!(run(here, &["openapi"]).good(), yaml);
    assert!(json["openapi"].as_str().unwrap().starts_with("3.0."), "{}", json["openapi"]);
}
