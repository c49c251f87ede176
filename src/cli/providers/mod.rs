//! `providers list` and `providers show`: the catalogue for people and for programs. What is in it
//! is `provider`'s; `check` is elsewhere.

mod list;
mod paste;
mod show;

use clap::{Subcommand, ValueEnum};

#[cfg(any(test, fuzzing))]
pub(crate) use show::row as shown;

use super::{Failure, check};
use crate::provider::{Catalogue, Entry};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the providers, or those that all the words fit
    List {
        /// Words to look for in names, titles, kinds, bindings and statuses
        words: Vec<String>,
        /// How to write the list
        #[arg(long, value_enum, default_value_t = CatalogueFormat::Text)]
        format: CatalogueFormat,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CatalogueFormat {
    Text,
    Json,
    /// Two tables, as in docs/providers.md
    Markdown,
}

pub(super) fn execute(command: &Command) -> Result<String, Failure> {
    let catalogue = Catalogue::built_in().map_err(|error| Failure::other(&error))?;
    match command {
        Command::List { words, format } => {
            let mut entries = catalogue.entries();
            entries.retain(|entry| list::fits(*entry, words));
            Ok(match format {
                CatalogueFormat::Text => list::text(&entries),
                CatalogueFormat::Json => list::json(&entries),
                CatalogueFormat::Markdown => list::markdown(&entries),
            })
        }
        Command::Show { name } => match catalogue.entry(name) {
            Some(Entry::Open(row)) => Ok(show::row(row)),
            Some(Entry::Closed(closed)) => Ok(show::closed(closed)),
            None => Err(Failure::Usage(unknown(&catalogue, name))),
        },
        Command::Check(arguments) => check::execute(arguments),
    }
}

fn unknown(catalogue: &Catalogue, name: &str) -> String {
    let alike = catalogue.alike(name);
    let hint =
        if alike.is_empty() { String::new() } else { format!(" (alike: {})", alike.join(", ")) };
    format!(
        "no provider `{name}` in the catalogue{hint}; `countersign providers list` names them all"
    )
}
