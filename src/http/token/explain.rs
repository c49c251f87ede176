//! `POST /explain`: every check of an exchange, and no token.

use std::sync::Arc;

use poem::Request;
use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, Tags};

use super::parameters::{GrantRequest, TokenRequest};
use super::{Order, page};
use crate::client::ClientId;
use crate::crypto::{base64url, sha256};
use crate::http::authentication::{Asking, authenticate_asking};
use crate::http::error::{ApiError, Grant};
use crate::http::face::request_id;
use crate::http::form::Body;
use crate::http::report::{Report, Told};
use crate::http::state::State;
use crate::telemetry::Span;
use crate::verify::Kind;

#[derive(Tags)]
enum Tag {
    /// Why a credential is refused.
    Explanation,
}

/// The endpoint.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct ExplainApi;

#[derive(ApiResponse)]
enum Explained {
    /// Every check, and whether a token would be issued.
    #[oai(status = 200)]
    Answer(Told),
}

#[OpenApi(tag = "Tag::Explanation")]
impl ExplainApi {
    /// Explain an exchange
    ///
    /// Takes what `/token` takes and makes every check, with what was expected and what was seen; no
    /// token is issued, and an authorization code is used up. For clients that have a secret, about
    /// themselves; one that authenticates by HTTP Basic may name one of its `explains` as `client_id`.
    /// In the demo anybody may ask.
    #[oai(path = "/explain", method = "post", operation_id = "explain")]
    async fn explain(
        &self,
        state: Data<&Arc<State>>,
        request: &Request,
        body: Body<TokenRequest>,
    ) -> Result<Explained, ApiError> {
        let order = match body.0.into_grant()? {
            GrantRequest::Exchange(parameters) => Order::new(Grant::TokenExchange, parameters),
            GrantRequest::Code(parameters) => Order::new(Grant::AuthorizationCode, parameters),
            GrantRequest::Convert(parameters) => parameters.into_order(),
        };
        let _place = state.admission.enter()?;
        let mut note = Note::of(&order);
        let result = explained(&state, request, order, &mut note).await;
        note.write(request, &result);
        Ok(Explained::Answer(Told(result?)))
    }
}

async fn explained(
    state: &State,
    request: &Request,
    order: Order,
    note: &mut Note,
) -> Result<Report, ApiError> {
    let asking = (&order.client, state.explains_to_anybody);
    let Asking { by, about } = authenticate_asking(&state.issuer, request, asking)?;
    note.asked_by = by.map(|client| client.id.clone());
    let (grant, kind) = (order.grant, order.credential.kind());
    let exchange = order.for_client(Arc::clone(&about), Span::default());
    let explanation = state.issuer.explain(&exchange, page(state, request)).await;
    Ok(Report::new(explanation, (&about.id, kind), grant))
}

/// What a log line says of an explanation: who asked about what, with a hash in place of the
/// credential, which may be used up.
struct Note {
    asked_by: Option<ClientId>,
    kind: Kind,
    token_sha256: String,
}

impl Note {
    fn of(order: &Order) -> Self {
        let secret = order.credential.secret();
        let token_sha256 = base64url(&sha256(secret.expose().as_bytes()));
        Self { asked_by: None, kind: order.credential.kind(), token_sha256 }
    }

    fn write(&self, request: &Request, result: &Result<Report, ApiError>) {
        let told = result.as_ref().ok();
        let of_report = |report: &Report| report.error.as_ref().map(|it| it.reason.name());
        let outcome = match result {
            Ok(report) => of_report(report).unwrap_or("accepted"),
            Err(error) => error.reason().name(),
        };
        tracing::info!(
            asked_by = self.asked_by.as_ref().map_or("anybody", ClientId::as_str),
            client = told.map_or("unknown", |report| &*report.client),
            provider = told.and_then(|report| report.provider.as_deref()).unwrap_or("unknown"),
            kind = self.kind.name(),
            outcome,
            token_sha256 = self.token_sha256,
            request_id = request_id(request),
            "explained",
        );
    }
}
