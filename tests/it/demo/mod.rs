//! `countersign demo`, from the first line that it prints to the API that greets.

mod authorization;
mod codes;
mod origin;
mod refused;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value, json};

use crate::page::{allowed_outside, elements, fetched_outside, styled_outside};
use crate::program::{Demo, USAGE, get, get_with_token, post_form, post_json, run};
use crate::support::answer::Answer;
use crate::support::form::{ID_TOKEN, TOKEN_EXCHANGE};

/// Runs a line as it would be pasted, if this machine has curl; says so if not.
#[expect(clippy::print_stderr, reason = "what was not tested is to be seen")]
pub(crate) fn pasted(line: &str) -> Option<String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "command -v curl"]);
    if !shell.output().unwrap().status.success() {
        eprintln!("not run, since curl is not on the PATH: a line to paste");
        return None;
    }
    // A proxy of the machine's is for elsewhere.
    let output = Command::new("sh").args(["-c", line]).env("NO_PROXY", "*").output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Verifies a token as an API would, by a library that has no part in issuing it, and returns
/// its claims.
fn verified(demo: &Demo, token: &str) -> Map<String, Value> {
    let set: JwkSet =
        serde_json::from_value(get(&demo.at("/.well-known/jwks.json")).json()).unwrap();
    let header = decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[&demo.url]);
    validation.set_audience(&[demo.at("/demo/api")]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    decode(token, &key, &validation).unwrap().claims
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}"))
}

/// Signs a person in at the demo's provider, and returns the ID token.
fn sign_in(demo: &Demo, person: &str, nonce: Option<&str>) -> String {
    let request = json!({ "person": person, "client_id": "demo", "nonce": nonce });
    let answer = post_json(&demo.at("/demo/provider/sign-in"), &request);
    assert_eq!(answer.status, 200, "{answer:?}");
    text(&answer.json(), "id_token").to_owned()
}

fn exchange(demo: &Demo, id_token: &str, nonce: Option<&str>) -> Answer {
    let mut fields = vec![
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", id_token),
        ("subject_token_type", ID_TOKEN),
        ("client_id", "demo"),
    ];
    fields.extend(nonce.map(|nonce| ("nonce", nonce)));
    post_form(&demo.at("/token"), &fields)
}

fn access_token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    text(&answer.json(), "access_token").to_owned()
}

#[test]
fn the_printed_line_pastes_into_a_shell_and_brings_a_token() {
    let demo = Demo::start();
    let printed = demo.process.printed();
    assert!(printed.contains(&demo.at("/docs")), "{printed}");
    let line = printed.lines().find(|line| line.starts_with("curl ")).unwrap();
    assert!(line.contains(&demo.at("/token")), "{line}");
    let without_curl = || {
        let fields = line.split(" -d ").skip(1).map(|field| field.split_once('=').unwrap());
        post_form(&demo.at("/token"), &fields.collect::<Vec<_>>()).json()
    };
    let answer = pasted(line).map_or_else(without_curl, |it| serde_json::from_str(&it).unwrap());
    assert_eq!((text(&answer, "token_type"), answer["expires_in"].as_u64()), ("Bearer", Some(900)));
    let claims = verified(&demo, text(&answer, "access_token"));
    assert_eq!(claims["client_id"], "demo");
}

#[test]
fn every_part_of_the_page_answers_and_fetches_nothing_outside() {
    let demo = Demo::start();
    for (path, content_type) in [
        ("/", "text/html"),
        ("/demo/page.css", "text/css"),
        ("/demo/steps.css", "text/css"),
        ("/demo/page.js", "text/javascript"),
        ("/demo/people", "application/json"),
        ("/demo/id-token", "text/plain"),
        ("/demo/provider/.well-known/openid-configuration", "application/json"),
        ("/demo/provider/jwks.json", "application/json"),
        ("/docs", "text/html"),
        ("/openapi.json", "application/json"),
        ("/livez", "text/plain"),
    ] {
        let answer = get(&demo.at(path));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(
            answer.header("content-type").unwrap().starts_with(content_type),
            "{path}: {answer:?}"
        );
        assert!(!answer.body.is_empty(), "{path}");
    }
    let page = get(&demo.at("/"));
    assert!(fetched_outside(&page.body).is_empty(), "{:?}", fetched_outside(&page.body));
    let policy = page.header("content-security-policy").unwrap();
    assert!(allowed_outside(policy).is_empty(), "{:?}", allowed_outside(policy));
    for style in ["/demo/page.css", "/demo/steps.css"].map(|path| get(&demo.at(path)).body) {
        assert!(styled_outside(&style).is_empty(), "{:?}", styled_outside(&style));
    }
    for element in elements(&page.body) {
        for (name, path) in element.attributes {
            if matches!(name.as_str(), "src" | "href") && path.starts_with('/') {
                assert_eq!(get(&demo.at(path)).status, 200, "{path}");
            }
        }
    }
}

#[test]
fn every_module_of_the_page_answers() {
    let demo = Demo::start();
    let mut found = BTreeSet::from(["page.js".to_owned()]);
    let mut read = BTreeSet::new();
    while let Some(name) = found.pop_first() {
        let module = get(&demo.at(&format!("/demo/{name}")));
        assert_eq!(module.status, 200, "{name}");
        assert_eq!(module.header("content-type"), Some("text/javascript"), "{name}");
        let imports = module.body.split("from './").skip(1).filter_map(|it| it.split('\'').next());
        read.insert(name);
        found.extend(imports.map(str::to_owned).filter(|it| !read.contains(it)));
    }
    assert!(read.len() > 5, "{read:?}");
}

#[test]
fn every_person_has_a_picture_and_can_sign_in_and_is_greeted() {
    let demo = Demo::start();
    let setup = get(&demo.at("/demo/people")).json();
    let people = setup["people"].as_array().unwrap();
    assert!(people.len() > 1, "{setup}");
    let mut subjects = BTreeSet::new();
    for person in people {
        let picture = get(&demo.at(text(person, "picture")));
        assert_eq!(
            (picture.status, picture.header("content-type").unwrap()),
            (200, "image/svg+xml")
        );
        let id_token = sign_in(&demo, text(person, "id"), Some("once"));
        let token = access_token(&exchange(&demo, &id_token, Some("once")));
        let claims = verified(&demo, &token);
        assert_eq!((&claims["name"], &claims["email"]), (&person["name"], &person["email"]));
        assert_eq!(claims["email_verified"], person["email_verified"]);
        assert!(subjects.insert(claims["sub"].to_string()), "two people with one id");

        let answer = get_with_token(&demo.at("/demo/api/hello"), &token);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["message"], format!("Hello, {}", text(person, "name")));
        assert_eq!(answer.json()["claims"], Value::Object(claims));

        let again = access_token(&exchange(&demo, &sign_in(&demo, text(person, "id"), None), None));
        assert!(subjects.contains(&verified(&demo, &again)["sub"].to_string()));
    }
}

#[test]
fn another_port_is_chosen_when_the_wanted_one_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let demo = Demo::start_on(&address.to_string());
    assert!(!demo.url.ends_with(&format!(":{}", address.port())), "{}", demo.url);
    assert!(demo.url.starts_with("http://127.0.0.1:"), "{}", demo.url);
    access_token(&exchange(&demo, &sign_in(&demo, "ada", None), None));
}

#[test]
fn it_listens_on_loopback_alone() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080", "[2001:db8::1]:0"] {
        let complaint = run(Path::new("."), &["demo", "--listen", address]).refused_with(USAGE);
        assert!(complaint.contains("--listen") && complaint.contains("127.0.0.1"), "{complaint}");
    }
}

#[test]
fn it_keeps_nothing_and_ends_when_it_is_told() {
    let mut demo = Demo::start();
    access_token(&exchange(&demo, &sign_in(&demo, "ada", None), None));
    demo.process.signal("TERM");
    assert_eq!(demo.process.exit_code(Duration::from_secs(5)), Some(0));
    let left: Vec<_> = demo.directory.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Returns the examples that the document gives for the members of a body. Each has one: the
/// Swagger UI would fill in words of its own.
fn examples(document: &Value, schema: &str) -> Map<String, Value> {
    let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
    let example = |(name, property): (&String, &Value)| {
        let example = property.get("example").unwrap_or_else(|| panic!("{schema}.{name}"));
        (name.clone(), example.clone())
    };
    properties.iter().map(example).collect()
}

/// Returns what a form has for each member: one field, or as many as a list has items.
fn fields(examples: &Map<String, Value>) -> Vec<(&str, &str)> {
    examples
        .iter()
        .flat_map(|(name, value)| {
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            items.iter().map(move |item| (name.as_str(), item.as_str().unwrap()))
        })
        .collect()
}

#[test]
fn the_examples_of_the_document_work_as_they_are() {
    let demo = Demo::start();
    let document = get(&demo.at("/openapi.json")).json();
    let token = examples(&document, "TokenRequest");
    let convert = examples(&document, "ConvertRequest");
    let convert_token = demo.at("/auth/convert-token");
    for answer in [
        post_form(&demo.at("/token"), &fields(&token)),
        post_form(&convert_token, &fields(&convert)),
        post_form(&format!("{convert_token}/"), &fields(&convert)),
        post_json(&convert_token, &Value::Object(convert.clone())),
    ] {
        verified(&demo, &access_token(&answer));
    }
    assert!(token["subject_token"].as_str().unwrap().starts_with("eyJ"), "{token:?}");
}
