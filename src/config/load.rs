//! Reading the sources and putting them over each other, by figment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::providers::{Format as _, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata, Provider as _, Source};
use serde_json::json;

use super::environment::{self, Environment};
use super::raw::RawConfig;

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "countersign.toml";
/// What a value that nobody set came from.
const DEFAULT: &str = "default";
/// The variable that names another.
const FILE_VARIABLE: &str = "COUNTERSIGN_CONFIG";
/// Where the configuration comes from; later ones win.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    text: Option<String>,
    variables: BTreeMap<String, String>,
    listen: Option<String>,
}

impl Sources {
    /// The file that was named, or that `COUNTERSIGN_CONFIG` names, or `countersign.toml`; and
    /// this process's environment.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        // A variable that is not UTF-8 is none of ours.
        let variables: BTreeMap<_, _> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = variables.get(FILE_VARIABLE).map(PathBuf::from);
        Self { file: file.or(named), variables, ..Self::default() }
    }

    /// TOML text and nothing else.
    pub fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    /// Puts variables over it.
    #[must_use]
    pub fn with_variables<'a>(self, set: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { variables: set.collect(), ..self }
    }

    /// Returns the proxy for https that the environment names.
    pub(super) fn proxy(&self) -> Option<&str> {
        environment::proxy(&self.variables)
    }

    fn name(&self) -> String {
        let file = self.file.as_ref().map(|file| file.display().to_string());
        match &self.text {
            Some(_) => "configuration".to_owned(),
            None => file.unwrap_or_else(|| DEFAULT_FILE.to_owned()),
        }
    }

    /// Puts the flag `--listen` over it.
    #[must_use]
    pub fn with_listen(self, listen: Option<String>) -> Self {
        Self { listen, ..self }
    }
}

/// What is wrong with the configuration: where, which key, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    source: String,
    key: String,
    problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.source.as_str(), self.key.as_str()) {
            ("", "") => f.write_str(&self.problem),
            ("", key) => write!(f, "{key}: {}", self.problem),
            (source, "") => write!(f, "{source}: {}", self.problem),
            (source, key) => write!(f, "{source}: {key}: {}", self.problem),
        }
    }
}

impl std::error::Error for ConfigError {}

/// A value that is of the right type and still impossible.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) key: String,
    pub(super) problem: String,
}

impl ConfigError {
    /// Says which source a wrong value came from.
    pub(super) fn of_key(sources: &Sources, figment: &Figment, problem: Problem) -> Self {
        let source = source_of(figment, &problem.key).unwrap_or_else(|| sources.name());
        Self { source, key: problem.key, problem: problem.problem }
    }
}

/// Puts the sources over each other: defaults, file, environment, flags.
pub(super) fn figment(sources: &Sources) -> Result<Figment, ConfigError> {
    let figment = Figment::from(Serialized::defaults(json!({
        "listen": "127.0.0.1:8080",
        "tokens": { "lifetime": "15m" },
        "subject": { "mode": "uuid5" },
        "outbound": { "timeout": "5s" },
        "cache": { "access_tokens": "60s" },
        "limits": { "body_bytes": 65536, "requests_per_minute": 600,
            "connections": 4096, "concurrent_exchanges": 1024,
            "processor_wait": "50ms" },
        "shutdown": { "grace": "3s" },
        "traces": { "sample": 1.0 },
        "log": { "format": "text" },
    })));
    let figment = match (&sources.text, &sources.file) {
        (Some(text), _) => figment.merge(Toml::string(text)),
        (None, Some(file)) => figment.merge(existing(file)?),
        (None, None) if Path::new(DEFAULT_FILE).exists() => {
            figment.merge(existing(Path::new(DEFAULT_FILE))?)
        }
        (None, None) => figment,
    };
    let file = figment.data().map_err(|error| ConfigError {
        // A file that does not parse has no values yet that could name it.
        source: sources.name(),
        ..of_figment(&error)
    })?;
    let file: Dict = file.into_values().next().unwrap_or_default();
    let figment = figment.merge(Environment::over(&file, &sources.variables));
    Ok(match &sources.listen {
        Some(listen) => figment.merge(Flag("listen", listen.clone())),
        None => figment,
    })
}

/// Reads the merged sources as our keys.
pub(super) fn extract(sources: &Sources, figment: &Figment) -> Result<RawConfig, ConfigError> {
    figment.extract().map_err(|error| {
        let error = of_figment(&error);
        // What is missing came from nowhere, and belongs into the file.
        if error.source.is_empty() {
            return ConfigError { source: sources.name(), ..error };
        }
        error
    })
}

/// Returns where a value came from, or the nearest table around it that is not all defaults.
fn source_of(figment: &Figment, key: &str) -> Option<String> {
    let mut value = Value::from(figment.data().ok()?.into_values().next()?);
    let mut found = None;
    for part in key.split('.') {
        let below = match value {
            Value::Dict(_, mut values) => values.remove(part),
            Value::Array(_, mut items) => {
                part.parse().ok().filter(|place| *place < items.len()).map(|at| items.remove(at))
            }
            Value::String(..)
            | Value::Char(..)
            | Value::Bool(..)
            | Value::Num(..)
            | Value::Empty(..) => None,
        };
        let Some(below) = below else { break };
        value = below;
        let source = figment.get_metadata(value.tag()).map(source_name);
        found = source.filter(|source| source != DEFAULT).or(found);
    }
    found
}

/// figment skips a missing file in silence; one that an operator named must be there.
fn existing(file: &Path) -> Result<figment::providers::Data<Toml>, ConfigError> {
    match std::fs::metadata(file) {
        Ok(_) => Ok(Toml::file_exact(file)),
        Err(error) => Err(ConfigError {
            source: file.display().to_string(),
            key: String::new(),
            problem: format!("cannot be read: {error}"),
        }),
    }
}

fn of_figment(error: &figment::Error) -> ConfigError {
    let source = error.metadata.as_ref().map(source_name).unwrap_or_default();
    let key: Vec<_> = error.path.iter().filter(|part| *part != "default").cloned().collect();
    let mut problem = error.kind.to_string();
    if let Kind::MissingField(_) = error.kind {
        problem.push_str("; it is required");
    } else if let (Kind::InvalidType(_, expected), true) = (&error.kind, is_secret(&key)) {
        problem = format!("expected {expected}");
    }
    ConfigError { source, key: key.join("."), problem: without_quotes(&problem) }
}

/// Leaves out the lines of the file that a TOML error quotes: a secret may stand there.
fn without_quotes(problem: &str) -> String {
    let is_quote = |line: &&str| {
        line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|')
    };
    problem.lines().filter(|line| !is_quote(line)).collect::<Vec<_>>().join(": ")
}

/// Whether a key's value, or one below it, is never shown. What an operator's row sends along may be
/// a key of their account.
pub(super) fn is_secret<T: AsRef<str>>(key: &[T]) -> bool {
    let is_in_row = key.first().is_some_and(|part| part.as_ref() == "catalogue");
    key.iter().any(|part| match part.as_ref() {
        "secret" | "client_secret" | "api_key" => true,
        "headers" | "query" | "form" | "extra" => is_in_row,
        _ => false,
    })
}

/// Names a source as a person would.
pub(super) fn source_name(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(Source::File(path)) => path.display().to_string(),
        _ if metadata.name.contains("TOML") => "configuration".to_owned(),
        _ if metadata.name == "environment" => "environment".to_owned(),
        _ if metadata.name == "flag" => "flag".to_owned(),
        _ => DEFAULT.to_owned(),
    }
}

/// A flag of the command line.
struct Flag(&'static str, String);

impl figment::Provider for Flag {
    fn metadata(&self) -> Metadata {
        Metadata::named("flag")
    }

    fn data(&self) -> Result<figment::value::Map<figment::Profile, Dict>, figment::Error> {
        let values = Dict::from([(self.0.to_owned(), self.1.clone().into())]);
        Ok(figment::value::Map::from([(figment::Profile::Default, values)]))
    }
}
