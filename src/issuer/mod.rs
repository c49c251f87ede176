//! The heart: from a request to an issued token. What a request looks like on the wire and how
//! an error is said is `http`'s.

mod allowed;
mod error;
mod explain;

use std::borrow::Cow;
use std::sync::Arc;

use crate::client::{Client, Clients};
use crate::clock::Clock;
use crate::keys::SigningKeys;
use crate::provider::{NotFound, Provider, ProviderId, Providers};
use crate::telemetry::{Metrics, Span};
use crate::token::{Audience, IssuedToken, PersonClaims, TokenClaims, TokenIds};
use crate::user_id::{SubjectMode, UserId};
use crate::verify::{Content, Credential, VerifiedIdentity, Verifier};

pub(crate) use allowed::{Page, check_origin};
use allowed::{check_redirect_uri, granted_scope, target};
pub(crate) use error::IssueError;
pub(crate) use explain::Explanation;

/// Turns verified identities into tokens of our own.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// Our `iss`, exactly as it is published.
    pub(crate) name: Arc<str>,
    /// The applications that may ask.
    pub(crate) clients: Clients,
    /// Whose credentials are accepted.
    pub(crate) providers: Providers,
    /// How `sub` is made.
    pub(crate) subject_mode: SubjectMode,
    /// What checks credentials.
    pub(crate) verifier: Verifier,
    /// What signs.
    pub(crate) keys: Arc<SigningKeys>,
    /// Where the IDs of tokens come from.
    pub(crate) ids: TokenIds,
    /// What time it is.
    pub(crate) clock: Clock,
    /// How long things take.
    pub(crate) metrics: Arc<Metrics>,
}

/// A request for a token, as far as it does not depend on the grant.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The client.
    pub(crate) client: Arc<Client>,
    /// Which provider the credential is from; a token's `iss` picks one when absent.
    pub(crate) provider: Option<String>,
    /// What proves who the person is.
    pub(crate) credential: Credential,
    /// The audiences that are wanted; all of the client's when empty.
    pub(crate) audience: Vec<String>,
    /// The scopes that are wanted.
    pub(crate) scope: WantedScope,
    /// Its place in a trace.
    pub(crate) span: Span,
}

/// Which of the client's scopes a request wants, space-separated (RFC 6749 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WantedScope {
    /// All of them.
    All,
    /// Those of these that the client may have, for callers that ask for what they always did.
    AtMost(String),
    /// These, and no fewer.
    Exactly(String),
}

/// What was decided before the credential is looked at.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Whose word is taken.
    pub(crate) provider: Arc<Provider>,
    audience: Cow<'a, [String]>,
    scope: String,
}

impl Issuer {
    /// Decides what can be decided without the credential: for whom, for what, and by whose
    /// word. So a hopeless request costs the provider nothing.
    ///
    /// # Errors
    ///
    /// [`IssueError`] has one variant per cause.
    pub(crate) fn plan<'a>(&self, exchange: &'a Exchange) -> Result<Plan<'a>, IssueError> {
        check_redirect_uri(&exchange.client, &exchange.credential)?;
        Ok(Plan {
            audience: target(&exchange.client, &exchange.audience)?,
            scope: granted_scope(&exchange.client, &exchange.scope)?,
            provider: self.provider(exchange)?,
        })
    }

    /// Issues a token for the person whom the credential proves.
    ///
    /// # Errors
    ///
    /// [`IssueError`] has one variant per cause; nothing is half done.
    pub(crate) async fn issue(
        &self,
        exchange: &Exchange,
        plan: Plan<'_>,
    ) -> Result<(IssuedToken, VerifiedIdentity), IssueError> {
        let (name, credential) = (exchange.provider.as_deref(), &exchange.credential);
        let (span, watch) = (exchange.span.child("verify"), Clock::stopwatch());
        let verified = self.verifier.verify(&plan.provider, name, credential, &span).await;
        span.end();
        let verifying = watch.elapsed();
        self.metrics.verified(credential.kind().name(), verifying);
        let identity = verified?;
        let _span = exchange.span.child("sign");
        let token = self.sign(&exchange.client, &identity, &plan.audience, plan.scope)?;
        self.metrics.signed(watch.elapsed().saturating_sub(verifying));
        Ok((token, identity))
    }

    /// Returns the client of this ID.
    ///
    /// # Errors
    ///
    /// [`IssueError::UnknownClient`].
    pub(crate) fn client(&self, id: &str) -> Result<Arc<Client>, IssueError> {
        let client = self.clients.get(id);
        client.cloned().ok_or_else(|| IssueError::UnknownClient { received: id.to_owned() })
    }

    fn provider(&self, exchange: &Exchange) -> Result<Arc<Provider>, IssueError> {
        let usable = &exchange.client.providers;
        let Some(name) = &exchange.provider else {
            return self.recognise(&exchange.credential, usable);
        };
        match self.providers.find(name, usable) {
            Ok(provider) => Ok(Arc::clone(provider)),
            Err(NotFound::Unknown) => Err(IssueError::UnknownProvider {
                received: name.clone(),
                expected: usable.clone(),
            }),
            Err(NotFound::Ambiguous(expected)) => {
                Err(IssueError::AmbiguousProvider { received: name.clone(), expected })
            }
        }
    }

    fn recognise(
        &self,
        credential: &Credential,
        usable: &[ProviderId],
    ) -> Result<Arc<Provider>, IssueError> {
        let candidates: Vec<_> = usable.iter().filter_map(|id| self.providers.get(id)).collect();
        match &credential.content {
            Content::IdToken(token) | Content::Jws(token) => {
                Ok(self.verifier.recognise(token, &candidates)?)
            }
            Content::AccessToken(_) | Content::Code(_) => {
                Err(IssueError::NoProvider { expected: usable.to_vec() })
            }
        }
    }

    /// Signs a token for a person who was verified.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key may sign, or the system gives no random numbers.
    pub(crate) fn sign(
        &self,
        client: &Client,
        identity: &VerifiedIdentity,
        audience: &[String],
        scope: String,
    ) -> Result<IssuedToken, IssueError> {
        let (id, sub, now) =
            (self.ids.draw()?, UserId::derive(identity, &self.subject_mode), self.clock.now());
        let jwt = self.keys.sign(&TokenClaims {
            iss: &self.name,
            sub,
            aud: Audience(audience),
            exp: now.plus(client.lifetime),
            iat: now,
            jti: &id,
            client_id: &client.id,
            scope: Some(scope.as_str()).filter(|scope| !scope.is_empty()),
            idp: identity.provider(),
            idp_binding: identity.binding().name(),
            auth_time: identity.auth_time(),
            person: PersonClaims::of(identity, client),
        })?;
        Ok(IssuedToken { jwt, id, sub, expires_in: client.lifetime.as_secs(), scope })
    }
}

#[cfg(test)]
mod properties;
