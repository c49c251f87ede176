//! Every check of an ID token, made whether or not the one before it failed: what somebody wants to
//! know whose token is refused. What decides is [`super::verify`].

use std::sync::Arc;

use super::signature::{CheckedIssuer, signed_claims};
use super::{
    LEEWAY, Request, check_access_token_hash, check_age, check_algorithm, check_audience,
    check_expiry, check_issuer, check_nonce, check_requirements, check_start, check_type, domain,
    issuer_names, subject,
};
use crate::clock::UnixTime;
use crate::jose::{Algorithm, UnverifiedJws};
use crate::json::{Json, Members};
use crate::provider::{Answers, NoncePolicy};
use crate::verify::explain::Check;
use crate::verify::{RemoteKeys, VerifyError};

type Times = (&'static str, &'static str, &'static str);

/// Makes every check, in the order in which they decide.
pub(in crate::verify) async fn explain(
    jws: &UnverifiedJws<'_>,
    request: &Request<'_>,
    keys: &Arc<RemoteKeys>,
) -> Vec<Check> {
    let (rules, claims) = (request.rules, jws.unverified_claims());
    let algorithm = check_algorithm(jws, rules);
    let issuer = check_issuer(claims, &rules.issuers);
    let signature = signature(jws, (&algorithm, &issuer), (request, keys)).await;
    let names: Vec<_> = rules.algorithms.iter().map(|it| it.name()).collect();
    let mut checks = vec![
        Check::new(("form", "RFC 7515 §7.1"), ("a compact JWS", "a compact JWS"), Ok(())),
        Check::new(
            ("type", "RFC 8725 §3.11"),
            ("no `typ`, or JWT", jws.token_type().unwrap_or("no `typ`")),
            check_type(jws),
        ),
        Check::new(
            ("algorithm", "RFC 8725 §3.1"),
            (names.join(", "), jws.algorithm()),
            algorithm.clone().map(drop),
        ),
        Check::new(
            ("issuer", "OpenID Connect Core §3.1.3.7 step 2"),
            (issuer_names(&rules.issuers).join(", "), claim(claims, "iss")),
            issuer.map(drop),
        ),
        Check::new(
            ("audience", "OpenID Connect Core §3.1.3.7 steps 3 to 5"),
            (rules.client_ids.join(", "), audience(claims)),
            check_audience(claims, &rules.client_ids),
        ),
        signature,
    ];
    checks.extend(times(claims, request));
    checks.push(nonce(claims, request));
    checks.extend(access_token_hash(claims, request, algorithm.ok()));
    checks.extend(person(claims, request));
    checks
}

async fn signature(
    jws: &UnverifiedJws<'_>,
    (algorithm, issuer): (&Result<Algorithm, VerifyError>, &Result<CheckedIssuer<'_>, VerifyError>),
    (request, keys): (&Request<'_>, &Arc<RemoteKeys>),
) -> Check {
    let name = ("signature", "OpenID Connect Core §3.1.3.7 step 6");
    let expected = format!("by a key of {}", request.provider.id);
    let (Ok(algorithm), Ok(issuer)) = (algorithm, issuer) else {
        let why = "only for a token of the provider's issuer and algorithms";
        return Check::not_made(name, (expected, why));
    };
    let seen = match jws.key_id() {
        Some(key_id) => format!("key ID {key_id}"),
        None => "no key ID".to_owned(),
    };
    let signed = signed_claims(jws, *algorithm, issuer, (request, keys)).await;
    Check::new(name, (expected, seen), signed.map(drop))
}

fn times(claims: &Members<'_>, request: &Request<'_>) -> [Check; 3] {
    let now = request.now;
    let here = format!("it is {} here, give or take {} s", now.to_rfc3339(), LEEWAY.as_secs());
    let max_age = request.rules.max_age;
    let check = |(name, rule, expected): Times, seen: String, result| {
        Check::new((name, rule), (format!("{expected}; {here}"), seen), result)
    };
    [
        check(
            ("expiry", "OpenID Connect Core §3.1.3.7 step 9, RFC 7519 §4.1.4", "`exp` to come"),
            moment(claims, "exp"),
            check_expiry(claims, now),
        ),
        check(
            ("start", "RFC 7519 §4.1.5 and §4.1.6", "`iat`, and `nbf` if there is one, passed"),
            [moment(claims, "iat"), moment(claims, "nbf")].join(", "),
            check_start(claims, now),
        ),
        Check::new(
            ("age", "OpenID Connect Core §3.1.3.7 step 10"),
            (
                format!("`iat` at most {} ago; {here}", humantime::format_duration(max_age)),
                moment(claims, "iat"),
            ),
            check_age(claims, now, max_age),
        ),
    ]
}

/// The values are nobody's business who does not know them.
fn nonce(claims: &Members<'_>, request: &Request<'_>) -> Check {
    let expected = match request.provider.nonce {
        NoncePolicy::Required => "one was sent, and the token has it",
        NoncePolicy::IfSent => "if one was sent, the token has it",
        NoncePolicy::Ignored => "anything: `nonce = \"ignored\"`",
    };
    let sent = if request.nonce.is_some() { "sent" } else { "not sent" };
    let there = if claims.get("nonce").is_some() { "in the token" } else { "not in the token" };
    Check::new(
        ("nonce", "OpenID Connect Core §3.1.3.7 step 11"),
        (expected, format!("{sent}, {there}")),
        check_nonce(claims, request),
    )
}

fn access_token_hash(
    claims: &Members<'_>,
    request: &Request<'_>,
    algorithm: Option<Algorithm>,
) -> Option<Check> {
    let beside = request.beside.filter(|_| request.rules.at_hash)?;
    let seen = if claims.get("at_hash").is_some() { "an `at_hash`" } else { "no `at_hash`" };
    Some(Check::new(
        ("access_token_hash", "OpenID Connect Core §3.1.3.6"),
        ("if there is one, that of the access token beside the ID token", seen),
        check_access_token_hash(claims, Some(beside), algorithm?),
    ))
}

fn person(claims: &Members<'_>, request: &Request<'_>) -> Vec<Check> {
    let answers = Answers::of(claims);
    let domain = request.provider.domains.as_ref().map(|rule| {
        let expected = format!("`{}` is {}", rule.claim, rule.domains.join(" or "));
        let result = domain::check(Some(rule), claims);
        Check::new(("domain", "the configuration"), (expected, claim(claims, &rule.claim)), result)
    });
    let requirements = check_requirements(&answers, request);
    let subject = subject(&answers, request.rules);
    let seen = match &subject {
        Ok(subject) => subject.as_str().to_owned(),
        Err(_) => claim(claims, "sub"),
    };
    let met = if requirements.is_ok() { "it does" } else { "it does not" };
    let others = [
        Check::new(
            ("requirements", "the provider's row"),
            ("the token says what those of this provider must", met),
            requirements,
        ),
        Check::new(
            ("subject", "OpenID Connect Core §2"),
            ("an id of 1 to 255 characters", seen),
            subject.map(drop),
        ),
    ];
    domain.into_iter().chain(others).collect()
}

fn claim(claims: &Members<'_>, name: &str) -> String {
    match claims.get(name) {
        None => format!("no `{name}`"),
        Some(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}

fn audience(claims: &Members<'_>) -> String {
    match claims.get("azp") {
        None => claim(claims, "aud"),
        Some(_) => format!("{}, authorized party {}", claim(claims, "aud"), claim(claims, "azp")),
    }
}

fn moment(claims: &Members<'_>, name: &str) -> String {
    let seconds = claims.get(name).and_then(Json::as_number).and_then(serde_json::Number::as_u64);
    seconds.map_or_else(|| claim(claims, name), |at| UnixTime(at).to_rfc3339())
}
