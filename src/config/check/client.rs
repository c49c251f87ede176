//! Checking `[[clients]]`.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::super::raw::{List, RawClient};
use super::{Checked, lifetime, problem, secret};
use crate::client::{Client, ClientId, ProfileClaim};
use crate::provider::{ProviderId, Providers};

/// Checks every client.
pub(super) fn clients(
    raw: Vec<RawClient>,
    providers: &Providers,
    default_lifetime: Duration,
) -> Checked<Vec<Client>> {
    if raw.is_empty() {
        return Err(problem("clients", "at least one client is needed: [[clients]] with an id"));
    }
    let mut checked: Vec<Client> = Vec::new();
    for (place, raw) in raw.into_iter().enumerate() {
        let client = Place(place).client(raw, providers, default_lifetime)?;
        if checked.iter().any(|other| other.id == client.id) {
            let key = format!("clients.{place}.id");
            return Err(problem(key, format!("`{}` is the ID of two clients", client.id)));
        }
        checked.push(client);
    }
    for (place, client) in checked.iter().enumerate() {
        Place(place).check_explains(client, &checked)?;
    }
    Ok(checked)
}

/// Which client it is, for messages.
#[derive(Clone, Copy)]
struct Place(usize);

impl Place {
    fn key(self, name: &str) -> String {
        format!("clients.{}.{name}", self.0)
    }

    fn client(
        self,
        raw: RawClient,
        providers: &Providers,
        default_lifetime: Duration,
    ) -> Checked<Client> {
        let id = ClientId::parse(&raw.id).ok_or_else(|| {
            problem(self.key("id"), "expected 1 to 255 printable ASCII characters")
        })?;
        if raw.audience.0.iter().all(|audience| audience.trim().is_empty()) {
            let expected = "at least one audience is needed: the API that the tokens are for";
            return Err(problem(self.key("audience"), expected));
        }
        let claims = raw.claims.map_or_else(|| ProfileClaim::DEFAULT.to_vec(), |claims| claims.0);
        Ok(Client {
            id,
            secret: secret(&self.key("secret"), raw.secret, raw.secret_file)?,
            audience: distinct(raw.audience.0),
            origins: self.origins(raw.origins)?,
            redirect_uris: self.redirect_uris(raw.redirect_uris, providers)?,
            providers: self.providers(raw.providers, providers)?,
            scopes: self.scopes(raw.scopes)?,
            lifetime: match raw.lifetime {
                Some(text) => lifetime(&self.key("lifetime"), &text)?,
                None => default_lifetime,
            },
            explains: self.explains(&raw.explains)?,
            claims: claims.into_iter().collect(),
        })
    }

    fn explains(self, ids: &List<String>) -> Checked<Vec<ClientId>> {
        let id = |text: &String| {
            let wrong = || problem(self.key("explains"), format!("`{text}` is no client ID"));
            ClientId::parse(text).ok_or_else(wrong)
        };
        ids.0.iter().map(id).collect()
    }

    /// Who asks about others has a secret, and they are there.
    fn check_explains(self, client: &Client, all: &[Client]) -> Checked<()> {
        if !client.explains.is_empty() && client.secret.is_none() {
            let needed = "only a client with `secret` or `secret_file` may ask for explanations";
            return Err(problem(self.key("explains"), needed));
        }
        let is_known = |id: &&ClientId| all.iter().any(|other| other.id == **id);
        match client.explains.iter().find(|id| !is_known(id)) {
            None => Ok(()),
            Some(id) => {
                Err(problem(self.key("explains"), format!("`{id}` is the ID of no client")))
            }
        }
    }

    /// An origin is what browsers send: scheme, host and port if unusual, in lower case, without
    /// a path (RFC 6454 §6.1). No wildcards.
    fn origins(self, origins: List<String>) -> Checked<BTreeSet<String>> {
        let is_origin = |text: &str| {
            let plain =
                |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || "-._:[]+".contains(c);
            let parts = text.split_once("://");
            let well_formed = parts.is_some_and(|(scheme, host)| {
                !scheme.is_empty() && !host.is_empty() && host.chars().all(plain)
            });
            let as_browsers_say = Url::parse(text).is_ok_and(|url| {
                !matches!(url.scheme(), "http" | "https")
                    || url.origin().ascii_serialization() == text
            });
            well_formed && as_browsers_say
        };
        match origins.0.iter().find(|origin| !is_origin(origin)) {
            None => Ok(origins.0.into_iter().collect()),
            Some(wrong) => Err(problem(
                self.key("origins"),
                format!(
                    "`{wrong}`; expected what browsers send, for instance https://app.example.com"
                ),
            )),
        }
    }

    /// Absolute, or a word that a provider has in place of one: Google's `postmessage`.
    fn redirect_uris(self, uris: List<String>, providers: &Providers) -> Checked<Vec<String>> {
        let words = || {
            let codes = providers.iter().filter_map(|provider| provider.code.as_ref().ok());
            codes.flat_map(|rules| &rules.redirect_words)
        };
        let is_absolute = |text: &str| Url::parse(text).is_ok_and(|it| it.fragment().is_none());
        let fits = |text: &&String| is_absolute(text) || words().any(|word| word == *text);
        match uris.0.iter().find(|uri| !fits(uri)) {
            None => Ok(uris.0),
            Some(wrong) => Err(problem(
                self.key("redirect_uris"),
                format!(
                    "`{wrong}`; expected an absolute URI without fragment (RFC 6749 section 3.1.2), \
                     or the word of a provider with `client_secret` that has one in its place"
                ),
            )),
        }
    }

    fn providers(
        self,
        chosen: Option<List<String>>,
        providers: &Providers,
    ) -> Checked<Vec<ProviderId>> {
        let known = || providers.iter().map(|provider| provider.id.clone());
        let Some(chosen) = chosen else { return Ok(known().collect()) };
        let find = |name: &String| {
            known().find(|id| id.as_str() == name).ok_or_else(|| {
                let known: Vec<_> = known().map(|id| id.to_string()).collect();
                let expected = format!("`{name}`; expected some of {}", known.join(", "));
                problem(self.key("providers"), expected)
            })
        };
        let found: Vec<_> = chosen.0.iter().map(find).collect::<Checked<_>>()?;
        if found.is_empty() {
            return Err(problem(self.key("providers"), "is empty; leave it out to allow all"));
        }
        Ok(found)
    }

    /// A scope is printable ASCII without space, quotation mark and backslash (RFC 6749 §3.3).
    fn scopes(self, scopes: List<String>) -> Checked<Vec<String>> {
        let fits = |c: char| ('!'..='~').contains(&c) && !matches!(c, '"' | '\\');
        let is_scope = |scope: &String| !scope.is_empty() && scope.chars().all(fits);
        match scopes.0.iter().find(|scope| !is_scope(scope)) {
            None => Ok(scopes.0),
            Some(wrong) => Err(problem(
                self.key("scopes"),
                format!("`{wrong}` is no scope (RFC 6749 section 3.3)"),
            )),
        }
    }
}

/// Leaves out what stands before: a token names each audience once.
fn distinct(audiences: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    audiences.into_iter().filter(|one| seen.insert(one.clone())).collect()
}
