//! From a credential to a verified identity. The only folder that calls a provider, and the only
//! maker of [`VerifiedIdentity`]; what is done with an identity is not decided here.

mod error;
mod id_token;
mod identity;
mod key_set;
mod outbound;
mod remote_keys;

use std::sync::Arc;

pub(crate) use error::{NonceProblem, VerifyError};
pub use identity::VerifiedIdentity;
pub(crate) use outbound::{Outbound, OutboundError, OutboundSettings};
pub(crate) use remote_keys::RemoteKeys;

use crate::clock::Clock;
use crate::jose::{UnverifiedJws, looks_like_jws};
use crate::provider::Provider;
use crate::secret::Secret;

/// Longest credential that is looked at, in bytes. The largest ID tokens seen, with dozens of
/// group claims, have 8 KiB.
const MAX_TOKEN: usize = 16 * 1024;

/// What a client holds of a person: its kind is what the request says, not what it looks like.
#[derive(Debug)]
pub(crate) enum Credential {
    /// An ID token (OpenID Connect Core §2).
    IdToken {
        /// Compact JWS, at most 16 KiB.
        token: Secret,
        /// The nonce that the client put into the authentication request.
        nonce: Option<Secret>,
    },
    /// An access token of the provider.
    AccessToken {
        /// As the provider issued it.
        token: Secret,
        /// For the case that it is an ID token after all.
        nonce: Option<Secret>,
    },
}

/// Verifies credentials of configured providers.
#[derive(Debug, Clone)]
pub(crate) struct Verifier {
    keys: Arc<RemoteKeys>,
    own_issuer: Arc<str>,
    clock: Clock,
}

impl Verifier {
    /// Makes a verifier. `own_issuer` is our own `iss`, whose tokens are never credentials here.
    pub(crate) fn new(keys: Arc<RemoteKeys>, own_issuer: Arc<str>, clock: Clock) -> Self {
        Self { keys, own_issuer, clock }
    }

    /// Verifies a credential and tells whose it is.
    ///
    /// An access token that is a compact JWS is checked as an ID token of the same provider:
    /// sending the one as the other is the commonest mistake, and the checks are stricter. An
    /// opaque one is refused, since nothing here proves which app it was issued to.
    /// Calls the provider at most once, or twice where its key set has to be discovered.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] has one variant per cause.
    pub(crate) async fn verify(
        &self,
        provider: &Arc<Provider>,
        credential: &Credential,
    ) -> Result<VerifiedIdentity, VerifyError> {
        match credential {
            Credential::IdToken { token, nonce } => {
                self.id_token(provider, token, nonce.as_ref()).await
            }
            Credential::AccessToken { token, nonce } if looks_like_jws(token.expose()) => {
                self.id_token(provider, token, nonce.as_ref()).await
            }
            Credential::AccessToken { .. } => {
                Err(VerifyError::UnboundAccessToken { provider: provider.id.clone() })
            }
        }
    }

    /// Picks, among `providers`, the one that an ID token says it comes from. The token's `iss`
    /// chooses among them and nothing else; whether it tells the truth is checked later.
    ///
    /// # Errors
    ///
    /// [`VerifyError::WrongIssuer`] when it is none of them, [`VerifyError::SeveralProviders`]
    /// when more than one would accept it.
    pub(crate) fn recognise(
        &self,
        token: &Secret,
        providers: &[&Arc<Provider>],
    ) -> Result<Arc<Provider>, VerifyError> {
        let jws = self.parse(token)?;
        id_token::recognise(&jws, providers)
    }

    async fn id_token(
        &self,
        provider: &Arc<Provider>,
        token: &Secret,
        nonce: Option<&Secret>,
    ) -> Result<VerifiedIdentity, VerifyError> {
        let jws = self.parse(token)?;
        let request = id_token::Request { provider, nonce, now: self.clock.now() };
        id_token::verify(&jws, &request, &self.keys).await
    }

    fn parse<'a>(&self, token: &'a Secret) -> Result<UnverifiedJws<'a>, VerifyError> {
        if token.expose().len() > MAX_TOKEN {
            return Err(VerifyError::TooLarge { limit: MAX_TOKEN });
        }
        let jws = UnverifiedJws::parse(token.expose())?;
        let ours = jws.unverified_claims().get("iss").is_some_and(|iss| iss == &*self.own_issuer);
        if ours { Err(VerifyError::OwnToken) } else { Ok(jws) }
    }
}
