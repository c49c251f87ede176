//! Who signs in: what a token of ours says of the person of each provider, by whichever credential.

use serde_json::{Value, json};

/// Returns `sub` and the claims of the profile. LinkedIn's `locale` is that of an ID token.
pub(crate) fn person(provider: &str) -> (&'static str, Value) {
    match provider {
        "google" => (
            "95fd8969-fd12-5b08-bc1e-bd3a71c457c1",
            json!({
                "idp_sub": "110169484474386276334",
                "email": "ada@example.com",
                "email_verified": true,
                "name": "Ada Lovelace",
                "given_name": "Ada",
                "family_name": "Lovelace",
                "picture": "https://lh3.googleusercontent.com/a/x=s96-c",
            }),
        ),
        "linkedin" => (
            "31dfe44a-e9de-5206-831c-e1aa6bb91fcd",
            json!({
                "idp_sub": "782bbtaQ",
                "email": "ada@example.com",
                "email_verified": true,
                "name": "Ada Lovelace",
                "given_name": "Ada",
                "family_name": "Lovelace",
                "picture": "https://media.licdn.com/dms/image/ada",
                "locale": "en_US",
            }),
        ),
        "github" => (
            "58d0b913-e0a1-536d-8f5c-245b2279db72",
            json!({
                "idp_sub": "583231",
                "email": "octocat@example.com",
                "email_verified": true,
                "name": "The Octocat",
                "preferred_username": "octocat",
                "picture": "https://avatars.githubusercontent.com/u/583231?v=4",
            }),
        ),
        "facebook" => (
            "653e1c62-6fea-507e-bd76-2cbd13f298c9",
            json!({
                "idp_sub": "6801045783286074",
                "email": "ada@example.com",
                "email_verified": false,
                "name": "Ada Lovelace",
                "given_name": "Ada",
                "family_name": "Lovelace",
                "picture": "https://platform-lookaside.fbsbx.com/ada.jpg",
            }),
        ),
        _ => (
            "d4af5482-3ffc-5c59-a0ed-19341f90a3f2",
            json!({
                "idp_sub": "24563000000000001",
                "email_verified": false,
                "name": "Ada",
                "preferred_username": "ada",
                "picture": "https://scontent.cdninstagram.com/ada.jpg",
            }),
        ),
    }
}
