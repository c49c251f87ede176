//! Each token, and what is other in it than in a good one.

use serde_json::{Value, json};

use super::{Changes, Vector, Vectors, VectorsFailed, changed};
use crate::crypto::{base64url, from_base64url, hmac_sha256};
use crate::jose::SigningKey;

/// How long before and after now the times of tokens lie that are not good, in seconds: further than
/// any verifier allows clocks to differ.
const FAR: u64 = 3600;

impl Vectors<'_> {
    pub(super) fn by_claims(&self) -> Result<Vec<Vector>, VectorsFailed> {
        let now = self.now.0;
        let (past, future) = (now.saturating_sub(FAR), now + FAR);
        let others = json!(["https://other.example", self.audience]);
        let claims: [(_, _, _, Changes<'_>); 12] = [
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
            (
                "longer_audience",
                false,
                "an audience that starts like ours: compared whole, RFC 9068 §4",
                &[("aud", json!(format!("{}.other.example", self.audience)))],
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

    pub(super) fn by_header(&self) -> Result<Vec<Vector>, VectorsFailed> {
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

    pub(super) fn by_signature(&self) -> Result<Vec<Vector>, VectorsFailed> {
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
}
