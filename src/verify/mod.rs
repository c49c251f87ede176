//! From a credential to a verified identity. The only folder that calls a provider, and the only
//! maker of [`VerifiedIdentity`]; what is done with an identity is not decided here.

mod accepted;
mod access_token;
mod announced;
mod call;
mod clock_offset;
mod code;
mod conclusion;
mod credential;
mod deadline;
mod discovery;
mod domain;
mod drift;
mod error;
mod explain;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod gate;
mod id_token;
mod identity;
mod judgement;
mod key_fetch;
mod key_set;
mod metadata;
mod outbound;
mod redeemed;
mod remote_keys;
mod renewal;
mod request;
mod seen;
mod standing;
mod timing;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use code::Code;
pub(crate) use credential::{Content, Credential};
pub(crate) use deadline::within;
pub(crate) use drift::{Finding, Report, Status, check};
pub(crate) use error::{Kind, NonceProblem, ProviderProblem, VerifyError};
pub(crate) use explain::{Check, Outcome, Seen};
pub use identity::VerifiedIdentity;
pub(crate) use outbound::{Collector, NotTaken, Outbound, OutboundError, OutboundSettings};
pub(crate) use remote_keys::RemoteKeys;

use crate::clock::Clock;
use crate::jose::{CompactJws, UnverifiedJws};
use crate::provider::{Provider, Providers};
use crate::secret::Secret;
use crate::telemetry::{Metrics, Span};
use accepted::{AcceptedTokens, RefusedCodes};
use call::Caller;
use clock_offset::ClockOffset;
use credential::{Around, decode};
use drift::Watch;
use gate::Gates;
use identity::Binding;

/// Settings of verification.
#[derive(Debug, Clone)]
pub(crate) struct VerifySettings {
    /// How providers are reached.
    pub(crate) outbound: OutboundSettings,
    /// How long an accepted access token is remembered; zero is not at all.
    pub(crate) access_token_cache: Duration,
    /// How many exchanges there may be at a time, with all providers together.
    pub(crate) places: usize,
}

/// Verifies credentials of configured providers.
#[derive(Debug)]
pub(crate) struct Verifier {
    keys: Arc<RemoteKeys>,
    caller: Caller,
    accepted: AcceptedTokens,
    refused_codes: RefusedCodes,
    gates: Arc<Gates>,
    own_issuer: Arc<str>,
    deadline: Duration,
    clock: Clock,
}

impl Verifier {
    /// Makes a verifier. `own_issuer` is our own `iss`, whose tokens are never credentials here.
    pub(crate) fn new(
        settings: &VerifySettings,
        providers: &Providers,
        own_issuer: Arc<str>,
        (clock, metrics): (&Clock, &Arc<Metrics>),
    ) -> Result<Self, OutboundError> {
        let outbound = Outbound::new(&settings.outbound)?;
        Ok(Self::over(outbound, (settings, providers), own_issuer, (clock, metrics)))
    }

    /// Makes one that calls providers by `outbound`.
    fn over(
        outbound: Outbound,
        (settings, providers): (&VerifySettings, &Providers),
        own_issuer: Arc<str>,
        (clock, metrics): (&Clock, &Arc<Metrics>),
    ) -> Self {
        let watch = Arc::new(Watch::new(providers, Arc::clone(metrics)));
        let clock_offset = Arc::new(ClockOffset::new(Arc::clone(metrics)));
        let watch = || (Arc::clone(&watch), Arc::clone(&clock_offset));
        let (clock, metrics) = (|| clock.clone(), || Arc::clone(metrics));
        let ids = || providers.iter().map(|provider| &provider.id);
        let waiting = Gates::of_key_sets(ids(), (settings.places, metrics()));
        let keys = RemoteKeys::new(ids(), outbound.clone(), (clock(), metrics()), watch(), waiting);
        Self {
            keys: Arc::new(keys),
            caller: Caller::new(outbound, clock(), metrics(), watch()),
            accepted: AcceptedTokens::new(settings.access_token_cache, clock(), metrics()),
            refused_codes: RefusedCodes::new(clock(), metrics()),
            gates: Arc::new(Gates::of_calls(ids(), (settings.places, metrics()))),
            own_issuer,
            // What most need is two calls. The longest way, a code with a look-up, a profile and a
            // membership to follow, has five, each of which takes a fraction of the time-out
            // where the provider is well.
            deadline: settings.outbound.timeout * 2,
            clock: clock(),
        }
    }

    /// Returns the providers' key sets.
    pub(crate) fn keys(&self) -> &Arc<RemoteKeys> {
        &self.keys
    }

    /// Verifies a credential and tells whose it is.
    ///
    /// `name` is what the request called the provider, `span` the exchange's. All calls together take
    /// at most twice the time-out of one.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] has one variant per cause.
    pub(crate) async fn verify(
        &self,
        provider: &Arc<Provider>,
        name: Option<&str>,
        credential: &Credential,
        span: &Span,
    ) -> Result<VerifiedIdentity, VerifyError> {
        credential.check_name(provider, name)?;
        let around = Around { nonce: credential.nonce.as_ref(), span };
        let verified = pin!(async {
            match &credential.content {
                // Boxed, so that ID tokens do not carry the size of the calls.
                Content::Code(code) => Box::pin(self.code(provider, code, around)).await,
                Content::AccessToken(token) => {
                    Box::pin(self.access_token(provider, token, around)).await
                }
                Content::Jws(token) => Box::pin(self.jws(provider, token, around)).await,
                Content::IdToken(token) => {
                    self.id_token(provider, token, (around, None, Binding::IdToken)).await
                }
            }
        });
        within(self.deadline, verified).await.unwrap_or_else(|| {
            tracing::warn!(provider = %provider.id, "the provider uses up the time of an exchange");
            let problem = ProviderProblem::Busy(Duration::from_secs(5));
            Err(VerifyError::Provider { provider: provider.id.clone(), problem })
        })
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
        id_token::recognise(&self.read(&decode(token)?)?, providers)
    }

    async fn id_token(
        &self,
        provider: &Arc<Provider>,
        token: &Secret,
        (Around { nonce, span }, beside, binding): (Around<'_>, Option<&Secret>, Binding),
    ) -> Result<VerifiedIdentity, VerifyError> {
        let wrong_kind = |received, expected| VerifyError::WrongKind {
            provider: provider.id.to_string(),
            received,
            expected,
        };
        let has_parts = || token.expose().split('.').count() == 3;
        let compact = self.formed(decode(token).map_err(|error| {
            let is_other = matches!(error, VerifyError::Malformed(_)) && !has_parts();
            if is_other { wrong_kind(Kind::AccessToken, vec![Kind::IdToken]) } else { error }
        }))?;
        let jws = self.formed(self.read(&compact))?;
        let kinds = || credential::kinds(provider);
        let rules = provider.id_token.as_ref();
        let rules = rules.ok_or_else(|| wrong_kind(Kind::IdToken, kinds()))?;
        let now = self.clock.now();
        let request = id_token::Request { provider, rules, nonce, beside, binding, now, span };
        if let Some(trail) = self.caller.trail() {
            trail.note(Box::pin(id_token::explain(&jws, &request, &self.keys)).await);
        }
        id_token::verify(&jws, &request, &self.keys).await
    }

    /// Reads a JWS, which must not be one of ours.
    fn read<'a>(&self, compact: &'a CompactJws<'_>) -> Result<UnverifiedJws<'a>, VerifyError> {
        let jws = UnverifiedJws::parse(compact)?;
        let ours = jws.unverified_claims().get("iss").is_some_and(|iss| iss.is(&self.own_issuer));
        if ours { Err(VerifyError::OwnToken) } else { Ok(jws) }
    }
}
