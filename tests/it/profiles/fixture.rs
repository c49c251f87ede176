//! What a provider answers about somebody, and whom the service has to see in it, as
//! `tests/fixtures/providers` says.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::support::NOW_SIGNED;
use crate::support::claims::Token;
use crate::support::internet::Line;
use crate::support::keys::Key;

/// The verifier of RFC 7636 appendix B, which `VERIFIER` stands for in a fixture.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Fields that a fixture says something of, be it null.
const FIELDS: [&str; 6] = ["id", "username", "email", "name", "first_name", "last_name"];
/// The key that ID tokens are signed with, by the algorithm that a fixture names.
const KEYS: [(&str, Key); 3] = [("RS256", Key::Rsa), ("ES256", Key::Ec), ("EdDSA", Key::Ed)];

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// An access token, which is `TOKEN` unless a test has another.
    AccessToken,
    /// An ID token with the fixture's claims.
    IdToken,
    /// A code, which is always `CODE`.
    Code,
}

impl Kind {
    /// Returns its name in the catalogue.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
            Self::Code => "code",
        }
    }
}

/// A provider's answers about somebody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixture {
    /// The file's name.
    #[serde(skip)]
    pub(super) file: String,
    /// The access token.
    #[serde(skip, default = "token")]
    pub(super) token: String,
    /// The row of the catalogue.
    pub(super) row: String,
    /// Its name in python-social-auth.
    pub(super) backend: Option<String>,
    /// What the operator sets.
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    /// Our client ID.
    #[serde(default = "client")]
    pub(super) client_id: String,
    /// The nonce of ID tokens.
    pub(super) nonce: Option<String>,
    /// The credentials, each of which must have the same outcome.
    pub(super) credentials: Vec<Kind>,
    /// What the provider answers.
    pub(super) calls: Vec<Line>,
    /// The claims of ID tokens, but for those that are the same in all.
    pub(super) id_token: Option<Map<String, Value>>,
    /// How ID tokens are signed.
    #[serde(default = "rs256")]
    pub(super) algorithm: String,
    /// The issuer of ID tokens.
    pub(super) issuer: Option<String>,
    /// Where its keys are.
    jwks_uri: Option<String>,
    /// More of the discovery document.
    #[serde(default)]
    pub(super) discovery: Map<String, Value>,
    /// Whom the service has to see.
    pub(super) expected: Map<String, Value>,
    /// For the comparison with python-social-auth alone.
    #[serde(rename = "class")]
    _class: Option<String>,
    #[serde(rename = "social_core")]
    _social_core: Option<Value>,
    #[serde(rename = "social_core_settings")]
    _social_core_settings: Option<Value>,
    /// Why the service deliberately differs from it, by field.
    #[serde(default)]
    pub(super) differs: Map<String, Value>,
}

fn client() -> String {
    "client".to_owned()
}

fn token() -> String {
    "TOKEN".to_owned()
}

fn rs256() -> String {
    "RS256".to_owned()
}

/// Reads all fixtures, by the names of their files.
pub(super) fn all() -> Vec<Fixture> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension() == Some("json".as_ref())).collect();
    files.sort();
    files.iter().map(|path| Fixture::read(path)).collect()
}

impl Fixture {
    /// Reads a fixture.
    fn read(path: &Path) -> Self {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.replace("\"VERIFIER\"", &format!("\"{VERIFIER}\""));
        let mut fixture: Self =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for field in FIELDS {
            assert!(fixture.expected.contains_key(field), "{file}: expected has no `{field}`");
        }
        let name = fixture.row == file.split("--").next().unwrap().trim_end_matches(".json");
        assert!(name, "{file}: the file has another name than its row, {}", fixture.row);
        assert!(!fixture.credentials.is_empty(), "{file}: no credentials");
        fixture.file = file;
        fixture
    }

    /// Returns the kinds of credentials that are verified when it is run; the ID token that comes
    /// with a code is one.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let comes =
            |line: &Line| line.body.get("id_token").is_some_and(|token| token == "ID_TOKEN");
        let with_code = self.credentials.contains(&Kind::Code) && self.calls.iter().any(comes);
        self.credentials.iter().copied().chain(with_code.then_some(Kind::IdToken))
    }

    /// Returns the name that people coming from python-social-auth send.
    pub(super) fn backend(&self) -> &str {
        self.backend.as_ref().unwrap_or(&self.row)
    }

    /// Returns the ID token.
    pub(super) fn id_token(&self) -> String {
        let claims = self.id_token.as_ref();
        let claims = claims.unwrap_or_else(|| panic!("{}: there is no id_token", self.file));
        let mut token = Token::valid(self.issuer.as_deref().unwrap_or_default());
        token.claims.retain(|name, _| name == "iss");
        let (_, key) = KEYS.iter().find(|(name, _)| *name == self.algorithm).unwrap();
        token.by(*key).claim("aud", self.client_id.as_str());
        token.claim("iat", NOW_SIGNED - 10).claim("exp", NOW_SIGNED + 3590);
        if let Some(nonce) = &self.nonce {
            token.claim("nonce", nonce.as_str());
        }
        for (name, value) in claims {
            token.claim(name, value.clone());
        }
        token.compact()
    }

    /// Returns everything that is answered: the calls, with the ID token where it belongs, the
    /// discovery document and the key set.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = self.calls.clone();
        let places = lines.iter_mut().filter_map(|line| line.body.as_object_mut());
        for value in places.flat_map(Map::values_mut).filter(|value| **value == "ID_TOKEN") {
            *value = self.id_token().into();
        }
        let Some(issuer) = &self.issuer else { return lines };
        let base = issuer.trim_end_matches('/');
        let jwks_uri = self.jwks_uri.clone().unwrap_or_else(|| format!("{base}/jwks"));
        let mut document = self.discovery.clone();
        document.insert("issuer".to_owned(), issuer.as_str().into());
        document.insert("jwks_uri".to_owned(), jwks_uri.as_str().into());
        let keys = [Key::Rsa.jwk("rsa"), Key::Ec.jwk("ec"), Key::Ed.jwk("ed")];
        for (address, body) in [
            (jwks_uri, serde_json::json!({ "keys": keys })),
            (format!("{base}/.well-known/openid-configuration"), document.into()),
        ] {
            // An issuer need not be an address.
            lines.extend(address.parse::<Url>().ok().map(|address| Line::open(address, body)));
        }
        lines
    }
}
