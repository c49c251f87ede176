//! For operators and their orchestrators: alive, ready, metrics.

use std::sync::Arc;
use std::time::Duration;

use poem::Request;
use poem::web::Data;
use poem_openapi::payload::PlainText;
use poem_openapi::{ApiResponse, OpenApi, Tags};

use super::error::{ApiError, ErrorCode, Reason};
use super::state::State;
use crate::telemetry::Standing;

#[derive(Tags)]
enum Tag {
    /// For operators; on `admin_listen` when that is set.
    Operations,
}

#[derive(ApiResponse)]
enum Yes {
    /// It is so.
    #[oai(status = 200)]
    Said(PlainText<&'static str>),
}

#[derive(ApiResponse)]
enum Measured {
    /// The OpenMetrics text format.
    #[oai(
        status = 200,
        content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )]
    Now(PlainText<String>),
}

/// When to look again.
const RETRY: Duration = Duration::from_secs(5);

/// The endpoints.
#[derive(Debug, Clone, Copy)]
pub(super) struct OperationsApi {
    is_public: bool,
}

impl OperationsApi {
    /// Among what the public may use.
    pub(super) fn public() -> Self {
        Self { is_public: true }
    }

    /// On a listener of their own.
    pub(super) fn inside() -> Self {
        Self { is_public: false }
    }
}

#[OpenApi(tag = "Tag::Operations")]
impl OperationsApi {
    /// Is it alive?
    #[oai(path = "/livez", method = "get", operation_id = "livez")]
    async fn livez(&self) -> Yes {
        Yes::Said(PlainText("ok\n"))
    }

    /// May it get traffic?
    ///
    /// Yes while a key may sign, and until the service is told to stop. Providers that are away do not
    /// count: they are a matter of their own users, and of their metric.
    #[oai(path = "/readyz", method = "get", operation_id = "readyz")]
    async fn readyz(&self, state: Data<&Arc<State>>) -> Result<Yes, ApiError> {
        let Some(description) = state.unready() else {
            return Ok(Yes::Said(PlainText("ready\n")));
        };
        let error = ApiError::new(ErrorCode::TemporarilyUnavailable, Reason::NotReady, description);
        Err(error.retry_after(RETRY))
    }

    /// Metrics, in the OpenMetrics text format
    ///
    /// Counted by address like what issues tokens, except on `admin_listen`.
    #[oai(path = "/metrics", method = "get", operation_id = "metrics")]
    async fn metrics(
        &self,
        state: Data<&Arc<State>>,
        request: &Request,
    ) -> Result<Measured, ApiError> {
        // It is made anew each time, since whoever has just tried something wants to see it.
        if self.is_public {
            state.count(request)?;
        }
        let issuer = &state.issuer;
        let standing = Standing {
            caches: issuer.verifier.cache_entries().await,
            key_sets: issuer.verifier.key_set_ages(),
            signing_keys: issuer.keys.standing(),
        };
        Ok(Measured::Now(PlainText(state.metrics.render(&standing))))
    }
}
