//! An operator's values for a row's settings, and putting them where they belong.

use std::collections::BTreeMap;

use super::{Configuring, ProviderSettings, RowError};
use crate::provider::address::{UrlTemplate, WebUrl, encoded};
use crate::provider::row::{RawIdToken, Row, Setting};
use crate::provider::rules::TENANT;

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
        whole.ok_or_else(|| self.wrong_address(template, &text))
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
        parsed.map(Some).map_err(|_| self.wrong_address(template, &text))
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
