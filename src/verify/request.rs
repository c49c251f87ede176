//! Requests with an access token, made of a row's words.

use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::outbound::Outgoing;
use crate::crypto::{hex, hmac_sha256, md5};
use crate::provider::{Call, TokenPlace, TokenProof, WebUrl};
use crate::secret::{Secret, SecretBytes};

/// Makes the request.
pub(super) fn outgoing(address: &WebUrl, call: &Call, token: &Secret) -> Outgoing {
    let mut outgoing = Outgoing {
        method: call.method,
        headers: call.headers.clone(),
        keep_headers: call.keep_headers.clone(),
        ..Outgoing::get(address)
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
            *body = Some(("application/json", SecretBytes::new(json.to_string())));
        }
        TokenPlace::Path => {}
    }
    if body.is_none() && !call.form.is_empty() {
        *body = Some(form(&call.form));
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
) -> (&'static str, SecretBytes) {
    let mut encoder = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoder.append_pair(name, value.expose());
    }
    ("application/x-www-form-urlencoded", SecretBytes::new(encoder.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Endpoint, Meaning, Method};

    fn sent(token: TokenPlace) -> Outgoing {
        let address = WebUrl::parse("https://next.test/me?v=1").unwrap();
        let call = Call {
            endpoint: Endpoint::At(address.clone()),
            method: Method::Get,
            headers: Vec::new(),
            query: vec![("key".to_owned(), Secret::new("k&"))],
            form: vec![("app".to_owned(), Secret::new("a"))],
            token,
            proof: None,
            keep_headers: Vec::new(),
            meaning: Meaning::default(),
        };
        outgoing(&address, &call, &Secret::new("t/1"))
    }

    #[test]
    fn the_token_is_where_the_row_puts_it_and_nowhere_else() {
        let text = str::to_owned;
        let form = "app=a";
        for (place, header, query, body) in [
            (TokenPlace::Bearer, Some(("authorization", "Bearer t/1")), "", form),
            (TokenPlace::Scheme(text("OAuth")), Some(("authorization", "OAuth t/1")), "", form),
            (TokenPlace::Header(text("x-token")), Some(("x-token", "t/1")), "", form),
            (TokenPlace::Query(text("t")), None, "&t=t%2F1", form),
            (TokenPlace::Form(text("t")), None, "", "app=a&t=t%2F1"),
            (TokenPlace::Json(text("t")), None, "", r#"{"t":"t/1"}"#),
        ] {
            let case = format!("{place:?}");
            let sent = sent(place);
            assert_eq!(sent.url.query(), Some(&*format!("v=1&key=k%26{query}")), "{case}");
            let headers = sent.headers.iter().map(|(name, value)| (name.as_str(), value.expose()));
            assert_eq!(headers.collect::<Vec<_>>(), Vec::from_iter(header), "{case}");
            assert_eq!(sent.body.unwrap().1.expose(), body.as_bytes(), "{case}");
        }
    }
}
