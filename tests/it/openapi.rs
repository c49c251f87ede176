//! The OpenAPI document: committed, complete, true, and served with a page that shows it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use serde_json::Value;

use crate::page::{allowed_outside, elements, fetched_outside};
use crate::program::{CONFIGURATION, Demo, Serving, get, run};

/// Every endpoint.
const ENDPOINTS: [(&str, &str); 14] = [
    ("post", "/token"),
    ("post", "/auth/convert-token"),
    ("post", "/explain"),
    ("post", "/introspect"),
    ("get", "/.well-known/jwks.json"),
    ("get", "/.well-known/openid-configuration"),
    ("get", "/.well-known/oauth-authorization-server"),
    ("get", "/docs"),
    ("get", "/docs/providers"),
    ("get", "/openapi.json"),
    ("get", "/openapi.yaml"),
    ("get", "/livez"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

/// Reasons that others rely on.
const REASONS: [&str; 22] = [
    "malformed",
    "unsupported_algorithm",
    "unknown_key",
    "bad_signature",
    "wrong_issuer",
    "wrong_audience",
    "wrong_authorized_party",
    "expired",
    "not_yet_valid",
    "too_old",
    "missing_claim",
    "nonce_mismatch",
    "domain_not_allowed",
    "unbound_access_token",
    "provider_rejected",
    "provider_unreachable",
    "unknown_provider",
    "unknown_client",
    "origin_not_allowed",
    "own_token",
    "too_large",
    "rate_limited",
];

fn document() -> Value {
    let printed = run(Path::new("."), &["openapi", "--format", "json"]).good();
    serde_json::from_str(&printed).unwrap()
}

/// Returns every operation: method, path, and what is said of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect()
}

/// Shows every value below one to a function.
fn walk<'a>(value: &'a Value, look: &mut impl FnMut(&'a Value)) {
    look(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, look)),
        Value::Object(members) => members.values().for_each(|member| walk(member, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_committed_document_is_what_the_program_prints() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.yaml");
    let printed = run(Path::new("."), &["openapi", "--format", "yaml"]).good();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &printed).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == printed,
        "openapi/openapi.yaml is stale; `UPDATE=1 cargo test --test it openapi` writes it"
    );
}

#[test]
fn every_endpoint_is_documented_and_nothing_else() {
    let document = document();
    let documented: BTreeSet<_> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(documented, BTreeSet::from(ENDPOINTS));
}

#[test]
fn every_documented_path_is_served() {
    let serving = Serving::start(CONFIGURATION);
    for (method, path, _) in operations(&document()) {
        let answer = get(&format!("{}{path}", serving.url));
        let expected = if method == "get" { 200 } else { 405 };
        assert_eq!(answer.status, expected, "{method} {path}: {answer:?}");
    }
}

#[test]
fn every_operation_documents_its_answers() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        let failures = ["400", "401", "413", "415", "429", "500", "503"];
        let expected = failures.iter().filter(|_| method == "post").chain(&["200"]);
        for status in expected {
            assert!(answers.contains_key(*status), "{method} {path} without {status}");
        }
        for (status, answer) in answers {
            assert!(!answer["description"].as_str().unwrap().is_empty(), "{path} {status}");
            let is_retry = matches!(status.as_str(), "429" | "503");
            let has_header = !answer["headers"]["Retry-After"].is_null();
            assert_eq!(is_retry, has_header, "{path} {status}");
            if status.starts_with(['4', '5']) {
                let schema = &answer["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Error", "{path} {status}");
            }
        }
    }
}

#[test]
fn every_reason_is_listed_and_explained() {
    let document = document();
    let schema = &document["components"]["schemas"]["Reason"];
    let listed: BTreeSet<_> = schema["enum"].as_array().unwrap().iter().map(text).collect();
    let description = text(&schema["description"]);
    assert!(text(&document["info"]["description"]).contains("`Reason`"), "where the reasons are");
    let explained: BTreeSet<_> = description
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .inspect(|(reason, rest)| assert!(rest.len() > 20, "{reason}: {rest}"))
        .map(|(reason, _)| reason)
        .collect();
    assert_eq!(explained, listed);
    for reason in REASONS {
        assert!(listed.contains(reason), "{reason}");
    }
    let is_snake = |reason: &&str| reason.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    assert!(listed.iter().all(is_snake), "{listed:?}");
}

#[test]
fn every_parameter_is_documented() {
    let document = document();
    for (schema, parameters) in [
        (
            "TokenRequest",
            [
                "grant_type",
                "subject_token",
                "subject_token_type",
                "client_id",
                "provider",
                "subject_issuer",
                "backend",
                "audience",
                "resource",
                "scope",
                "requested_token_type",
                "nonce",
                "token",
            ]
            .as_slice(),
        ),
        ("ConvertRequest", &["grant_type", "client_id", "backend", "token", "client_secret"]),
        (
            "TokenAnswer",
            &["access_token", "issued_token_type", "token_type", "expires_in", "scope"],
        ),
        ("ConvertAnswer", &["access_token", "expires_in", "token_type", "scope", "user"]),
        ("User", &["id", "email", "first_name", "last_name"]),
        ("Error", &["error", "error_description", "reason"]),
    ] {
        let properties = &document["components"]["schemas"][schema]["properties"];
        for parameter in parameters {
            assert!(properties[parameter].is_object(), "{schema} without {parameter}");
        }
        for (name, property) in properties.as_object().unwrap() {
            let refers = property["$ref"].is_string() || property["allOf"].is_array();
            let explains = property["description"].as_str().is_some_and(|text| text.len() > 4);
            assert!(refers || explains, "{schema}.{name} has no description");
        }
    }
}

#[test]
fn the_document_is_well_formed() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.0."));
    assert_eq!(document["info"]["title"], "countersign");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    walk(&document, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').unwrap();
            assert!(document.pointer(target).is_some(), "{target} is nowhere");
        }
        // What is said to Rust's documentation is not said to callers.
        let said =
            ["title", "summary", "description"].into_iter().filter_map(|name| value.get(name));
        for said in said.filter_map(Value::as_str) {
            assert!(!said.contains("[`"), "{said}");
        }
        if let (Some(required), Some(properties)) = (value.get("required"), value.get("properties"))
        {
            for name in required.as_array().unwrap() {
                assert!(properties.get(name.as_str().unwrap()).is_some(), "{name} is required");
            }
        }
    });
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).map(text).collect();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(path.starts_with('/') && ["get", "post"].contains(&method), "{method} {path}");
        assert!(ids.insert(text(&operation["operationId"])), "{path}: operationId");
        assert!(!text(&operation["summary"]).is_empty(), "{path}: summary");
        let known = |tag: &Value| tags.contains(text(tag));
        assert!(operation["tags"].as_array().unwrap().iter().all(known), "{path}: tags");
        let has_body = operation["requestBody"]["content"].as_object().is_some();
        assert_eq!(has_body, method == "post", "{path}: requestBody");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Checks the documents that a service serves against what the program prints. Where the service
/// is and which examples work there are its own.
fn assert_serves_the_document(base: &str) {
    let without_place = |mut document: Value| {
        document.as_object_mut().unwrap().remove("servers");
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        for schema in schemas.values_mut() {
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            for property in properties.into_iter().flat_map(|all| all.values_mut()) {
                property.as_object_mut().unwrap().remove("example");
            }
        }
        document
    };
    let answer = get(&format!("{base}/openapi.json"));
    assert!(
        answer.header("content-type").unwrap().starts_with("application/json"),
        "{:?}",
        answer.headers
    );
    assert_eq!(without_place(answer.json()), without_place(document()));
    let answer = get(&format!("{base}/openapi.yaml"));
    assert_eq!(answer.header("content-type").unwrap(), "application/yaml");
    let yaml: Value = serde_yaml::from_str(&answer.body).unwrap();
    assert_eq!(without_place(yaml), without_place(document()));
}

/// Checks the page that shows the document.
fn assert_page_is_self_contained(base: &str) {
    let page = get(&format!("{base}/docs"));
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.body.to_lowercase().starts_with("<!doctype html>"));
    assert!(fetched_outside(&page.body).is_empty(), "{:?}", fetched_outside(&page.body));
    let policy = page.header("content-security-policy").unwrap();
    assert!(allowed_outside(policy).is_empty(), "{:?}", allowed_outside(policy));

    // Each script is named by its hash, so no other one runs (CSP Level 3 §2.3.1).
    let scripts: Vec<_> = page
        .body
        .split("</script>")
        .filter_map(|part| part.split_once("<script")?.1.split_once('>').map(|(_, text)| text))
        .collect();
    assert_eq!(scripts.len(), 2);
    assert_eq!(policy.matches("'sha256-").count(), scripts.len());
    for script in scripts {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script.as_bytes());
        let digest = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
}

/// Checks the page that has the catalogue.
fn assert_catalogue_is_readable(base: &str) {
    let docs = get(&format!("{base}/docs"));
    assert!(docs.body.contains("](docs/providers)"), "/docs leads there");
    let page = get(&format!("{base}/docs/providers"));
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type").unwrap(), "text/html; charset=utf-8");
    assert_eq!(page.header("x-content-type-options").unwrap(), "nosniff");
    let policy = page.header("content-security-policy").unwrap();
    assert!(allowed_outside(policy).is_empty(), "{:?}", allowed_outside(policy));
    assert!(!policy.contains("script-src"), "{policy}");
    assert!(fetched_outside(&page.body).is_empty(), "{:?}", fetched_outside(&page.body));
    let elements = elements(&page.body);
    assert!(elements.iter().all(|element| element.name != "script"));
    let list = run(Path::new("."), &["providers", "list", "--format", "json"]).good();
    let list: Vec<Value> = serde_json::from_str(&list).unwrap();
    for entry in &list {
        let name = format!("<code>{}</code>", text(&entry["name"]));
        let line = page.body.lines().find(|line| line.contains(&name)).unwrap();
        let words = entry["kinds"].as_array().unwrap().iter().chain([&entry["status"]]);
        assert!(words.map(text).all(|word| line.contains(word)), "{line}");
    }
    // The two heads have a row each.
    assert_eq!(elements.iter().filter(|it| it.name == "tr").count(), list.len() + 2);
    assert!(!page.body.contains("acme"), "it has nothing of the configuration");
}

#[test]
fn the_service_serves_the_document_and_a_self_contained_page() {
    let serving = Serving::start(CONFIGURATION);
    assert_catalogue_is_readable(&serving.url);
    assert_serves_the_document(&serving.url);
    assert_page_is_self_contained(&serving.url);
}

#[test]
fn the_demo_serves_the_document_and_a_self_contained_page() {
    let demo = Demo::start();
    assert_serves_the_document(&demo.url);
    assert_page_is_self_contained(&demo.url);
}
