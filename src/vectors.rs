//! Tokens to try a verifier with: some that it has to take, and many that it has to refuse, each of
//! which some library or gateway has taken.

use serde_json::{Map, Value, json};

use crate::client::{Client, ClientId};
use crate::clock::UnixTime;
use crate::crypto::{base64url, from_base64url, hmac_sha256, random_id};
use crate::jose::SigningKey;
use crate::token::TOKEN_TYPE;

/// How long before and after now the times of tokens lie that are not good, in seconds: further than
/// any verifier allows clocks to differ.
const FAR: u64 = 3600;
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

    fn by_claims(&self) -> Result<Vec<Vector>, VectorsFailed> {
        let now = self.now.0;
        let (past, future) = (now.saturating_sub(FAR), now + FAR);
        let others = json!(["https://other.example", self.audience]);
        let claims: [(_, _, _, Changes<'_>); 11] = [
            ("good", true, "as issued", &[]),
            ("good_audience_list", true, "`aud` is a list, RFC 7519 §4.1.3", &[("aud", others)]),
            (
                "expired",
                false,
                "RFC 7519 §4.1.4",
                &[("iat", json!(past - FAR)), ("exp", json!(past))],
            ),
            (
                "not_yet_valid",
                false,
                "`nbf` is to come, RFC 7519 §4.1.5",
                &[("nbf", json!(future))],
            ),
            ("without_expiry", false, "no `exp`, RFC 9068 §2.2", &[("exp", Value::Null)]),
            (
                "wrong_audience",
                false,
                "for another API, RFC 9068 §4",
                &[("aud", json!("https://other.example"))],
            ),
            ("without_audience", false, "no `aud`, RFC 9068 §2.2", &[("aud", Value::Null)]),
            (
                "wrong_issuer",
                false,
                "of another issuer, RFC 9068 §4",
                &[("iss", json!("https://other.example"))],
            ),
            (
                "longer_issuer",
                false,
                "an issuer that starts like ours: compared whole, RFC 9068 §4",
                &[("iss", json!(format!("{}.other.example", self.issuer)))],
            ),
            ("without_issuer", false, "no `iss`, RFC 9068 §2.2", &[("iss", Value::Null)]),
            ("without_subject", false, "no `sub`, RFC 9068 §2.2", &[("sub", Value::Null)]),
        ];
        let vector = |(name, accept, why, claims): (_, _, _, Changes<'_>)| {
            let token = self.signed(self.key, (&[], claims))?;
            Ok(Vector { name, accept, why, token })
        };
        claims.into_iter().map(vector).collect()
    }

    fn by_header(&self) -> Result<Vec<Vector>, VectorsFailed> {
        let other = self.other_key()?;
        let public = serde_json::to_value(other.public()).map_err(|_| VectorsFailed)?;
        let unknown = || json!(other.public().key_id());
        let cases: [(_, _, &SigningKey, Changes<'_>); 6] = [
            (
                "typ_jwt",
                "an ID token says so, RFC 9068 §4: `typ` must be at+jwt",
                self.key,
                &[("typ", json!("JWT"))],
            ),
            ("typ_missing", "RFC 9068 §4: `typ` must be at+jwt", self.key, &[("typ", Value::Null)]),
            (
                "unknown_key_id",
                "`kid` is in no key set, RFC 7515 §4.1.4",
                &other,
                &[("kid", unknown())],
            ),
            ("another_key", "a known `kid`, and another key's signature", &other, &[]),
            (
                "embedded_key",
                "signed by the key in its own header, RFC 8725 §3.10",
                &other,
                &[("kid", Value::Null), ("jwk", public)],
            ),
            (
                "critical_extension",
                "`crit` names what nobody knows, RFC 7515 §4.1.11",
                self.key,
                &[
                    ("crit", json!(["https://other.example/x"])),
                    ("https://other.example/x", json!(1)),
                ],
            ),
        ];
        let vector = |(name, why, key, header): (_, _, &SigningKey, Changes<'_>)| {
            let token = self.signed(key, (header, &[]))?;
            Ok(Vector { name, accept: false, why, token })
        };
        cases.into_iter().map(vector).collect()
    }

    fn by_signature(&self) -> Result<Vec<Vector>, VectorsFailed> {
        let (header, claims) = self.good()?;
        let good = self.signed(self.key, (&[], &[]))?;
        let (message, signature) = good.rsplit_once('.').ok_or(VectorsFailed)?;
        let start = message.split('.').next().ok_or(VectorsFailed)?;
        let length = from_base64url(signature.as_bytes()).ok_or(VectorsFailed)?.len();
        let someone = [("sub", json!("00000000-0000-5000-8000-000000000001"))];
        let someone = base64url(changed(claims.clone(), &someone).to_string().as_bytes());
        let unsigned = |alg: &str| {
            let header = changed(header.clone(), &[("alg", json!(alg))]).to_string();
            let claims = Value::Object(claims.clone()).to_string();
            format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()))
        };
        let pem = self.key.public_pem().map_err(|_| VectorsFailed)?;
        let hmac = unsigned("HS256");
        let hmac = format!("{hmac}.{}", base64url(&hmac_sha256(pem.as_bytes(), hmac.as_bytes())));
        let cases = [
            ("alg_none", "`alg` is none, RFC 8725 §3.2", format!("{}.", unsigned("none"))),
            ("hmac_with_public_key", "HS256 keyed by the public key's PEM, RFC 8725 §2.1", hmac),
            (
                "tampered_claims",
                "another `sub` under the same signature",
                format!("{start}.{someone}.{signature}"),
            ),
            ("empty_signature", "no signature, RFC 7515 §5.2", format!("{message}.")),
            (
                "zero_signature",
                "a signature of zeros, CVE-2022-21449",
                format!("{message}.{}", base64url(&vec![0; length])),
            ),
        ];
        let vector = |(name, why, token)| Vector { name, accept: false, why, token };
        Ok(cases.into_iter().map(vector).collect())
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
