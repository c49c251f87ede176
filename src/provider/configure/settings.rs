//! An operator's values for a row's settings, and putting them where they belong.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::{Configuring, ProviderSettings, RowError};
use crate::provider::address::WebUrl;
use crate::provider::row::{Form, RawIdToken, Row, Setting};
use crate::provider::rules::TENANT;
use crate::provider::template::{UrlTemplate, encoded};

impl Row {
    /// Returns a value for each of the row's settings, by its own name.
    pub(super) fn settings(
        &self,
        operator: &ProviderSettings,
    ) -> Result<BTreeMap<String, String>, RowError> {
        let is_known = |name: &String| {
            self.settings.iter().any(|(own, it)| own == name || it.aliases.contains(name))
        };
        if let Some(name) = operator.settings.keys().find(|name| !is_known(name)) {
            let known: Vec<_> = self.settings.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let problem = format!("not a setting of `{}`, which has: {known}", self.name);
            return Err(RowError::new(format!("settings.{name}"), problem));
        }
        let mut values = BTreeMap::new();
        for (own, setting) in &self.settings {
            if let Some((name, value)) = given((own, setting), &operator.settings)? {
                values.insert(own.clone(), parsed((name, setting), value)?);
            }
        }
        for (own, setting) in &self.settings {
            match (&setting.default, values.contains_key(own)) {
                (_, true) => {}
                // It may name settings that were given.
                (Some(default), false) => {
                    let known = values.iter().map(|(name, value)| (name.as_str(), value.clone()));
                    let value = put(default, known);
                    values.insert(own.clone(), parsed((own, setting), &value)?);
                }
                (None, false) if setting.optional => {}
                (None, false) => {
                    let problem = format!("`{}` needs it: {}", self.name, setting.help);
                    return Err(RowError::new(format!("settings.{own}"), problem));
                }
            }
        }
        Ok(values)
    }
}

/// Returns the operator's value for a setting, with the name under which it stands.
fn given<'a>(
    (own, setting): (&String, &Setting),
    given: &'a BTreeMap<String, String>,
) -> Result<Option<(&'a str, &'a str)>, RowError> {
    let is_its = |name: &String| name == own || setting.aliases.contains(name);
    let mut values = given.iter().filter(|(name, value)| is_its(name) && !value.trim().is_empty());
    match (values.next(), values.next()) {
        (Some((name, _)), Some((other, _))) => {
            let problem = format!("the same as `{other}`; expected one of them");
            Err(RowError::new(format!("settings.{name}"), problem))
        }
        (found, _) => Ok(found.map(|(name, value)| (name.as_str(), value.trim()))),
    }
}

fn parsed((name, setting): (&str, &Setting), value: &str) -> Result<String, RowError> {
    setting.form.parse(value).ok_or_else(|| {
        let expected = setting.form.expected();
        let problem = format!("`{value}`; expected {expected}: {}", setting.help);
        RowError::new(format!("settings.{name}"), problem)
    })
}

impl Configuring<'_> {
    /// Fills the settings and the client ID into an address and parses it.
    pub(super) fn address(&self, template: &str) -> Result<WebUrl, RowError> {
        let text = self.filled(template);
        let whole = if text.contains(['{', '}']) { None } else { WebUrl::parse(&text).ok() };
        let address = whole.ok_or_else(|| self.wrong_address(template, &text))?;
        Ok(if self.is_named(&address) { address.named() } else { address })
    }

    fn is_named(&self, address: &WebUrl) -> bool {
        address.as_url().host_str().is_some_and(|host| self.named.contains(host))
    }

    /// Returns the hosts that the operator wrote: in settings, or in a row of their own. What a row
    /// says of itself, a default too, is nobody's word but the row's.
    pub(super) fn named_hosts(&self) -> BTreeSet<String> {
        let is_given = |own: &String, setting: &Setting| {
            self.operator.settings.keys().any(|it| it == own || setting.aliases.contains(it))
        };
        let given = self.row.settings.iter().filter_map(|(own, setting)| {
            let value = self.settings.get(own).filter(|_| is_given(own, setting))?;
            match setting.form {
                Form::Host => Some(format!("https://{value}/")),
                Form::Url | Form::Issuer => Some(value.clone()),
                Form::Text | Form::Name => None,
            }
        });
        let written = self.row.written.iter().map(|origin| self.filled(origin));
        let host = |text: String| Some(Url::parse(&text).ok()?.host_str()?.to_owned());
        given.chain(written).filter_map(host).collect()
    }

    /// Does so with an address in which `names` are put in later, if it has any of them.
    pub(super) fn template(
        &self,
        template: &str,
        names: &[&str],
    ) -> Result<Option<UrlTemplate>, RowError> {
        let text = self.filled(template);
        if !names.iter().any(|name| text.contains(&format!("{{{name}}}"))) {
            return Ok(None);
        }
        let parsed = UrlTemplate::parse(&text, names);
        let parsed = parsed.map_err(|_| self.wrong_address(template, &text))?;
        let example = parsed.fill(|_| Some("a"));
        let is_named = example.is_some_and(|address| self.is_named(&address));
        Ok(Some(if is_named { parsed.named() } else { parsed }))
    }

    fn filled(&self, template: &str) -> String {
        let settings = self.row.settings.iter().filter_map(|(name, setting)| {
            Some((name.as_str(), setting.form.in_address(self.settings.get(name)?)))
        });
        put(template, settings.chain([("client_id", encoded(&self.client_id))]))
    }

    fn wrong_address(&self, template: &str, text: &str) -> RowError {
        let is_used = |name: &&String| template.contains(&format!("{{{name}}}"));
        let setting = self.settings.keys().find(is_used);
        let key = setting.map_or("catalogue".to_owned(), |name| format!("settings.{name}"));
        let expected = "not an https address (http is for loopback only; no user name, no \
                        fragment, no unknown place in braces)";
        RowError::new(key, format!("`{text}`: {expected}"))
    }

    /// Fills the settings and the client ID into a text that is no address, in which only the places
    /// `open` may be left.
    pub(super) fn fill(&self, template: &str, open: &[&str]) -> Result<String, RowError> {
        let settings = self.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let text = put(template, settings.chain([("client_id", self.client_id.clone())]));
        let rest = open.iter().fold(text.clone(), |rest, place| rest.replace(place, ""));
        let Some((_, unknown)) = rest.split_once(['{', '}']) else { return Ok(text) };
        let name = unknown.split('}').next().unwrap_or_default();
        if let Some(setting) = self.row.settings.get(name) {
            let problem = format!("is needed here: {}", setting.help);
            return Err(RowError::new(format!("settings.{name}"), problem));
        }
        let problem = format!("`{text}` has a place in braces that is no setting");
        Err(RowError::new("catalogue", problem))
    }

    /// Fills an issuer; the tenant is left open where the row says how tokens name it.
    pub(super) fn issuer(&self, template: &str) -> Result<String, RowError> {
        let names_tenant = self.row.id_token.as_ref().is_some_and(RawIdToken::has_tenant);
        self.fill(template, if names_tenant { &[TENANT] } else { &[] })
    }

    /// Fills the namespace: an address, as ids are derived from it and a bar.
    pub(super) fn namespace(&self) -> Result<String, RowError> {
        let namespace = self.issuer(&self.row.namespace)?;
        let example = namespace.replace(TENANT, "tenant");
        let url = WebUrl::parse(&example).ok();
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '|';
        // An issuer is spelled as its tokens spell it.
        let issuers = self.row.id_token.as_ref().map(RawIdToken::issuers).unwrap_or_default();
        let is_issuer = issuers.contains(&self.row.namespace);
        let is_one = url
            .is_some_and(|url| is_issuer || url.as_url().as_str().trim_end_matches('/') == example);
        if is_one && namespace.chars().all(is_plain) {
            return Ok(namespace);
        }
        let problem = format!(
            "`namespace` is `{namespace}`; expected an https address in lower case, without a slash \
             at its end, its usual port, or '|'"
        );
        Err(RowError::new("catalogue", problem))
    }
}

fn put<'a>(template: &str, values: impl Iterator<Item = (&'a str, String)>) -> String {
    values.fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), &value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Catalogue, Entry, Reach, settings_for_test};

    /// Returns where the addresses lead of a row, with rows and settings of an operator.
    fn reaches(row: &str, rows: &str, settings: &[(&str, &str)]) -> Vec<Reach> {
        let catalogue = Catalogue::load(&toml::from_str(rows).unwrap()).unwrap();
        let Some(Entry::Open(row)) = catalogue.entry(row) else { panic!("no row {row}") };
        let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let operator = ProviderSettings { settings: settings.collect(), ..settings_for_test("x") };
        row.configure(operator).unwrap().reaches().collect::<BTreeSet<_>>().into_iter().collect()
    }

    #[test]
    fn a_provider_is_anywhere_only_where_the_operator_wrote_its_host() {
        let own = "[own]\ntitle = \"\"\nsetup = \"\"\nnamespace = \"https://own.test\"\n\
                   [own.settings.site]\nform = \"name\"\nhelp = \"\"\n\
                   [own.profile]\nurl = \"https://{site}.own.test/me\"\n\
                   [own.code]\ntoken_endpoint = \"https://{site}.own.test/token\"\n\
                   [variant]\nextends = \"own\"\n";
        let site = [("site", "eu")];
        let github = "[github]\nnamespace = \"https://ghe.test\"\n\
                      [github.profile]\nurl = \"https://ghe.test/user\"\n";
        let title = "[github]\ntitle = \"Git\"\n";
        let (internet, anywhere) = (Reach::Internet, Reach::Anywhere);
        for (row, rows, settings, expected) in [
            ("google", "", &[][..], vec![internet]),
            ("github", "", &[], vec![internet]),
            ("github", title, &[], vec![internet]),
            ("github", github, &[], vec![internet, anywhere]),
            ("gitlab", "", &[], vec![internet]),
            ("gitlab", "", &[("api_url", "https://git.corp.test:8443")], vec![anywhere]),
            ("gitlab", "", &[("host", "https://10.0.0.5")], vec![anywhere]),
            ("auth0", "", &[("domain", "Id.corp.test")], vec![anywhere]),
            ("oidc", "", &[("issuer", "https://Id.Corp.test/x")], vec![anywhere]),
            ("oidc", "", &[("issuer", "http://127.0.0.1:1")], vec![Reach::Loopback]),
            ("microsoft", "", &[("tenant_id", "common")], vec![internet]),
            ("own", own, &site, vec![anywhere]),
            ("variant", own, &site, vec![anywhere]),
        ] {
            assert_eq!(reaches(row, rows, settings), expected, "{row} {rows} {settings:?}");
        }
    }
}
