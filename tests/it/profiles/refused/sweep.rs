//! Every row at once: an answer with status 200 that is good but for an error code, in each place
//! where the row says that codes stand, signs nobody in.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use serde_json::{Map, Value, json};
use toml::Table;

use super::{Fixture, Kind, Scene, fixture};

/// A code that no row lists.
const CODE: u32 = 987_654;
/// How many services run at a time.
const AT_A_TIME: usize = 16;

/// Where codes stand when a row does not say.
fn usual() -> Vec<String> {
    vec!["/error".to_owned()]
}

/// Where a row's codes stand: in its APIs' answers, and in its token endpoint's.
#[derive(Debug, Clone)]
struct Places {
    api: Vec<String>,
    token: Vec<String>,
}

impl Places {
    fn of(table: &Table) -> Self {
        let at = |errors: Option<&toml::Value>| {
            let places = errors?.get("at")?.as_array()?.iter();
            Some(places.map(|place| place.as_str().unwrap().to_owned()).collect())
        };
        let api = at(table.get("errors")).unwrap_or_else(usual);
        let own = table.get("code").and_then(|code| code.get("errors"));
        let token = if own.is_some() { at(own).unwrap_or_else(usual) } else { api.clone() };
        Self { api, token }
    }
}

/// Reads the rows' tables. Of those that extend another the codes are the other's.
fn places() -> BTreeMap<String, Places> {
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider/catalogue");
    let files = std::fs::read_dir(catalogue).unwrap().map(|entry| entry.unwrap().path());
    let tables = files.map(|file| std::fs::read_to_string(file).unwrap().parse::<Table>().unwrap());
    let rows: BTreeMap<String, toml::Value> = tables.flatten().collect();
    let mut places = BTreeMap::new();
    for (name, mut row) in &rows {
        while let Some(above) = row.get("extends") {
            assert!(row.get("errors").is_none(), "{name}");
            row = &rows[above.as_str().unwrap()];
        }
        places.insert(name.clone(), Places::of(row.as_table().unwrap()));
    }
    places
}

/// Puts a code into a place. What stands in its way is replaced.
fn put(value: &mut Value, parts: &[&str]) {
    let Some((part, rest)) = parts.split_first() else {
        *value = json!(CODE);
        return;
    };
    if *part == "0" {
        *value = json!([null]);
        put(&mut value[0], rest);
        return;
    }
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    put(&mut value[*part], rest);
}

/// Takes away what stands in a place.
fn clear(value: &mut Value, place: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    if let Some(Value::Object(members)) = value.pointer_mut(parent) {
        members.remove(name);
    }
}

/// Returns a body with a code in one of the places and in none before it; nothing where the body
/// can hold none.
fn failing(body: &Value, places: &[String], nth: usize) -> Option<Value> {
    let place = &places[nth];
    if let Some(form) = body.as_str() {
        let name = place.strip_prefix('/').filter(|name| !name.contains('/'))?;
        return form.contains('=').then(|| format!("{form}&{name}={CODE}").into());
    }
    let mut body = body.as_object().map(|_| body.clone())?;
    places[..nth].iter().for_each(|place| clear(&mut body, place));
    put(&mut body, &place.split('/').skip(1).collect::<Vec<_>>());
    Some(body)
}

/// A fixture with one of its answers changed.
struct Case {
    name: String,
    path: String,
    scene: Scene,
}

fn cases() -> Vec<Case> {
    let places = places();
    let mut cases = Vec::new();
    let takes_codes = |it: &Fixture| it.credentials.contains(&Kind::Code);
    let first = fixture::all().into_iter().filter(|it| !it.file.contains("--"));
    for fixture in first.filter(takes_codes) {
        let scene = Scene::from(fixture);
        let row = &places[&scene.fixture.row];
        for (at, line) in scene.fixture.calls.iter().enumerate() {
            let places = if line.redeems() { &row.token } else { &row.api };
            for (nth, place) in places.iter().enumerate() {
                let Some(body) = failing(&line.body, places, nth) else { continue };
                let path = line.url.path().to_owned();
                let name = format!("{} {path} {place}", scene.fixture.file);
                let mut scene = scene.clone();
                scene.fixture.calls[at].body = body;
                scene.fixture.calls[at].status = 200;
                cases.push(Case { name, path, scene });
            }
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_answer_with_an_error_code_in_it_signs_nobody_in() {
    let runs = cases().into_iter().map(|case| async move {
        let outcome = case.scene.bring(Kind::Code).await;
        if outcome.asked(&case.path) == 0 {
            return (0, None);
        }
        let refusal = outcome.answer.refusal();
        let expected = (400, "invalid_grant".to_owned(), "provider_rejected".to_owned());
        (1, (refusal != expected).then(|| format!("{}: {refusal:?}", case.name)))
    });
    let ran: Vec<(u32, Option<String>)> = stream::iter(runs).buffered(AT_A_TIME).collect().await;
    let wrong: Vec<_> = ran.iter().filter_map(|(_, wrong)| wrong.as_ref()).collect();
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
    let asked: u32 = ran.iter().map(|(asked, _)| asked).sum();
    assert!(asked > 200, "{asked}");
}
