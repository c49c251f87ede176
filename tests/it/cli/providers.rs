//! `providers list` and `providers show`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::catalogue::{tables, with_suggestions};
use crate::program::{USAGE, configured, run};

/// Names that cannot be configured, each with its status.
const CLOSED: [(&str, &str); 4] =
    [("lyft", "dead"), ("twitter", "unsupported"), ("openid", "unsupported"), ("live", "dead")];
/// Every status.
const STATUSES: [&str; 6] = ["ok", "legacy", "self-hosted", "unknown", "dead", "unsupported"];

/// Names that others rely on, each with the name of its row.
const NAMES: [(&str, &str); 17] = [
    ("google", "google"),
    ("google-oauth2", "google"),
    ("google-identity", "google"),
    ("linkedin", "linkedin"),
    ("linkedin-openidconnect", "linkedin"),
    ("facebook", "facebook"),
    ("github", "github"),
    ("instagram", "instagram"),
    ("apple", "apple"),
    ("apple-id", "apple"),
    ("microsoft", "microsoft"),
    ("azuread-v2-tenant-oauth2", "microsoft"),
    ("microsoft-graph", "microsoft-graph"),
    ("oidc", "oidc"),
    ("discord", "discord"),
    ("twitter-oauth2", "twitter-oauth2"),
    ("gitlab", "gitlab"),
];

fn list(words: &[&str]) -> String {
    run(Path::new("."), &[["providers", "list"].as_slice(), words].concat()).good()
}

/// Returns the catalogue by name.
fn rows(words: &[&str]) -> BTreeMap<String, Value> {
    let rows: Vec<Value> =
        serde_json::from_str(&list(&[words, &["--format", "json"]].concat())).unwrap();
    rows.into_iter().map(|row| (row["name"].as_str().unwrap().to_owned(), row)).collect()
}

#[test]
fn the_list_for_programs_has_the_published_members_and_names() {
    let rows = rows(&[]);
    let members =
        BTreeSet::from(["name", "aliases", "namespace", "kinds", "binding", "settings", "status"]);
    for row in rows.values() {
        let names = row.as_object().unwrap().keys().map(String::as_str);
        assert_eq!(names.collect::<BTreeSet<_>>(), members, "{row}");
        assert!(["aliases", "kinds", "settings"].iter().all(|name| row[name].is_array()), "{row}");
        assert!(STATUSES.map(Value::from).contains(&row["status"]), "{row}");
        let is_closed = ["dead", "unsupported"].map(Value::from).contains(&row["status"]);
        assert_eq!(row["namespace"].is_null(), is_closed, "{row}");
        assert_eq!(row["kinds"] == json!([]), is_closed, "{row}");
    }
    let statuses: BTreeSet<_> = rows.values().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, BTreeSet::from(STATUSES), "each is there");
    for (name, row) in NAMES {
        let known = name == row || rows[row]["aliases"].as_array().unwrap().contains(&json!(name));
        assert!(known, "{name} is not a name of {row}");
    }
    let mut names: Vec<_> = rows
        .values()
        .flat_map(|row| [&row["name"]].into_iter().chain(row["aliases"].as_array().unwrap()))
        .map(|name| name.as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name of two rows: {names:?}");
}

#[test]
fn a_persons_id_is_unique_within_the_published_namespace() {
    let rows = rows(&[]);
    for (name, namespace) in [
        ("google", "https://accounts.google.com"),
        ("linkedin", "https://www.linkedin.com/oauth"),
        ("facebook", "https://www.facebook.com"),
        ("apple", "https://appleid.apple.com"),
        ("github", "https://github.com"),
        ("instagram", "https://www.instagram.com"),
    ] {
        assert_eq!(rows[name]["namespace"], namespace);
    }
    assert_eq!(rows["microsoft"]["settings"], json!(["tenant_id"]));
}

#[test]
fn the_list_for_people_has_a_line_for_every_row_with_its_aliases() {
    let text = list(&[]);
    let rows = rows(&[]);
    assert_eq!(text.lines().count(), rows.len() + 1, "{text}");
    for (name, row) in &rows {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        for alias in row["aliases"].as_array().unwrap() {
            assert!(line.contains(alias.as_str().unwrap()), "{line}");
        }
    }
}

#[test]
fn what_cannot_be_configured_is_in_the_list_too() {
    let rows = rows(&[]);
    for (name, status) in CLOSED {
        let row = &rows[name];
        assert_eq!(row["status"], status, "{row}");
        assert_eq!((&row["namespace"], &row["binding"]), (&Value::Null, &json!("none")), "{row}");
        assert_eq!((&row["kinds"], &row["settings"]), (&json!([]), &json!([])), "{row}");
        let text = list(&[name]);
        assert!(text.lines().any(|line| line.split_whitespace().eq([name, "none", status])));
    }
}

#[test]
fn the_columns_are_aligned_and_what_has_many_names_is_the_only_long_line() {
    let text = list(&[]);
    let head = text.lines().next().unwrap();
    assert_eq!(
        head.split_whitespace().collect::<Vec<_>>(),
        ["name", "kinds", "binding", "status", "aliases"]
    );
    let aliases = head.find("aliases").unwrap();
    assert!(aliases <= 100, "{aliases}");
    for line in text.lines() {
        assert!(!line.ends_with(' '), "{line:?}");
        for column in ["kinds", "binding", "status", "aliases"] {
            let at = head.find(column).unwrap();
            assert_eq!(line.get(at - 1..at).unwrap_or(" "), " ", "{column}: {line}");
        }
    }
}

#[test]
fn words_narrow_the_list_and_all_of_them_must_fit() {
    for (words, expected) in [
        (["linkedin-openidconnect"].as_slice(), ["linkedin"].as_slice()),
        (&["OAuth2", "goog"], &["google"]),
        (&["LYFT"], &["lyft"]),
        (&["dead", "lyft"], &["lyft"]),
        (&["legacy", "lyft"], &[]),
        (&["introspection", "linkedin"], &["linkedin"]),
        (&["google", "linkedin"], &[]),
        (&["myspace"], &[]),
    ] {
        assert_eq!(rows(words).keys().collect::<Vec<_>>(), expected, "{words:?}");
    }
    let all = rows(&[]);
    for status in STATUSES {
        let found = rows(&[status]);
        let of_status = all.values().filter(|row| row["status"] == status).count();
        let named = |row: &Value| row.to_string().to_lowercase().contains(status);
        assert!(found.len() >= of_status && of_status > 0, "{status}");
        assert!(status == "ok" || found.values().all(named), "{status}");
    }
    let with_id_tokens = rows(&["id_token"]);
    for (name, row) in &all {
        let has = row["kinds"].as_array().unwrap().contains(&json!("id_token"));
        assert_eq!(with_id_tokens.contains_key(name), has, "{name}");
    }
}

#[test]
fn a_row_says_which_credentials_it_has_and_what_binds_its_access_tokens() {
    let rows = rows(&[]);
    for (name, kinds, binding) in [
        ("google", json!(["id_token", "access_token", "code"]), "tokeninfo"),
        ("linkedin", json!(["id_token", "access_token", "code"]), "introspection"),
        ("github", json!(["access_token", "code"]), "check_token"),
        ("facebook", json!(["id_token", "access_token", "code"]), "debug_token"),
        ("instagram", json!(["access_token", "code"]), "none"),
        ("microsoft", json!(["id_token", "code"]), "none"),
        ("apple", json!(["id_token", "code"]), "none"),
        ("microsoft-graph", json!(["access_token", "code"]), "none"),
        // Who a person is stands beside the access token alone.
        ("weixin", json!(["code"]), "none"),
    ] {
        assert_eq!((&rows[name]["kinds"], &rows[name]["binding"]), (&kinds, &json!(binding)));
    }
}

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
                "Codes: with client_secret; PKCE",
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
    let key = include_str!("../../fixtures/keys/ec-p256.pem");
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
            std::fs::write(directory.path().join(file), key).unwrap();
            run(directory.path(), &["config", "check"]).good();
        }
    }
}
