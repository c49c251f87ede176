//! The heart: from a request to an issued token. What a request looks like on the wire and how
//! an error is said is `http`'s.

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

/// A code comes back to a redirect URI of the client's own, compared exactly (RFC 9700 §2.1): one
/// that went elsewhere is not the client's to redeem.
fn check_redirect_uri(client: &Client, credential: &Credential) -> Result<(), IssueError> {
    let Content::Code(code) = &credential.content else { return Ok(()) };
    if client.redirect_uris.contains(&code.redirect_uri) {
        return Ok(());
    }
    Err(IssueError::RedirectUriNotAllowed {
        received: code.redirect_uri.clone(),
        expected: client.redirect_uris.clone(),
    })
}

/// The audiences that are wanted, each of which must be one of the client's, or all of the
/// client's (RFC 8693 §2.2.2, RFC 8707 §2).
fn target<'a>(client: &'a Client, wanted: &[String]) -> Result<Cow<'a, [String]>, IssueError> {
    if wanted.is_empty() {
        return Ok(Cow::Borrowed(&client.audience));
    }
    if let Some(other) = wanted.iter().find(|wanted| !client.audience.contains(wanted)) {
        return Err(IssueError::InvalidTarget {
            received: other.clone(),
            expected: client.audience.clone(),
        });
    }
    let mut audience: Vec<String> = Vec::new();
    for one in wanted {
        if !audience.contains(one) {
            audience.push(one.clone());
        }
    }
    Ok(Cow::Owned(audience))
}

/// The scopes that are granted: never one that the client may not have.
fn granted_scope(client: &Client, wanted: &WantedScope) -> Result<String, IssueError> {
    let (wanted, exactly) = match wanted {
        WantedScope::All => return Ok(client.scopes.join(" ")),
        WantedScope::AtMost(wanted) => (wanted, false),
        WantedScope::Exactly(wanted) => (wanted, true),
    };
    let mut granted: Vec<&str> = Vec::new();
    for scope in wanted.split(' ').filter(|scope| !scope.is_empty()) {
        let is_known = client.scopes.iter().any(|known| known == scope);
        if !is_known && exactly {
            return Err(IssueError::InvalidScope {
                received: scope.to_owned(),
                expected: client.scopes.clone(),
            });
        }
        if is_known && !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    Ok(granted.join(" "))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::ClientId;

    fn client() -> Client {
        Client {
            id: ClientId::parse("spa").unwrap(),
            secret: None,
            audience: vec!["a".to_owned(), "b".to_owned()],
            origins: std::collections::BTreeSet::new(),
            redirect_uris: Vec::new(),
            providers: Vec::new(),
            scopes: vec!["read".to_owned(), "write".to_owned()],
            lifetime: Duration::from_mins(10),
            claims: std::collections::BTreeSet::new(),
        }
    }

    #[test]
    fn a_token_is_for_the_wanted_audiences_or_all_of_the_clients() {
        let target = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(|name| (*name).to_owned()).collect();
            target(&client(), &wanted).map(Cow::into_owned)
        };
        assert_eq!(target(&[]).unwrap(), ["a", "b"]);
        assert_eq!(target(&["b"]).unwrap(), ["b"]);
        assert_eq!(target(&["b", "a", "b"]).unwrap(), ["b", "a"]);
        assert!(
            matches!(target(&["a", "c"]), Err(IssueError::InvalidTarget { received, .. }) if received == "c")
        );
    }

    #[test]
    fn scopes_are_the_wanted_ones_or_all_and_never_more() {
        let granted = |wanted: WantedScope| granted_scope(&client(), &wanted).ok();
        let exactly = |text: &str| granted(WantedScope::Exactly(text.to_owned()));
        let at_most = |text: &str| granted(WantedScope::AtMost(text.to_owned()));
        assert_eq!(granted(WantedScope::All).as_deref(), Some("read write"));
        assert_eq!(exactly("write  write").as_deref(), Some("write"));
        assert_eq!(exactly("write admin"), None);
        assert_eq!(at_most("admin write").as_deref(), Some("write"));
        assert_eq!(at_most("admin").as_deref(), Some(""));
    }
}
