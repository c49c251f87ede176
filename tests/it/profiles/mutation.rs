//! A fixture's answers, changed: issued to another app, or silent about the person.

use serde_json::{Map, Value};

use super::fixture::Fixture;
use crate::support::internet::Line;

/// What stands in place of our app.
const ANOTHER: &str = "another";

/// Has every answer name another app where it names ours. Returns nothing when none names any.
pub(super) fn of_another_app(fixture: &Fixture) -> Option<Vec<Line>> {
    let settings = fixture.settings.iter().filter(|(name, _)| name.contains("app"));
    let ours: Vec<_> =
        settings.map(|(_, value)| text(value)).chain([fixture.client_id.clone()]).collect();
    let mut lines = fixture.lines();
    let mut changed = false;
    for line in lines.iter_mut().filter(|line| !line.redeems()) {
        for (_, value) in line.headers.iter_mut().filter(|(_, value)| ours.contains(value)) {
            ANOTHER.clone_into(value);
            changed = true;
        }
        each(&mut line.body, &mut |value| {
            if ours.contains(&text(value)) {
                *value = other(value);
                changed = true;
            }
        });
    }
    changed.then_some(lines)
}

/// A number stays one.
fn other(value: &Value) -> Value {
    value.as_u64().map_or_else(|| ANOTHER.into(), |number| (number + 1).into())
}

/// Takes the person's id out of every answer. Where it does not stand as such, for it is put
/// together, everything goes.
pub(super) fn without_the_person(fixture: &Fixture) -> Vec<Line> {
    let id = text(&fixture.expected["id"]);
    let mut lines = fixture.lines();
    let mut found = false;
    for line in &mut lines {
        let headers = line.headers.len();
        line.headers.retain(|_, value| *value != id);
        found |= line.headers.len() < headers;
        each(&mut line.body, &mut |value| {
            if text(value) == id {
                *value = Value::Null;
                found = true;
            }
        });
    }
    if !found {
        for line in lines.iter_mut().filter(|line| !line.redeems()) {
            line.headers.clear();
            line.body = Value::Object(Map::new());
        }
    }
    lines
}

/// Does something to every value that has no members.
fn each(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    if let Some(members) = value.as_object_mut() {
        members.values_mut().for_each(|value| each(value, change));
    } else if let Some(items) = value.as_array_mut() {
        for value in items {
            each(value, change);
        }
    } else {
        change(value);
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
