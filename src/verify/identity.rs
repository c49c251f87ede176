//! What verification finds out.

use crate::clock::UnixTime;
use crate::provider::{Profile, ProviderId};

/// A person's id at a provider: 1 to 255 characters without control characters, case-sensitive
/// (OpenID Connect Core §2). Never ours: that is `UserId`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject(String);

impl Subject {
    /// Returns the subject if `text` can be one. An empty one would be shared by everybody who
    /// has none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let length = text.chars().count();
        let fits = (1..=255).contains(&length) && !text.chars().any(char::is_control);
        (fits && !text.trim().is_empty()).then(|| Self(text.to_owned()))
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// How it was proved that a credential was meant for us; the issued token's `idp_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// The audience of a signed ID token is one of our client IDs.
    IdToken,
    /// The provider was asked to which app it issued the access token.
    Introspection,
    /// The provider took the code from us, with our secret.
    Code,
    /// Nothing, and the operator allowed that.
    None,
}

impl Binding {
    /// Returns the claim's value.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::Introspection => "introspection",
            Self::Code => "code",
            Self::None => "none",
        }
    }
}

/// A person whom a provider vouches for, to us.
///
/// Whoever holds one may rely on every check having been made: only `verify` can make it.
///
/// ```compile_fail,E0624
/// let forged = countersign::verify::VerifiedIdentity::assertion(unreachable!());
/// ```
#[derive(Debug, Clone)]
pub struct VerifiedIdentity(Verified);

/// What is known of a verified person.
#[derive(Debug, Clone)]
pub(in crate::verify) struct Verified {
    pub(in crate::verify) provider: ProviderId,
    pub(in crate::verify) namespace: String,
    pub(in crate::verify) subject: Subject,
    pub(in crate::verify) profile: Profile,
    pub(in crate::verify) binding: Binding,
    pub(in crate::verify) auth_time: Option<UnixTime>,
}

impl VerifiedIdentity {
    /// Asserts that every check was made. Each caller is a place that a reviewer must read.
    pub(in crate::verify) fn assertion(verified: Verified) -> Self {
        Self(verified)
    }

    /// Adds to the profile what it lacks.
    pub(in crate::verify) fn completed_by(self, profile: Profile) -> Self {
        Self(Verified { profile: self.0.profile.completed_by(profile), ..self.0 })
    }

    /// Returns the provider's configured name.
    pub(crate) fn provider(&self) -> &ProviderId {
        &self.0.provider
    }

    /// Returns what the subject is unique within.
    pub(crate) fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// Returns the person's id at the provider.
    pub(crate) fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// Returns the profile.
    pub(crate) fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// Returns how it was proved that the credential was meant for us.
    pub(crate) fn binding(&self) -> Binding {
        self.0.binding
    }

    /// Returns when the person last signed in at the provider, if it says.
    pub(crate) fn auth_time(&self) -> Option<UnixTime> {
        self.0.auth_time
    }
}

#[cfg(test)]
impl VerifiedIdentity {
    /// An identity for tests of what comes after verification.
    pub(crate) fn for_test(namespace: &str, subject: &str, profile: Profile) -> Self {
        let provider = ProviderId::try_from("test".to_owned()).unwrap();
        let subject = Subject::parse(subject).unwrap();
        Self::assertion(Verified {
            provider,
            namespace: namespace.to_owned(),
            subject,
            profile,
            binding: Binding::IdToken,
            auth_time: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_never_empty_or_endless() {
        assert!(Subject::parse("110169484474386276334").is_some());
        assert!(Subject::parse(&"é".repeat(255)).is_some());
        for bad in ["", " ", "\t", "a\nb", &"a".repeat(256)] {
            assert_eq!(Subject::parse(bad), None, "{bad:?}");
        }
    }
}
