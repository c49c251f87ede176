//! Authorization codes: redeemed at the provider with our own secret (RFC 6749 §4.1.3, RFC 7636
//! §4.5), so that a page needs none.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::VerifyError;
use super::call::{About, Caller};
use super::judgement::{Judgement, judge_status, no_endpoint};
use super::outbound::{Answer, Outgoing};
use super::request::form;
use crate::clock::UnixTime;
use crate::crypto::sha256;
use crate::json::{Json, Members, parse_object};
use crate::provider::{
    ClientAuth, ClientSecret, CodeBody, CodeForm, CodeRules, Endpoint, Method, ProviderId, WebUrl,
    basic, posted,
};
use crate::secret::{Secret, SecretBytes};

/// What a page received from the provider, and what it made for it.
#[derive(Debug)]
pub(crate) struct Code {
    /// The code itself.
    pub(crate) value: Secret,
    /// The redirect URI of the authorization request.
    pub(crate) redirect_uri: String,
    /// What the `code_challenge` was made of.
    pub(crate) verifier: Option<Secret>,
}

impl Code {
    /// Returns a hash of all that decides whether the provider takes it.
    pub(super) fn digest(&self) -> [u8; 32] {
        let verifier = self.verifier.as_ref().map_or("", Secret::expose);
        // None of them can hold the separator: credentials are printable, addresses too.
        let parts = Secret::new([self.value.expose(), &self.redirect_uri, verifier].join("\n"));
        sha256(parts.expose().as_bytes())
    }
}

/// What a provider gives for a code: one of the two tokens at least. What else it says may be one
/// too, hence no `Debug`.
pub(super) struct Tokens {
    pub(super) id_token: Option<Secret>,
    pub(super) access_token: Option<Secret>,
    pub(super) answer: Members<'static>,
}

impl Tokens {
    fn kinds(&self) -> &'static str {
        match (&self.id_token, &self.access_token) {
            (Some(_), Some(_)) => "an ID token and an access token",
            (Some(_), None) => "an ID token",
            (None, _) => "an access token",
        }
    }
}

/// Redeems a code.
///
/// # Errors
///
/// [`VerifyError`] has one variant per cause.
pub(super) async fn redeem(
    caller: &Caller,
    (provider, rules): (&ProviderId, &CodeRules),
    code: &Code,
) -> Result<Tokens, VerifyError> {
    let about = About { provider, call: "token" };
    let redeemed = async {
        let (address, way) = endpoint(caller, (provider, rules)).await?;
        let outgoing = outgoing(&address, way, (rules, code), caller.clock.now())?;
        let answer = caller.send(about, outgoing).await?;
        read(&answer, rules, caller)
    };
    let tokens = redeemed.await.map_err(|it| caller.refusal(about, &rules.meaning, it))?;
    caller.good(about, || tokens.kinds().to_owned());
    Ok(tokens)
}

/// Returns where the token endpoint is and how we authenticate there.
async fn endpoint(
    caller: &Caller,
    (provider, rules): (&ProviderId, &CodeRules),
) -> Result<(WebUrl, ClientAuth), Judgement> {
    let discovery = match &rules.endpoint {
        Endpoint::At(address) => {
            return Ok((address.clone(), rules.client_auth.unwrap_or(ClientAuth::Basic)));
        }
        Endpoint::Discovered(discovery, _) => discovery,
        Endpoint::Template(_) => return Err(no_endpoint("token_endpoint")),
    };
    let metadata = caller.document(provider, discovery).await?;
    let address = metadata.token_endpoint.clone().ok_or_else(|| no_endpoint("token_endpoint"))?;
    let way = rules.client_auth.or(metadata.client_auth);
    let unknown = || {
        let problem = "the discovery document's `token_endpoint_auth_methods_supported` has \
                       neither client_secret_basic nor client_secret_post";
        Judgement::Unexpected(problem.to_owned())
    };
    Ok((address, way.ok_or_else(unknown)?))
}

fn outgoing(
    address: &WebUrl,
    way: ClientAuth,
    (rules, code): (&CodeRules, &Code),
    now: UnixTime,
) -> Result<Outgoing, Judgement> {
    let (mut fields, mut headers) = (fields(rules, code), rules.form.headers.clone());
    // Without it GitHub answers with a form.
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
        headers.push(("accept".to_owned(), Secret::new("application/json")));
    }
    let secret = match &rules.client_secret {
        ClientSecret::Text(secret) => secret.clone(),
        ClientSecret::Signed(signer) => signer.secret(now).map_err(|_| {
            Judgement::Unexpected("the key does not sign a client secret".to_owned())
        })?,
    };
    match way {
        ClientAuth::Basic => headers.push(basic(&rules.client_id, &secret)),
        ClientAuth::Post => fields.extend(posted(&rules.client_id, &secret)),
    }
    let rename =
        |(name, value): (String, Secret)| Some((rules.form.names.of(&name)?.to_owned(), value));
    let named = fields.into_iter().filter_map(rename);
    let fields: Vec<_> = named.chain(rules.form.extra.clone()).collect();
    let mut outgoing = Outgoing { headers, ..Outgoing::get(address) };
    for (name, value) in &rules.form.query {
        outgoing.url.query_pairs_mut().append_pair(name, value.expose());
    }
    Ok(sent(outgoing, &rules.form, &fields))
}

fn fields(rules: &CodeRules, code: &Code) -> Vec<(String, Secret)> {
    let text = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
    let suffix = rules.code_suffix.as_deref().unwrap_or_default();
    let received = code.value.expose();
    let mut fields = vec![
        text("grant_type", "authorization_code"),
        text("code", received.strip_suffix(suffix).unwrap_or(received)),
        text("redirect_uri", &code.redirect_uri),
    ];
    let verifier = code.verifier.as_ref().filter(|_| rules.pkce);
    fields.extend(verifier.map(|verifier| ("code_verifier".to_owned(), verifier.clone())));
    fields
}

/// Puts the parameters where the provider reads them.
fn sent(mut outgoing: Outgoing, how: &CodeForm, fields: &[(String, Secret)]) -> Outgoing {
    match (how.method, how.body) {
        (Method::Get, _) => {
            let mut query = outgoing.url.query_pairs_mut();
            for (name, value) in fields {
                query.append_pair(name, value.expose());
            }
        }
        (Method::Post, CodeBody::Form) => outgoing.body = Some(form(fields)),
        (Method::Post, CodeBody::Json) => {
            let member = |(name, value): &(String, Secret)| (name.clone(), value.expose().into());
            let members: Map<String, Value> = fields.iter().map(member).collect();
            let body = Value::from(members).to_string();
            outgoing.body = Some(("application/json", SecretBytes::new(body)));
        }
    }
    outgoing
}

/// Reads the answer: an error first, whatever the status, since some say 200 with it.
fn read(answer: &Answer, rules: &CodeRules, caller: &Caller) -> Result<Tokens, Judgement> {
    let now = caller.clock.now();
    let members = members(answer.body.bytes.expose());
    let failure = members.as_ref().and_then(|it| rules.meaning.errors.read(answer.status, it));
    if let Some(failure) = failure {
        return Err(Judgement::of_failure(failure, answer.retry, now));
    }
    judge_status(answer, &rules.meaning, now)?;
    let members = members.ok_or_else(|| {
        Judgement::Unexpected("the answer is neither a JSON object nor a form".to_owned())
    })?;
    let fits = |text: &&str| !text.is_empty() && text.chars().all(|c| ('!'..='~').contains(&c));
    let secret = |value: &Json<'_>| value.as_str().filter(fits).map(Secret::new);
    let access_token = rules.access_token.iter().find_map(|at| secret(at.find(&members)?));
    let id_token = members.get("id_token").filter(|_| rules.takes_id_token).and_then(secret);
    if access_token.is_none() && id_token.is_none() {
        return Err(Judgement::Unexpected("there is no `access_token`".to_owned()));
    }
    Ok(Tokens { id_token, access_token, answer: members })
}

/// Reads a body as what it looks like: some say `text/html` of a form, or nothing at all.
fn members(body: &[u8]) -> Option<Members<'static>> {
    if let Ok(object) = parse_object(body) {
        return Some(object.into_owned());
    }
    let body = body.trim_ascii_end();
    let is_form = |c: &u8| c.is_ascii_graphic() && !matches!(c, b'<' | b'>' | b'{' | b'"');
    if !body.contains(&b'=') || !body.iter().all(is_form) {
        return None;
    }
    let mut members = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if members.insert(name.into_owned(), Json::Text(value.into_owned().into())).is_some() {
            return None;
        }
    }
    Some(members.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_json_or_as_a_form_and_a_page_is_neither() {
        let read = |body: &str| {
            members(body.as_bytes())
                .and_then(|it| Some(it.get("access_token")?.as_str()?.to_owned()))
        };
        assert_eq!(read(r#"{"access_token":"gho_1"}"#).as_deref(), Some("gho_1"));
        assert_eq!(read("access_token=gho_1&scope=user%3Aemail").as_deref(), Some("gho_1"));
        assert_eq!(read("access_token=gho_1\n").as_deref(), Some("gho_1"));
        for neither in [
            "access_token=gho_1&access_token=gho_2",
            "<!doctype html><a href=x?access_token=1>",
            "",
            "busy",
            "{\"a\"=1",
        ] {
            assert_eq!(members(neither.as_bytes()), None, "{neither}");
        }
    }
}
