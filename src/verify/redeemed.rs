//! What a provider gives for a code: an ID token, or else an access token that tells whose it is.

use std::sync::Arc;

use super::call::{About, Caller};
use super::code::{self, Code, Tokens};
use super::credential::{self, Around, check_printable, check_size};
use super::identity::{Binding, VerifiedIdentity};
use super::judgement::Judgement;
use super::{NonceProblem, Verifier, VerifyError, access_token, id_token};
use crate::provider::{CodeRules, Provider};

impl Verifier {
    /// Redeems a code and takes the ID token that comes for it, or else asks whose the access
    /// token is.
    pub(super) async fn code(
        &self,
        provider: &Arc<Provider>,
        code: &Code,
        around: Around<'_>,
    ) -> Result<VerifiedIdentity, VerifyError> {
        let Around { nonce, span } = around;
        check_size(&code.value)?;
        let rules = credential::code_rules(provider)?;
        check_printable(&code.value)?;
        let id_token = provider.id_token.as_ref().filter(|_| rules.takes_id_token);
        let echoes = id_token.is_some_and(|it| !it.nonce_forms.is_empty());
        // Before the code is used up.
        if echoes {
            id_token::check_nonce_sent(provider.nonce, nonce)?;
        } else {
            id_token::check_no_nonce(provider.nonce, nonce, NonceProblem::NeverEchoed)?;
        }
        let caller = self.caller.within(span);
        let redeem = async {
            let turn = self.gates.enter(&provider.id)?;
            let tokens = code::redeem(&caller, (&provider.id, rules), code).await?;
            Ok((tokens, turn))
        };
        let (tokens, _turn) = self.refused_codes.unless_refused(&provider.id, code, redeem).await?;
        let wrong = |problem| {
            let about = About { provider: &provider.id, call: "token" };
            caller.refusal(about, &rules.meaning, Judgement::Unexpected(problem))
        };
        let beside = tokens.access_token.as_ref();
        match (&tokens.id_token, &provider.id_token, beside, &rules.profile) {
            (Some(token), Some(_), ..) => {
                let verified =
                    self.id_token(provider, token, (around, beside, Binding::Code)).await;
                // It never was in the caller's hands.
                let identity = verified.map_err(|error| match error.of_form() {
                    Some(problem) => wrong(format!("`id_token`: {problem}")),
                    None => error,
                })?;
                completed(&caller, provider, identity, (rules, &tokens)).await
            }
            (_, _, Some(token), Some(rules)) => {
                id_token::check_no_nonce(provider.nonce, nonce, NonceProblem::NotInToken)?;
                let told = (token, &tokens.answer);
                access_token::of_own_code(&caller, (provider, rules), told).await
            }
            _ => Err(wrong("there is no `id_token`".to_owned())),
        }
    }
}

/// Asks for e-mail and name where a thin ID token leaves them to the userinfo endpoint.
async fn completed(
    caller: &Caller,
    provider: &Provider,
    identity: VerifiedIdentity,
    (rules, tokens): (&CodeRules, &Tokens),
) -> Result<VerifiedIdentity, VerifyError> {
    let is_thin = identity.profile().email.is_none() || identity.profile().name.is_none();
    let profile = rules.profile.as_ref().filter(|it| it.completes_id_token && is_thin);
    let (Some(profile), Some(token)) = (profile, &tokens.access_token) else {
        return Ok(identity);
    };
    let known = (identity, token, &tokens.answer);
    access_token::complete(caller, (provider, profile), known).await
}
