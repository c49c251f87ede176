//! `providers list`.

use super::*;

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
