//! Calls with an access token: making the request of a row's words.

use std::sync::Arc;

use super::clock_offset::ClockOffset;
use super::discovery::Documents;
use super::drift::Watch;
use super::explain::Trail;
use super::judgement::{Judgement, RETRY, judge, no_endpoint};
use super::metadata::ProviderMetadata;
use super::outbound::{Answer, Outgoing};
use super::request::outgoing;
use super::seen::Seen;
use super::{Outbound, OutboundError};
use crate::clock::Clock;
use crate::json::{Json, Members, parse};
use crate::provider::{Call, Discovery, Endpoint, ProviderId, TOKEN_PLACE, WebUrl};
use crate::secret::Secret;
use crate::telemetry::{Metrics, Span};

/// Which call it is: for log lines, metrics and traces.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) provider: &'a ProviderId,
    /// `token`, `lookup`, `binding`, `profile`, `emails`, `membership`, `keys` or `discovery`.
    pub(super) call: &'static str,
}

/// Makes the calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    outbound: Outbound,
    pub(super) documents: Arc<Documents>,
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    clock_offset: Arc<ClockOffset>,
    trail: Option<Arc<Trail>>,
    /// What the calls are parts of.
    span: Span,
}

impl Caller {
    pub(super) fn new(
        outbound: Outbound,
        clock: Clock,
        metrics: Arc<Metrics>,
        (watch, clock_offset): (Arc<Watch>, Arc<ClockOffset>),
    ) -> Self {
        let seen = (clock.clone(), Arc::clone(&metrics));
        let documents = Arc::new(Documents::new(outbound.clone(), seen, watch));
        Self {
            outbound,
            documents,
            clock,
            metrics,
            clock_offset,
            span: Span::default(),
            trail: None,
        }
    }

    /// Makes one that notes what comes of its calls.
    pub(super) fn noting(&self, trail: &Arc<Trail>) -> Self {
        Self { trail: Some(Arc::clone(trail)), ..self.clone() }
    }

    /// Returns where checks are noted, if somebody asks for them.
    pub(super) fn trail(&self) -> Option<&Trail> {
        self.trail.as_deref()
    }

    /// Returns one that makes the calls of an exchange.
    pub(super) fn within(&self, span: &Span) -> Self {
        Self { span: span.clone(), ..self.clone() }
    }

    fn seen(&self) -> Seen<'_> {
        Seen { outbound: &self.outbound, metrics: &self.metrics, span: &self.span }
    }

    /// Returns what a discovery document says.
    ///
    /// # Errors
    ///
    /// [`Judgement::Busy`] while it cannot be had.
    pub(super) async fn document(
        &self,
        provider: &ProviderId,
        discovery: &Arc<Discovery>,
    ) -> Result<Arc<ProviderMetadata>, Judgement> {
        self.documents.get(provider, discovery, &self.span).await
    }

    /// Asks with an access token and returns the JSON of the answer, with the headers that are
    /// read.
    ///
    /// # Errors
    ///
    /// [`Judgement`] says what it means instead; [`Caller::refusal`] makes an error of it.
    pub(super) async fn ask(
        &self,
        about: About<'_>,
        call: &Call,
        asked: Asked<'_>,
    ) -> Result<(Json<'static>, Members<'static>), Judgement> {
        let address = self.address(about.provider, &call.endpoint, asked).await?;
        let answer = self.send(about, outgoing(&address, call, asked.token)).await?;
        judge(&answer, &call.meaning, self.clock.now())?;
        let value = parse(answer.body.bytes.expose())
            .map_err(|error| Judgement::Unexpected(format!("the answer: {error}")))?;
        let failure = value.as_object().and_then(|it| call.meaning.errors.read(answer.status, it));
        if let Some(failure) = failure {
            return Err(Judgement::of_failure(failure, answer.retry, self.clock.now()));
        }
        let kept = answer.kept.into_iter().map(|(n, v)| (n, Json::Text(v.into())));
        Ok((value.into_owned(), kept.collect()))
    }

    /// Asks with an access token and returns the status alone, where that is the answer.
    pub(super) async fn ask_status(
        &self,
        about: About<'_>,
        (call, answers): (&Call, &[u16]),
        asked: Asked<'_>,
    ) -> Result<u16, Judgement> {
        let address = self.address(about.provider, &call.endpoint, asked).await?;
        let sent = self.seen().send(about, outgoing(&address, call, asked.token));
        let answer = match sent.await {
            Err(OutboundError::Redirect(status)) if answers.contains(&status) => return Ok(status),
            answer => answer.map_err(|error| no_answer(&error))?,
        };
        if answers.contains(&answer.status) {
            return Ok(answer.status);
        }
        judge(&answer, &call.meaning, self.clock.now())?;
        Err(Judgement::Unexpected(format!("status {}", answer.status)))
    }

    /// Returns where a call goes.
    pub(super) async fn address(
        &self,
        provider: &ProviderId,
        endpoint: &Endpoint,
        asked: Asked<'_>,
    ) -> Result<WebUrl, Judgement> {
        match endpoint {
            Endpoint::At(address) => Ok(address.clone()),
            // No token, and in an address another path.
            Endpoint::Template(_) if matches!(asked.token.expose(), "." | "..") => {
                Err(Judgement::Rejected)
            }
            Endpoint::Template(template) => {
                let value = |name: &str| match name {
                    TOKEN_PLACE => Some(asked.token.expose()),
                    _ => asked.values.iter().find(|(it, _)| it == name).map(|(_, it)| it.as_str()),
                };
                let wrong =
                    || Judgement::Unexpected("it says nothing that makes an address".into());
                template.fill(value).ok_or_else(wrong)
            }
            Endpoint::Discovered(discovery, announced) => {
                let metadata = self.document(provider, discovery).await?;
                let address = metadata.endpoint(*announced);
                address.cloned().ok_or_else(|| no_endpoint(announced.name()))
            }
        }
    }

    /// Sends a request. That no answer comes is nobody's fault but the provider's.
    pub(super) async fn send(
        &self,
        about: About<'_>,
        outgoing: Outgoing,
    ) -> Result<Answer, Judgement> {
        let answer = self.seen().send(about, outgoing).await;
        let answer = answer.map_err(|error| no_answer(&error))?;
        self.clock_offset.note(about.provider, answer.body.sent_at, self.clock.now());
        Ok(answer)
    }
}

/// What a call is made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) token: &'a Secret,
    /// What is put into its address.
    pub(super) values: &'a [(String, String)],
}

impl<'a> Asked<'a> {
    /// With the token alone.
    pub(super) fn with(token: &'a Secret) -> Self {
        Self { token, values: &[] }
    }
}

fn no_answer(error: &OutboundError) -> Judgement {
    match error {
        OutboundError::NoAnswer(_) | OutboundError::TimedOut => {
            Judgement::Busy { why: error.name(), retry_after: RETRY }
        }
        OutboundError::Settings(_)
        | OutboundError::Elsewhere(_)
        | OutboundError::Redirect(_)
        | OutboundError::Status(_)
        | OutboundError::TooLarge
        | OutboundError::Malformed(_) => Judgement::Unexpected(error.to_string()),
    }
}
