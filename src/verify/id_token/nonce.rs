//! The nonce: what ties a token to the authentication request of one page.

use super::Request;
use super::claims::optional_text;
use crate::crypto::{base64url, hex, sha256};
use crate::json::Members;
use crate::provider::{NonceForm, NoncePolicy};
use crate::secret::Secret;
use crate::verify::{NonceProblem, VerifyError};

/// Core §3.1.3.7 step 11. Every accepted form is compared, in constant time.
pub(super) fn check_nonce(claims: &Members<'_>, request: &Request<'_>) -> Result<(), VerifyError> {
    let (rules, policy) = (request.rules, request.provider.nonce);
    let problem = match (policy, request.nonce, optional_text(claims, "nonce")?) {
        (NoncePolicy::Ignored, ..) | (NoncePolicy::IfSent, None, _) => return Ok(()),
        (NoncePolicy::Required, None, _) => NonceProblem::NotSent,
        (NoncePolicy::Required | NoncePolicy::IfSent, Some(sent), received) => match received {
            _ if rules.nonce_forms.is_empty() => NonceProblem::NeverEchoed,
            None => NonceProblem::NotInToken,
            Some(received) if nonce_fits(sent, received, &rules.nonce_forms) => return Ok(()),
            Some(_) => NonceProblem::Differs,
        },
    };
    Err(VerifyError::NonceMismatch(problem))
}

fn nonce_fits(sent: &Secret, received: &str, forms: &[NonceForm]) -> bool {
    let digest = sha256(sent.expose().as_bytes());
    let accepted = forms.iter().flat_map(|form| match form {
        NonceForm::Raw => vec![sent.clone()],
        NonceForm::Sha256 => vec![Secret::new(hex(&digest)), Secret::new(base64url(&digest))],
    });
    let received = Secret::new(received);
    // Each is compared, so that the time taken does not tell which one it was.
    accepted.filter(|form| *form == received).count() > 0
}

/// Checks that a nonce which is required was sent, for when nothing can be compared with it yet.
pub(in crate::verify) fn check_sent(
    policy: NoncePolicy,
    sent: Option<&Secret>,
) -> Result<(), VerifyError> {
    match (policy, sent) {
        (NoncePolicy::Required, None) => Err(VerifyError::NonceMismatch(NonceProblem::NotSent)),
        (NoncePolicy::Required | NoncePolicy::IfSent | NoncePolicy::Ignored, _) => Ok(()),
    }
}

/// Checks, for a credential that carries no nonce, that none is sent or required: what is asked
/// for and cannot be compared must not be taken for compared.
pub(in crate::verify) fn check_absent(
    policy: NoncePolicy,
    sent: Option<&Secret>,
    problem: NonceProblem,
) -> Result<(), VerifyError> {
    match (policy, sent) {
        (NoncePolicy::Ignored, _) | (NoncePolicy::IfSent, None) => Ok(()),
        (NoncePolicy::Required, _) | (NoncePolicy::IfSent, Some(_)) => {
            Err(VerifyError::NonceMismatch(problem))
        }
    }
}
