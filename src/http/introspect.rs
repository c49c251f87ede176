//! `POST /introspect` (RFC 7662), for confidential clients.

use std::sync::Arc;

use poem::Request;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi, Tags};
use serde_json::{Map, Value};

use super::authentication::{ClientCredentials, authenticate_confidential};
use super::error::ApiError;
use super::form::{Body, FORM, Fields, Parameters};
use super::secret_text::SecretText;
use super::state::State;
use crate::introspection::introspect;
use crate::secret::Secret;

#[derive(Tags)]
enum Tag {
    /// For APIs that cannot verify tokens themselves.
    Introspection,
}

/// The endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct IntrospectionApi;

/// The parameters of an introspection (RFC 7662 §2.1).
#[derive(Debug, Object)]
struct IntrospectionRequest {
    /// A token that was issued here.
    token: SecretText,
    /// The client's ID, unless it authenticates by HTTP Basic.
    client_id: Option<String>,
    /// The client's secret, unless it authenticates by HTTP Basic.
    client_secret: Option<SecretText>,
}

impl Parameters for IntrospectionRequest {
    const CONTENT_TYPES: &'static [&'static str] = &[FORM];

    fn take(mut fields: Fields) -> Result<Self, ApiError> {
        Ok(Self {
            token: SecretText(fields.required("token")?),
            client_id: fields.optional("client_id"),
            client_secret: fields.optional("client_secret").map(SecretText),
        })
    }
}

#[derive(ApiResponse)]
enum Introspected {
    /// `{"active": false}`, or `"active": true` and the token's claims.
    #[oai(status = 200)]
    Answer(Json<Value>),
}

#[OpenApi(tag = "Tag::Introspection")]
impl IntrospectionApi {
    /// Introspect a token
    ///
    /// Tells a client that has a secret whether a token of ours is good and for one of its
    /// audiences. It authenticates by HTTP Basic or by `client_id` and `client_secret`.
    #[oai(path = "/introspect", method = "post", operation_id = "introspect")]
    async fn introspect(
        &self,
        state: Data<&Arc<State>>,
        request: &Request,
        body: Body<IntrospectionRequest>,
    ) -> Result<Introspected, ApiError> {
        let _place = state.admission.enter()?;
        let Body(parameters) = body;
        let secret = parameters.client_secret.map(Secret::from);
        let sent = ClientCredentials::new(parameters.client_id, secret);
        let caller = authenticate_confidential(&state.issuer, request, &sent)?;
        let token = Secret::from(parameters.token);
        let claims = introspect(&state.issuer, token.expose(), &caller);
        Ok(Introspected::Answer(Json(answer(claims))))
    }
}

fn answer(claims: Option<Map<String, Value>>) -> Value {
    let mut answer = Map::new();
    answer.insert("active".to_owned(), claims.is_some().into());
    if let Some(claims) = claims {
        answer.insert("token_type".to_owned(), "Bearer".into());
        answer.extend(claims);
    }
    Value::Object(answer)
}
