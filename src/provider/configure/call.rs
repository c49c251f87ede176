//! Configuring calls: where to, and with what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Configuring, RowError};
use crate::crypto::base64;
use crate::provider::Unavailable;
use crate::provider::call::{
    Announced, Call, Discovery, Endpoint, Meaning, Method, TOKEN_PLACE, TokenPlace,
};
use crate::provider::row::rejected;
use crate::provider::template::encoded;
use crate::secret::Secret;

/// Why a row's words come to no rules.
pub(super) enum Stop {
    /// They are wrong, or an operator's values for them.
    Wrong(RowError),
    /// They need what is not configured.
    Unavailable(Unavailable),
}

impl From<RowError> for Stop {
    fn from(error: RowError) -> Self {
        Self::Wrong(error)
    }
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl Stop {
    /// Tells what is wrong from what is only not there.
    pub(super) fn settle<T>(rules: Result<T, Self>) -> Result<Result<T, Unavailable>, RowError> {
        match rules {
            Ok(rules) => Ok(Ok(rules)),
            Err(Self::Unavailable(unavailable)) => Ok(Err(unavailable)),
            Err(Self::Wrong(error)) => Err(error),
        }
    }
}

/// Names and values of headers or parameters.
pub(super) type Pairs = Vec<(String, Secret)>;

/// Stands in headers and parameters for the client secret.
const SECRET_PLACE: &str = "{client_secret}";

/// Where a call goes.
pub(super) struct Target<'a> {
    /// The address; the discovery document's when there is none.
    pub(super) url: Option<&'a str>,
    /// The member of the discovery document.
    pub(super) announced: Announced,
    /// What is put into the address for each call.
    pub(super) values: &'a [&'a str],
    /// Where the access token goes.
    pub(super) token: TokenPlace,
}

/// What a call has beside the access token.
#[derive(Clone, Copy)]
pub(super) struct Extras<'a> {
    pub(super) method: Method,
    pub(super) query: &'a BTreeMap<String, String>,
    pub(super) form: &'a BTreeMap<String, String>,
}

impl Configuring<'_> {
    /// Makes a call with an access token.
    pub(super) fn call(&self, target: Target<'_>) -> Result<Call, Stop> {
        self.check_token(&target.token)?;
        Ok(Call {
            endpoint: self.target(&target)?,
            token: target.token,
            method: Method::Get,
            headers: self.headers(&self.row.headers)?,
            query: Vec::new(),
            form: Vec::new(),
            proof: None,
            keep_headers: Vec::new(),
            meaning: self.meaning(None),
        })
    }

    /// Makes a call with an access token and what else it has.
    pub(super) fn call_with(&self, target: Target<'_>, extras: Extras<'_>) -> Result<Call, Stop> {
        let (query, form) = (self.pairs(extras.query)?, self.pairs(extras.form)?);
        Ok(Call { method: extras.method, query, form, ..self.call(target)? })
    }

    /// Checks what the access token is put behind, or under.
    fn check_token(&self, token: &TokenPlace) -> Result<(), RowError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let own = |name: &str| self.row.headers.keys().any(|it| it.eq_ignore_ascii_case(name));
        let (word, header) = match token {
            TokenPlace::Bearer => ("Bearer", "authorization"),
            TokenPlace::Scheme(scheme) => (scheme.as_str(), "authorization"),
            TokenPlace::Header(name) => (name.as_str(), name.as_str()),
            TokenPlace::Query(_) | TokenPlace::Form(_) | TokenPlace::Json(_) | TokenPlace::Path => {
                return Ok(());
            }
        };
        let problem = if word.is_empty() || !word.chars().all(is_name) {
            format!("`token`: {word:?} is no word for a header")
        } else if own(header) {
            format!("`headers` has `{header}`, where the access token goes")
        } else {
            return Ok(());
        };
        Err(RowError::new("catalogue", problem))
    }

    fn target(&self, target: &Target<'_>) -> Result<Endpoint, RowError> {
        let Some(url) = target.url else { return self.endpoint(None, target.announced) };
        let in_path = target.token == TokenPlace::Path;
        let token = in_path.then_some(TOKEN_PLACE);
        let names: Vec<_> = target.values.iter().copied().chain(token).collect();
        if let Some(template) = self.template(url, &names)? {
            return Ok(Endpoint::Template(template));
        }
        if in_path {
            let problem = format!("`{url}` has no place {{{TOKEN_PLACE}}} for the access token");
            return Err(RowError::new("catalogue", problem));
        }
        self.endpoint(Some(url), target.announced)
    }

    /// Returns an address, or where it is announced.
    pub(super) fn endpoint(
        &self,
        url: Option<&str>,
        announced: Announced,
    ) -> Result<Endpoint, RowError> {
        match (url, &self.discovery) {
            (Some(url), _) => Ok(Endpoint::At(self.address(url)?)),
            (None, Some(discovery)) => {
                Ok(Endpoint::Discovered(Arc::<Discovery>::clone(discovery), announced))
            }
            (None, None) => {
                let name = announced.name();
                let problem =
                    format!("the row needs an address in place of {name}, or `discovery`");
                Err(RowError::new("catalogue", problem))
            }
        }
    }

    /// Fills the settings, the client ID and its secret into headers or parameters.
    pub(super) fn pairs(&self, words: &BTreeMap<String, String>) -> Result<Pairs, Stop> {
        let pair = |(name, template): (&String, &String)| {
            let value = self.fill(template, &[SECRET_PLACE])?;
            if !value.contains(SECRET_PLACE) {
                return Ok((name.clone(), Secret::new(value)));
            }
            let secret = self.secret()?;
            Ok((name.clone(), Secret::new(value.replace(SECRET_PLACE, secret.expose()))))
        };
        words.iter().map(pair).collect()
    }

    /// Makes headers, of which each is one line, and none is made by the client itself.
    pub(super) fn headers(&self, words: &BTreeMap<String, String>) -> Result<Pairs, Stop> {
        let headers = self.pairs(words)?;
        for (name, value) in &headers {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            let is_taken = ["host", "content-length", "content-type", "transfer-encoding"]
                .iter()
                .any(|taken| name.eq_ignore_ascii_case(taken));
            if is_taken || name.is_empty() || !name.chars().all(is_name) {
                let problem = format!("`{name}` is no header that a row can set");
                return Err(RowError::new("catalogue", problem).into());
            }
            if !value.expose().chars().all(|c| (' '..='~').contains(&c)) {
                let problem = format!("the value of the header `{name}` is not printable ASCII");
                return Err(RowError::new("catalogue", problem).into());
            }
        }
        Ok(headers)
    }

    pub(super) fn meaning(&self, scope: Option<String>) -> Meaning {
        let errors = self.row.errors.clone();
        let (missing_scope, client_refused) = (vec![403], Vec::new());
        Meaning { errors, rejected: rejected(), missing_scope, client_refused, scope }
    }
}

/// HTTP Basic credentials, each half form-encoded (RFC 6749 §2.3.1).
pub(crate) fn basic(id: &str, secret: &Secret) -> (String, Secret) {
    let encoded = |text: &str| encoded(text).replace("%20", "+");
    authorization(&Secret::new(format!("{}:{}", encoded(id), encoded(secret.expose()))))
}

pub(super) fn authorization(credentials: &Secret) -> (String, Secret) {
    let value = format!("Basic {}", base64(credentials.expose().as_bytes()));
    ("authorization".to_owned(), Secret::new(value))
}

/// The client's credentials as parameters (RFC 6749 §2.3.1).
pub(crate) fn posted(id: &str, secret: &Secret) -> [(String, Secret); 2] {
    [("client_id".to_owned(), Secret::new(id)), ("client_secret".to_owned(), secret.clone())]
}
