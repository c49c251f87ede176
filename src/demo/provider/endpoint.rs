//! The provider's paths.

use std::sync::Arc;

use poem::endpoint::make;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Request, Response, Route, get, post};
use serde_json::{Value, json};
use url::{Host, Url};

use super::authorization::Authorization;
use super::parameters::Parameters;
use super::{DemoProvider, Flaw, SignIn};
use crate::demo::endpoint::{MAX_BODY, answer, json_response};
use crate::demo::people::find;
use crate::json::{Json, parse_object};

/// What the provider's page may load: from this address alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Adds the paths of a provider.
pub(in crate::demo) fn add_to(route: Route, provider: &Arc<DemoProvider>) -> Route {
    let [ask, answer_page, token, button] = [(); 4].map(|()| Arc::clone(provider));
    let (discovery, key_set) = (provider.discovery(), provider.key_set());
    let authorize = get(make(move |request| authorize(Arc::clone(&ask), request)))
        .post(make(move |request| authorize(Arc::clone(&answer_page), request)));
    route
        .at("/demo/provider/.well-known/openid-configuration", answer(discovery))
        .at("/demo/provider/jwks.json", answer(key_set))
        .at("/demo/provider/authorize", authorize)
        .at("/demo/provider/token", post(make(move |request| redeem(Arc::clone(&token), request))))
        .at("/demo/provider/sign-in", post(make(move |it| sign_in(Arc::clone(&button), it))))
}

async fn authorize(provider: Arc<DemoProvider>, mut request: Request) -> poem::Result<Response> {
    let is_form = *request.method() == Method::POST;
    let parameters = if is_form {
        Parameters::parse(&request.take_body().into_bytes_limit(MAX_BODY).await?)
    } else {
        Parameters::parse(request.uri().query().unwrap_or_default().as_bytes())
    };
    let Some(parameters) = parameters else { return Ok(refused("a parameter stands twice")) };
    Ok(match provider.authorize(&parameters, is_form) {
        Authorization::Refused(problem) => refused(problem),
        // 303: what was posted to the provider is not posted on (RFC 9700 §2.5).
        Authorization::Back(to) => {
            Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, to).finish()
        }
        Authorization::Choice { page, redirect_uri } => Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, policy(&redirect_uri))
            .body(page),
    })
}

/// Lets the page's form go here, and on to where the answer is sent: browsers hold redirects to
/// `form-action` too (CSP Level 3 §6.4.1). For an IPv6 address, which cannot be written there
/// (§2.3.1), its scheme stands.
fn policy(redirect_uri: &str) -> String {
    let source = Url::parse(redirect_uri).map(|uri| {
        let is_ipv6 = matches!(uri.host(), Some(Host::Ipv6(_)));
        if is_ipv6 { format!("{}:", uri.scheme()) } else { uri.origin().ascii_serialization() }
    });
    format!("{POLICY} {}", source.unwrap_or_default())
}

fn refused(problem: &str) -> Response {
    json_response(StatusCode::BAD_REQUEST, &error(("invalid_request", problem)))
}

async fn redeem(provider: Arc<DemoProvider>, mut request: Request) -> poem::Result<Response> {
    let body = request.take_body().into_bytes_limit(MAX_BODY).await?;
    let Some(parameters) = Parameters::parse(&body) else {
        return Ok(refused("a parameter stands twice"));
    };
    let problem = match provider.redeem(request.header(header::AUTHORIZATION), &parameters) {
        Ok(tokens) => return Ok(json_response(StatusCode::OK, &tokens)),
        Err(problem) => problem,
    };
    let status = match problem.0 {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = json_response(status, &error(problem));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"demo provider\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    Ok(response)
}

fn error((code, description): (&str, &str)) -> Value {
    json!({ "error": code, "error_description": description })
}

/// What a button such as Google's does: hands the page an ID token with the page's nonce; with a
/// flaw, where one is asked for.
async fn sign_in(provider: Arc<DemoProvider>, mut request: Request) -> poem::Result<Response> {
    let body = request.take_body().into_bytes_limit(MAX_BODY).await?;
    let wanted = parse_object(&body).unwrap_or_default();
    let text = |name: &str| wanted.get(name).and_then(Json::as_str);
    let flaw = text("flaw").map(Flaw::parse);
    let (Some(person), Some(client_id)) = (text("person").and_then(find), text("client_id")) else {
        return Ok(malformed("expected `person` and `client_id`"));
    };
    if flaw == Some(None) {
        return Ok(malformed("`flaw` is neither `wrong_audience` nor `expired`"));
    }
    let (nonce, flaw) = (text("nonce"), flaw.flatten());
    let id_token = provider.id_token(SignIn { person, client_id, nonce, flaw, beside: None });
    Ok(json_response(StatusCode::OK, &json!({ "id_token": id_token })))
}

fn malformed(description: &str) -> Response {
    let mut error = error(("invalid_request", description));
    if let Some(error) = error.as_object_mut() {
        error.insert("reason".to_owned(), "invalid_parameter".into());
    }
    json_response(StatusCode::BAD_REQUEST, &error)
}
