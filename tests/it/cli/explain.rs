//! `explain`: a credential from standard input, every check on standard output.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{FAILED, Outcome, USAGE, configured, program, run};
use crate::support::claims::Token;
use crate::support::provider::FakeProvider;
use crate::support::secrecy;

const CONFIGURATION: &str = r#"
issuer = "https://id.example.test"

[[clients]]
id = "spa"
audience = ["https://api.example.test"]
providers = ["acme"]

[[clients]]
id = "desk"
audience = ["https://desk.example.test"]
providers = ["acme", "other"]

[providers.acme]
kind = "oidc"
issuer = "{acme}"
client_ids = ["countersign"]

[providers.other]
kind = "oidc"
issuer = "http://127.0.0.1:9"
client_ids = ["countersign"]
"#;

/// Runs the command with a credential on its standard input.
fn explain(directory: &Path, arguments: &[&str], credential: &str) -> Outcome {
    let mut command = program(directory, &[&["explain"], arguments].concat());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // It may end without having read anything.
    let _ = child.stdin.take().unwrap().write_all(credential.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stdout.contains(credential.trim()) || credential.trim().is_empty(), "{stdout}");
    secrecy::search("what explain printed", &stdout);
    Outcome { code: output.status.code().unwrap(), stdout, stderr }
}

/// A token of the provider that is good at this moment.
fn token(acme: &FakeProvider) -> Token {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let mut token = Token::valid(acme.issuer());
    token.claim("iat", now - 5).claim("exp", now + 600).without_claim("nbf");
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_credential_is_accepted_and_every_check_is_told() {
    let acme = FakeProvider::start().await;
    let directory = configured(&CONFIGURATION.replace("{acme}", acme.issuer()));
    run(directory.path(), &["keys", "generate"]).good();
    let arguments = ["--config", "countersign.toml", "--provider", "acme", "--client", "spa"];
    let said = explain(directory.path(), &arguments, &(token(&acme).compact() + "\n")).good();
    assert!(said.starts_with("accepted: "), "{said}");
    for check in ["audience", "signature", "expiry", "nonce", "subject"] {
        assert!(said.contains(&format!("passed    {check} (")), "{check}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_one_exits_with_1_and_says_which_check_failed_in_text_and_json() {
    let acme = FakeProvider::start().await;
    let directory = configured(&CONFIGURATION.replace("{acme}", acme.issuer()));
    run(directory.path(), &["keys", "generate"]).good();
    let mut token = token(&acme);
    token.claim("aud", "someone-else");
    let arguments = ["--provider", "acme", "--client", "spa"];
    let said = explain(directory.path(), &arguments, &token.compact());
    assert_eq!(said.code, FAILED, "{}", said.stderr);
    assert!(said.stdout.starts_with("refused: wrong_audience: "), "{}", said.stdout);
    assert!(said.stdout.contains("FAILED    audience ("), "{}", said.stdout);
    assert!(said.stdout.contains("expected  countersign\n"), "{}", said.stdout);
    assert!(said.stdout.contains("seen      someone-else\n"), "{}", said.stdout);
    let arguments = [arguments.as_slice(), &["--format", "json"]].concat();
    let said = explain(directory.path(), &arguments, &token.compact());
    let told: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(told["error"]["reason"], "wrong_audience");
    let nonce = [arguments.as_slice(), &["--nonce", "n-0"]].concat();
    let said = explain(directory.path(), &nonce, &token.compact());
    assert!(said.stdout.contains("nonce_mismatch"), "{}", said.stdout);
}

#[test]
fn what_is_missing_on_the_command_line_is_said() {
    let directory = configured(&CONFIGURATION.replace("{acme}", "http://127.0.0.1:9"));
    let here = directory.path();
    for (arguments, input, named) in [
        (["--provider", "acme"].as_slice(), "a.b.c", "--client is needed: one of spa, desk"),
        (&["--provider", "nobody"], "a.b.c", "acme, other"),
        (&["--provider", "acme", "--client", "nobody"], "a.b.c", "spa, desk"),
        (&["--provider", "other"], " \n", "standard input is empty"),
        (&["--provider", "other", "--code-verifier", "v"], "a", "--redirect-uri"),
    ] {
        // Without keys it says so only after all of these.
        run(here, &["keys", "generate"]).good();
        let complaint = explain(here, arguments, input).refused_with(USAGE);
        assert!(complaint.contains(named), "{arguments:?}: {complaint}");
    }
}

#[test]
fn without_a_key_no_token_would_be_issued() {
    let directory = configured(&CONFIGURATION.replace("{acme}", "http://127.0.0.1:9"));
    let complaint =
        explain(directory.path(), &["--provider", "other"], "a.b.c").refused_with(FAILED);
    assert!(complaint.contains("keys generate"), "{complaint}");
}
