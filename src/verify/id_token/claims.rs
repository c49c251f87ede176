//! Reading single claims: there and of the right type, or an error that says which is not.

use crate::clock::UnixTime;
use serde_json::Number;

use crate::json::{Json, Members};
use crate::verify::VerifyError;

/// Largest `NumericDate` that is read: the largest integer that every JSON reader agrees on.
const MAX_TIME: f64 = 9_007_199_254_740_991.0;

/// Returns a claim that is a string and not empty.
pub(super) fn required_text<'a>(
    claims: &'a Members<'_>,
    name: &str,
) -> Result<&'a str, VerifyError> {
    optional_text(claims, name)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| VerifyError::MissingClaim(name.to_owned()))
}

/// Returns a claim that is a string, if it is there.
pub(super) fn optional_text<'a>(
    claims: &'a Members<'_>,
    name: &str,
) -> Result<Option<&'a str>, VerifyError> {
    claims.get(name).map(|value| value.as_str().ok_or_else(|| wrong(name, "a string"))).transpose()
}

/// Returns `aud`: a string or an array of strings (RFC 7519 §4.1.3), never empty.
pub(super) fn audiences<'a>(claims: &'a Members<'_>) -> Result<Vec<&'a str>, VerifyError> {
    let is_wrong = || wrong("aud", "a string or an array of strings");
    let audiences = match claims.get("aud") {
        None => return Err(VerifyError::MissingClaim("aud".to_owned())),
        Some(Json::Text(one)) => vec![&**one],
        Some(Json::Array(several)) => several
            .iter()
            .map(|value| value.as_str().ok_or_else(is_wrong))
            .collect::<Result<Vec<_>, _>>()?,
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_)) => {
            return Err(is_wrong());
        }
    };
    if audiences.iter().all(|audience| audience.is_empty()) {
        return Err(VerifyError::MissingClaim("aud".to_owned()));
    }
    Ok(audiences)
}

/// Returns a claim that is a `NumericDate` (RFC 7519 §2).
pub(super) fn required_time(claims: &Members<'_>, name: &str) -> Result<UnixTime, VerifyError> {
    time(claims, name)?.ok_or_else(|| VerifyError::MissingClaim(name.to_owned()))
}

/// Returns a claim that is a `NumericDate`, if it is there. Fractions of a second are cut off;
/// negative or absurd values are refused.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked first"
)]
pub(super) fn time(claims: &Members<'_>, name: &str) -> Result<Option<UnixTime>, VerifyError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let number = value.as_number();
    let seconds = number.and_then(Number::as_f64).filter(|it| (0.0..=MAX_TIME).contains(it));
    let whole = number.and_then(Number::as_u64);
    seconds
        .map(|seconds| Some(UnixTime(whole.unwrap_or(seconds as u64))))
        .ok_or_else(|| wrong(name, "a number of seconds since 1970"))
}

fn wrong(name: &str, expected: &str) -> VerifyError {
    VerifyError::Malformed(format!("`{name}` is not {expected}"))
}
