//! The demo's paths: the page, the provider, the people, and the API.

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::{BoxEndpoint, make, make_sync};
use poem::http::{StatusCode, header};
use poem::{Endpoint, EndpointExt as _, Request, Response, Route, get};
use serde_json::{Value, json};

use super::api::HelloApi;
use super::people::PEOPLE;
use super::provider::{self, DemoProvider};
use super::{CLIENT_ID, ELSEWHERE_CLIENT_ID, PAGE_CLIENT_ID, PROVIDER};

/// What the page may load and call: this address alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// Longest body that is read.
pub(super) const MAX_BODY: usize = 4096;

/// Names the files of the page, which are in the program.
macro_rules! files {
    ($content_type:literal: $($name:literal),+ $(,)?) => {
        [$(($content_type, concat!("/demo/", $name), include_str!(concat!("page/", $name)))),+]
    };
}

const STYLES: [(&str, &str, &str); 2] = files!["text/css": "page.css", "steps.css"];
const SCRIPTS: [(&str, &str, &str); 11] = files!["text/javascript":
    "page.js", "api.js", "checks.js", "dom.js", "exchange.js", "jose.js", "provider.js",
    "renewal.js", "requests.js", "session.js", "token-view.js",
];

/// Every path of the demo.
pub(super) fn endpoint(
    base: &str,
    provider: Arc<DemoProvider>,
    api: Arc<HelloApi>,
) -> BoxEndpoint<'static> {
    let route = PEOPLE.iter().fold(Route::new(), |route, person| {
        route.at(person.picture(), file("image/svg+xml", person.svg()))
    });
    let route =
        STYLES.into_iter().chain(SCRIPTS).fold(route, |route, (content_type, path, text)| {
            route.at(path, file(content_type, text.to_owned()))
        });
    provider::add_to(route, &provider)
        .at("/", file("text/html; charset=utf-8", include_str!("page/index.html").to_owned()))
        .at("/demo/people", answer(setup(base)))
        .at("/demo/id-token", get(make_sync(move |_| provider.example())))
        .at("/demo/api/hello", get(make(move |request| hello(Arc::clone(&api), request))))
        .boxed()
}

/// What the page has to know: whom there is to sign in as, and who is who.
fn setup(base: &str) -> Value {
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
    json!({
        "client_id": CLIENT_ID, "issuer": base, "provider": PROVIDER,
        "provider_issuer": format!("{base}/demo/provider"),
        "page_client_id": PAGE_CLIENT_ID, "elsewhere_client_id": ELSEWHERE_CLIENT_ID,
        "people": people,
    })
}

fn file(content_type: &'static str, body: String) -> impl Endpoint<Output = Response> + 'static {
    make_sync(move |_| {
        Response::builder()
            .content_type(content_type)
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .body(body.clone())
    })
}

/// Answers a path with what is always the same.
pub(super) fn answer(value: Value) -> impl Endpoint + 'static {
    get(make_sync(move |_| json_response(StatusCode::OK, &value)))
}

/// Makes an answer of JSON.
pub(super) fn json_response(status: StatusCode, value: &Value) -> Response {
    Response::builder().status(status).content_type("application/json").body(value.to_string())
}

/// The API's answer, with the errors of RFC 6750 §3. With `later` in the query it is that many seconds
/// later for it, so that nobody has to wait to see a token expire.
async fn hello(api: Arc<HelloApi>, request: Request) -> poem::Result<Response> {
    let later = request.uri().query().and_then(|query| query.strip_prefix("later=")?.parse().ok());
    let later = Duration::from_secs(later.unwrap_or_default());
    let token = request.header(header::AUTHORIZATION).and_then(|it| it.strip_prefix("Bearer "));
    let result = match token {
        Some(token) => api.verify(token, later).await,
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
