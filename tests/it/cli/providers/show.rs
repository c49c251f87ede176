//! `providers show`.

use super::*;
use crate::program::write_secret;

#[test]
fn a_row_is_shown_by_its_name_and_by_each_alias() {
    let show = |name: &str| run(Path::new("."), &["providers", "show", name]).good();
    for (name, row) in NAMES {
        assert_eq!(show(name), show(row), "{name}");
        assert!(show(row).contains("https://") || row == "oidc");
    }
    for (name, alike) in [("myspace", ""), ("lin", "linkedin"), ("Googel", "google-oauth2")] {
        let complaint = run(Path::new("."), &["providers", "show", name]).refused_with(USAGE);
        for part in [name, alike, "countersign providers list"] {
            assert!(complaint.contains(part), "{complaint}");
        }
    }
}

#[test]
fn what_cannot_be_configured_is_shown_with_the_reason() {
    for (name, status) in CLOSED {
        let shown = run(Path::new("."), &["providers", "show", name]).good();
        let said = if status == "dead" { " is gone (" } else { "is not supported" };
        assert!(shown.contains(&format!("Status: {status}\n")) && shown.contains(said), "{shown}");
        assert!(!shown.contains("[providers."), "{shown}");
    }
}

#[test]
fn a_row_is_shown_with_what_it_takes_and_calls() {
    let show = |name: &str| run(Path::new("."), &["providers", "show", name]).good();
    for (name, parts) in [
        (
            "google",
            [
                "ID tokens: issuer https://accounts.google.com or accounts.google.com; RS256",
                "Access tokens: yes; binding tokeninfo",
                "Codes: with client_secret; a code_verifier is passed on",
                "binding: https://oauth2.googleapis.com/tokeninfo",
            ]
            .as_slice(),
        ),
        (
            "linkedin",
            &[
                "Nonce: never in the token",
                "Access tokens: with client_secret; binding introspection",
                "Codes: with client_secret; no PKCE",
                "Scope to ask for: openid profile",
                "Subject: per app",
                "Namespace of `sub`: https://www.linkedin.com/oauth",
            ],
        ),
        (
            "apple",
            &[
                "Access tokens: none",
                "Codes: with client_secret_file, the key that signs",
                "# client_secret_file = \"AuthKey_….p8\"",
                "# team = \"…\"",
                "# key = \"…\"",
            ],
        ),
        (
            "instagram",
            &[
                "Access tokens: refused, unless allow_unbound_access_tokens = true",
                "# allow_unbound_access_tokens = true",
                "api_version: version of the Graph API; a text without braces; default 24.0",
            ],
        ),
        ("auth0", &["domain = \"….example.com\"", "the discovery document's jwks_uri"]),
        ("oidc", &["kind = \"oidc\"\nissuer = \"https://…\""]),
        ("keycloak", &["Status: self-hosted", "issuer = \"https://…\"  # "]),
        ("azuread-b2c-oauth2", &["Status: legacy: closed to new customers"]),
        ("weixin", &["the answer to a code alone"]),
    ] {
        let shown = show(name);
        for part in parts {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
}

#[test]
fn what_show_prints_is_a_configuration_once_it_is_filled_in() {
    let key = include_str!("../../../fixtures/keys/ec-p256.pem");
    for (name, row) in rows(&[]).iter().filter(|(_, row)| !row["namespace"].is_null()) {
        let shown = tables(name);
        for setting in row["settings"].as_array().unwrap() {
            let line = format!("{} = \"", setting.as_str().unwrap());
            assert!(shown.contains(&line), "{line}: {shown}");
        }
        // What is only a suggestion has to be right too.
        for tables in [shown.clone(), with_suggestions(&shown)] {
            let directory = configured(&format!(
                "issuer = \"https://id.example.test\"\n\
                 [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.test\"]\n{tables}"
            ));
            let file = "AuthKey_00000000-0000-0000-0000-000000000000.p8";
            write_secret(&directory.path().join(file), key);
            run(directory.path(), &["config", "check"]).good();
        }
    }
}
