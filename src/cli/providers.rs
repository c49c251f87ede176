//! `providers list` and `providers show`: the catalogue for people and for programs. `check` is
//! elsewhere.

use std::fmt::Write as _;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{Failure, check};
use crate::provider::{Catalogue, Entry, RawIdToken, Row};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the providers, or those that all the words fit
    List {
        /// Words to look for in names, titles and kinds
        words: Vec<String>,
        /// How to write the list
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// What to configure for one provider, and where to get it
    Show {
        /// A name or alias
        name: String,
    },
    /// Compare what the configured providers publish with their rows
    Check(check::Arguments),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Text,
    Json,
}

pub(super) fn execute(command: &Command) -> Result<String, Failure> {
    let catalogue = Catalogue::built_in().map_err(|error| Failure::other(&error))?;
    match command {
        Command::List { words, format } => {
            let rows: Vec<_> = catalogue.rows().filter(|row| fits(row, words)).collect();
            Ok(match format {
                ListFormat::Text => text(&rows),
                ListFormat::Json => json(&rows),
            })
        }
        Command::Show { name } => match catalogue.entry(name) {
            Some(Entry::Open(row)) => Ok(show(row)),
            Some(Entry::Closed(closed)) => Ok(closed.reason() + "\n"),
            None => Err(Failure::Usage(format!("no provider `{name}` in the catalogue"))),
        },
        Command::Check(arguments) => check::execute(arguments),
    }
}

fn fits(row: &Row, words: &[String]) -> bool {
    let names = [&row.name, &row.title].into_iter().chain(&row.aliases);
    let kinds = row.kinds().into_iter().map(str::to_owned);
    let all: Vec<_> = names.map(|name| name.to_lowercase()).chain(kinds).collect();
    words.iter().all(|word| all.iter().any(|text| text.contains(&word.to_lowercase())))
}

fn text(rows: &[&Row]) -> String {
    let mut text = format!(
        "{:<10}  {:<26}  {:<13}  {:<6}  also known as\n",
        "name", "kinds", "binding", "status"
    );
    for row in rows {
        let (name, kinds, binding) = (&row.name, row.kinds().join(" "), row.binding_name());
        let aliases = row.aliases.join(" ");
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:<10}  {kinds:<26}  {binding:<13}  {:<6}  {aliases}", "ok");
    }
    text
}

fn json(rows: &[&Row]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "aliases": row.aliases,
                "namespace": row.namespace,
                "kinds": row.kinds(),
                "binding": row.binding_name(),
                "settings": row.settings.keys().collect::<Vec<_>>(),
                "status": "ok",
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rows))
}

fn show(row: &Row) -> String {
    let mut text = format!("{} ({})\n\nSet up: {}\n\n", row.title, row.name, row.setup);
    if let Some(rules) = &row.id_token {
        text.push_str(&id_tokens(rules));
    }
    let access_tokens = match (&row.profile, &row.binding) {
        (Some(_), Some(binding)) if binding.method.needs_secret() => "with client_secret",
        (Some(_), Some(_)) => "yes",
        (Some(_), None) => "refused, unless allow_unbound_access_tokens = true",
        (None, _) => "none",
    };
    let codes = match row.code.as_ref().map(|code| code.pkce) {
        Some(true) => "with client_secret; PKCE",
        Some(false) => "with client_secret; no PKCE, a code_verifier is not passed on",
        None => "none",
    };
    if let Some(scope) = row.profile.as_ref().and_then(|profile| profile.scope.as_ref()) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "Scope to ask for: {scope}");
    }
    let _ = write!(
        text,
        "Access tokens: {access_tokens}; binding {}\nCodes: {codes}\nSubject: {}\nNamespace of `sub`: {}\n\n",
        row.binding_name(),
        row.subject,
        row.namespace,
    );
    text.push_str(&toml(row));
    text
}

fn id_tokens(rules: &RawIdToken) -> String {
    let algorithms: Vec<_> = rules.algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let keys = rules.jwks_uri.as_deref().or(rules.discovery.as_deref()).unwrap_or_default();
    let nonce = if rules.nonce_forms.is_empty() {
        "never in the token: do not send one"
    } else {
        "compared when sent"
    };
    let (issuers, algorithms) = (rules.issuers().join(" or "), algorithms.join(", "));
    format!("ID tokens: issuer {issuers}; {algorithms}; keys from {keys}\nNonce: {nonce}\n")
}

/// The configuration to paste.
fn toml(row: &Row) -> String {
    // The one row that is not named by its table.
    let is_oidc = row.name == "oidc";
    let table = if is_oidc { "acme" } else { &row.name };
    let mut text = format!("[providers.{table}]\n");
    if is_oidc {
        text.push_str("kind = \"oidc\"\nissuer = \"https://login.acme.test\"\n");
    }
    text.push_str("client_ids = [\"…\"]\n");
    if row.needs_secret() {
        text.push_str("client_secret = \"…\"\n");
    } else if row.code.is_some() {
        text.push_str("# client_secret = \"…\"\n");
    }
    if row.domain_claim.is_some() {
        text.push_str("# hosted_domains = [\"example.com\"]\n");
    }
    let settings: Vec<_> = row.settings.iter().filter(|_| !is_oidc).collect();
    if !settings.is_empty() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n[providers.{table}.settings]");
    }
    for (name, setting) in settings {
        let value = setting.default.as_deref().unwrap_or("…");
        let _ = writeln!(text, "{name} = \"{value}\"  # {}", setting.help);
    }
    text
}
