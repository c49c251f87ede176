//! The authorization codes that the provider has given out.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::UnixTime;
use crate::crypto::{RandomFailed, base64url, random_bytes, sha256};
use crate::demo::people::Person;
use crate::secret::Secret;

/// How long a code is good (RFC 6749 §4.1.2 recommends ten minutes at most).
const LIFETIME: Duration = Duration::from_mins(2);
/// How many are kept: the oldest makes room.
const MOST: usize = 256;

/// Codes that were not redeemed.
#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    code: Secret,
    expires: UnixTime,
    grant: Grant,
}

/// What a code stands for.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) person: &'static Person,
    /// The redirect URI of the authorization request.
    pub(super) redirect_uri: String,
    /// Its `code_challenge` (RFC 7636 §4.2).
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
}

impl Codes {
    /// Keeps a grant and returns its code.
    pub(super) fn keep(&self, grant: Grant, now: UnixTime) -> Result<String, RandomFailed> {
        let code = base64url(&random_bytes::<32>()?);
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|kept| now < kept.expires);
        if codes.len() >= MOST {
            codes.pop_front();
        }
        codes.push_back(Kept { code: Secret::new(&*code), expires: now.plus(LIFETIME), grant });
        Ok(code)
    }

    /// Gives a grant for its code, once, to whoever has the verifier; or says why not. A code that
    /// somebody without the verifier tries is not spent by that.
    pub(super) fn redeem(
        &self,
        code: &Secret,
        (redirect_uri, verifier): (&str, &str),
        now: UnixTime,
    ) -> Result<Grant, &'static str> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|kept| now < kept.expires);
        let place = codes.iter().position(|kept| kept.code == *code);
        let place =
            place.ok_or("the code is unknown, was redeemed or is older than two minutes")?;
        let fits = |grant: &Grant| {
            if grant.redirect_uri != redirect_uri {
                return Err("the redirect URI is not that of the authorization request");
            }
            if grant.challenge != base64url(&sha256(verifier.as_bytes())) {
                return Err("the code verifier does not fit the code challenge");
            }
            Ok(())
        };
        codes.get(place).map_or(Ok(()), |kept| fits(&kept.grant))?;
        codes.remove(place).map(|kept| kept.grant).ok_or("the code was redeemed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::people::find;

    fn grant() -> Grant {
        let person = find("ada").unwrap();
        let challenge = base64url(&sha256(b"verifier"));
        Grant { person, redirect_uri: "http://page.test/".to_owned(), challenge, nonce: None }
    }

    fn redeem(codes: &Codes, code: &str, now: u64) -> bool {
        let beside = ("http://page.test/", "verifier");
        codes.redeem(&Secret::new(code), beside, UnixTime(now)).is_ok()
    }

    #[test]
    fn a_code_is_good_once_and_for_two_minutes() {
        let codes = Codes::default();
        let [one, other] = [1000, 1000].map(|now| codes.keep(grant(), UnixTime(now)).unwrap());
        assert!(redeem(&codes, &one, 1119));
        assert!(!redeem(&codes, &one, 1119), "twice");
        assert!(!redeem(&codes, &other, 1120), "too late");
    }

    #[test]
    fn the_oldest_code_makes_room() {
        let codes = Codes::default();
        let kept: Vec<_> = (0..=MOST).map(|_| codes.keep(grant(), UnixTime(1)).unwrap()).collect();
        assert!(!redeem(&codes, &kept[0], 1));
        assert!(kept[1..].iter().all(|code| redeem(&codes, code, 1)));
    }
}
