//! Token requests: a code for an ID token and an access token (OpenID Connect Core §3.1.3).

use serde_json::{Value, json};

use super::parameters::Parameters;
use super::{DemoProvider, SignIn};
use crate::crypto::random_id;
use crate::demo::CLIENT_ID;
use crate::secret::Secret;

/// An error code of RFC 6749 §5.2, and what is wrong.
pub(super) type Problem = (&'static str, &'static str);

impl DemoProvider {
    /// Answers a token request whose `Authorization` header is this. The access token is for an API
    /// of the provider's, of which it has none.
    pub(super) fn redeem(
        &self,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Value, Problem> {
        if authorization.map(Secret::new).as_ref() != Some(&self.credentials) {
            return Err(("invalid_client", "expected HTTP Basic with the client's ID and secret"));
        }
        match parameters.get("grant_type") {
            Some("authorization_code") => {}
            Some(_) => {
                let problem = "`grant_type` is not `authorization_code`";
                return Err(("unsupported_grant_type", problem));
            }
            None => return Err(("invalid_request", "`grant_type` is missing")),
        }
        let missing = "one of `code`, `redirect_uri` and `code_verifier` is missing";
        let required = |name: &str| parameters.get(name).ok_or(("invalid_request", missing));
        let code = Secret::new(required("code")?);
        let beside = (required("redirect_uri")?, required("code_verifier")?);
        let grant = self.codes.redeem(&code, beside, self.clock.now());
        let grant = grant.map_err(|problem| ("invalid_grant", problem))?;
        let access_token = random_id().map_err(|_| ("server_error", "there is no randomness"))?;
        let id_token = self.id_token(SignIn {
            person: grant.person,
            client_id: CLIENT_ID,
            nonce: grant.nonce.as_deref(),
            flaw: None,
            beside: Some(&access_token),
        });
        Ok(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 60,
            "scope": "openid", "id_token": id_token,
        }))
    }
}
