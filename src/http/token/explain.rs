//! `POST /explain`: every check of an exchange, and no token.

use std::sync::Arc;

use poem::Request;
use poem::http::header;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi, Tags};

use super::parameters::{GrantRequest, TokenRequest};
use super::{Order, check_origin};
use crate::client::Client;
use crate::http::authentication::authenticate_asking;
use crate::http::error::{ApiError, Grant};
use crate::http::face::request_id;
use crate::http::form::Body;
use crate::http::report::Report;
use crate::http::state::State;
use crate::issuer::Explanation;
use crate::telemetry::Span;
use crate::verify::Check;

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
    Answer(Json<Report>),
}

#[OpenApi(tag = "Tag::Explanation")]
impl ExplainApi {
    /// Explain an exchange
    ///
    /// Takes what `/token` takes and makes every check, with what was expected and what was seen; no
    /// token is issued, and an authorization code is used up. For clients that have a secret: one that
    /// authenticates by HTTP Basic may name another as `client_id`. In the demo anybody may ask.
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
        let asking = (&order.client, state.explains_to_anybody);
        let client = authenticate_asking(&state.issuer, request, asking)?;
        let (grant, kind) = (order.grant, order.credential.kind());
        let exchange = order.for_client(Arc::clone(&client), Span::default());
        let explanation = state.issuer.explain(&exchange).await;
        let explanation = with_origin(explanation, &state, (request, &client));
        let report = Report::new(explanation, (&client.id, kind), grant);
        tracing::info!(
            client = %client.id,
            provider = report.provider.as_deref().unwrap_or("unknown"),
            kind = kind.name(),
            outcome = report.error.as_ref().map_or("accepted", |it| it.reason.name()),
            request_id = request_id(request),
            "explained",
        );
        Ok(Explained::Answer(Json(report)))
    }
}

/// Adds the check of the page's origin, which comes before all others, where a page asks.
fn with_origin(
    mut explanation: Explanation,
    state: &State,
    (request, client): (&Request, &Client),
) -> Explanation {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return explanation };
    let own = state.own_origin.iter().map(String::as_str);
    let origins: Vec<_> = client.origins.iter().map(String::as_str).chain(own).collect();
    let told = (origins.join(", "), String::from_utf8_lossy(origin.as_bytes()));
    let check = || check_origin(state, request, client);
    explanation.checks.insert(0, Check::new(("origin", "Fetch §3.1"), told, check()));
    if let Err(error) = check() {
        explanation.verdict = Err(error);
    }
    explanation
}
