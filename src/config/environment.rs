//! The environment: `COUNTERSIGN_` and the key, with `__` between levels, also into one client
//! (by its place or ID) or one provider. Values are texts and stay what they are.

use std::collections::BTreeMap;

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

/// Before every variable of ours.
const PREFIX: &str = "COUNTERSIGN_";
/// Between the levels of a key.
const SEPARATOR: &str = "__";
/// The variables that name a proxy for https; the first that is set counts.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Returns the proxy for https, as reqwest looks for it.
pub(super) fn proxy(variables: &BTreeMap<String, String>) -> Option<&str> {
    let set = PROXIES.iter().filter_map(|name| variables.get(*name));
    set.map(String::as_str).find(|value| !value.is_empty())
}

/// The variables that set something, over what a file says.
pub(super) struct Environment {
    values: Dict,
}

/// Whether a variable with our prefix is somebody else's: the one that names the file, and those
/// that Kubernetes gives every pod for a Service named `countersign`.
fn is_foreign(name: &str) -> bool {
    name == "CONFIG"
        || name == "PORT"
        || name.starts_with("PORT_")
        || name.starts_with("SERVICE_HOST")
        || name.starts_with("SERVICE_PORT")
}

impl Environment {
    /// Puts variables over what a file says. Lists of tables cannot be merged by their layers,
    /// so the changed client is put into a copy of the file's list.
    pub(super) fn over(file: &Dict, variables: &BTreeMap<String, String>) -> Self {
        let mut values = Dict::new();
        for (name, value) in variables {
            let Some(name) = name.strip_prefix(PREFIX).filter(|name| !is_foreign(name)) else {
                continue;
            };
            let lower = name.to_lowercase();
            let path: Vec<&str> = lower.split(SEPARATOR).collect();
            match path.as_slice() {
                ["clients", client, rest @ ..] if !rest.is_empty() => {
                    set_client(&mut values, file, client, (rest, value));
                }
                ["providers", provider, rest @ ..] if !rest.is_empty() => {
                    let provider = spelled_as_in(file, provider);
                    let path: Vec<&str> =
                        ["providers", &provider].into_iter().chain(rest.iter().copied()).collect();
                    set(&mut values, &path, value);
                }
                _ => set(&mut values, &path, value),
            }
        }
        Self { values }
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment").interpolater(|_, keys| {
            let name = keys.join(SEPARATOR).to_uppercase().replace('-', "_");
            format!("{PREFIX}{name}")
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

fn set(values: &mut Dict, path: &[&str], value: &str) {
    match path {
        [] => {}
        [last] => {
            values.insert((*last).to_owned(), value.into());
        }
        [first, rest @ ..] => {
            let below = values.entry((*first).to_owned()).or_insert_with(|| Dict::new().into());
            if let Value::Dict(_, below) = below {
                set(below, rest, value);
            }
        }
    }
}

fn set_client(values: &mut Dict, file: &Dict, name: &str, (path, value): (&[&str], &str)) {
    let in_file = || file.get("clients").cloned().unwrap_or_else(|| Vec::<Value>::new().into());
    let Value::Array(_, clients) = values.entry("clients".to_owned()).or_insert_with(in_file)
    else {
        return;
    };
    let has_id = |client: &Value| {
        let id = client.find_ref("id").and_then(Value::as_str);
        id.is_some_and(|id| same(id, name))
    };
    let place = clients
        .iter()
        .position(has_id)
        .or_else(|| name.parse().ok().filter(|place| *place <= clients.len()))
        .unwrap_or(clients.len());
    if place == clients.len() {
        // A new client's ID is what it is called here, unless a variable says otherwise.
        let mut client = Dict::new();
        if name.parse::<usize>().is_err() {
            client.insert("id".to_owned(), name.into());
        }
        clients.push(client.into());
    }
    if let Some(Value::Dict(_, client)) = clients.get_mut(place) {
        set(client, path, value);
    }
}

/// The name of a provider as the file spells it: variables have no hyphen.
fn spelled_as_in(file: &Dict, name: &str) -> String {
    let providers = file.get("providers").and_then(Value::as_dict);
    let known = providers.and_then(|known| known.keys().find(|key| same(key, name)));
    known.cloned().unwrap_or_else(|| name.to_owned())
}

fn same(spelled: &str, variable: &str) -> bool {
    spelled.to_lowercase().replace(['-', '.'], "_") == variable
}
