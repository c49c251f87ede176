//! Checking `[providers.NAME]`: finding the row and giving it the operator's values.

use std::collections::BTreeMap;

use super::super::raw::{RawKind, RawProvider};
use super::{Checked, problem, secret};
use crate::provider::{
    Catalogue, Entry, Issuers, Provider, ProviderId, ProviderSettings, Row, RowTable,
};

/// The row that `kind = "oidc"` stands for.
const OIDC_ROW: &str = "oidc";

/// Checks every provider. `own_issuer` is ours: our tokens are never credentials.
pub(super) fn providers(
    raw: BTreeMap<String, RawProvider>,
    rows: &BTreeMap<String, RowTable>,
    own_issuer: &str,
) -> Checked<Vec<Provider>> {
    if raw.is_empty() {
        let expected = "at least one provider is needed: [providers.NAME] with client_ids";
        return Err(problem("providers", expected));
    }
    let catalogue = Catalogue::load(rows).map_err(|error| {
        problem(format!("catalogue.{}", error.row.escape_debug()), error.problem)
    })?;
    raw.into_iter().map(|(name, raw)| provider(&catalogue, &name, raw, own_issuer)).collect()
}

fn provider(
    catalogue: &Catalogue,
    name: &str,
    raw: RawProvider,
    own_issuer: &str,
) -> Checked<Provider> {
    let key = |below: &str| format!("providers.{name}.{below}");
    let id = ProviderId::try_from(name.to_owned())
        .map_err(|error| problem(format!("providers.{name}"), error.to_string()))?;
    let row = row(catalogue, name, &raw)?;
    let mut settings = raw.settings;
    if let Some(issuer) = raw.issuer {
        if row.name != OIDC_ROW {
            let expected =
                format!("`{}` has its own; `issuer` goes with kind = \"oidc\"", row.name);
            return Err(problem(key("issuer"), expected));
        }
        settings.insert("issuer".to_owned(), issuer);
    }
    let client_secret = secret(&key("client_secret"), raw.client_secret, raw.client_secret_file)?;
    let provider = row
        .configure(ProviderSettings {
            id,
            settings,
            client_ids: raw.client_ids.0,
            client_secret,
            allow_unbound_access_tokens: raw.allow_unbound_access_tokens.0,
            algorithms: raw.algorithms.map(|list| list.0),
            nonce: raw.nonce,
            hosted_domains: raw.hosted_domains.0,
        })
        .map_err(|error| problem(key(spelled(row, &error.key)), error.problem))?;
    let issuers = provider.id_token.as_ref().map(|rules| &rules.issuers);
    if matches!(issuers, Some(Issuers::Exact(list)) if list.iter().any(|it| it == own_issuer)) {
        return Err(problem(key("issuer"), "is our own issuer; our tokens are no credentials"));
    }
    Ok(provider)
}

/// `kind = "oidc"` has its row's one setting as a key of its own.
fn spelled<'a>(row: &Row, setting: &'a str) -> &'a str {
    if row.name == OIDC_ROW && setting == "settings.issuer" { "issuer" } else { setting }
}

fn row<'a>(catalogue: &'a Catalogue, name: &str, raw: &RawProvider) -> Checked<&'a Row> {
    let (below, wanted) = match (raw.kind, &raw.catalogue) {
        (Some(RawKind::Oidc), Some(_)) => {
            let expected = "expected `kind` or `catalogue`, not both";
            return Err(problem(format!("providers.{name}.kind"), expected));
        }
        (Some(RawKind::Oidc), None) => (".kind", OIDC_ROW),
        (None, Some(row)) => (".catalogue", row.as_str()),
        // The table's own name is that of the row.
        (None, None) => ("", name),
    };
    let key = || format!("providers.{name}{below}");
    match catalogue.entry(wanted) {
        Some(Entry::Open(row)) => Ok(row),
        Some(Entry::Closed(closed)) => Err(problem(key(), closed.reason())),
        None => Err(problem(key(), unknown(catalogue, wanted))),
    }
}

/// Says what may stand in the place of a name that nothing has.
fn unknown(catalogue: &Catalogue, wanted: &str) -> String {
    let alike = catalogue.alike(wanted);
    let hint =
        if alike.is_empty() { String::new() } else { format!(" (alike: {})", alike.join(", ")) };
    format!(
        "`{wanted}` is not in the catalogue{hint}; `countersign providers list` names what is; for \
         any other OpenID provider set kind = \"oidc\" and issuer, for any other OAuth provider \
         write a row, [catalogue.{wanted}]"
    )
}
