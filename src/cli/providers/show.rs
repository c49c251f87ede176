//! `providers show`: what there is to know of one provider before it is configured.

use std::fmt::Write as _;

use super::paste::configuration;
use crate::provider::{Closed, Demand, RawCode, RawIdToken, Row, Setting, Status};

/// Says why a provider cannot be configured.
pub(super) fn closed(closed: &Closed) -> String {
    let status = closed.status.name();
    format!("{} ({})\n\nStatus: {status}\n{}\n", closed.title, closed.name, closed.reason())
}

/// Says what a row takes, gives and calls, and what to paste.
pub(crate) fn row(row: &Row) -> String {
    let mut text = format!("{} ({})\n\n", row.title, row.name);
    for (label, value) in facts(row) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{label}: {value}");
    }
    if !row.settings.is_empty() {
        text.push_str("\nSettings:\n");
        row.settings.iter().for_each(|(name, it)| text.push_str(&setting(name, it)));
    }
    text.push_str("\nAddresses that are called:\n");
    for (what, address) in row.addresses() {
        let _ = writeln!(text, "  {what}: {address}");
    }
    text.push('\n');
    text.push_str(&configuration(row));
    text
}

fn facts(row: &Row) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Set up", row.setup.clone()), ("Status", status(row))];
    if !row.aliases.is_empty() {
        facts.push(("Other names", row.aliases.join(", ")));
    }
    facts.push(("ID tokens", row.id_token.as_ref().map_or("none".to_owned(), id_tokens)));
    facts.extend(row.id_token.as_ref().map(|rules| ("Nonce", nonce(rules))));
    facts.push(("Access tokens", access_tokens(row)));
    facts.push(("Codes", row.code.as_ref().map_or("none", codes).to_owned()));
    let of_profile = row.profile.as_ref().and_then(|profile| profile.scope.as_ref());
    let scope = row.scopes.as_ref().or(of_profile).cloned();
    facts.extend(scope.map(|scope| ("Scope to ask for", scope)));
    facts.push(("Subject", row.subject.clone()));
    facts.push(("Namespace of `sub`", row.namespace.clone()));
    facts
}

fn status(row: &Row) -> String {
    let name = row.status.name();
    match (&row.note, row.status) {
        (Some(note), _) => format!("{name}: {note}"),
        (None, Status::SelfHosted) => format!("{name}: it runs where somebody runs it"),
        (None, Status::Ok | Status::Legacy | Status::Unknown) => name.to_owned(),
    }
}

fn id_tokens(rules: &RawIdToken) -> String {
    let algorithms: Vec<_> = rules.algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let keys = match (&rules.jwks_uri, &rules.discovery) {
        (Some(address), _) => address.clone(),
        (None, Some(issuer)) => format!("{issuer} by discovery"),
        (None, None) => "nowhere".to_owned(),
    };
    let (issuers, algorithms) = (rules.issuers().join(" or "), algorithms.join(", "));
    format!("issuer {issuers}; {algorithms}; keys from {keys}")
}

fn nonce(rules: &RawIdToken) -> String {
    let is_empty = rules.nonce_forms.is_empty();
    let text = if is_empty { "never in the token: do not send one" } else { "compared when sent" };
    text.to_owned()
}

fn access_tokens(row: &Row) -> String {
    let binding = row.binding_name();
    match row.access_token_demand() {
        Demand::NotOffered if row.profile.is_some() && row.code.is_some() => {
            "none; binding none: who a person is stands in the answer to a code alone".to_owned()
        }
        Demand::NotOffered => "none; binding none".to_owned(),
        Demand::Nothing => format!("yes; binding {binding}"),
        Demand::Secret => format!("with client_secret; binding {binding}"),
        Demand::Allowance => {
            "refused, unless allow_unbound_access_tokens = true; binding none".to_owned()
        }
    }
}

fn codes(code: &RawCode) -> &'static str {
    match (code.is_signed(), code.pkce) {
        (true, true) => {
            "with client_secret_file, the key that signs, and the settings team and key; a code_verifier is passed on"
        }
        (true, false) => {
            "with client_secret_file, the key that signs, and the settings team and key; no PKCE, \
             a code_verifier is not passed on"
        }
        (false, true) => "with client_secret; a code_verifier is passed on",
        (false, false) => "with client_secret; no PKCE, a code_verifier is not passed on",
    }
}

fn setting(name: &str, setting: &Setting) -> String {
    let aliases = match setting.aliases.as_slice() {
        [] => String::new(),
        aliases => format!(" (or {})", aliases.join(", ")),
    };
    let need = match &setting.default {
        Some(default) => format!("default {default}"),
        None if setting.optional => "optional".to_owned(),
        None => "required".to_owned(),
    };
    format!("  {name}{aliases}: {}; {}; {need}\n", setting.help, setting.form.expected())
}
