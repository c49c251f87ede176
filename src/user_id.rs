//! Our own id of a person: pure, stable, and the same in every deployment.

use std::fmt;

use serde::Serialize;
use uuid::{Builder, Uuid};

use crate::crypto::hmac_sha256;
use crate::secret::Secret;
use crate::verify::VerifiedIdentity;

/// The UUID namespace of our ids: itself UUID version 5 of `urn:countersign:subject:v1` under
/// the URL namespace (RFC 9562 §5.5 and §6.6).
const NAMESPACE: Uuid = Uuid::from_u128(0x0179_a48e_d198_5832_9486_5b4f_f3bd_cb24);

/// How ids are made.
#[derive(Debug, Clone)]
pub(crate) enum SubjectMode {
    /// UUID version 5: anyone who knows the provider's id can compute ours, so an existing user
    /// table can be migrated with one SQL statement.
    Uuid5,
    /// Keyed: ours cannot be computed, nor compared between deployments, without the secret.
    Pairwise(Secret),
}

/// The `sub` of our tokens: a UUID derived from the provider's namespace and its id of the
/// person. An e-mail address never takes part; those change hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct UserId(Uuid);

impl UserId {
    /// Derives the id: UUID version 5 of `namespace|subject`, or the first 16 bytes of its
    /// HMAC-SHA-256 as UUID version 8 (RFC 9562 §5.8).
    ///
    /// The bar cannot be confused with the subject's own text, since namespaces hold none.
    pub(crate) fn derive(identity: &VerifiedIdentity, mode: &SubjectMode) -> Self {
        let text = format!("{}|{}", identity.namespace(), identity.subject().as_str());
        Self(match mode {
            SubjectMode::Uuid5 => Uuid::new_v5(&NAMESPACE, text.as_bytes()),
            SubjectMode::Pairwise(secret) => {
                let mac = hmac_sha256(secret.expose().as_bytes(), text.as_bytes());
                let mut first = [0; 16];
                first.copy_from_slice(mac.first_chunk::<16>().unwrap_or(&[0; 16]));
                Builder::from_custom_bytes(first).into_uuid()
            }
        })
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provider::Profile;

    fn derive(namespace: &str, subject: &str, mode: &SubjectMode) -> String {
        let identity = VerifiedIdentity::for_test(namespace, subject, Profile::default());
        UserId::derive(&identity, mode).to_string()
    }

    #[test]
    fn the_namespace_is_derived_from_its_urn() {
        assert_eq!(Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:countersign:subject:v1"), NAMESPACE);
    }

    #[test]
    fn ids_are_those_of_the_published_vectors() {
        for (namespace, subject, expected) in [
            (
                "https://accounts.google.com",
                "110169484474386276334",
                "95fd8969-fd12-5b08-bc1e-bd3a71c457c1",
            ),
            ("https://github.com", "583231", "58d0b913-e0a1-536d-8f5c-245b2279db72"),
        ] {
            assert_eq!(derive(namespace, subject, &SubjectMode::Uuid5), expected);
        }
    }

    #[test]
    fn pairwise_ids_depend_on_the_secret_and_are_version_8() {
        let id = |secret: &str| {
            derive("https://id.test", "7", &SubjectMode::Pairwise(Secret::new(secret)))
        };
        // Computed with Python: hmac.new(b"one", b"https://id.test|7", "sha256").
        assert_eq!(id("one"), "70d9f9cf-301c-8826-954c-4b619175c560");
        assert_ne!(id("one"), id("two"));
        assert_eq!(Uuid::parse_str(&id("one")).unwrap().get_version_num(), 8);
    }

    #[test]
    fn an_email_never_takes_part() {
        let with = |email: &str| {
            let profile = Profile { email: Some(email.to_owned()), ..Profile::default() };
            UserId::derive(&VerifiedIdentity::for_test("n", "s", profile), &SubjectMode::Uuid5)
        };
        assert_eq!(with("a@b.test"), with("c@d.test"));
    }

    proptest! {
        #[test]
        fn two_people_share_an_id_only_if_they_are_one(
            namespaces in prop::array::uniform2("https://[ab]{1,2}\\.test(/[ab])?"),
            subjects in prop::array::uniform2("[ab|é]{1,3}"),
        ) {
            let [first, second] = [0, 1].map(|nth| (&namespaces[nth], &subjects[nth]));
            for mode in [SubjectMode::Uuid5, SubjectMode::Pairwise(Secret::new("one"))] {
                let id = |(namespace, subject): (&String, &String)| derive(namespace, subject, &mode);
                prop_assert_eq!(id(first), id(first));
                prop_assert_eq!(id(first) == id(second), first == second);
            }
        }
    }
}
