//! What stands between CORS and the handlers: the rate limit, the deadline, and the shape of the
//! framework's failures. Inside CORS, so that a page can read why it is refused.

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderValue, Method, header};
use poem::{Addr, Endpoint, IntoResponse as _, Request, Response};
use tokio::time::timeout;

use super::error::{ApiError, ErrorCode, Reason};
use super::face::shaped;
use super::limit::RateLimit;

/// How long a request may take from its headers to its answer, the body and the provider
/// included.
const DEADLINE: Duration = Duration::from_secs(30);
/// When to try again after a request that took too long.
const RETRY_TIMED_OUT: Duration = Duration::from_secs(5);

/// The handlers with their limits.
pub(super) struct Guard {
    pub(super) tree: BoxEndpoint<'static>,
    pub(super) rate_limit: Option<Arc<RateLimit>>,
}

impl Endpoint for Guard {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        self.admit(&request)?;
        match timeout(DEADLINE, self.tree.get_response(request)).await {
            Ok(response) => Ok(shaped(response)),
            Err(_) => Ok(timed_out()),
        }
    }
}

impl Guard {
    /// Counts what costs something: reading a key set does not.
    fn admit(&self, request: &Request) -> Result<(), ApiError> {
        let limit = self.rate_limit.as_ref().filter(|_| request.method() == Method::POST);
        let Some(limit) = limit else { return Ok(()) };
        let Addr::SocketAddr(peer) = &request.remote_addr().0 else { return Ok(()) };
        limit.check(peer.ip(), request.headers())
    }
}

/// The connection is closed, since the rest of the request may still come.
fn timed_out() -> Response {
    let description = "the request was not received and answered in time";
    let error = ApiError::new(ErrorCode::TemporarilyUnavailable, Reason::TimedOut, description);
    let mut response = error.retry_after(RETRY_TIMED_OUT).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
