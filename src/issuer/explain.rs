//! Why an exchange would be accepted or refused: every check, and no token.

use super::{Exchange, IssueError, Issuer, WantedScope, check_redirect_uri, granted_scope, target};
use crate::keys::KeyError;
use crate::provider::ProviderId;
use crate::user_id::UserId;
use crate::verify::{Check, Content};

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
    /// Makes every check of an exchange and issues nothing. An access token or a code is looked at only
    /// if the rest of the request is good: the provider has to be asked, and a code is used up.
    pub(crate) async fn explain(&self, exchange: &Exchange) -> Explanation {
        let mut checks = self.before(exchange);
        let plan = self.plan(exchange).map(drop).and_then(|()| self.can_sign());
        let provider = self.provider(exchange).ok();
        let is_free = matches!(exchange.credential.content, Content::IdToken(_) | Content::Jws(_));
        let mut verdict = plan.map(|()| None);
        if let Some(provider) = provider.as_ref().filter(|_| verdict.is_ok() || is_free) {
            let name = exchange.provider.as_deref();
            let explained = self.verifier.explain(provider, name, &exchange.credential).await;
            checks.extend(explained.0.into_iter().map(|it| it.map_error(IssueError::from)));
            let verified = explained.1.map_err(IssueError::from);
            verdict = verdict.and(verified.map(Some));
        } else {
            let why = "only when the rest of the request is good";
            checks.push(Check::not_made(("credential", "RFC 6749 §5.2"), ("a good one", why)));
        }
        let verdict = match verdict {
            Ok(Some(identity)) => Ok(UserId::derive(&identity, &self.subject_mode)),
            // Without an error a provider was found, and asked.
            Ok(None) => Err(IssueError::NoProvider { expected: exchange.client.providers.clone() }),
            Err(error) => Err(error),
        };
        Explanation { provider: provider.map(|it| it.id.clone()), checks, verdict }
    }

    fn before(&self, exchange: &Exchange) -> Vec<Check<IssueError>> {
        let client = &exchange.client;
        let usable: Vec<_> = client.providers.iter().map(ProviderId::as_str).collect();
        let named =
            exchange.provider.as_deref().unwrap_or("none named: the `iss` of the token picks");
        let wanted =
            if exchange.audience.is_empty() { &client.audience } else { &exchange.audience };
        let scope = match &exchange.scope {
            WantedScope::All => "none named: all of them",
            WantedScope::AtMost(scope) | WantedScope::Exactly(scope) => scope,
        };
        let redirect_uri = match &exchange.credential.content {
            Content::Code(code) => Some(Check::new(
                ("redirect_uri", "RFC 9700 §2.1"),
                (client.redirect_uris.join(", "), &code.redirect_uri),
                check_redirect_uri(client, &exchange.credential),
            )),
            Content::IdToken(_) | Content::Jws(_) | Content::AccessToken(_) => None,
        };
        let others = [
            Check::new(
                ("target", "RFC 8693 §2.1, RFC 8707 §2"),
                (client.audience.join(", "), wanted.join(", ")),
                target(client, &exchange.audience).map(drop),
            ),
            Check::new(
                ("scope", "RFC 6749 §3.3"),
                (
                    if client.scopes.is_empty() {
                        "none".to_owned()
                    } else {
                        client.scopes.join(" ")
                    },
                    scope,
                ),
                granted_scope(client, &exchange.scope).map(drop),
            ),
            Check::new(
                ("provider", "the client's `providers`"),
                (usable.join(", "), named),
                self.provider(exchange).map(drop),
            ),
            Check::new(
                ("signing_key", "RFC 7515 §5.1"),
                ("a key that may sign at this moment", "our own keys"),
                self.can_sign(),
            ),
        ];
        redirect_uri.into_iter().chain(others).collect()
    }

    fn can_sign(&self) -> Result<(), IssueError> {
        if self.keys.can_sign() { Ok(()) } else { Err(KeyError::NoneActive.into()) }
    }
}
