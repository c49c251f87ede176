//! `providers list` and `providers show`: the catalogue for people and for programs.

use std::fmt::Write as _;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::Failure;
use crate::provider::{Catalogue, Row};

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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Text,
    Json,
}

/// What a row can do today, for people: every row takes ID tokens.
const KINDS: [&str; 1] = ["id_token"];
/// How it is proved that a credential was meant for us.
const BINDING: &str = "id_token";

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
        Command::Show { name } => catalogue.find(name).map(show).ok_or_else(|| {
            let known: Vec<_> = catalogue.rows().map(|row| row.name.as_str()).collect();
            Failure::Usage(format!("no provider `{name}` in the catalogue: {}", known.join(", ")))
        }),
    }
}

fn fits(row: &Row, words: &[String]) -> bool {
    let names = [&row.name, &row.title].into_iter().chain(&row.aliases);
    let all: Vec<_> =
        names.map(|name| name.to_lowercase()).chain(KINDS.map(str::to_owned)).collect();
    words.iter().all(|word| all.iter().any(|text| text.contains(&word.to_lowercase())))
}

fn text(rows: &[&Row]) -> String {
    let mut text = format!(
        "{:<10}  {:<9}  {:<9}  {:<6}  also known as\n",
        "name", "kinds", "binding", "status"
    );
    for row in rows {
        let (kinds, aliases) = (KINDS.join(" "), row.aliases.join(" "));
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "{:<10}  {kinds:<9}  {BINDING:<9}  {:<6}  {aliases}", row.name, "ok");
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
                "kinds": KINDS,
                "binding": BINDING,
                "settings": row.settings.keys().collect::<Vec<_>>(),
                "status": "ok",
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rows))
}

fn show(row: &Row) -> String {
    let rules = &row.id_token;
    let algorithms: Vec<_> = rules.algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let keys = rules.jwks_uri.as_deref().or(rules.discovery.as_deref()).unwrap_or_default();
    let nonce = if rules.nonce_forms.is_empty() {
        "never in the token: do not send one"
    } else {
        "compared when sent"
    };
    let mut text = format!(
        "{} ({})\n\nSet up: {}\n\nID tokens: issuer {}; {}; keys from {keys}\nNonce: {nonce}\nSubject: {}\nNamespace of `sub`: {}\n\n",
        row.title,
        row.name,
        row.setup,
        rules.issuers.join(" or "),
        algorithms.join(", "),
        row.subject,
        row.namespace,
    );
    text.push_str(&toml(row));
    text
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
    if row.id_token.domain_claim.is_some() {
        text.push_str("# hosted_domains = [\"example.com\"]\n");
    }
    for (name, setting) in row.settings.iter().filter(|_| !is_oidc) {
        let value = setting.default.as_deref().unwrap_or("…");
        // Writing to a string does not fail.
        let _ = writeln!(text, "settings = {{ {name} = \"{value}\" }}  # {}", setting.help);
    }
    text
}
