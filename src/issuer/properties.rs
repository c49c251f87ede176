//! What we sign, whoever it is for and whatever is known of the person.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::client::{ClientId, ProfileClaim};
use crate::clock::UnixTime;
use crate::jose::{Algorithm, CompactJws, UnverifiedJws, parse_key_set};
use crate::provider::Profile;

const ALL: [ProfileClaim; 9] = [
    ProfileClaim::Email,
    ProfileClaim::EmailVerified,
    ProfileClaim::Name,
    ProfileClaim::GivenName,
    ProfileClaim::FamilyName,
    ProfileClaim::PreferredUsername,
    ProfileClaim::Picture,
    ProfileClaim::Locale,
    ProfileClaim::IdpSub,
];

/// An issuer without clients and providers, at this moment.
fn issuer(now: u64) -> Issuer {
    let (clock, _) = Clock::fixed(UnixTime(now));
    let providers = Providers::default();
    let name: Arc<str> = "https://id.example.com".into();
    let verifier = crate::verify::fuzzing::verifier(&providers, &name, &clock, |_| None);
    Issuer {
        verifier: verifier.unwrap(),
        keys: Arc::new(SigningKeys::throw_away(Algorithm::EdDsa, clock.clone()).unwrap()),
        ids: TokenIds::default(),
        clients: Clients::default(),
        providers,
        subject_mode: SubjectMode::Uuid5,
        name,
        clock,
        metrics: Arc::default(),
    }
}

fn client(lifetime: u64, claims: BTreeSet<ProfileClaim>) -> Client {
    Client {
        id: ClientId::parse("spa").unwrap(),
        secret: None,
        audience: Vec::new(),
        origins: BTreeSet::new(),
        redirect_uris: Vec::new(),
        providers: Vec::new(),
        explains: Vec::new(),
        scopes: Vec::new(),
        lifetime: Duration::from_secs(lifetime),
        claims,
    }
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let text = || prop::option::of("\\PC{1,12}|\"|\\\\|\u{2028}|</script>");
    let texts = (text(), text(), text(), text(), text());
    (texts, any::<bool>()).prop_map(|((email, name, given_name, picture, locale), verified)| {
        Profile {
            email_verified: verified && email.is_some(),
            email,
            name,
            given_name,
            picture,
            locale,
            ..Profile::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_token_says_what_was_decided_and_nothing_that_was_not_asked_for(
        now in 0_u64..1 << 40,
        lifetime in 60_u64..=86_400,
        audience in prop::collection::hash_set("\\PC{1,12}", 1..4),
        claims in prop::sample::subsequence(&ALL[..], 0..=ALL.len()),
        profile in any_profile(),
        subject in "\\PC{0,20}[a-z]",
        scope in "|read|read write",
    ) {
        let issuer = issuer(now);
        let identity = VerifiedIdentity::for_test("https://id.test", &subject, profile.clone());
        let audience: Vec<_> = audience.into_iter().collect();
        let client = client(lifetime, claims.iter().copied().collect());
        let issued = issuer.sign(&client, &identity, &audience, scope.clone()).unwrap();
        let set = serde_json::from_slice::<Value>(&issuer.keys.published().body).unwrap();
        let keys = parse_key_set(set.as_object().unwrap(), &Algorithm::ALL).unwrap();
        let compact = CompactJws::decode(issued.jwt.expose()).unwrap();
        let jws = UnverifiedJws::parse(&compact).unwrap();
        let said: Map<_, _> = jws.verify(&keys[0], Algorithm::EdDsa).unwrap().clone().into();
        prop_assert_eq!(jws.token_type(), Some("at+jwt"));
        prop_assert_eq!(said["iat"].as_u64(), Some(now), "whole seconds");
        prop_assert_eq!(said["exp"].as_u64(), Some(now + lifetime));
        prop_assert_eq!(issued.expires_in, lifetime);
        let aud = if let [one] = audience.as_slice() { json!(one) } else { json!(audience) };
        prop_assert_eq!(&said["aud"], &aud, "a string when it is one");
        prop_assert_eq!(said.get("scope").cloned(), (!scope.is_empty()).then(|| json!(scope)));
        let sub = UserId::derive(&identity, &SubjectMode::Uuid5).to_string();
        prop_assert_eq!(said["sub"].as_str(), Some(sub.as_str()));
        let wanted = |claim| claims.contains(&claim);
        for (claim, name, value) in [
            (ProfileClaim::Email, "email", profile.email.map(Value::from)),
            (ProfileClaim::EmailVerified, "email_verified", Some(profile.email_verified.into())),
            (ProfileClaim::Name, "name", profile.name.map(Value::from)),
            (ProfileClaim::GivenName, "given_name", profile.given_name.map(Value::from)),
            (ProfileClaim::FamilyName, "family_name", None),
            (ProfileClaim::PreferredUsername, "preferred_username", None),
            (ProfileClaim::Picture, "picture", profile.picture.map(Value::from)),
            (ProfileClaim::Locale, "locale", profile.locale.map(Value::from)),
            (ProfileClaim::IdpSub, "idp_sub", Some(subject.as_str().into())),
        ] {
            prop_assert_eq!(said.get(name).cloned(), value.filter(|_| wanted(claim)), "{}", name);
        }
    }
}
