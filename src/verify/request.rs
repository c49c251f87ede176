//! Requests with an access token, made of a row's words.

use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::outbound::Outgoing;
use crate::crypto::{hex, hmac_sha256, md5};
use crate::provider::{Call, TokenPlace, TokenProof, WebUrl};
use crate::secret::Secret;

/// Makes the request.
pub(super) fn outgoing(address: &WebUrl, call: &Call, token: &Secret) -> Outgoing {
    let mut outgoing = Outgoing {
        url: address.as_url().clone(),
        method: call.method,
        headers: call.headers.clone(),
        body: (!call.form.is_empty()).then(|| form(&call.form)),
        keep_headers: call.keep_headers.clone(),
    };
    let Outgoing { url, headers, body, .. } = &mut outgoing;
    for (name, value) in &call.query {
        url.query_pairs_mut().append_pair(name, value.expose());
    }
    if let Some(proof) = &call.proof {
        let (name, value) = prove(proof, url, token);
        url.query_pairs_mut().append_pair(name, &value);
    }
    let mut authorize = |name: &str, value: String| {
        headers.push((name.to_owned(), Secret::new(value)));
    };
    match &call.token {
        TokenPlace::Bearer => authorize("authorization", format!("Bearer {}", token.expose())),
        TokenPlace::Scheme(scheme) => {
            authorize("authorization", format!("{scheme} {}", token.expose()));
        }
        TokenPlace::Header(name) => authorize(name, token.expose().to_owned()),
        TokenPlace::Query(name) => {
            url.query_pairs_mut().append_pair(name, token.expose());
        }
        TokenPlace::Form(name) => {
            *body = Some(form(call.form.iter().chain([&(name.clone(), token.clone())])));
        }
        TokenPlace::Json(name) => {
            let json = Value::from(Map::from_iter([(name.clone(), token.expose().into())]));
            *body = Some(("application/json", json.to_string().into_bytes()));
        }
        TokenPlace::Path => {}
    }
    outgoing
}

/// Returns the parameter that proves that we have the client secret.
fn prove<'a>(proof: &'a TokenProof, url: &Url, token: &Secret) -> (&'a str, String) {
    match proof {
        TokenProof::Hmac { name, key } => {
            let mac = hmac_sha256(key.expose().as_bytes(), token.expose().as_bytes());
            (name, hex(&mac))
        }
        TokenProof::SortedMd5 { name, key } => {
            let mut pairs: Vec<_> = url.query_pairs().map(|(n, v)| format!("{n}={v}")).collect();
            pairs.sort();
            let secret = Secret::new(format!("{}{}", token.expose(), key.expose()));
            let session = hex(&md5(secret.expose().as_bytes()));
            let signed = Secret::new(pairs.concat() + &session);
            (name, hex(&md5(signed.expose().as_bytes())))
        }
    }
}

/// Encodes a form, and says so.
pub(super) fn form<'a>(
    fields: impl IntoIterator<Item = &'a (String, Secret)>,
) -> (&'static str, Vec<u8>) {
    let mut encoder = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoder.append_pair(name, value.expose());
    }
    ("application/x-www-form-urlencoded", encoder.finish().into_bytes())
}
