//! What is noted of the checks of a credential when somebody asks why: they are the checks of every
//! exchange, made by the same code.

use std::fmt;
use std::mem::discriminant;
use std::sync::{Arc, Mutex, PoisonError};

use super::call::About;
use super::{Content, Credential, Kind, VerifiedIdentity, Verifier, VerifyError, credential};
use crate::provider::Provider;
use crate::telemetry::Span;

/// One check: what it compares, and what came of it.
#[derive(Debug)]
pub(crate) struct Check<E = VerifyError> {
    /// Its name, stable, in `snake_case`.
    pub(crate) name: &'static str,
    /// Where the rule stands.
    pub(crate) rule: &'static str,
    /// What would be accepted.
    pub(crate) expected: String,
    /// What came.
    pub(crate) seen: Seen,
    /// What came of it.
    pub(crate) outcome: Outcome<E>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// What is public by its nature, or our own words.
    Public(String),
    /// A parameter, into which somebody may have put a credential by mistake.
    Sent(String),
}

impl Seen {
    /// Takes a parameter.
    pub(crate) fn sent(parameter: &str) -> Self {
        Self::Sent(parameter.to_owned())
    }
}

impl<T: Into<String>> From<T> for Seen {
    fn from(public: T) -> Self {
        Self::Public(public.into())
    }
}

/// What comes of a check.
#[derive(Debug)]
pub(crate) enum Outcome<E> {
    /// It is as expected.
    Passed,
    /// It is not.
    Failed(E),
    /// Something that it needs failed before.
    NotMade,
}

impl<E> Check<E> {
    /// Makes one of a result.
    pub(crate) fn new(
        (name, rule): (&'static str, &'static str),
        (expected, seen): (impl Into<String>, impl Into<Seen>),
        result: Result<(), E>,
    ) -> Self {
        let outcome = result.map_or_else(Outcome::Failed, |()| Outcome::Passed);
        Self { name, rule, expected: expected.into(), seen: seen.into(), outcome }
    }

    /// Makes one that was not made, for a reason.
    pub(crate) fn not_made(
        (name, rule): (&'static str, &'static str),
        (expected, why): (impl Into<String>, impl Into<Seen>),
    ) -> Self {
        let (expected, seen) = (expected.into(), why.into());
        Self { name, rule, expected, seen, outcome: Outcome::NotMade }
    }

    /// Makes another error of a failure.
    pub(crate) fn map_error<F>(self, map: impl FnOnce(E) -> F) -> Check<F> {
        let outcome = match self.outcome {
            Outcome::Passed => Outcome::Passed,
            Outcome::Failed(error) => Outcome::Failed(map(error)),
            Outcome::NotMade => Outcome::NotMade,
        };
        let Self { name, rule, expected, seen, .. } = self;
        Check { name, rule, expected, seen, outcome }
    }
}

/// The checks that were made so far.
#[derive(Default)]
pub(super) struct Trail(Mutex<Vec<Check>>);

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trail")
    }
}

impl Trail {
    /// Adds to them.
    pub(super) fn note(&self, checks: impl IntoIterator<Item = Check>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(checks);
    }

    fn take(&self) -> Vec<Check> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Verifier {
    /// Verifies a credential as [`Verifier::verify`] does, and tells every check. What is remembered of
    /// access tokens and codes is neither used nor changed; a code is used up.
    pub(crate) async fn explain(
        &self,
        provider: &Arc<Provider>,
        name: Option<&str>,
        credential: &Credential,
    ) -> (Vec<Check>, Result<VerifiedIdentity, VerifyError>) {
        let trail = Arc::new(Trail::default());
        let verdict =
            self.noting(&trail).verify(provider, name, credential, &Span::default()).await;
        let mut checks = vec![kind(provider, name, credential)];
        checks.extend(trail.take());
        if let Err(error) = &verdict
            && !checks.iter().any(|check| is_of(check, error))
        {
            checks.push(rest(error.clone()));
        }
        (checks, verdict)
    }

    /// Whether the provider has to be asked about a credential, or uses it up.
    pub(crate) fn has_to_ask(&self, provider: &Provider, credential: &Credential) -> bool {
        match &credential.content {
            Content::IdToken(_) => false,
            Content::Jws(token) => self.is_access_token(provider, token).unwrap_or(false),
            Content::AccessToken(_) | Content::Code(_) => true,
        }
    }

    /// Notes that a token has not the form of an ID token.
    pub(super) fn formed<T>(&self, read: Result<T, VerifyError>) -> Result<T, VerifyError> {
        if let (Some(trail), Err(error)) = (self.caller.trail(), &read) {
            let name = ("form", "RFC 7515 §7.1");
            let told = ("a compact JWS of the provider's, at most 16 KiB", "something else");
            trail.note([Check::new(name, told, Err(error.clone()))]);
        }
        read
    }

    fn noting(&self, trail: &Arc<Trail>) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            caller: self.caller.noting(trail),
            accepted: self.accepted.without_memory(),
            refused_codes: self.refused_codes.without_memory(),
            gates: Arc::clone(&self.gates),
            own_issuer: Arc::clone(&self.own_issuer),
            deadline: self.deadline,
            clock: self.clock.clone(),
        }
    }
}

impl About<'_> {
    /// Returns the check that the call stands for, and its source.
    pub(super) fn name(self) -> (&'static str, &'static str) {
        match self.call {
            "token" => ("code", "RFC 6749 §4.1.3, RFC 7636 §4.5"),
            "binding" => ("app", "OpenID Connect Core §3.1.3.7 step 3, for access tokens"),
            "profile" => ("person", "OpenID Connect Core §5.3"),
            other => (other, "the provider's row"),
        }
    }

    /// Returns what is expected of it.
    pub(super) fn expected(self) -> String {
        let provider = self.provider;
        match self.call {
            "token" => format!("{provider} gives a token for the code"),
            "binding" => format!("{provider} says that it was issued to one of our client IDs"),
            "profile" => format!("{provider} says whose it is"),
            "membership" => format!("{provider} says that the person belongs to those who may"),
            _ => format!("{provider} answers as it is known to"),
        }
    }
}

fn is_of(check: &Check, error: &VerifyError) -> bool {
    matches!(&check.outcome, Outcome::Failed(it) if discriminant(it) == discriminant(error))
}

fn kind(provider: &Provider, name: Option<&str>, credential: &Credential) -> Check {
    let taken: Vec<_> = credential::kinds(provider).into_iter().map(Kind::name).collect();
    let rules = match credential.kind() {
        Kind::IdToken => Ok(()),
        Kind::AccessToken => credential::access_token_rules(provider).map(drop),
        Kind::Code => credential::code_rules(provider).map(drop),
    };
    let result = credential.check_name(provider, name).and(rules);
    Check::new(
        ("kind", "a provider's row and its configuration"),
        (format!("of {}: {}", provider.id, taken.join(", ")), credential.kind().name()),
        result,
    )
}

/// What fails where the check itself was not told.
fn rest(error: VerifyError) -> Check {
    let is_nonce = matches!(error, VerifyError::NonceMismatch(_));
    let (name, expected) = if is_nonce {
        (("nonce", "OpenID Connect Core §3.1.3.7 step 11"), "none, or one that can be compared")
    } else if matches!(error, VerifyError::TooLarge { .. } | VerifyError::Malformed(_)) {
        (("form", "RFC 6749 §A"), "printable characters, at most 16 KiB")
    } else {
        (("credential", "RFC 6749 §5.2"), "one that the provider vouches for to us")
    };
    Check::new(name, (expected, "something else: see the description"), Err(error))
}
