//! The face as a fuzzer meets it, without a network.

#[cfg(test)]
use std::sync::Arc;

use poem::http::{Method, header};
#[cfg(test)]
use poem::{Endpoint as _, EndpointExt as _, endpoint::make_sync};
use poem::{IntoResponse as _, Request, Response};

use super::Face;
use super::error::{Grant, refusal};
use super::form::{FORM, Fields, JSON};
#[cfg(test)]
use super::{State, guard::Guard, routes::Routes, token::Record};
use crate::issuer::IssueError;
#[cfg(test)]
use crate::secret::Secret;
use crate::verify::VerifyError;
#[cfg(test)]
use crate::verify::{Content, Credential};

/// What was answered.
pub(crate) struct Answered {
    /// Its status.
    pub(crate) status: u16,
    /// `Cache-Control`.
    pub(crate) cache_control: String,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// Posts a body, JSON or a form.
pub(crate) async fn post(face: &Face, path: &str, is_json: bool, body: &[u8]) -> Answered {
    let content_type = if is_json { JSON } else { FORM };
    let request = Request::builder()
        .method(Method::POST)
        .uri(path.parse().unwrap_or_default())
        .header(header::CONTENT_TYPE, content_type)
        .body(body.to_vec());
    answered(face.answer(request).await).await
}

/// Asks an endpoint that panics in the middle of an exchange.
#[cfg(test)]
pub(crate) async fn of_what_panics(state: Arc<State>) -> Answered {
    let kept = Arc::clone(&state);
    let broken = move |request: Request| -> Response {
        let content = Content::AccessToken(Secret::new("a token"));
        let _record = Record::start(&kept, &request, &Credential { content, nonce: None });
        panic!("of a test")
    };
    let broken = make_sync(broken).boxed();
    let routes = Routes::default().at("/broken", broken);
    let guard = Guard { routes, state };
    let answer = guard.get_response(Request::builder().uri_str("/broken").finish());
    answered(answer.await).await
}

async fn answered(response: Response) -> Answered {
    let status = response.status().as_u16();
    let cache_control = response.header(header::CACHE_CONTROL).unwrap_or_default().to_owned();
    let body = response.into_body().into_vec().await.unwrap_or_default();
    Answered { status, cache_control, body }
}

/// What is said of a credential that is refused.
pub(crate) async fn said(error: VerifyError) -> Answered {
    let refused = refusal(&IssueError::from(error), Grant::TokenExchange);
    answered(refused.into_response()).await
}

/// The parameters of a body, if it is one of this type; `repeatable` may stand more than once.
pub(crate) fn parameters(
    is_json: bool,
    body: &[u8],
    repeatable: &[&str],
) -> Option<Vec<(String, String)>> {
    let fields = if is_json {
        Fields::from_json(body, repeatable)
    } else {
        Fields::from_form(body, repeatable)
    };
    fields.ok().map(|mut fields| std::mem::take(&mut fields.0))
}
