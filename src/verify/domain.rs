//! Whose domain may sign in.

use super::VerifyError;
use crate::json::{Json, Members};
use crate::provider::DomainRule;

/// Checks that the person is of one of the domains, by the claim that names it.
pub(super) fn check(rule: Option<&DomainRule>, claims: &Members<'_>) -> Result<(), VerifyError> {
    let Some(rule) = rule else { return Ok(()) };
    let received = match claims.get(&rule.claim) {
        None => None,
        Some(Json::Text(domain)) => Some(domain.to_lowercase()),
        Some(_) => {
            let problem = format!("`{}` is not a string", rule.claim);
            return Err(VerifyError::Malformed(problem));
        }
    };
    if received.as_ref().is_some_and(|domain| rule.domains.contains(domain)) {
        return Ok(());
    }
    let (claim, expected) = (rule.claim.clone(), rule.domains.clone());
    Err(VerifyError::DomainNotAllowed { claim, received, expected })
}
