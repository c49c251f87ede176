//! Parameters of a request, as a form or as JSON.

use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

/// `grant_type` of RFC 8693 §2.1.
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// Token types of RFC 8693 §3.
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
/// The same, for an access token.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The same, for any JWT.
pub(crate) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Named parameters in their order; one may stand more than once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The least that a token exchange needs, by the client `spa`.
    pub(crate) fn exchange(token: &str) -> Self {
        Self::default()
            .and("grant_type", TOKEN_EXCHANGE)
            .and("client_id", "spa")
            .and("subject_token", token)
            .and("subject_token_type", ID_TOKEN)
    }

    /// The least that `convert_token` needs, by the client `spa`, of the provider `acme`.
    pub(crate) fn convert(token: &str) -> Self {
        Self::default()
            .and("grant_type", "convert_token")
            .and("client_id", "spa")
            .and("backend", "acme")
            .and("token", token)
    }

    /// Adds a parameter, also where there is one of this name.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces a parameter.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// Leaves a parameter out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// Returns a parameter, the first of its name.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// Returns it form-encoded.
    pub(crate) fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Returns it as a JSON object.
    pub(crate) fn json(&self) -> String {
        let members = self.0.iter().map(|(name, value)| (name.clone(), value.clone().into()));
        Value::Object(members.collect::<Map<_, _>>()).to_string()
    }
}
