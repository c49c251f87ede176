//! Calls with an access token: making the request of a row's words.

use std::sync::Arc;

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::discovery::Documents;
use super::judgement::{Judgement, RETRY, judge, no_endpoint};
use super::outbound::{Answer, Outgoing};
use super::{Outbound, OutboundError, ProviderProblem, VerifyError};
use crate::clock::Clock;
use crate::crypto::{hex, hmac_sha256};
use crate::json::parse;
use crate::provider::{Call, Endpoint, Meaning, ProviderId, TokenPlace, WebUrl};
use crate::secret::Secret;
use crate::telemetry::{CallLabels, Metrics};

/// Makes the calls.
#[derive(Debug)]
pub(super) struct Caller {
    outbound: Outbound,
    pub(super) documents: Arc<Documents>,
    pub(super) clock: Clock,
    metrics: Arc<Metrics>,
}

/// Which call it is: for log lines and metrics.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) provider: &'a ProviderId,
    /// `binding`, `profile`, `emails` or `token`.
    pub(super) call: &'static str,
}

impl Caller {
    pub(super) fn new(outbound: Outbound, clock: Clock, metrics: Arc<Metrics>) -> Self {
        let documents = Arc::new(Documents::new(outbound.clone(), clock.clone()));
        Self { outbound, documents, clock, metrics }
    }

    /// Asks with an access token and returns the JSON of the answer.
    ///
    /// # Errors
    ///
    /// [`Judgement`] says what it means instead; [`Caller::refusal`] makes an error of it.
    pub(super) async fn ask(
        &self,
        about: About<'_>,
        call: &Call,
        token: &Secret,
    ) -> Result<Value, Judgement> {
        let address = match &call.endpoint {
            Endpoint::At(address) => address.clone(),
            Endpoint::Discovered(discovery) => {
                let metadata = self.documents.get(about.provider, discovery).await?;
                metadata
                    .userinfo_endpoint
                    .clone()
                    .ok_or_else(|| no_endpoint("userinfo_endpoint"))?
            }
        };
        let answer = self.send(outgoing(&address, call, token)).await?;
        judge(&answer, &call.meaning, self.clock.now())?;
        let value = parse(&answer.body.bytes)
            .map_err(|error| Judgement::Unexpected(format!("the answer: {error}")))?;
        let failure = value.as_object().and_then(|it| call.meaning.errors.read(answer.status, it));
        match failure {
            Some(failure) => Err(Judgement::of_failure(failure, answer.retry, self.clock.now())),
            None => Ok(value),
        }
    }

    /// Sends a request. That no answer comes is nobody's fault but the provider's.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Result<Answer, Judgement> {
        self.outbound.send(outgoing).await.map_err(|error| match error {
            OutboundError::NoAnswer | OutboundError::TimedOut => {
                Judgement::Busy { why: error.name(), retry_after: RETRY }
            }
            OutboundError::Settings(_)
            | OutboundError::Redirect
            | OutboundError::Status(_)
            | OutboundError::TooLarge
            | OutboundError::Malformed(_) => Judgement::Unexpected(error.to_string()),
        })
    }

    /// Makes an error of a judgement: counts it, and logs what an operator should know of.
    pub(super) fn refusal(
        &self,
        about: About<'_>,
        meaning: &Meaning,
        judgement: Judgement,
    ) -> VerifyError {
        let About { provider, call } = about;
        let why = judgement.name();
        self.count(about, why);
        let problem = match judgement {
            Judgement::Refused { error, .. } => return error,
            Judgement::Rejected => ProviderProblem::Rejected,
            Judgement::MissingScope => ProviderProblem::MissingScope(meaning.scope.clone()),
            Judgement::Busy { retry_after, .. } => {
                tracing::warn!(%provider, call, why, "the provider cannot answer now");
                ProviderProblem::Busy(retry_after)
            }
            Judgement::ClientRefused => {
                tracing::error!(%provider, call, "the provider refuses our client ID or secret");
                ProviderProblem::ClientRefused
            }
            Judgement::Unexpected(problem) => {
                tracing::error!(%provider, call, problem, "the provider's answer is not as known");
                ProviderProblem::UnexpectedAnswer
            }
        };
        VerifyError::Provider { provider: provider.clone(), problem }
    }

    /// Counts a call by what came of it.
    pub(super) fn count(&self, about: About<'_>, outcome: &'static str) {
        let provider = about.provider.to_string();
        self.metrics.provider_call(&CallLabels { provider, call: about.call, outcome });
    }
}

fn outgoing(address: &WebUrl, call: &Call, token: &Secret) -> Outgoing {
    let mut outgoing = Outgoing {
        url: address.as_url().clone(),
        headers: call.headers.clone(),
        body: (!call.form.is_empty()).then(|| form(&call.form)),
    };
    let Outgoing { url, headers, body } = &mut outgoing;
    for (name, value) in &call.query {
        url.query_pairs_mut().append_pair(name, value.expose());
    }
    if let Some(proof) = &call.proof {
        let mac = hmac_sha256(proof.key.expose().as_bytes(), token.expose().as_bytes());
        url.query_pairs_mut().append_pair(&proof.name, &hex(&mac));
    }
    match &call.token {
        TokenPlace::Bearer => {
            let value = Secret::new(format!("Bearer {}", token.expose()));
            headers.push(("authorization".to_owned(), value));
        }
        TokenPlace::Query(name) => {
            url.query_pairs_mut().append_pair(name, token.expose());
        }
        TokenPlace::Form(name) => {
            *body = Some(form(call.form.iter().chain([&(name.clone(), token.clone())])));
        }
        TokenPlace::Json(name) => {
            let json = Value::from(Map::from_iter([(name.clone(), token.expose().into())]));
            *body = Some(("application/json", json.to_string().into_bytes()));
        }
    }
    outgoing
}

/// Encodes a form, and says so.
pub(super) fn form<'a>(
    fields: impl IntoIterator<Item = &'a (String, Secret)>,
) -> (&'static str, Vec<u8>) {
    let mut encoder = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoder.append_pair(name, value.expose());
    }
    ("application/x-www-form-urlencoded", encoder.finish().into_bytes())
}
