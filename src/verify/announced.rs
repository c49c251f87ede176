//! What a client announced as an access token: it may be an ID token all the same.

use std::sync::Arc;

use super::credential::{self, Around, check_printable, check_size, decode};
use super::identity::{Binding, VerifiedIdentity};
use super::{NonceProblem, Verifier, VerifyError, access_token, id_token};
use crate::provider::Provider;
use crate::secret::Secret;

impl Verifier {
    /// Verifies what was announced as an access token and looks like an ID token.
    pub(super) async fn jws(
        &self,
        provider: &Arc<Provider>,
        token: &Secret,
        around: Around<'_>,
    ) -> Result<VerifiedIdentity, VerifyError> {
        if self.is_access_token(provider, token)? {
            return self.access_token(provider, token, around).await;
        }
        self.id_token(provider, token, (around, None, Binding::IdToken)).await
    }

    /// Whether a JWS that was announced as an access token is one.
    pub(super) fn is_access_token(
        &self,
        provider: &Provider,
        token: &Secret,
    ) -> Result<bool, VerifyError> {
        let Some(says_so) = credential::jwts(provider) else { return Ok(false) };
        Ok(credential::is_access_token(provider, says_so, &self.read(&decode(token)?)?))
    }

    pub(super) async fn access_token(
        &self,
        provider: &Arc<Provider>,
        token: &Secret,
        Around { nonce, span }: Around<'_>,
    ) -> Result<VerifiedIdentity, VerifyError> {
        check_size(token)?;
        let rules = credential::access_token_rules(provider)?;
        check_printable(token)?;
        id_token::check_no_nonce(provider.nonce, nonce, NonceProblem::NotInAccessTokens)?;
        let ask = Box::pin(async {
            let _turn = self.gates.enter(&provider.id)?;
            access_token::verify(&self.caller.within(span), (provider, rules), token).await
        });
        self.accepted.get_or(&provider.id, token, ask).await
    }
}
