//! An operator's values for a row's settings, and putting them where they belong.

use std::collections::BTreeMap;

use super::{Configuring, ProviderSettings, RowError};
use crate::provider::address::{UrlTemplate, WebUrl, encoded};
use crate::provider::row::{Form, Row, Setting};
use crate::provider::rules::TENANT;

impl Form {
    /// Says what a value must be.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Name => "letters, digits, '.', '_' and '-'",
            Self::Host => "a host name without scheme and path",
            Self::Url => "an https address",
            Self::Issuer => "an issuer: an https address without query",
        }
    }

    /// Returns a value that fits.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Text | Self::Name => "example",
            Self::Host => "id.example.com",
            Self::Url | Self::Issuer => "https://id.example.com",
        }
    }

    /// Brings a value into its form, if it fits.
    fn parse(self, value: &str) -> Option<String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let fits = match self {
            Self::Text => true,
            Self::Name => value.chars().all(is_name) && !matches!(value, "." | ".."),
            Self::Host => {
                let host = value.chars().all(|c| is_name(c) || c == ':');
                host && WebUrl::parse(&format!("https://{value}/")).is_ok()
            }
            Self::Url | Self::Issuer => {
                WebUrl::parse(value).is_ok() && !value.contains(['?', '|', '{', '}'])
            }
        };
        let value = if self == Self::Url { value.trim_end_matches('/') } else { value };
        fits.then(|| value.to_owned())
    }

    fn in_address(self, value: &str) -> String {
        match self {
            Self::Text => encoded(value),
            Self::Name | Self::Host | Self::Url | Self::Issuer => value.to_owned(),
        }
    }
}

impl Row {
    /// Returns a value for each of the row's settings, by its own name.
    pub(super) fn settings(
        &self,
        operator: &ProviderSettings,
    ) -> Result<BTreeMap<String, String>, RowError> {
        let is_of = |name: &String, (own, setting): (&String, &Setting)| {
            own == name || setting.aliases.contains(name)
        };
        let is_known = |name: &String| self.settings.iter().any(|it| is_of(name, it));
        if let Some(name) = operator.settings.keys().find(|name| !is_known(name)) {
            let known: Vec<_> = self.settings.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let problem = format!("not a setting of `{}`, which has: {known}", self.name);
            return Err(RowError::new(format!("settings.{name}"), problem));
        }
        let value = |(own, setting): (&String, &Setting)| {
            let mut given =
                operator.settings.iter().filter(|(name, _)| is_of(name, (own, setting)));
            let (name, value) = given.next().map_or((own, None), |(name, it)| (name, Some(it)));
            let error = |problem| RowError::new(format!("settings.{name}"), problem);
            if let Some((other, _)) = given.next() {
                return Err(error(format!("the same as `{other}`; expected one of them")));
            }
            let value = value.map(|value| value.trim()).filter(|value| !value.is_empty());
            if let (None, Some(default)) = (value, &setting.default) {
                return Ok(Some((own.clone(), default.clone())));
            }
            let Some(value) = value else {
                let needed = || error(format!("`{}` needs it: {}", self.name, setting.help));
                return if setting.optional { Ok(None) } else { Err(needed()) };
            };
            let expected = || {
                let expected = setting.form.expected();
                error(format!("`{value}`; expected {expected}: {}", setting.help))
            };
            Ok(Some((own.clone(), setting.form.parse(value).ok_or_else(expected)?)))
        };
        let values = self.settings.iter().filter_map(|setting| value(setting).transpose());
        let values: BTreeMap<String, String> = values.collect::<Result<_, _>>()?;
        // A default may name other settings.
        let filled = |text: &str| {
            put(text, values.iter().map(|(name, value)| (name.as_str(), value.clone())))
        };
        Ok(values.iter().map(|(name, value)| (name.clone(), filled(value))).collect())
    }
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
        let client_id = self.operator.client_ids.first().map(|id| ("client_id", encoded(id)));
        put(template, settings.chain(client_id))
    }

    fn wrong_address(&self, template: &str, text: &str) -> RowError {
        let is_used = |name: &&String| template.contains(&format!("{{{name}}}"));
        let setting = self.settings.keys().find(is_used);
        let key = setting.map_or("catalogue".to_owned(), |name| format!("settings.{name}"));
        let expected = "not an https address (http is for loopback only; no user name, no \
                        fragment, no unknown place in braces)";
        RowError::new(key, format!("`{text}`: {expected}"))
    }

    /// Fills the settings and the client ID into a text that is no address.
    pub(super) fn fill(&self, template: &str) -> String {
        let settings = self.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let client_id = self.operator.client_ids.first().map(|id| ("client_id", id.clone()));
        put(template, settings.chain(client_id))
    }

    /// Fills an issuer or a namespace, in which the tenant may be left open.
    pub(super) fn name(&self, word: &str, template: &str) -> Result<String, RowError> {
        let text = self.fill(template);
        if text.replace(TENANT, "").contains(['{', '}']) {
            let problem = format!("`{text}` has a place in braces that is no setting");
            return Err(RowError::new(word, problem));
        }
        Ok(text)
    }
}

fn put<'a>(template: &str, values: impl Iterator<Item = (&'a str, String)>) -> String {
    values.fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), &value)
    })
}
