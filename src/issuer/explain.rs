//! Why an exchange would be accepted or refused: every check, and no token.

use super::allowed::{Page, check_origin, check_redirect_uri, granted_scope, target};
use super::{Exchange, IssueError, Issuer, WantedScope};
use crate::keys::KeyError;
use crate::provider::ProviderId;
use crate::user_id::UserId;
use crate::verify::{Check, Content, Outcome, Seen};

/// What comes of an exchange for which no token is issued.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// Whose word would be taken, as far as that is known.
    pub(crate) provider: Option<ProviderId>,
    /// Every check, in the order in which they decide.
    pub(crate) checks: Vec<Check<IssueError>>,
    /// For whom the token would be, or why there would be none.
    pub(crate) verdict: Result<UserId, IssueError>,
}

impl Issuer {
    /// Makes every check of an exchange and issues nothing. A credential that the provider has to be
    /// asked about, and a code, which is used up, are looked at only if the rest of the request is good.
    pub(crate) async fn explain(&self, exchange: &Exchange, page: Option<Page<'_>>) -> Explanation {
        let mut checks = self.before(exchange, page.as_ref());
        let has_failed = |check: &Check<_>| matches!(check.outcome, Outcome::Failed(_));
        let is_hopeless = !self.keys.can_sign() || checks.iter().any(has_failed);
        let before = match page {
            Some(page) => check_origin(&exchange.client, &page),
            None => Ok(()),
        };
        let before = before.and_then(|()| self.plan(exchange).map(drop));
        let (provider, credential) = (self.provider(exchange).ok(), &exchange.credential);
        let asked = provider
            .as_ref()
            .filter(|provider| !is_hopeless || !self.verifier.has_to_ask(provider, credential));
        let verdict = if let Some(provider) = asked {
            let name = exchange.provider.as_deref();
            let (told, verified) = self.verifier.explain(provider, name, credential).await;
            checks.extend(told.into_iter().map(|it| it.map_error(IssueError::from)));
            before.and_then(|()| verified.map_err(IssueError::from))
        } else {
            let why = "only when the rest of the request is good";
            checks.push(Check::not_made(("credential", "RFC 6749 §5.2"), ("a good one", why)));
            // A provider that is not asked is one that a check before stands in the way of.
            let expected = exchange.client.providers.clone();
            before.and_then(|()| self.can_sign()).and(Err(IssueError::NoProvider { expected }))
        };
        checks.push(self.signing_key());
        let verdict = verdict.and_then(|identity| self.can_sign().map(|()| identity));
        let verdict = verdict.map(|identity| UserId::derive(&identity, &self.subject_mode));
        Explanation { provider: provider.map(|it| it.id.clone()), checks, verdict }
    }

    fn before(&self, exchange: &Exchange, page: Option<&Page<'_>>) -> Vec<Check<IssueError>> {
        let client = &exchange.client;
        let usable: Vec<_> = client.providers.iter().map(ProviderId::as_str).collect();
        let named = match &exchange.provider {
            None => Seen::from("none named: the `iss` of the token picks"),
            Some(name) => Seen::sent(name),
        };
        let wanted = match exchange.audience.as_slice() {
            [] => Seen::from(client.audience.join(", ")),
            some => Seen::sent(&some.join(", ")),
        };
        let scope = match &exchange.scope {
            WantedScope::All => Seen::from("none named: all of them"),
            WantedScope::AtMost(scope) | WantedScope::Exactly(scope) => Seen::sent(scope),
        };
        let scopes =
            if client.scopes.is_empty() { "none".to_owned() } else { client.scopes.join(" ") };
        let others = [
            Check::new(
                ("target", "RFC 8693 §2.1, RFC 8707 §2"),
                (client.audience.join(", "), wanted),
                target(client, &exchange.audience).map(drop),
            ),
            Check::new(
                ("scope", "RFC 6749 §3.3"),
                (scopes, scope),
                granted_scope(client, &exchange.scope).map(drop),
            ),
            Check::new(
                ("provider", "the client's `providers`"),
                (usable.join(", "), named),
                self.provider(exchange).map(drop),
            ),
        ];
        let first = [page.map(|page| origin(exchange, page)), redirect_uri(exchange)];
        first.into_iter().flatten().chain(others).collect()
    }

    fn signing_key(&self) -> Check<IssueError> {
        let seen = if self.keys.can_sign() { "there is one" } else { "there is none" };
        let told = ("a key that may sign at this moment", seen);
        Check::new(("signing_key", "RFC 7515 §5.1"), told, self.can_sign())
    }

    fn can_sign(&self) -> Result<(), IssueError> {
        if self.keys.can_sign() { Ok(()) } else { Err(KeyError::NoneActive.into()) }
    }
}

fn origin(exchange: &Exchange, page: &Page<'_>) -> Check<IssueError> {
    let client = &exchange.client;
    let origins: Vec<_> = client.origins.iter().map(String::as_str).chain(page.own).collect();
    let told = (origins.join(", "), Seen::sent(&page.origin));
    Check::new(("origin", "Fetch §3.1"), told, check_origin(client, page))
}

fn redirect_uri(exchange: &Exchange) -> Option<Check<IssueError>> {
    let Content::Code(code) = &exchange.credential.content else { return None };
    let told = (exchange.client.redirect_uris.join(", "), Seen::sent(&code.redirect_uri));
    let result = check_redirect_uri(&exchange.client, &exchange.credential);
    Some(Check::new(("redirect_uri", "RFC 9700 §2.1"), told, result))
}
