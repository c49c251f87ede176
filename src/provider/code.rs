//! How authorization codes are redeemed, as data.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::call::{Endpoint, Meaning, Method};
use super::pointer::Pointer;
use super::profile::ProfileRules;
use crate::clock::UnixTime;
use crate::jose::{Algorithm, JwsError, KeyFormatError, KeyId, Signer, SigningKey};
use crate::secret::Secret;

/// How authorization codes are redeemed (RFC 6749 §4.1.3).
#[derive(Debug, Clone)]
pub(crate) struct CodeRules {
    /// The token endpoint.
    pub(crate) endpoint: Endpoint,
    /// How we authenticate there; as the discovery document says when absent.
    pub(crate) client_auth: Option<ClientAuth>,
    /// How the parameters are sent.
    pub(crate) form: CodeForm,
    /// Our client ID at the provider.
    pub(crate) client_id: String,
    /// Its secret.
    pub(crate) client_secret: ClientSecret,
    /// Whether the endpoint takes a `code_verifier` (RFC 7636).
    pub(crate) pkce: bool,
    /// What the provider appends to the code in the redirect that is not part of it.
    pub(crate) code_suffix: Option<String>,
    /// Words that the provider takes in place of a redirect URI.
    pub(crate) redirect_words: Vec<String>,
    /// Where the access token stands in the answer.
    pub(crate) access_token: Vec<Pointer>,
    /// Whether an ID token in the answer is taken.
    pub(crate) takes_id_token: bool,
    /// What the answer means.
    pub(crate) meaning: Meaning,
    /// Whose the access token is, for when no ID token comes with it.
    pub(crate) profile: Option<Arc<ProfileRules>>,
}

/// How a client authenticates at a token endpoint (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuth {
    /// HTTP Basic.
    Basic,
    /// `client_id` and `client_secret` among the parameters.
    Post,
}

/// What shows that it is our client that asks.
#[derive(Debug, Clone)]
pub(crate) enum ClientSecret {
    /// A text that the provider gave.
    Text(Secret),
    /// A key that it gave, which signs one for each request.
    Signed(Box<SecretSigner>),
}

/// Makes client secrets that are JWTs.
#[derive(Debug, Clone)]
pub(crate) struct SecretSigner {
    signer: Signer,
    team: String,
    client_id: String,
    audience: String,
}

/// How long such a secret is good.
const SECRET_LIFETIME: Duration = Duration::from_mins(5);

impl SecretSigner {
    /// Makes one of a PKCS#8 key and its id at the provider, for a team's client.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the key.
    pub(super) fn new(
        key: &Secret,
        key_id: KeyId,
        (team, client_id, audience): (String, String, String),
    ) -> Result<Self, KeyFormatError> {
        let key = SigningKey::from_pem(key)?;
        if key.algorithm() != Algorithm::Es256 {
            return Err(KeyFormatError::Malformed("expected a key for ES256, on the curve P-256"));
        }
        let signer = key.signer().identified(key_id);
        Ok(Self { signer, team, client_id, audience })
    }

    /// Makes a secret that is good from `now` on.
    ///
    /// # Errors
    ///
    /// [`JwsError`] when the key does not sign.
    pub(crate) fn secret(&self, now: UnixTime) -> Result<Secret, JwsError> {
        let claims = json!({
            "iss": self.team, "iat": now.0, "exp": now.plus(SECRET_LIFETIME).0,
            "aud": self.audience, "sub": self.client_id,
        });
        self.signer.sign(claims.to_string().as_bytes())
    }
}

/// How the parameters of a token request are sent.
#[derive(Debug, Clone)]
pub(crate) struct CodeForm {
    /// GET has them in the query.
    pub(crate) method: Method,
    /// As what a POST has them.
    pub(crate) body: CodeBody,
    /// Other names than the standard's.
    pub(crate) names: ParameterNames,
    /// Parameters of the address.
    pub(crate) query: Vec<(String, Secret)>,
    /// Parameters beside the standard's.
    pub(crate) extra: Vec<(String, Secret)>,
    /// Headers.
    pub(crate) headers: Vec<(String, Secret)>,
}

/// Other names of the parameters of a token request than RFC 6749 §4.1.3 and RFC 7636 §4.5 have; an
/// empty one leaves the parameter out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ParameterNames {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl ParameterNames {
    /// Whether the code is sent at all.
    pub(super) fn has_code(&self) -> bool {
        self.of("code").is_some()
    }

    /// Returns the name to use in place of the standard's, if the parameter is sent.
    pub(crate) fn of<'a>(&'a self, standard: &'a str) -> Option<&'a str> {
        let other = match standard {
            "grant_type" => &self.grant_type,
            "code" => &self.code,
            "redirect_uri" => &self.redirect_uri,
            "code_verifier" => &self.code_verifier,
            "client_id" => &self.client_id,
            "client_secret" => &self.client_secret,
            _ => return Some(standard),
        };
        Some(other.as_deref().unwrap_or(standard)).filter(|name| !name.is_empty())
    }
}

/// What the body of a token request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CodeBody {
    /// A form, as the standard has it.
    #[default]
    Form,
    /// A JSON object.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{CompactJws, UnverifiedJws};
    use crate::json::Members;

    const KEY: &str = include_str!("../../tests/fixtures/keys/ec-p256.pem");

    fn signer(pem: &str) -> Result<SecretSigner, KeyFormatError> {
        let key_id = KeyId::parse("ABC123DEFG").unwrap();
        let names = ["DEF123GHIJ", "com.example.web", "https://appleid.apple.com"];
        let [team, client_id, audience] = names.map(str::to_owned);
        SecretSigner::new(&Secret::new(pem), key_id, (team, client_id, audience))
    }

    #[test]
    fn a_signed_secret_is_good_for_minutes_and_names_team_client_and_key() {
        let secret = signer(KEY).unwrap().secret(UnixTime(1_764_000_000)).unwrap();
        let compact = CompactJws::decode(secret.expose()).unwrap();
        let jws = UnverifiedJws::parse(&compact).unwrap();
        assert_eq!((jws.algorithm(), jws.key_id().unwrap().as_str()), ("ES256", "ABC123DEFG"));
        let expected = json!({
            "iss": "DEF123GHIJ", "iat": 1_764_000_000, "exp": 1_764_000_300,
            "aud": "https://appleid.apple.com", "sub": "com.example.web",
        });
        assert_eq!(jws.unverified_claims(), &Members::of(&expected));
    }

    #[test]
    fn a_text_is_no_key_and_is_not_repeated() {
        let error = signer("not-a-key-7f3a").unwrap_err().to_string();
        assert!(!error.contains("7f3a"), "{error}");
    }
}
