//! What the pages say that programs print: JSON has the shape of a real answer, text its lines, and SQL
//! computes what the table beside it says.

use serde_json::{Value, json};
use uuid::Uuid;

use super::blocks::{blocks_of, read};
use crate::program::{Demo, get, post_form, run};
use crate::support::form::{ID_TOKEN, TOKEN_EXCHANGE};

/// Stands for whatever is there.
const ANYTHING: char = '…';

/// Checks that all members of `said` are in `real`, each of the same type.
pub(super) fn assert_shape(said: &Value, real: &Value, at: &str) {
    match (said, real) {
        (Value::Object(said), Value::Object(real)) => {
            for (name, said) in said {
                let real = real.get(name).unwrap_or_else(|| panic!("{at}: no {name} in {real:?}"));
                assert_shape(said, real, &format!("{at}.{name}"));
            }
        }
        (Value::Array(said), Value::Array(real)) => {
            for (said, real) in said.iter().zip(real) {
                assert_shape(said, real, at);
            }
            assert!(said.len() <= real.len(), "{at}: {real:?}");
        }
        (said, real) => {
            let (said, real) = (std::mem::discriminant(said), std::mem::discriminant(real));
            assert_eq!(said, real, "{at}: another type");
        }
    }
}

/// Checks that each line was printed, in this order; [`ANYTHING`] stands for any text.
pub(super) fn assert_lines(said: &str, printed: &str, place: &str) {
    let mut lines = printed.lines();
    for said in said.lines().filter(|line| line.trim() != "…") {
        let is_said = |line: &str| {
            let mut rest = Some(line);
            for part in said.split(ANYTHING) {
                rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
            }
            rest.is_some()
                && said.split(ANYTHING).next().is_none_or(|start| line.starts_with(start))
        };
        assert!(lines.any(is_said), "{place}: not printed: {said}\n{printed}");
    }
}

/// Returns a page's only JSON.
fn only_json(page: &str) -> Value {
    let blocks = blocks_of(page);
    let mut blocks = blocks.iter().filter(|block| block.language == "json");
    let value = serde_json::from_str(&blocks.next().unwrap().text).unwrap();
    assert!(blocks.next().is_none(), "{page} has more");
    value
}

/// Pages whose JSON does not follow a command that is run.
pub(super) const ALONE: [&str; 3] = ["docs/api.md", "docs/drf-social-oauth2.md", "keys/README.md"];

#[test]
fn answers_have_the_shape_that_the_pages_say() {
    let demo = Demo::start();
    let token = get(&demo.at("/demo/id-token")).body;
    let refused = post_form(
        &demo.at("/token"),
        &[
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token_type", ID_TOKEN),
            ("client_id", "demo"),
            ("subject_token", &token),
            ("nonce", "another"),
        ],
    );
    assert_shape(&only_json("docs/api.md"), &refused.json(), "docs/api.md");
    let converted = post_form(
        &demo.at("/auth/convert-token"),
        &[
            ("grant_type", "convert_token"),
            ("client_id", "demo"),
            ("backend", "demo-provider"),
            ("token", &token),
        ],
    );
    let mut converted = converted.json();
    // The demo's client has no scopes, and the page says of which configuration its answer is.
    if converted["scope"].is_null() {
        converted["scope"] = json!("");
    }
    assert_shape(&only_json("docs/drf-social-oauth2.md"), &converted, "docs/drf-social-oauth2.md");
}

#[test]
fn a_key_file_has_the_shape_that_the_page_says() {
    let directory = tempfile::tempdir().unwrap();
    let printed = run(directory.path(), &["keys", "generate"]).good();
    let file = directory.path().join(printed.lines().next().unwrap());
    let key: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_shape(&only_json("keys/README.md"), &key, "keys/README.md");
}

#[test]
fn the_table_beside_the_sql_is_what_it_computes() {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:countersign:subject:v1");
    let blocks = blocks_of("docs/api.md");
    let sql = &blocks.iter().find(|block| block.language == "sql").unwrap().text;
    assert!(
        sql.contains(&format!("uuid_generate_v5('{namespace}', 'https://accounts.google.com|' ||")),
        "{sql}"
    );
    let page = read("docs/api.md").replace("\\|", "|");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.split('`').skip(1).step_by(2);
        Some((cells.next()?.to_owned(), cells.next()?.parse::<Uuid>().ok()?))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() >= 2, "{rows:?}");
    for (text, sub) in rows {
        assert_eq!(Uuid::new_v5(&namespace, text.as_bytes()), sub, "{text}");
    }
}

#[test]
fn what_providers_check_prints_is_what_its_tests_expect() {
    let blocks = blocks_of("docs/providers.md");
    let block = blocks.iter().find(|block| block.language.is_empty()).unwrap();
    let directories = ["tests/it/cli/check", "src/verify/drift/tests"];
    let tests = directories.into_iter().flat_map(super::blocks::files_below);
    let tests: String = tests.map(|file| read(&file)).collect();
    for line in block.text.lines() {
        let said = line.split_once(": ").unwrap().1.split(" (").next().unwrap();
        assert!(tests.contains(said), "{said}");
    }
}

#[test]
fn shapes_and_lines_are_compared() {
    assert_shape(
        &json!({"a": "…", "b": [{"c": 1}]}),
        &json!({"a": "x", "b": [{"c": 2, "d": 3}]}),
        "",
    );
    let other = std::panic::catch_unwind(|| assert_shape(&json!({"a": 1}), &json!({"a": "x"}), ""));
    assert!(other.is_err());
    assert_lines("a: …\n…\nc … e", "a: b\nx\nc d e\n", "");
    assert!(std::panic::catch_unwind(|| assert_lines("b", "a", "")).is_err());
}
