//! Tokens to try a verifier with: some that it has to take, and many that it has to refuse, each of
//! which some library or gateway has taken.

mod cases;

use serde_json::{Map, Value, json};

use crate::client::{Client, ClientId};
use crate::clock::UnixTime;
use crate::crypto::random_id;
use crate::jose::SigningKey;
use crate::token::TOKEN_TYPE;

/// Whom the tokens are of: nobody.
const SUBJECT: &str = "00000000-0000-5000-8000-000000000000";

/// The members of a header, or claims.
type Members = Map<String, Value>;
/// What is other than in a good token; null is what is not there.
type Changes<'a> = &'a [(&'a str, Value)];

/// One token.
#[derive(Debug)]
pub(crate) struct Vector {
    /// Its name, stable, in `snake_case`.
    pub(crate) name: &'static str,
    /// Whether a verifier has to take it.
    pub(crate) accept: bool,
    /// What is special about it, and where the rule stands.
    pub(crate) why: &'static str,
    /// Compact JWS, or what looks like one.
    pub(crate) token: String,
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
#[error("the tokens could not be signed")]
pub(crate) struct VectorsFailed;

/// Whose tokens they are, and for whom.
#[derive(Debug)]
pub(crate) struct Vectors<'a> {
    /// The issuer.
    pub(crate) issuer: &'a str,
    /// The audience that the verifier expects.
    pub(crate) audience: &'a str,
    /// The client.
    pub(crate) client_id: &'a ClientId,
    /// How long the good ones live, in seconds.
    pub(crate) lifetime: u64,
    /// The key that the verifier finds in the key set.
    pub(crate) key: &'a SigningKey,
    /// What time it is.
    pub(crate) now: UnixTime,
}

impl<'a> Vectors<'a> {
    /// Those of a client.
    pub(crate) fn of(
        (issuer, client): (&'a str, &'a Client),
        key: &'a SigningKey,
        now: UnixTime,
    ) -> Option<Self> {
        let lifetime = client.lifetime.as_secs();
        let audience = client.audience.first()?;
        Some(Self { issuer, audience, client_id: &client.id, lifetime, key, now })
    }

    /// Makes all of them.
    ///
    /// # Errors
    ///
    /// [`VectorsFailed`] when the system gives no random numbers.
    pub(crate) fn make(&self) -> Result<Vec<Vector>, VectorsFailed> {
        let mut vectors = self.by_claims()?;
        vectors.extend(self.by_header()?);
        vectors.extend(self.by_signature()?);
        Ok(vectors)
    }

    /// What an issued token says, and its header.
    fn good(&self) -> Result<(Members, Members), VectorsFailed> {
        let (alg, kid) = (self.key.algorithm().name(), self.key.public().key_id().as_str());
        let header = json!({ "typ": TOKEN_TYPE, "alg": alg, "kid": kid });
        let claims = json!({
            "iss": self.issuer, "sub": SUBJECT, "aud": self.audience,
            "iat": self.now.0, "exp": self.now.0 + self.lifetime,
            "jti": random_id().map_err(|_| VectorsFailed)?,
            "client_id": self.client_id, "idp": "vectors", "idp_binding": "none",
        });
        match (header, claims) {
            (Value::Object(header), Value::Object(claims)) => Ok((header, claims)),
            _ => Err(VectorsFailed),
        }
    }

    /// Signs a good token after some changes; null takes a member out.
    fn signed(
        &self,
        key: &SigningKey,
        (in_header, in_claims): (Changes<'_>, Changes<'_>),
    ) -> Result<String, VectorsFailed> {
        let (header, claims) = self.good()?;
        let (header, claims) = (changed(header, in_header), changed(claims, in_claims));
        let signed =
            key.signer().seal(header.to_string().as_bytes(), claims.to_string().as_bytes());
        signed.map_err(|_| VectorsFailed)
    }

    /// A key of the same algorithm that is in no key set.
    fn other_key(&self) -> Result<SigningKey, VectorsFailed> {
        SigningKey::generate(self.key.algorithm()).map_err(|_| VectorsFailed)
    }
}

fn changed(mut members: Members, changes: Changes<'_>) -> Value {
    for (name, value) in changes {
        if value.is_null() {
            members.remove(*name);
        } else {
            members.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(members)
}
