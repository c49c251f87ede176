//! The demo's paths: the page, the provider, the people, and the API.

use std::sync::Arc;

use poem::endpoint::{BoxEndpoint, make, make_sync};
use poem::http::{StatusCode, header};
use poem::{Endpoint, EndpointExt as _, Request, Response, Route, get, post};
use serde_json::{Value, json};

use super::api::HelloApi;
use super::people::{PEOPLE, find};
use super::provider::DemoProvider;
use super::{CLIENT_ID, PROVIDER};
use crate::json::{Json, parse_object};

/// What the page may load and call: this address alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// Longest body that is read.
const MAX_BODY: usize = 4096;

/// Every path of the demo.
pub(super) fn endpoint(
    base: &str,
    provider: Arc<DemoProvider>,
    api: Arc<HelloApi>,
) -> BoxEndpoint<'static> {
    let people = people(base);
    let (discovery, key_set) = (provider.discovery(), provider.key_set());
    let example = Arc::clone(&provider);
    let pictures = PEOPLE.iter().fold(Route::new(), |route, person| {
        let svg = person.svg();
        route.at(person.picture(), file("image/svg+xml", svg))
    });
    pictures
        .at("/", file("text/html; charset=utf-8", include_str!("page/index.html").to_owned()))
        .at("/demo/page.css", file("text/css", include_str!("page/page.css").to_owned()))
        .at("/demo/page.js", file("text/javascript", include_str!("page/page.js").to_owned()))
        .at("/demo/people", answer(people))
        .at("/demo/provider/.well-known/openid-configuration", answer(discovery))
        .at("/demo/provider/jwks.json", answer(key_set))
        .at(
            "/demo/provider/sign-in",
            post(make(move |request| sign_in(Arc::clone(&provider), request))),
        )
        .at("/demo/id-token", get(make_sync(move |_| example.example())))
        .at("/demo/api/hello", get(make(move |request| hello(Arc::clone(&api), request))))
        .boxed()
}

fn people(base: &str) -> Value {
    let people: Vec<_> = PEOPLE
        .iter()
        .map(|person| {
            let mut shown = json!(person);
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("picture".to_owned(), person.picture().into());
            }
            shown
        })
        .collect();
    json!({ "client_id": CLIENT_ID, "issuer": base, "provider": PROVIDER, "people": people })
}

fn file(content_type: &'static str, body: String) -> impl Endpoint<Output = Response> + 'static {
    make_sync(move |_| {
        Response::builder()
            .content_type(content_type)
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .body(body.clone())
    })
}

fn answer(value: Value) -> impl Endpoint + 'static {
    get(make_sync(move |_| json_response(StatusCode::OK, &value)))
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    Response::builder().status(status).content_type("application/json").body(value.to_string())
}

/// What Google's button does: hands the page an ID token with the page's nonce.
async fn sign_in(provider: Arc<DemoProvider>, mut request: Request) -> poem::Result<Response> {
    let body = request.take_body().into_bytes_limit(MAX_BODY).await?;
    let wanted = parse_object(&body).unwrap_or_default();
    let text = |name: &str| wanted.get(name).and_then(Json::as_str);
    let (Some(person), Some(client_id)) = (text("person").and_then(find), text("client_id")) else {
        let error = json!({"error": "invalid_request", "error_description": "expected `person` and `client_id`", "reason": "invalid_parameter"});
        return Ok(json_response(StatusCode::BAD_REQUEST, &error));
    };
    let id_token = provider.id_token(person, client_id, text("nonce"));
    Ok(json_response(StatusCode::OK, &json!({ "id_token": id_token })))
}

/// The API's answer, with the errors of RFC 6750 §3.
async fn hello(api: Arc<HelloApi>, request: Request) -> poem::Result<Response> {
    let token = request.header(header::AUTHORIZATION).and_then(|it| it.strip_prefix("Bearer "));
    let result = match token {
        Some(token) => api.verify(token).await,
        None => Err("no bearer token was sent"),
    };
    Ok(match result {
        Ok((key_id, claims)) => {
            let name = claims.get("name").and_then(Value::as_str).unwrap_or("whoever you are");
            let greeting = json!({
                "message": format!("Hello, {name}"),
                "verified_with": key_id,
                "claims": claims,
            });
            json_response(StatusCode::OK, &greeting)
        }
        Err(problem) => {
            let error = json!({ "error": "invalid_token", "error_description": problem });
            let mut response = json_response(StatusCode::UNAUTHORIZED, &error);
            let challenge = header::HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
    })
}
