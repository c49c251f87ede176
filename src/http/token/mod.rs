//! `POST /token` and `POST /auth/convert-token`: from parameters to an exchange and back.

mod answer;
mod explain;
mod parameters;
mod record;

use std::sync::Arc;

use poem::Request;
use poem::http::header;
use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, Tags, Union};
use serde::Serialize;

use super::authentication::{ClientCredentials, authenticate};
use super::error::{ApiError, Grant, refusal};
use super::form::Body;
use super::state::State;
use super::written::Written;
use crate::client::Client;
use crate::issuer::{Exchange, IssueError, Page, WantedScope, check_origin};
use crate::secret::Secret;
use crate::telemetry::Span;
use crate::token::IssuedToken;
use crate::verify::{Content, Credential, VerifiedIdentity};
use answer::{CodeAnswer, ConvertAnswer, TokenAnswer, User};
pub(super) use explain::ExplainApi;
pub(super) use parameters::{AUTHORIZATION_CODE, CONVERT_TOKEN, TOKEN_EXCHANGE};
use parameters::{ConvertRequest, TokenRequest};
pub(super) use record::Record;

/// `issued_token_type` of what we issue (RFC 8693 §3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// `requested_token_type` that says it is a JWT (RFC 8693 §3).
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

#[derive(Tags)]
enum Tag {
    /// Exchange a provider's credential for a token.
    Exchange,
}

/// Endpoints that issue tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenApi;

/// What `/token` answers, by grant.
#[derive(Debug, Union, Serialize)]
#[serde(untagged)]
enum Answer {
    Exchanged(TokenAnswer),
    Redeemed(CodeAnswer),
    Converted(ConvertAnswer),
}

#[derive(ApiResponse)]
enum Issued {
    /// A token. `Cache-Control: no-store`.
    #[oai(status = 200)]
    Token(Written<Answer>),
}

#[derive(ApiResponse)]
enum Converted {
    /// A token. `Cache-Control: no-store`.
    #[oai(status = 200)]
    Token(Written<ConvertAnswer>),
}

#[OpenApi(tag = "Tag::Exchange")]
impl TokenApi {
    /// Exchange a credential
    ///
    /// Checks a provider's credential and answers with a token of ours: an RFC 8693 token
    /// exchange of an ID token or access token, a provider's `authorization_code`, or
    /// drf-social-oauth2's `convert_token`. Clients without a secret send their
    /// `client_id`; clients with one authenticate by HTTP Basic or by `client_secret`.
    #[oai(path = "/token", method = "post", operation_id = "token")]
    async fn token(
        &self,
        state: Data<&Arc<State>>,
        request: &Request,
        body: Body<TokenRequest>,
    ) -> Result<Issued, ApiError> {
        let answer = match body.0.into_grant()? {
            parameters::GrantRequest::Exchange(parameters) => {
                Answer::Exchanged(exchange(&state, request, parameters).await?)
            }
            parameters::GrantRequest::Code(parameters) => {
                Answer::Redeemed(redeem(&state, request, parameters).await?)
            }
            parameters::GrantRequest::Convert(parameters) => {
                Answer::Converted(convert(&state, request, parameters).await?)
            }
        };
        Ok(Issued::Token(Written(answer)))
    }

    /// Convert a token (drf-social-oauth2)
    ///
    /// The call of drf-social-oauth2, drop-in, as a form or as JSON. `backend` takes the names
    /// of python-social-auth and the configured ones.
    #[oai(path = "/auth/convert-token", method = "post", operation_id = "convertToken")]
    async fn convert_token(
        &self,
        state: Data<&Arc<State>>,
        request: &Request,
        body: Body<ConvertRequest>,
    ) -> Result<Converted, ApiError> {
        convert(&state, request, body.0).await.map(|answer| Converted::Token(Written(answer)))
    }
}

async fn exchange(
    state: &State,
    request: &Request,
    parameters: parameters::ExchangeRequest,
) -> Result<TokenAnswer, ApiError> {
    let issued_token_type = parameters.requested_token_type;
    let order = Order::new(Grant::TokenExchange, parameters);
    let wanted = order.scope.clone();
    let (token, _) = issue(state, request, order).await?;
    Ok(TokenAnswer {
        access_token: token.jwt.expose().to_owned(),
        issued_token_type: issued_token_type.to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: token.expires_in,
        scope: differing_scope(&wanted, token.scope),
    })
}

async fn redeem(
    state: &State,
    request: &Request,
    parameters: parameters::ExchangeRequest,
) -> Result<CodeAnswer, ApiError> {
    let order = Order::new(Grant::AuthorizationCode, parameters);
    let wanted = order.scope.clone();
    let (token, _) = issue(state, request, order).await?;
    Ok(CodeAnswer {
        access_token: token.jwt.expose().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: token.expires_in,
        scope: differing_scope(&wanted, token.scope),
    })
}

/// Returns the granted scopes if they are not the ones asked for (RFC 6749 §5.1).
fn differing_scope(wanted: &WantedScope, granted: String) -> Option<String> {
    let is_same = match wanted {
        WantedScope::All => granted.is_empty(),
        WantedScope::AtMost(wanted) | WantedScope::Exactly(wanted) => *wanted == granted,
    };
    (!is_same).then_some(granted)
}

async fn convert(
    state: &State,
    request: &Request,
    parameters: ConvertRequest,
) -> Result<ConvertAnswer, ApiError> {
    let (token, identity) = issue(state, request, parameters.into_order()).await?;
    Ok(ConvertAnswer {
        access_token: token.jwt.expose().to_owned(),
        expires_in: token.expires_in,
        token_type: "Bearer".to_owned(),
        user: User::new(token.sub.to_string(), identity.profile()),
        scope: token.scope,
    })
}

/// What every grant comes down to.
struct Order {
    grant: Grant,
    client: ClientCredentials,
    provider: Option<String>,
    credential: Credential,
    audience: Vec<String>,
    scope: WantedScope,
}

impl Order {
    fn new(grant: Grant, parameters: parameters::ExchangeRequest) -> Self {
        Self {
            grant,
            client: parameters.client,
            provider: parameters.provider,
            credential: parameters.credential,
            audience: parameters.audience,
            scope: parameters.scope.map_or(WantedScope::All, WantedScope::Exactly),
        }
    }

    /// Says what is wanted, once it is known for which client.
    fn for_client(self, client: Arc<Client>, span: Span) -> Exchange {
        let Self { provider, credential, audience, scope, .. } = self;
        Exchange { client, provider, credential, audience, scope, span }
    }
}

/// Issues, and leaves one record of what came of it, or that nobody waited for it: a metric and a log
/// line with a hash in place of the credential.
async fn issue(
    state: &State,
    request: &Request,
    order: Order,
) -> Result<(IssuedToken, VerifiedIdentity), ApiError> {
    let _place = state.admission.enter()?;
    let mut record = Record::start(state, request, &order.credential);
    let result = attempt(state, request, order, &mut record).await;
    record.write(&result);
    result
}

async fn attempt(
    state: &State,
    request: &Request,
    order: Order,
    record: &mut Record<'_>,
) -> Result<(IssuedToken, VerifiedIdentity), ApiError> {
    let client = authenticate(&state.issuer, request, &order.client)?;
    record.client = Some(client.id.clone());
    let grant = order.grant;
    let refused = |error: &IssueError| refusal(error, grant);
    if let Some(page) = page(state, request) {
        check_origin(&client, &page).map_err(|error| refused(&error))?;
    }
    let exchange = order.for_client(client, record.span.clone());
    let plan = state.issuer.plan(&exchange).map_err(|error| refused(&error))?;
    record.provider = Some(plan.provider.id.clone());
    state.issuer.issue(&exchange, plan).await.map_err(|error| refused(&error))
}

/// Returns the page that a request comes from.
fn page<'a>(state: &'a State, request: &'a Request) -> Option<Page<'a>> {
    let origin = request.headers().get(header::ORIGIN)?;
    let origin = String::from_utf8_lossy(origin.as_bytes());
    Some(Page { origin, own: state.own_origin.as_deref() })
}
