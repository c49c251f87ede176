//! Odnoklassniki's signature, computed here as its documentation has it
//! (<https://apiok.ru/en/dev/methods/>): the parameters but `access_token`, sorted, as `name=value`
//! without anything between, and after them the MD5 of token and secret; of all that the MD5.

use md5::{Digest as _, Md5};

use super::{Kind, Scene};
use crate::support::keys::hex;

const FILE: &str = "odnoklassniki-oauth2.json";
const PROFILE: &str = "/fb.do";
/// Access tokens as Odnoklassniki makes them, and others.
const TOKENS: [&str; 3] =
    ["-n-1TlpCwlnbhAJf3G4sD7", "tkn1AbCdEf0123456789.session-x", "a+b/c=d&e=f%20g"];

fn md5(text: &str) -> String {
    hex(Md5::digest(text.as_bytes()))
}

/// Returns the signature that Odnoklassniki expects.
fn signature(token: &str, secret: &str, parameters: &[(&str, &str)]) -> String {
    let mut pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort();
    md5(&(pairs.concat() + &md5(&format!("{token}{secret}"))))
}

/// Returns the provider, which takes this signature and no other.
fn taking(token: &str, signature: &str) -> Scene {
    Scene::of(FILE).holding(token).with(PROFILE, |line| {
        line.needs.as_mut().unwrap().query["sig"] = signature.into();
    })
}

const PARAMETERS: [(&str, &str); 3] = [
    ("method", "users.getCurrentUser"),
    ("application_key", "CPKQLNLGDIHBABABA"),
    ("format", "JSON"),
];

#[test]
fn the_signature_is_that_of_the_documentation() {
    // The documentation's own steps, done by hand for one token.
    let session = md5("TOKENsecret");
    let text =
        format!("application_key=CPKQLNLGDIHBABABAformat=JSONmethod=users.getCurrentUser{session}");
    assert_eq!(signature("TOKEN", "secret", &PARAMETERS), md5(&text));
    assert_eq!(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
}

#[tokio::test]
async fn the_question_is_signed_for_each_token() {
    for token in TOKENS {
        let scene = taking(token, &signature(token, "secret", &PARAMETERS));
        scene.bring(Kind::AccessToken).await.assert_in(token);
    }
    let scene = taking("TOKEN", &signature("TOKEN", "secret", &PARAMETERS));
    scene.bring(Kind::Code).await.assert_in("code");
}

#[tokio::test]
async fn another_signature_is_refused() {
    let token = TOKENS[0];
    let with_token = [&PARAMETERS[..], &[("access_token", token)]].concat();
    for (case, wrong) in [
        ("another token's", signature(TOKENS[1], "secret", &PARAMETERS)),
        ("another app's", signature(token, "other", &PARAMETERS)),
        ("without a parameter", signature(token, "secret", &PARAMETERS[1..])),
        ("with the token", signature(token, "secret", &with_token)),
        ("in capitals", signature(token, "secret", &PARAMETERS).to_uppercase()),
    ] {
        let outcome = taking(token, &wrong).bring(Kind::AccessToken).await;
        outcome.assert_refused(case, "provider_rejected");
    }
}

#[tokio::test]
async fn the_secret_itself_is_sent_to_the_token_endpoint_alone() {
    let scene = taking("TOKEN", &signature("TOKEN", "secret", &PARAMETERS));
    let outcome = scene.bring(Kind::Code).await;
    let call = outcome.calls.iter().find(|call| call.path == PROFILE).unwrap();
    let mut names: Vec<_> = call.query.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "application_key", "format", "method", "sig"]);
    assert!(call.query.iter().all(|(_, value)| value != "secret"), "{:?}", call.query);
}
