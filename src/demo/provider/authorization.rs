//! Authorization requests: OpenID Connect Core §3.1.2, with PKCE (RFC 7636).

use url::form_urlencoded::Serializer;

use super::codes::Grant;
use super::parameters::Parameters;
use super::{DemoProvider, choice};
use crate::crypto::from_base64url;
use crate::demo::CLIENT_ID;
use crate::demo::people::{PEOPLE, Person};

/// What is answered.
#[derive(Debug)]
pub(super) enum Authorization {
    /// There is nobody to send back to (RFC 6749 §4.1.2.1).
    Refused(&'static str),
    /// Back to the client, with a code or an error.
    Back(String),
    /// A page to choose a person on, and where it leads back to.
    Choice { page: String, redirect_uri: String },
}

/// An error code, and what is wrong.
type Problem = (&'static str, &'static str);

/// What a request asks for.
struct Asked {
    challenge: String,
    nonce: Option<String>,
    /// Whether nothing may be shown.
    silent: bool,
    /// Who is probably there.
    hinted: Option<&'static Person>,
}

impl DemoProvider {
    /// Answers an authorization request. Nobody has a session here: without a page, `login_hint` says
    /// who it is. `answered` is what the page sends beside the parameters of the request.
    pub(super) fn authorize(&self, parameters: &Parameters, answered: bool) -> Authorization {
        if parameters.get("client_id") != Some(CLIENT_ID) {
            return Authorization::Refused("`client_id` is not the client of this provider");
        }
        let wanted = parameters.get("redirect_uri");
        let Some(uri) = self.redirect_uris.iter().find(|uri| Some(uri.as_str()) == wanted) else {
            return Authorization::Refused("`redirect_uri` is not one of the client's");
        };
        let asked = match read(parameters) {
            Ok(asked) => asked,
            Err(problem) => return self.back_with(uri, parameters, problem),
        };
        let chosen = parameters.get("person").filter(|_| answered).and_then(find);
        if answered && parameters.get("cancel").is_some() {
            let problem = ("access_denied", "the person did not want to");
            return self.back_with(uri, parameters, problem);
        }
        match (asked.hinted.filter(|_| asked.silent).or(chosen), asked.silent) {
            (Some(person), _) => self.grant(person, asked, (uri, parameters)),
            (None, false) => Authorization::Choice {
                page: choice::page(parameters, asked.hinted),
                redirect_uri: uri.clone(),
            },
            (None, true) => {
                let problem =
                    ("login_required", "`login_hint` names nobody who could be signed in");
                self.back_with(uri, parameters, problem)
            }
        }
    }

    fn grant(
        &self,
        person: &'static Person,
        asked: Asked,
        (uri, parameters): (&str, &Parameters),
    ) -> Authorization {
        let Asked { challenge, nonce, .. } = asked;
        let grant = Grant { person, redirect_uri: uri.to_owned(), challenge, nonce };
        match self.codes.keep(grant, self.clock.now()) {
            Ok(code) => self.back(uri, parameters, &[("code", &code)]),
            Err(_) => self.back_with(uri, parameters, ("server_error", "there is no randomness")),
        }
    }

    fn back_with(&self, uri: &str, parameters: &Parameters, problem: Problem) -> Authorization {
        let (error, description) = problem;
        self.back(uri, parameters, &[("error", error), ("error_description", description)])
    }

    /// Sends the client an answer, with whose it is (RFC 9207).
    fn back(&self, uri: &str, parameters: &Parameters, answer: &[(&str, &str)]) -> Authorization {
        let state = parameters.get("state").map(|state| ("state", state));
        let mut query = Serializer::new(String::new());
        query.extend_pairs(answer).extend_pairs(state).append_pair("iss", &self.issuer);
        Authorization::Back(format!("{uri}?{}", query.finish()))
    }
}

fn find(name: &str) -> Option<&'static Person> {
    const { &PEOPLE }.iter().find(|person| person.id == name || person.email == name)
}

fn read(parameters: &Parameters) -> Result<Asked, Problem> {
    let is = |name: &str, value: &str| parameters.get(name) == Some(value);
    for (name, error) in
        [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")]
    {
        if parameters.get(name).is_some() {
            return Err((error, "request objects are not taken"));
        }
    }
    if parameters.get("response_type").is_none() {
        return Err(("invalid_request", "`response_type` is missing"));
    }
    if !is("response_type", "code") {
        return Err(("unsupported_response_type", "`response_type` is not `code`"));
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "`response_mode` is not `query`"));
    }
    if !parameters.has_word("scope", "openid") {
        return Err(("invalid_scope", "`scope` does not have `openid`"));
    }
    // A SHA-256 digest; `plain` would show the verifier to whoever sees the request.
    let is_digest = |text: &&str| from_base64url(text.as_bytes()).is_some_and(|it| it.len() == 32);
    let challenge = parameters.get("code_challenge").filter(is_digest);
    let Some(challenge) = challenge.filter(|_| is("code_challenge_method", "S256")) else {
        return Err(("invalid_request", "a `code_challenge` of the method S256 is required"));
    };
    let silent = parameters.has_word("prompt", "none");
    if silent && !is("prompt", "none") {
        return Err(("invalid_request", "`prompt` is `none` and something else"));
    }
    Ok(Asked {
        challenge: challenge.to_owned(),
        nonce: parameters.get("nonce").map(str::to_owned),
        silent,
        hinted: parameters.get("login_hint").and_then(find),
    })
}
