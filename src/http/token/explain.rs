//! `POST /explain`: every check of an exchange, and no token.

use std::sync::Arc;

use poem::Request;
use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, Tags};

use super::parameters::{GrantRequest, TokenRequest};
use super::{Content, Credential, Order, page};
use crate::client::ClientId;
use crate::crypto::{base64url, sha256};
use crate::http::authentication::{Asking, authenticate_asking};
use crate::http::error::{ApiError, Grant, Reason};
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
        let mut note = Note::of(&state, request, &order.credential);
        let result = explained(&state, request, order, &mut note).await;
        note.write(&result);
        Ok(Explained::Answer(Told(result?)))
    }
}

async fn explained(
    state: &State,
    request: &Request,
    order: Order,
    note: &mut Note<'_>,
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
/// credential, which may be used up. It is written when it is told to, or dropped.
struct Note<'a> {
    /// Who asks, once that is known.
    asked_by: Option<ClientId>,
    state: &'a State,
    request: &'a Request,
    kind: Kind,
    /// Whether the provider is shown the credential.
    is_shown: bool,
    token_sha256: String,
    is_written: bool,
}

impl<'a> Note<'a> {
    fn of(state: &'a State, request: &'a Request, credential: &Credential) -> Self {
        Self {
            asked_by: None,
            state,
            request,
            kind: credential.kind(),
            is_shown: !matches!(credential.content, Content::IdToken(_)),
            token_sha256: base64url(&sha256(credential.secret().expose().as_bytes())),
            is_written: false,
        }
    }

    fn write(mut self, result: &Result<Report, ApiError>) {
        self.is_written = true;
        let told = result.as_ref().ok();
        let reason = match result {
            Ok(report) => report.error.as_ref().map(|it| it.reason),
            Err(error) => Some(error.reason()),
        };
        self.end((told, reason.map_or("accepted", Reason::name)));
        self.state.metrics.explanation(match told {
            Some(report) if report.accepted => "accepted",
            Some(_) => "refused",
            None => "failed",
        });
    }

    fn end(&self, (told, outcome): (Option<&Report>, &'static str)) {
        let anybody = if told.is_some() { "anybody" } else { "unknown" };
        tracing::info!(
            asked_by = self.asked_by.as_ref().map_or(anybody, ClientId::as_str),
            client = told.map_or("unknown", |report| &*report.client),
            provider = told.and_then(|report| report.provider.as_deref()).unwrap_or("unknown"),
            kind = self.kind.name(),
            outcome,
            token_sha256 = self.token_sha256,
            request_id = request_id(self.request),
            "explained",
        );
    }
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        if self.is_written {
            return;
        }
        self.end((None, "abandoned"));
        self.state.metrics.explanation("failed");
        // Whoever hangs up pays what they would if they heard the refusal.
        if self.is_shown {
            self.state.charge(self.state.proxies.client(self.request));
        }
    }
}
